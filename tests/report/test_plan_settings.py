from __future__ import annotations

from harness.report.plan_settings import MAX_SETTING, settings


def test_nested_choices_get_one_name_each_and_unset_ones_are_left_out() -> None:
    options = {"bias": {"attribute": None, "effect": 0.0}, "rest": ["a", "b"], "empty": [], "align": False}
    assert settings(options) == [("bias.effect", "0.0"), ("rest", "a, b"), ("empty", "none"), ("align", "false")]
    assert settings(None) == []


def test_a_long_choice_is_cut() -> None:
    ((_, text),) = settings({"words": ["x" * 50] * 50})
    assert len(text) == MAX_SETTING
    assert text.endswith("…")
