"""The dataset in Croissant 1.1 with the RAI vocabulary; what these have no words for, in words of our own.

No media are part of it: the samples table of the pack is the file that it describes, by its hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from harness.conformity.disclosure import shown_counts
from harness.conformity.exports.export import Export, export_of, json_bytes
from harness.conformity.exports.field_table import field_table
from harness.conformity.exports.filling import RunFacts, fill
from harness.conformity.measured_run import MeasuredRun
from harness.plain_yaml import read_yaml
from harness.resources import config_dir
from harness.wording import FIXED_LINE

CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]

_SAMPLES = "samples.parquet"
_TYPES = {"sample_id": "sc:Text", "subject_id": "sc:Text", "label": "sc:Text", "label_source": "sc:Text"}
"""Columns of the samples table that every dataset has → their types."""


def croissant_export(run: MeasuredRun, facts: RunFacts) -> Export:
    """The dataset as JSON-LD."""
    table = field_table("croissant")
    filled = fill(table, facts, run.dossier.texts.get(table.name, {}))
    document = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        **filled.values,
        **({"creator": list(map(_agent, filled.values["creator"]))} if "creator" in filled.values else {}),
        **_files(run),
        **_own_vocabulary(run),
    }
    return export_of(table, filled, json_bytes(document))


def _agent(stated: Mapping[str, str]) -> dict[str, str]:
    """A person or an organisation."""
    return {"@type": f"sc:{stated['type']}", **{key: value for key, value in stated.items() if key != "type"}}


@cache
def _context() -> Mapping[str, Any]:
    context: Mapping[str, Any] = read_yaml(config_dir() / "legal" / "croissant_context.yaml")["context"]
    return context


def _files(run: MeasuredRun) -> dict[str, Any]:
    """The samples table and its columns; nothing where the run does not state its hash."""
    sha256 = (run.record.get("files") or {}).get(_SAMPLES)
    if sha256 is None:
        return {}
    attributes = (run.plan.get("attributes") or {}).get("sources") or {}
    columns = _TYPES | {f"attr.{name}": "sc:Text" for name in attributes}
    return {
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": _SAMPLES,
                "name": _SAMPLES,
                "contentUrl": f"../../run/{_SAMPLES}",
                "encodingFormat": "application/x-parquet",
                "sha256": sha256,
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "samples",
                "name": "samples",
                "key": {"@id": "samples/sample_id"},
                "field": [_field(name, of) for name, of in columns.items()],
            }
        ],
    }


def _field(column: str, of: str) -> dict[str, Any]:
    kinds = [of, "cr:Label"] if column == "label" else of
    return {
        "@type": "cr:Field",
        "@id": f"samples/{column}",
        "name": column,
        "dataType": kinds,
        "source": {"fileObject": {"@id": _SAMPLES}, "extract": {"column": column}},
    }


def _own_vocabulary(run: MeasuredRun) -> dict[str, Any]:
    card, dataset = run.dataset_card, run.plan["dataset"]
    sources = [
        {"harness:attribute": name, "harness:source": each.source} for name, each in card.attributes.items()
    ]
    stated = {
        "harness:statement": FIXED_LINE,
        "harness:labelSource": card.label_source,
        "harness:elicitation": card.elicitation,
        "harness:taxonomy": card.labels or None,
        "harness:consentBasis": card.consent,
        "harness:attributeSources": sources,
        "harness:subjectDemographics": list(_demographics(run)),
        "harness:numSamples": dataset["num_samples"],
        "harness:numSubjects": dataset["num_subjects"],
        "harness:samplesSha256": dataset["samples_sha256"],
        "harness:mediaMerkleRoot": (run.record.get("media") or {}).get("merkle_root"),
    }
    return {key: value for key, value in stated.items() if value not in (None, [])}


def _demographics(run: MeasuredRun) -> Iterator[dict[str, Any]]:
    """How many people of each group took part; of a small group no number."""
    axes = (run.plan.get("attributes") or {}).get("groups") or {}
    for axis, found in axes.items():
        counts = {each["group"]: each["subjects"] for each in found["groups"]}
        for group, num in shown_counts(counts, run.min_subjects).items():
            subjects = {} if num is None else {"harness:subjects": num}
            yield {"harness:axis": axis, "harness:group": group, **subjects}
