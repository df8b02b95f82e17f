"""Documents stay below 2 MB, however many classes, groups, axes and models there are, however long their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from documented_runs import Document, documented_run
from large_results import MAX_BYTES, large_report

from harness.conformity.all_documents import documents
from harness.report.run_page import Report

pytestmark = pytest.mark.slow

NAMES = ("test_report", "biometric_view", "deployer", "supervisor", "public.en", "public.nl")


@pytest.fixture(scope="module")
def large_pages(study: Any, make_report: Callable[..., Report]) -> dict[str, bytes]:
    report = large_report(make_report(study))
    run = documented_run(study)
    plan = {**report.plan, **{key: run.plan[key] for key in run.plan if key not in ("baselines", "cards")}}
    return documents(replace(run, plan=plan, results=report.results, curves=report.curves))


@pytest.mark.parametrize("name", NAMES)
def test_a_document_of_everything_at_once_is_bounded(large_pages: dict[str, bytes], name: str) -> None:
    assert 10_000 < len(large_pages[f"documents/{name}.html"]) < MAX_BYTES


@pytest.mark.parametrize("name", ["biometric_view", "deployer", "supervisor"])
def test_what_is_left_out_is_said(large_pages: dict[str, bytes], name: str) -> None:
    text = Document(large_pages[f"documents/{name}.html"]).text
    assert "8 more groups" in text
    assert "More axes are in results.csv." in text


def test_the_public_learn_that_there_are_other_groups(large_pages: dict[str, bytes]) -> None:
    assert "other groups" in Document(large_pages["documents/public.en.html"]).section("groups")


def test_gaps_that_are_left_out_are_counted(large_pages: dict[str, bytes]) -> None:
    text = Document(large_pages["documents/test_report.html"]).section("conformity")
    assert "more gaps are in results.csv." in text
