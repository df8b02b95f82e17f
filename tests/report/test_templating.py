from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, UndefinedError

from harness.report import templating


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch):
    def render(source: str, **values: object) -> str:
        monkeypatch.setattr(templating, "PackageLoader", lambda _: DictLoader({"page": source}))
        return templating.template("page", {"twice": lambda text: text * 2}).render(**values)

    return render


def test_everything_is_escaped(page) -> None:
    assert page("<p>{{ x }}</p>", x='<script>"&') == "<p>&lt;script&gt;&#34;&amp;</p>"
    assert page("{{ twice(x) }}", x="<b>") == "&lt;b&gt;&lt;b&gt;"


def test_a_name_that_is_missing_is_an_error(page) -> None:
    with pytest.raises(UndefinedError, match="'y' is undefined"):
        page("{{ y }}", x=1)


def test_what_turns_text_around_is_shown(page) -> None:
    """A name with U+202E would be read from right to left, and what follows it too."""
    shown = page("{{ x }}", x="a\u202eb\x1b")
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert shown.startswith("a")


def test_numbers_and_blocks_are_set_as_everywhere(page) -> None:
    assert page("{% if true %}\n  {% set y = 1234567 %}\n{{ y | count }}\n{% endif %}\n") == "1,234,567\n"
    assert page("{{ 0.5 | percent }} {{ 0.12345 | number }}").split()[-1] == "0.123"


def test_our_own_templates_are_found() -> None:
    folder = Path(templating.__file__).parent / "templates"
    names = [path.name for path in folder.iterdir() if path.is_file()]
    assert names
    for name in names:
        assert templating.template(name, {}).name == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("CREMA-D, the Corpus", '<span class="whole">CREMA-D,</span> the Corpus'),
        ("a <b-c>", 'a <span class="whole">&lt;b-c&gt;</span>'),
        ("x\x1b-y", '<span class="whole">x\ufffd-y</span>'),
        ("a-" * 20, "a-" * 20),
        ("plain  words", "plain  words"),
    ],
)
def test_short_words_with_hyphens_stay_on_one_line(name: str, shown: str) -> None:
    assert templating.unbroken(name) == shown
