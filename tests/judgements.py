"""Judgements as tests of readers need them: of any verdict, without the interval that it would follow from."""

from __future__ import annotations

from harness.verdicts.judge import Judgement, checked, not_tested

FAULT = {"met": False, "not_met": True, "inconclusive": None}


def judged(verdict: str, reason: str = "") -> Judgement:
    return not_tested(reason) if verdict == "not_tested" else checked(FAULT[verdict], reason)
