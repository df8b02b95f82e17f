"""Practice tests by name, and their options as a command line gives them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from harness.errors import HarnessError
from harness.plain_yaml import parse_yaml
from harness.practice_tests.observed import Observed
from harness.practice_tests.opened_practice import explained_options, open_practice, practice_options
from harness.practice_tests.practice_interface import PracticeOptions, PracticeResult, PracticeTest


class Inner(BaseModel):
    size: int = Field(default=3, description="how large")


class Options(PracticeOptions):
    text: str | None = Field(default=None, description="anything")
    inner: Inner = Field(default=Inner(), description="a section")


class Small(PracticeTest[Options]):
    """A small test."""

    Options = Options

    def observe(self, options: Options, out: Path, observer: object) -> Observed:
        raise AssertionError

    def measure(self, observed: Observed, options: Options) -> PracticeResult:
        raise AssertionError


SMALL = Small("small")


def test_a_name_may_have_hyphens() -> None:
    assert open_practice("wearables").name == "wearables"
    with pytest.raises(HarnessError, match="no practice test 'no_such' in the registry"):
        open_practice("no-such")


def test_values_are_yaml_or_text_and_dots_lead_into_sections() -> None:
    found = practice_options(SMALL, ["text=a: b: c", "inner.size=7", "seed=2", "out=somewhere"])
    assert found == Options(text="a: b: c", inner=Inner(size=7), seed=2, out=Path("somewhere"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["seed"], "'seed' does not have the form option=value"),
        (["--seed=1"], "does not have the form"),
        (["sed=1"], "there is no option 'sed'. Did you mean seed?"),
        (["seed=-1"], "seed"),
        (["seed=1", "seed.x=2"], "seed has a value already"),
        (["inner.size=large"], "inner.size"),
    ],
)
def test_wrong_options_are_explained(arguments: list[str], message: str) -> None:
    with pytest.raises(HarnessError) as raised:
        practice_options(SMALL, arguments)
    assert message in str(raised.value)


def test_the_options_are_shown_with_their_meaning_as_yaml() -> None:
    shown = explained_options(SMALL)
    assert "  # how large; a whole number\n  size: 3" in shown
    assert parse_yaml(shown) == {"out": None, "level": 0.95, "seed": 0, "text": None, "inner": {"size": 3}}
