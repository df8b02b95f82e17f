"""The words of a summary in one language: those of all practice tests, and those of one.

They are data (``words/<test>.<language>.yaml``), with the same keys in every language:

- ``title``, ``headings``, ``sentences``, ``captions``, ``columns``: texts by key, filled in with values;
- ``figures``: how a value stands in a table, see `harness.practice_tests.practice_interface.Figure`;
- ``names``: what a name in the data or a key is called, such as a situation or a metric;
- ``verdicts``: metric → verdict → sentence, for the rows with a verdict. It may use ``value``, ``lo``, ``hi``,
  ``threshold``, ``model`` (what was tested), ``group``, ``versus``, ``n_subjects`` and ``reason``;
- ``reasons``: why something was not tested, see `harness.practice_tests.reasons`.

A number in braces takes a format: ``{value}`` as in the results, ``{value:percent}`` (``{value:+percent}`` with
its sign), ``{value:.1f}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.plain_yaml import read_yaml
from harness.practice_tests.reasons import COMMON_WORDS, translated
from harness.report.numbers import MINUS, SPACE, count, number, short

if TYPE_CHECKING:
    from harness.tables.results import Result
from harness.verdicts.judge import not_tested

LANGUAGES = ("en", "nl")
ENGLISH = "en"
COMMON = "common"
PARTS = ("headings", "sentences", "captions", "columns", "figures", "names", "verdicts", "reasons")
LISTED, CROSSED = ", ", "*"
"""What stands between the names in a list of them, and in an intersection of axes or groups."""


class PracticeWords:
    """What a summary says in a language.

    Args:
        name: of the practice test.
        folder: of its words.
        language: one of `LANGUAGES`.

    Raises:
        HarnessError: the words are absent or no such file.
    """

    def __init__(self, name: str, folder: Path, language: str) -> None:
        self.language = language
        common = _read(COMMON_WORDS / f"{COMMON}.{language}.yaml")
        own = _read(folder / f"{name}.{language}.yaml")
        self._words = {part: {**common.get(part, {}), **own.get(part, {})} for part in PARTS}
        self.signs = str.maketrans({",": common["thousands"], ".": common["decimal"]})
        self.title: str = own["title"]

    def say(self, part: str, key: str, /, **values: Any) -> str:
        """A text, filled in: ``say("sentences", "people", num=10)``.

        Raises:
            KeyError: there is no such text, or it needs a value that was not given.
        """
        text: str = self._words[part][key]
        return text.format(**{name: self._shown(value) for name, value in values.items()})

    def name(self, key: str) -> str:
        """What a name is called; one that has no words stays as it is, and of several in one each is looked up."""
        names = self._words["names"]
        for sign in (LISTED, CROSSED):
            if key not in names and sign in key:
                return short(LISTED.join(str(names.get(part, part)) for part in key.split(sign)))
        return short(str(names.get(key, key)))

    def reason(self, text: str) -> str:
        """Why something was not tested, from the English sentence in the results.

        In another language than English, one that is not among the words says where to read it.
        """
        found = translated(text, self._words["reasons"])
        if found is not None or self.language == ENGLISH:
            return found or short(text)
        return str(self._words["reasons"]["elsewhere"])

    def heading(self, column: str) -> str:
        """The heading of a column of a table: its text, or the name that it is."""
        return str(self._words["columns"].get(column, self.name(column)))

    def verdict(self, row: Result) -> str:
        """What a row with a verdict says; without bounds, why there are none.

        Raises:
            KeyError: the test has no sentence for it.
        """
        sentences: Mapping[str, str] = self._words["verdicts"][row.metric.partition(":")[0]]
        part = row.metric.partition(":")[2]
        values = {
            "part": part,
            "model": row.model,
            "group": row.group,
            "versus": row.versus,
            "value": row.value,
            "lo": row.lo,
            "hi": row.hi,
            "threshold": row.threshold,
            "n_subjects": row.n_subjects,
        }
        shown = {key: self._shown(value) for key, value in values.items()}
        why = (row.judgement and row.judgement.reason) or ""  # without the note, which is about the numbers
        told = not_tested(why).verdict if row.lo is None and row.hi is None else str(row.verdict)
        return sentences[told].format(**shown, reason=self.reason(why))

    def number(self, value: float | int) -> str:
        """A number in the signs of the language."""
        return (count(value) if isinstance(value, int) else number(value)).translate(self.signs)

    def _shown(self, value: Any) -> _Shown | str:
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return _Shown(value, self)
        if isinstance(value, list | tuple):
            return ", ".join(self.name(str(each)) for each in value)
        return self.name(str(value))


class _Shown:
    """A number in a sentence, which a format may ask for in percent or with some decimals; None is not known."""

    def __init__(self, value: float | int | None, words: PracticeWords) -> None:
        self._value, self._words = value, words

    def __format__(self, spec: str) -> str:
        if self._value is None:
            return self._words.name(str(None))
        if not spec:
            return self._words.number(self._value)
        in_percent, sign = spec.endswith("percent"), "+" if spec.startswith("+") else ""
        if spec.endswith("f"):  # z: what is rounded to zero has no minus sign
            spec = f"{sign}z{spec.removeprefix(sign)}"
        text = f"{100 * self._value:{sign}z.0f}{SPACE}%" if in_percent else format(self._value, spec)
        return text.replace("-", MINUS).translate(self._words.signs)


def _read(path: Path) -> dict[str, Any]:
    try:
        words = read_yaml(path)
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: the words of a practice test cannot be read ({error}).") from None
    if not isinstance(words, dict):
        raise HarnessError(f"{path}: the words of a practice test are keys with texts.")
    return words
