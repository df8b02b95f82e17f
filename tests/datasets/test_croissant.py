from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from harness.cards.facts import dataset_card
from harness.datasets.croissant import CroissantOptions, CroissantReader
from harness.errors import HarnessError

ACTED = {"modality": "voice", "label_source": "acted"}
TABLE = "wav,speaker,emotion,age\nclips/a.wav,s1,happy,30\nclips/b.wav,s2,sad,\n"
FIELDS = {"wav": "sc:Text", "speaker": "sc:Text", "emotion": "sc:Text", "age": "sc:Float"}
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "sc": "https://schema.org/",
    "dct": "http://purl.org/dc/terms/",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "recordSet": "cr:recordSet",
    "source": "cr:source",
}


def reader(root: Path, **options: Any) -> CroissantReader:
    return CroissantReader(dataset_card("croissant"), root, CroissantOptions.model_validate(options))


def description(record_sets: tuple[str, ...] = ("default",), **of_file: Any) -> dict[str, Any]:
    """As the specification 1.0 has it: one table, and record sets of its columns."""
    file = {
        "@type": "cr:FileObject",
        "@id": "samples.csv",
        "name": "samples.csv",
        "contentUrl": "samples.csv",
        "encodingFormat": "text/csv",
        "sha256": hashlib.sha256(TABLE.encode()).hexdigest(),
        **of_file,
    }
    sets = [
        {
            "@type": "cr:RecordSet",
            "@id": name,
            "name": name,
            "field": [
                {
                    "@type": "cr:Field",
                    "@id": f"{name}/{column}",
                    "name": f"{name}/{column}",
                    "dataType": kind,
                    "source": {"fileObject": {"@id": "samples.csv"}, "extract": {"column": column}},
                }
                for column, kind in FIELDS.items()
            ],
        }
        for name in record_sets
    ]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": "voices",
        "description": "Two voices.",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "url": "https://example.org/voices",
        "license": "https://example.org/licence",
        "datePublished": "2026-01-01",
        "version": "1.0.0",
        "distribution": [file],
        "recordSet": sets,
    }


def write(root: Path, document: Any) -> None:
    (root / "samples.csv").write_text(TABLE)
    (root / "croissant.json").write_text(json.dumps(document))


def test_records_are_samples(tmp_path: Path) -> None:
    pytest.importorskip("mlcroissant")
    write(tmp_path, description())
    found = reader(tmp_path, **ACTED, columns={"age": "attr.age"})
    keys = ("sample_id", "uri", "subject_id", "label", "attr.age")
    assert [tuple(row[key] for key in keys) for row in found.samples().to_pylist()] == [
        ("clips/a.wav", "clips/a.wav", "s1", "happy", 30.0),
        ("clips/b.wav", "clips/b.wav", "s2", "sad", None),
    ]
    assert found.remarks == (
        "croissant.json was understood as: wav is uri, speaker is subject_id and emotion is label.",
    )


def test_of_several_record_sets_one_is_named(tmp_path: Path) -> None:
    pytest.importorskip("mlcroissant")
    write(tmp_path, description(("clips", "people")))
    with pytest.raises(HarnessError, match=r"dataset\.record_set=NAME\. There are clips, people"):
        reader(tmp_path, **ACTED).samples()
    assert reader(tmp_path, **ACTED, record_set="clips", columns={"age": None}).samples().num_rows == 2


def test_a_table_with_another_hash_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("mlcroissant")
    write(tmp_path, description(sha256="0" * 64))
    with pytest.raises(HarnessError, match=r"mlcroissant cannot read it .*not identical with the reference"):
        reader(tmp_path, **ACTED).samples()


@pytest.mark.parametrize("url", ["https://example.org/samples.csv", "all.zip", "samples.pkl"])
def test_what_would_have_to_be_fetched_or_unpacked_is_refused(url: str, tmp_path: Path) -> None:
    write(tmp_path, description(contentUrl=url))
    with pytest.raises(HarnessError, match=r"is no table beside the description. Fetch and unpack it there"):
        reader(tmp_path, **ACTED).samples()


@pytest.mark.parametrize("url", ["/etc/passwd.csv", "../samples.csv"])
def test_no_table_leads_out_of_the_root(url: str, tmp_path: Path) -> None:
    write(tmp_path, description(contentUrl=url))
    with pytest.raises(HarnessError, match="leads out of dataset"):
        reader(tmp_path, **ACTED).samples()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (description() | {"@context": "https://example.org/context"}, "an object whose @context stands in it"),
        (description() | {"@context": {"@import": "https://example.org"}}, "names another"),
        (description() | {"recordSet": {"@context": "https://example.org"}}, "names another"),
        (description() | {"@context": {"field": {"@context": ["https://example.org"]}}}, "names another"),
        ([], "an object whose @context stands in it"),
    ],
)
def test_a_description_that_needs_another_is_refused(document: Any, message: str, tmp_path: Path) -> None:
    write(tmp_path, document)
    with pytest.raises(HarnessError, match=message):
        reader(tmp_path, **ACTED).samples()


def test_no_description_and_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HarnessError, match=r"croissant\.json: no such description"):
        reader(tmp_path, **ACTED).samples()
    write(tmp_path, description())
    monkeypatch.setattr("harness.datasets.croissant.find_spec", lambda _: None)
    with pytest.raises(HarnessError, match=r"pip install 'emotion-harness\[croissant\]'"):
        reader(tmp_path, **ACTED).samples()


@pytest.mark.parametrize("part", ["@type", "recordSet", "name"])
def test_what_the_package_refuses_is_one_message(part: str, tmp_path: Path) -> None:
    pytest.importorskip("mlcroissant")
    document = description()
    del document[part]
    write(tmp_path, document)
    with pytest.raises(HarnessError):
        reader(tmp_path, **ACTED).samples()


@pytest.mark.parametrize("url", ["sc:contentUrl", "https://schema.org/contentUrl", "beside"])
@pytest.mark.parametrize("parts", ["distribution", "sc:distribution"])
def test_an_address_is_refused_by_whatever_name_the_description_calls_it(
    parts: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlcroissant")
    monkeypatch.setattr("requests.Session.request", lambda *_, **__: pytest.fail("fetched"))
    document = description()
    document["@context"] = {**CONTEXT, "beside": "sc:contentUrl"}
    file = {name: value for name, value in document.pop("distribution")[0].items() if name != "contentUrl"}
    write(tmp_path, {**document, parts: [[{**file, url: "http://127.0.0.1:9/samples.csv"}]]})
    with pytest.raises(HarnessError, match=r"http://127\.0\.0\.1:9/samples\.csv is no table beside"):
        reader(tmp_path, **ACTED).samples()
