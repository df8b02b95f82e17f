from __future__ import annotations

import inspect
import re

import pytest
from outside_packages import CHECK, Install

from harness.cards import registry
from harness.cards.registry import BUILT_IN, Extension, extensions, find, names, summary
from harness.errors import HarnessError

CHECKS = list(BUILT_IN["checks"])


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in BUILT_IN for name in BUILT_IN[kind]])
def test_whatever_is_registered_is_there_and_says_what_it_is(kind: registry.Kind, name: str) -> None:
    found = find(kind, name)
    if kind != "metrics":
        assert re.fullmatch(r"[A-Za-z].*\.", summary(kind, name))
        assert summary(kind, name) == str(inspect.getdoc(found)).splitlines()[0].replace("`", "")


def test_what_another_package_registers_follows_our_own(install: Install) -> None:
    install({"checks": {"few_samples": "own_check:few_samples"}}, own_check=CHECK)
    assert names("checks") == [*CHECKS, "few_samples"]
    assert extensions("checks") == [Extension("checks", "few_samples", "own-things", "1.2")]
    assert extensions("metrics") == []
    assert summary("checks", "few_samples") == "Whether there are fewer than a thousand samples."


def test_what_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(
        HarnessError,
        match=r"no practice test 'x' in the registry\. Known: audit, customer_service, human_review, ",
    ):
        find("practice_tests", "x")


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def few_samples(:", "SyntaxError"),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two"),
        ("", "AttributeError"),
    ],
)
def test_a_broken_package_is_named_once_and_nothing_else_suffers(
    install: Install, code: str, problem: str
) -> None:
    install({"checks": {"few_samples": "own_check:few_samples"}}, own_check=code)
    with pytest.raises(HarnessError) as raised:
        find("checks", "few_samples")
    assert str(raised.value).startswith(
        f"the check 'few_samples' of the package own-things 1.2 cannot be loaded ({problem}"
    )
    assert str(raised.value).endswith("Update the package or uninstall it: pip uninstall own-things")
    assert "\n" not in str(raised.value)
    assert find("checks", "support").__name__ == "support"


@pytest.mark.parametrize("name", ["support", "Few", "few samples", "_few", "f" * 51, "1few"])
def test_names_that_are_ours_or_not_plain_are_refused(install: Install, name: str) -> None:
    install({"checks": {name: "own_check:few_samples"}}, own_check=CHECK)
    expected = "has the name of one of the harness's own" if name == "support" else "has no usable name"
    with pytest.raises(HarnessError, match=rf"'{name}' of the package own-things 1\.2 {expected}"):
        names("checks")
    with pytest.raises(HarnessError, match="own-things"):
        find("checks", "support")


def test_a_condition_may_say_what_it_changes_and_nothing_else_may(install: Install) -> None:
    install({"conditions": {"face/confetti": "own:x"}, "checks": {"face/confetti": "own:x"}}, own="x = 1")
    assert names("conditions")[-1] == "face/confetti"
    with pytest.raises(HarnessError, match="no usable name"):
        names("checks")


def test_two_packages_cannot_share_a_name(install: Install) -> None:
    for package in ("first", "second"):
        install({"checks": {"few_samples": f"{package}:few_samples"}}, package=package, **{package: CHECK})
    with pytest.raises(HarnessError, match=r"of the package second 1\.2 has the name of .* package first 1\.2"):
        extensions("checks")
