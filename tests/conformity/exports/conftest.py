"""A run of which much is stated, one of which everything is, and one of which only the purpose is."""

from __future__ import annotations

import pytest
from example_studies import Study
from filled_exports import everything
from measured_runs import PURPOSE, STATED, measured_run

from harness.conformity.exports.all_exports import exports
from harness.conformity.exports.export import Export
from harness.conformity.measured_run import MeasuredRun


@pytest.fixture(scope="session")
def run(gap_study: Study) -> MeasuredRun:
    return measured_run(gap_study)


@pytest.fixture(scope="session")
def bare_run(gap_study: Study) -> MeasuredRun:
    return measured_run(gap_study, {"purpose": PURPOSE}, signers=(), issued=None)


@pytest.fixture(scope="session")
def full_run(gap_study: Study) -> MeasuredRun:
    return measured_run(gap_study, {**STATED, "texts": everything()})


@pytest.fixture(scope="session")
def made(run: MeasuredRun) -> dict[str, Export]:
    return {export.path: export for export in exports(run)}


@pytest.fixture(scope="session")
def made_of_full(full_run: MeasuredRun) -> dict[str, Export]:
    return {export.path: export for export in exports(full_run)}
