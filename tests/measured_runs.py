"""A measured run in small, for documents and exports: a study, and a dossier that states much or little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from example_studies import Study, report_of

from harness.conformity.dossier import Dossier
from harness.conformity.measured_run import MeasuredRun, Signer, pack_id, scope_of

PURPOSE: Mapping[str, Any] = {
    "statement": "To show how often visitors smile.",
    "infers": "emotion",
    "domain": "retail",
    "deployer": "A chain of shops",
    "exposed": "Visitors of the shop, by a camera at the till.",
    "exposed_people": ["customers"],
}

STATED: Mapping[str, Any] = {
    "purpose": PURPOSE,
    "provider": {"name": "ACME", "address": "1 Street, Utrecht", "contact": "info@acme.example"},
    "deployer": {"name": "Shops BV", "address": "2 Street, Utrecht", "contact": "privacy@shops.example"},
    "standards_applied": [{"name": "ISO/IEC TS 4213", "edition": "2022"}],
    "tolerances_derived_from": {"default": "the gap between human raters"},
}

RECORD: Mapping[str, Any] = {
    "started": "2026-11-20T10:00:00+00:00",
    "finished": "2026-11-20T10:05:00+00:00",
    "environment": {
        "python": "3.11.7",
        "platform": "Linux",
        "cpu": "A CPU",
        "cores": 2,
        "packages": {"numpy": "2.1"},
    },
    "git": {"commit": "a" * 40, "dirty": False},
    "media": {"files": 3, "bytes": 9, "merkle_root": "e" * 64},
    "files": {"samples.parquet": "d" * 64},
}

SIGNERS = (Signer("Anna de Vries", "head of the laboratory", "Lab BV"),)


def measured_run(study: Study, stated: Mapping[str, Any] = STATED, **changes: Any) -> MeasuredRun:
    """The run of a study with what people state.

    Args:
        study: as the fixtures of `example_studies` make it.
        stated: the contents of the dossier.
        changes: of `MeasuredRun`.
    """
    report = report_of(study)
    dossier = Dossier.model_validate(stated)
    whole: dict[str, Any] = {
        "plan": report.plan,
        "plan_sha256": report.plan_sha256,
        "record": RECORD,
        "results": report.results,
        "curves": report.curves,
        "dossier": dossier,
        "scope": scope_of(report.plan, dossier),
        "pack_id": pack_id(report.plan_sha256, report.results),
        "signers": SIGNERS,
        "issued": "2026-11-27",
    }
    return MeasuredRun(**whole | changes)
