"""The verdicts of a run in one word and three lists, as the predicate test-result of in-toto has them.

Source: in-toto Attestation Framework, predicate test-result v0.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.packs.manifest import Manifest
from harness.wording import printable

_CONFIGURATION = ("run/plan.yaml", "registration.dsse.json", "dossier.yaml")
_LISTS = {"met": "passedTests", "inconclusive": "warnedTests", "not_met": "failedTests"}
MAX_NAME = 300


def signed_verdicts(manifest: Manifest, results: pa.Table) -> dict[str, Any]:
    """The predicate that is signed: verdicts, and the files by which the test was configured."""
    configured = [file for file in manifest.files if file.path in _CONFIGURATION]
    return {
        **verdict_summary(results, manifest.system.name),
        "configuration": [{"name": file.path, "digest": {"sha256": file.sha256}} for file in configured],
    }


def verdict_summary(results: pa.Table, system: str | None) -> dict[str, Any]:
    """``result`` and the three lists of tests, of the system under test.

    A test is a comparison of groups or a check with a verdict: ``met`` passed, ``inconclusive`` warned,
    ``not_met`` failed; ``not_tested`` is in none. The result is FAILED if any failed, otherwise WARNED if any
    warned or none was decided, otherwise PASSED.

    Args:
        results: the results table.
        system: the name of the system under test in it; None: all that were, each named.
    """
    judged = results.filter(pc.field("verdict").isin(list(_LISTS)))
    if system is not None:
        judged = judged.filter(pc.field("model") == system)
    columns = ("kind", "metric", "condition", "axis", "group", "versus", "index", "verdict", "model")
    rows = judged.select(columns).to_pylist()
    lists = {
        name: _named((row for row in rows if row["verdict"] == verdict), with_model=system is None)
        for verdict, name in _LISTS.items()
    }
    decided = "FAILED" if lists["failedTests"] else "PASSED"
    warned = not lists["failedTests"] and (lists["warnedTests"] or not lists["passedTests"])
    return {"result": "WARNED" if warned else decided, **lists}


def _named(rows: Iterable[Mapping[str, Any]], *, with_model: bool) -> list[str]:
    return sorted({f"{row['model']}: {_name(row)}"[:MAX_NAME] if with_model else _name(row) for row in rows})


def _name(row: Mapping[str, Any]) -> str:
    """Such as ``uar sex: female / male, clean``; for people to read, as results have columns for all of it."""
    about = " ".join(row[name] for name in ("kind", "metric", "index") if row[name] and row[name] != "metric")
    sides = " / ".join(row[name] for name in ("group", "versus") if row[name])
    return printable(f"{about}, {row['axis']}: {sides}, {row['condition']}")[:MAX_NAME]
