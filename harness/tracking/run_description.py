"""What MLflow's own pages show of a run: its description, who logged it, and what made it."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from harness.cards.stated_facts import stated_title
from harness.known_metrics import facts_of
from harness.metrics.metric_facts import Shown
from harness.report.claims import MeasuredClaim, told
from harness.report.numbers import interval, number, one_line, short
from harness.tables.results import select
from harness.verdicts.judge import JUDGED
from harness.wording import quantity

CLAIMS_SHOWN = 20


def mlflow_tags(
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    results: pa.Table,
    claims: Sequence[MeasuredClaim] = (),
    report: str = "report.html",
) -> dict[str, str]:
    """The tags that MLflow's pages show in columns and boxes of their own.

    Args:
        plan: as it is sent, without names.
        run: the record of the run.
        results: of the run.
        claims: of the providers, each with its verdict.
        report: where it is among the artifacts.
    """
    commit = (run.get("git") or {}).get("commit")
    return page_tags(_description(plan, results, claims, report), plan["harness"]) | (
        {"mlflow.source.git.commit": commit} if commit else {}
    )


def page_tags(paragraphs: Iterable[str], version: str) -> dict[str, str]:
    """The tags of a description in Markdown, of the harness that sent it, and of its user."""
    user = _user()
    return {
        "mlflow.note.content": "\n\n".join(paragraphs),
        "mlflow.source.name": f"emotion harness {version}",
        "mlflow.source.type": "LOCAL",
        **({"mlflow.user": user} if user else {}),
    }


def _description(
    plan: Mapping[str, Any], results: pa.Table, claims: Sequence[MeasuredClaim], report: str
) -> Iterator[str]:
    """Paragraphs in Markdown."""
    system, dataset = plan["model"]["name"], plan["dataset"]
    simulated = " (simulated data)" if dataset.get("simulated") else ""
    yield f"**{markdown(system)}** on **{markdown(stated_title(dataset))}**{simulated}, {_size(dataset)}"
    levels = select(results, statistic="level", axis="overall").to_pylist()
    own = [row for row in levels if row["model"] == system and row["value"] is not None]
    lines = [
        f"- {markdown(row['metric'].replace('_', ' '))}: {number(row['value'])} {interval(row['lo'], row['hi'])}"
        for row in sorted(own, key=lambda row: facts_of(row["metric"]).order)
        if facts_of(row["metric"]).shown >= Shown.HEADLINE
    ]
    if lines:
        yield "\n".join(lines)
    gaps = [
        row["verdict"] for row in select(results, statistic="difference").to_pylist() if row["model"] == system
    ]
    counts = [f"{gaps.count(verdict):,} {verdict.replace('_', ' ')}" for verdict in JUDGED if verdict in gaps]
    if counts:
        yield f"Differences between groups: {', '.join(counts)}."
    if claims:
        lines = [f"- {_plain_text(line)}" for line in told(claims[:CLAIMS_SHOWN])]
        yield "Figures stated by the provider:\n\n" + "\n".join(lines)
    yield f"All numbers with intervals and verdicts are in the artifact `{report}`."


def _size(dataset: Mapping[str, Any]) -> str:
    counts = [(dataset.get("num_samples"), "sample"), (dataset.get("num_subjects"), "subject")]
    return " of ".join(quantity(num, what) for num, what in counts if isinstance(num, int))


def markdown(name: str) -> str:
    """A name on one line, in which nothing is read as Markdown or HTML."""
    return _plain_text(short(name))


def _plain_text(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*[]<>#|!" else c for c in one_line(text))


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may know no name for its user
        return None
