"""The sentences of the public layer in one language, filled in; groups and numbers as people say them.

The sentences are data (``words/public.<language>.yaml``), with the same keys in every language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.attributes.group import EVERYBODY, THE_REST, Group
from harness.cards.taxonomy import canonical
from harness.conformity.documents.document_facts import ANSWERED
from harness.conformity.documents.words import read_words
from harness.report.metric_names import metric_name
from harness.report.numbers import number, short

LANGUAGES = ("en", "nl")


class PublicWords:
    """What the public layer says in a language.

    Args:
        language: one of `LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = read_words(f"public.{language}")

    def word(self, *keys: str) -> str:
        """A text that stands as it is, such as a heading: ``word("headings", "tested")``."""
        found = self._words
        for key in keys:
            found = found[key]
        return str(found)

    def say(self, key: str, **values: object) -> str:
        """A sentence, filled in; one full stop is enough where a name ends with one."""
        return re.sub(r"\.\.$", ".", self.word("sentences", key).format(**values))

    def filled(self, text: str, **values: object) -> str:
        """Any other text of the file, filled in."""
        return text.format(**values)

    @property
    def questions(self) -> Sequence[Any]:
        """The questions of the comprehension check."""
        found: Sequence[Any] = self._words["questions"]
        return found

    def count(self, num: int) -> str:
        """A whole number with the separator of the language."""
        return f"{num:,}".replace(",", self.word("thousands"))

    def number(self, value: float | None) -> str:
        """A number as in the results, with the decimal sign of the language."""
        swapped = str.maketrans({",": self.word("thousands"), ".": self.word("decimal")})
        return number(value).translate(swapped)

    def between(self, lo: float, hi: float) -> str:
        """An interval of shares, of every 100."""
        return self.word("interval").format(lo=of_100(lo), hi=of_100(hi))

    def medium(self, modalities: Sequence[str]) -> str:
        """What the system is given."""
        media = self._words["media"]
        return self._joined(dict.fromkeys(media.get(name, media["other"]) for name in modalities or ("other",)))

    def labels(self, sources: Sequence[str]) -> str:
        """Where the right answers come from."""
        return self._joined(self._words["labels"][source] for source in sources or ("not_stated",))

    def emotion(self, label: str) -> str:
        """An answer in words; one that is not known keeps its name."""
        found: dict[str, str] = self._words["emotions"]
        return short(found.get(canonical(label), label.replace("_", " ")))

    def dimension(self, name: str) -> str:
        """Valence, arousal or dominance in words."""
        return str(self._words["dimensions"].get(name, name))

    def attribute(self, name: str) -> str:
        """An attribute in words; one that is not known keeps its name."""
        return short(str(self._words["attributes"].get(name, name.replace("_", " "))))

    def axis(self, attributes: Sequence[str]) -> str:
        """The attributes of an axis in words."""
        return self._joined(map(self.attribute, attributes))

    def group(self, group: Group, attributes: Sequence[str]) -> str:
        """The people of a group in words; names that are not known stay as they are."""
        if group == THE_REST:
            return self.word("rest")
        if group.is_unknown:
            return self.word("unknown")
        if group.values is None or len(group.values) != len(attributes):
            return short(group.name)
        return self.word("at_once").join(map(self._people, attributes, group.values))

    def worse(self, metric: str, group: str, other: str) -> str:
        """That the system works worse for a group than for another."""
        sentences: dict[str, str] = self._words["worse"]
        title = short(metric_name(metric)[0])
        return sentences.get(metric.partition(":")[0], sentences["any"]).format(
            group=group, other=other, metric=title
        )

    def about(self, row: Mapping[str, Any]) -> str:
        """What a row of the results is about."""
        group = self._whom(row)
        if row["statistic"] == "difference":
            other = self.group(Group.of_row(row, "versus"), row["attributes"])
            title = short(metric_name(row["metric"])[0])
            return self.word("difference_row").format(metric=title, group=group, other=other)
        key = "unanswered_row" if row["metric"] == ANSWERED else "level_row"
        return self.word(key).format(group=group)

    def _whom(self, row: Mapping[str, Any]) -> str:
        group = Group.of_row(row)
        return self.word("everybody") if group == EVERYBODY else self.group(group, row["attributes"])

    def _people(self, attribute: str, value: str) -> str:
        known: dict[str, str] = self._words["groups"].get(attribute, {})
        if value in known:
            return known[value]
        patterns: dict[str, str] = self._words["patterns"]
        for sign in ("+", "<"):  # of a band without an upper or a lower end
            if sign in (value[:1], value[-1:]) and attribute + sign in patterns:
                return patterns[attribute + sign].format(value=short(value.strip(sign)))
        shown = short(value.replace("_", " "))
        return patterns.get(attribute, patterns["any"]).format(value=shown, attribute=self.attribute(attribute))

    def _joined(self, texts: Any) -> str:
        return ", ".join(texts)


def of_100(share: float) -> int:
    """A share as so many of every 100."""
    return round(100 * share)
