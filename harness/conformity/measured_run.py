"""Everything that documents are made from: a finished run, what people state, and what the law says of it.

The same `MeasuredRun` gives the same bytes of every document, on any machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from harness.cards.facts import DatasetCard, ModelCard
from harness.cards.planned_cards import planned_dataset, planned_models
from harness.conformity.dossier import Dossier
from harness.conformity.scope import Scope, decide_scope
from harness.errors import HarnessError
from harness.evidence.names_in_plan import id_pieces, plan_by_rows
from harness.evidence.run_folder import RunFolder
from harness.files import sha256_bytes
from harness.tables.versions import read_table

PACK_ID_DIGITS = 16


@dataclass(frozen=True)
class Signer:
    """Who is to sign.

    Attributes:
        name: of the person.
        role: such as test engineer, or head of the laboratory.
        organisation: for which the person signs.
    """

    name: str
    role: str
    organisation: str


@dataclass(frozen=True)
class Deviation:
    """What differs from the plan that was signed before the run.

    Attributes:
        what: the dotted key in the plan.
        before: as it was signed.
        after: as it was run.
        who: changed it; empty if nobody says so.
        when: ISO date; empty if it is not stated.
        why: empty if it is not stated.
    """

    what: str
    before: str
    after: str
    who: str = ""
    when: str = ""
    why: str = ""


@dataclass(frozen=True)
class Registration:
    """A plan that was signed before the run.

    Attributes:
        plan_sha256: the canonical hash of the plan that was signed.
        signed: when, as the signer says it (ISO 8601, UTC).
        signer: who signed it.
    """

    plan_sha256: str
    signed: str
    signer: Signer


@dataclass(frozen=True, kw_only=True)
class MeasuredRun:
    """What every document and export is made from.

    Attributes:
        plan: the resolved plan, with row numbers or pseudonyms instead of names of people.
        plan_sha256: the canonical hash of the plan as it was written.
        record: the contents of ``run.json``.
        results: the results table.
        curves: the curves table.
        dossier: what people state.
        scope: what follows from the purpose under the law.
        pack_id: identification on every page: 16 hexadecimal digits, see `pack_id`.
        signers: who is to sign; empty: listed as missing.
        issued: ISO date (UTC) on which the documents were made; None: not yet.
        deviations: what differs from the plan that was signed before the run.
        registered: the plan that was signed before the run, if there was one.
        previous: of the pack before: its id, the SHA-256 of its manifest, the reason of the amendment.
    """

    plan: Mapping[str, Any]
    plan_sha256: str
    record: Mapping[str, Any]
    results: pa.Table
    curves: pa.Table
    dossier: Dossier
    scope: Scope
    pack_id: str
    signers: Sequence[Signer] = ()
    issued: str | None = None
    deviations: Sequence[Deviation] = ()
    registered: Registration | None = None
    previous: Mapping[str, Any] | None = None

    @property
    def system(self) -> str:
        """The name of the system under test in the tables."""
        return str(self.plan["model"]["name"])

    @cached_property
    def model_card(self) -> ModelCard:
        """Facts about the system under test."""
        return planned_models(self.plan)[0]

    @cached_property
    def dataset_card(self) -> DatasetCard:
        """Facts about the dataset."""
        return planned_dataset(self.plan)

    @property
    def min_subjects(self) -> int:
        """Groups with fewer subjects never appear with numbers in what is public."""
        return int(self.plan["measure"]["min_subjects"])


def measured_run_of(
    folder: RunFolder,
    dossier: Dossier,
    *,
    signers: Sequence[Signer] = (),
    issued: str | None = None,
    deviations: Sequence[Deviation] = (),
    registered: Registration | None = None,
    previous: Mapping[str, Any] | None = None,
) -> MeasuredRun:
    """A finished run from its folder, with what people state about it.

    The arguments after the dossier are described at `MeasuredRun`.

    Raises:
        HarnessError: the run is not finished, was measured by an early version, or a file of it is malformed.
    """
    stored = folder.read_plan()
    record = folder.read_run()
    if record is None:
        raise HarnessError(f"{folder.path}: the run is not finished (there is no run.json). Finish it first.")
    if not (folder / "curves.parquet").is_file():
        raise HarnessError(
            f"{folder.path}: there is no curves.parquet: the version that measured it kept none. Run the study "
            "again with this version, into another folder."
        )
    results = read_table(folder / "results.parquet", "results").table
    plan = plan_by_rows(stored.plan, id_pieces(folder / "samples.parquet"))
    return MeasuredRun(
        plan=plan,
        plan_sha256=stored.sha256,
        record=record,
        results=results,
        curves=read_table(folder / "curves.parquet", "curves").table,
        dossier=dossier,
        scope=scope_of(plan, dossier),
        pack_id=pack_id(stored.sha256, results),
        signers=tuple(signers),
        issued=issued,
        deviations=tuple(deviations),
        registered=registered,
        previous=previous,
    )


def scope_of(plan: Mapping[str, Any], dossier: Dossier) -> Scope:
    """What the law says of the purpose, given what the system of a plan answers, and to what."""
    model = planned_models(plan)[0]
    dataset = planned_dataset(plan)
    return decide_scope(
        dossier.purpose,
        answers=model.labels or dataset.labels,
        dimensions=model.dimensions,
        modalities=model.modalities or dataset.modalities,
    )


def pack_id(plan_sha256: str, results: pa.Table) -> str:
    """The identification of a run and its numbers: what was planned, and what came out."""
    rows = json.dumps([plan_sha256, results.to_pylist()], sort_keys=True, separators=(",", ":"))
    return sha256_bytes(rows.encode())[:PACK_ID_DIGITS]
