"""Every export: what it may say, of whom, under which scope, and that the same run gives the same bytes."""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa
import pytest
import yaml
from example_studies import HOSTILE, Study
from filled_exports import everything, export_files, problems
from measured_runs import PURPOSE, STATED, measured_run

from harness.conformity.exports.all_exports import COMPLETENESS, exports
from harness.conformity.exports.export import Export
from harness.conformity.measured_run import MeasuredRun
from harness.errors import HarnessError
from harness.tables.schemas import RESULTS
from harness.wording import FIXED_LINE

WITHOUT_ROUTE = ["croissant/dataset.json", "hugging_face/README.md"]


def test_every_file_has_the_fixed_line_and_none_presumes_conformity(made: dict[str, Export]) -> None:
    assert len(made) == 16
    for path, export in made.items():
        text = export.content.decode()
        assert FIXED_LINE in text, path
        assert "presumption" not in text.lower(), path


def test_the_same_run_gives_the_same_bytes(run: MeasuredRun) -> None:
    assert export_files(run) == export_files(run)


def test_documents_parse(made: dict[str, Export]) -> None:
    for path, export in made.items():
        if path.endswith(".json"):
            json.loads(export.content)
        if path.endswith(".yaml"):
            yaml.safe_load(export.content)


def of_scope(study: Study, **purpose: Any) -> MeasuredRun:
    return measured_run(study, {**STATED, "purpose": {**PURPOSE, **purpose}})


def test_without_a_conformity_route_there_are_no_conformity_documents(gap_study: Study) -> None:
    banned = exports(of_scope(gap_study, domain="workplace", exposed_people=["workers"]))
    assert [export.path for export in banned] == WITHOUT_ROUTE
    card = next(export for export in banned if export.path.endswith("README.md")).content.decode()
    assert "> Prohibited practice under Art. 5(1)(f): no conformity route." in card
    research = exports(of_scope(gap_study, domain="research", exposed_people=["research_participants"]))
    assert [export.path for export in research] == WITHOUT_ROUTE


def test_of_an_authority_no_notice_is_made_and_its_entry_is_not_public(gap_study: Study) -> None:
    police = of_scope(gap_study, domain="law_enforcement", exposed_people=["suspects"])
    found = {export.path: export for export in exports(police)}
    assert [path for path in found if path.startswith("notices")] == []
    entry = json.loads(found["register/eu_database_annex_viii_a.json"].content)
    assert entry["scope"]["register"] == "not public"
    assert [item["id"] for item in entry["items"]] == ["1", "2", "3", "4", "5", "7", "10"]


def test_completeness_counts_what_is_filled_and_lists_the_rest(run: MeasuredRun, bare_run: MeasuredRun) -> None:
    def of(one: MeasuredRun, path: str) -> dict[str, Any]:
        stated = json.loads(export_files(one)[COMPLETENESS])
        assert stated["statement"] == FIXED_LINE
        found: dict[str, Any] = next(each for each in stated["exports"] if each["path"] == path)
        assert found["filled"] + len(found["missing"]) == found["fields"]
        assert found["required"] - found["filled_required"] == sum(one["required"] for one in found["missing"])
        return found

    path = "register/algoritmeregister_v1.0.json"
    little, more = of(bare_run, path), of(run, path)
    # of the required: name, publication_category and lang; organization and contact_email come with the deployer
    assert (little["filled_required"], little["required"]) == (3, 7)
    assert (more["filled_required"], more["required"]) == (5, 7)
    assert {one["key"]: one["where"] for one in more["missing"] if one["required"]} == {
        "description_short": "dossier: texts.algoritmeregister.description_short",
        "status": "dossier: texts.algoritmeregister.status",
    }


def test_what_is_missing_is_in_no_export(bare_run: MeasuredRun) -> None:
    for export in exports(bare_run):
        assert export.missing, export.path
    entry = json.loads(export_files(bare_run)["register/algoritmeregister_v1.0.json"])
    assert set(entry) == {
        "name",
        "publication_category",
        "risks",
        "methods_and_models",
        "lang",
        "standard_version",
        "source_id",
    }


def test_with_every_text_only_what_no_text_can_state_is_missing(made_of_full: dict[str, Export]) -> None:
    missing = {
        path: [one.key for one in export.missing] for path, export in made_of_full.items() if export.missing
    }
    assert missing == {
        "croissant/dataset.json": ["citeAs", "version", "inLanguage", "usageInfo", "rai:dataCollection"],
        "hugging_face/README.md": ["language", "citation"],
        "minbzk/model_card.amt.yaml": ["language"],
        "minbzk/model_card.yaml": ["language"],
        "register/algorithmic_transparency_standard_v0.3.1.json": ["algorithm_type", "product_page"],
        "register/eu_database_annex_viii_a.json": ["3"],
        "assessments/dpia_inputs.json": ["special_categories"],
    }


def test_an_unknown_text_is_refused_however_the_dossier_was_made(gap_study: Study) -> None:
    with pytest.raises(HarnessError, match="no field 'gaol'"):
        exports(measured_run(gap_study, {**STATED, "texts": {"algoritmeregister": {"gaol": "x"}}}))


OF_ASSESSORS = ["assessments/fria_inputs.json", "assessments/iama_inputs.json"]
"""What is not for the public, and quotes what checks found."""


def small_group(study: Study) -> tuple[Study, set[str]]:
    """The study in which a group has three people, with figures that stand nowhere else; and these figures."""
    marked, rows = set(), []
    for number, row in enumerate(study.results.to_pylist()):
        if "monk_03" in (row["group_values"] or ()) or "monk_03" in (row["versus_values"] or ()):
            row |= {"n_subjects": 3, "n_samples": 77_000 + number, "value": 0.31 + number / 1e6}
            row |= {"own_value": 0.41 + number / 1e6, "lo": 0.21 + number / 1e6, "hi": 0.51 + number / 1e6}
            row |= {"verdict": "not_tested" if row["statistic"] == "difference" else row["verdict"]}
            marked |= {str(row[key]) for key in ("n_samples", "value", "lo", "hi", "own_value")}
        if row["kind"] == "check" and row["verdict"] == "not_met":
            row |= {"reason": "Fewer than 5 subjects: contempt (77123 subjects)."}
        rows.append(row)
    study = Study(study.samples, study.predictions, pa.Table.from_pylist(rows, RESULTS), study.plan)
    return study, marked


def test_no_number_of_a_small_or_untested_group_is_in_any_export(gap_study: Study) -> None:
    study, figures = small_group(gap_study)
    files = export_files(measured_run(study, {**STATED, "texts": everything()}))
    assert len(figures) > 100
    for path, content in files.items():
        numbers = set(re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", content.decode()))
        assert numbers & figures == set(), path
        assert path in OF_ASSESSORS or "77123" not in numbers, path


def test_small_numbers_of_people_are_not_told(gap_study: Study) -> None:
    groups = [
        {"group": name, "values": [name], "subjects": n, "samples": 9 * n} for name, n in (("f", 38), ("m", 2))
    ]
    plan = gap_study.plan
    plan = plan | {"attributes": plan["attributes"] | {"groups": {"sex": {"groups": groups}}}}
    study = Study(gap_study.samples, gap_study.predictions, gap_study.results, plan)
    files = export_files(measured_run(study))
    told = [
        line for content in files.values() for line in re.findall(r"Subjects by sex: [^\n\"\\]+", content.decode())
    ]
    assert set(told) == {"Subjects by sex: f few, m few."}
    demographics = json.loads(files["croissant/dataset.json"])["harness:subjectDemographics"]
    assert [group for group in demographics if "harness:subjects" in group] == []


def test_names_of_others_cannot_leave_their_places(make_gap_study: Any) -> None:
    """Control characters are gone, and nothing of a name is markup where an export is markup."""
    study: Study = make_gap_study(hostile=HOSTILE)
    card = study.plan["cards"]["models"][0] | {"title": HOSTILE, "limitations": [HOSTILE]}
    plan = study.plan | {"cards": study.plan["cards"] | {"models": [card, *study.plan["cards"]["models"][1:]]}}
    made = export_files(measured_run(Study(study.samples, study.predictions, study.results, plan)))
    for path, content in made.items():
        text = content.decode()
        assert re.findall("[\x00-\x08\x0b-\x1f\u202e]", text) == [], path
        if path.endswith(".md"):
            body = text.partition("\n---\n")[2] if text.startswith("---") else text
            assert re.findall(r"(?<!\\)<script", body) == [], path
    entry = json.loads(made["register/algoritmeregister_v1.0.json"])
    assert "<script" not in entry["methods_and_models"]


VALIDATED = [
    ("register/algoritmeregister_v1.0.json", "algoritmeregister_v1.0", None),
    (
        "register/algorithmic_transparency_standard_v0.3.1.json",
        "algorithmic_transparency_standard_v0.3.1",
        None,
    ),
    ("minbzk/system_card.yaml", "minbzk_cards_v0.1a14", "system_card"),
    ("minbzk/system_card.amt.yaml", "minbzk_cards_v0.1a14", "system_card_amt"),
    ("minbzk/model_card.yaml", "minbzk_cards_v0.1a14", "model_card"),
    ("minbzk/model_card.amt.yaml", "minbzk_cards_v0.1a14", "model_card_amt"),
    ("minbzk/assessment_card.yaml", "minbzk_cards_v0.1a14", "assessment_card"),
    ("croissant/dataset.json", "croissant_v1.1", None),
]


@pytest.mark.parametrize(("path", "schema", "part"), VALIDATED, ids=[one[0] for one in VALIDATED])
def test_exports_validate(made_of_full: dict[str, Export], path: str, schema: str, part: str | None) -> None:
    expected = ["'algorithm_type' is a required property"] if "transparency" in path else []
    assert problems(yaml.safe_load(made_of_full[path].content), schema, part) == expected


@pytest.mark.parametrize(("path", "schema", "part"), VALIDATED, ids=[one[0] for one in VALIDATED])
def test_an_incomplete_export_lacks_what_is_listed_and_nothing_else(
    made: dict[str, Export], path: str, schema: str, part: str | None
) -> None:
    listed = sorted(f"'{one.key}' is a required property" for one in made[path].missing if one.required)
    found = problems(yaml.safe_load(made[path].content), schema, part)
    assert found == [] if part else found == listed or set(found) <= set(listed)
