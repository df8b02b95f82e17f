"""A measured run with a whole plan, for documents; and the elements of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from example_studies import SYSTEM, Study
from measured_runs import STATED, measured_run

from harness.conformity.measured_run import MeasuredRun

POWER: Mapping[str, Any] = {
    "assumed": {"rate": 0.6, "icc": 0.1, "power": 0.8, "level": 0.95},
    "tolerance": 0.05,
    "axes": {
        "sex": {
            "num_groups": 2,
            "num_pairs": 1,
            "smallest_pair": {"groups": ["female", "male"], "detectable_gap": 0.147},
            "typical_pair": {"groups": ["female", "male"], "detectable_gap": 0.147},
            "subjects_to_detect": 249,
            "subjects_to_certify": 333,
            "reason": None,
        }
    },
}


def documented_run(study: Study, stated: Mapping[str, Any] = STATED, **changes: Any) -> MeasuredRun:
    """The run of a study with everything that a plan says today.

    Args:
        study: as the fixtures of `example_studies` make it.
        stated: the contents of the dossier.
        changes: of `MeasuredRun`.
    """
    return measured_run(replace(study, plan=whole_plan(study)), stated, **changes)


def whole_plan(study: Study) -> dict[str, Any]:
    """The plan of a study with the sections that `build_plan` adds to it."""
    measure = study.plan["measure"] | {"tolerance": 0.05, "tolerances": {"ece": 0.03}}
    return {
        **study.plan,
        "code_sha256": "f" * 64,
        "timeout_s": 60.0,
        "repeats": 1,
        "conditions": [{"name": "clean", "severity": None}],
        "power": POWER,
        "measure": measure,
        "attributes": study.plan["attributes"] | {"groups": _groups(study)},
    }


def _groups(study: Study) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in study.results.to_pylist():
        level = (row["model"], row["metric"], row["statistic"]) == (SYSTEM, "coverage", "level")
        if level and row["axis"] != "overall":
            group = {"group": row["group"], "values": row["group_values"], "subjects": row["n_subjects"]}
            found.setdefault(row["axis"], {"groups": []})["groups"].append(group | {"samples": row["n_samples"]})
    return found


VOID = {"meta", "br", "line", "circle", "rect", "link"}


class Document(HTMLParser):
    """The elements and the text of a document; fails on tags that are not closed in order."""

    def __init__(self, html: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.source = html.decode()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.by_id: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(self.source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag not in VOID:
            self._open.append((tag, given.get("id")))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any(tag == "style" for tag, _ in self._open):
            return
        self.texts.append(data)
        for _, name in self._open:
            if name:
                self.by_id[name] = self.by_id.get(name, "") + " " + data

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def section(self, name: str) -> str:
        """The text of the element with an id."""
        return re.sub(r"\s+", " ", self.by_id[name])

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]
