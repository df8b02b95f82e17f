"""A model card of the Hugging Face hub: metadata with a model-index, and the card's text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.conformity.disclosure import Row, shown_levels
from harness.conformity.exports.export import Export, export_of, plain_yaml
from harness.conformity.exports.field_table import FieldTable, field_table
from harness.conformity.exports.filling import Filled, RunFacts, fill
from harness.conformity.exports.forms import markdown
from harness.conformity.exports.tasks import hub_task
from harness.conformity.measured_run import MeasuredRun
from harness.known_metrics import facts_of
from harness.report.metric_names import metric_name
from harness.wording import FIXED_LINE

METADATA = ("license", "license_name", "license_link", "language", "tags", "pipeline_tag", "model-index")

_LICENCES = {"mit", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "gpl-3.0", "lgpl-3.0", "mpl-2.0", "cc0-1.0"}
"""Licences by their names on the hub; any other is ``other`` with its own name."""


def hugging_face_export(run: MeasuredRun, facts: RunFacts) -> Export:
    """The card as ``README.md``."""
    table = field_table("hugging_face")
    built = {
        "license": _licence(run)["license"],
        "tags": ["emotion-recognition", "fairness", *map(str, run.model_card.modalities)],
        "pipeline_tag": hub_task(run),
        "model-index": [{"name": run.model_card.name, "results": list(_results(run))}],
    }
    filled = fill(table, facts, run.dossier.texts.get(table.name, {}), built=built)
    values = {**filled.values, **_licence(run)}
    metadata = {key: values[key] for key in METADATA if key in values}
    return export_of(table, filled, f"---\n{plain_yaml(metadata)}---\n\n{_text(table, filled, run)}".encode())


def _licence(run: MeasuredRun) -> Mapping[str, str]:
    licence = run.model_card.licence
    known = licence.name.lower()
    if known in _LICENCES:
        return {"license": known}
    link = {"license_link": licence.url} if licence.url else {}
    return {"license": "other", "license_name": licence.name, **link}


def _results(run: MeasuredRun) -> Iterator[dict[str, Any]]:
    """One result for everybody and one for each group and condition, with the metrics that may be shown of it."""
    by_place: dict[tuple[str, str, str], list[Row]] = {}
    for row in shown_levels(run.results, run.system, min_subjects=run.min_subjects):
        if facts_of(row["metric"]).lead is not None:
            by_place.setdefault((row["condition"], row["axis"], row["group"]), []).append(row)
    for (condition, axis, group), rows in by_place.items():
        where = {} if axis == "overall" else dict(zip(rows[0]["attributes"], rows[0]["group_values"], strict=True))
        shown = f"{run.dataset_card.title}, {group}" if where else run.dataset_card.title
        yield {
            "task": {"type": hub_task(run), "name": "Emotion recognition"},
            "dataset": {
                "type": run.dataset_card.name,
                "name": shown,
                "split": "test",
                "revision": run.plan["dataset"]["samples_sha256"],
                "args": {"condition": condition, **where},
            },
            "metrics": [_metric(row) for row in rows],
            "source": {"name": f"Evidence pack {run.pack_id}", "url": "../../manifest.json"},
        }


def _metric(row: Row) -> dict[str, Any]:
    sure = {"lower": row["lo"], "upper": row["hi"], "confidence": row["level"]} if row["lo"] is not None else {}
    return {
        "type": row["metric"],
        "value": row["value"],
        "name": metric_name(row["metric"])[0],
        "args": {"n_samples": row["n_samples"], "n_subjects": row["n_subjects"], **sure},
    }


def _text(table: FieldTable, filled: Filled, run: MeasuredRun) -> str:
    parts = [f"# {markdown(run.model_card.title)}", f"> {markdown(run.scope.heading)}", f"> {FIXED_LINE}"]
    parts += [
        f"## {field.title}\n\n{markdown(str(filled.values[field.key]))}"
        for field in table.fields
        if field.key not in METADATA and field.key in filled.values
    ]
    return "\n\n".join(parts) + "\n"
