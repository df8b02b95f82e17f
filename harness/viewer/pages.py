"""What the viewer's server answers: the files of its page, the report, and JSON about what it lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from harness.report.run_page import render_run
from harness.scoring.stored_report import stored_report
from harness.verdicts.judge import VERDICTS
from harness.viewer.chosen_rows import Chooser
from harness.viewer.listing import Listing
from harness.viewer.media_source import MediaSource
from harness.viewer.query import MAX_PAGE, MAX_SEARCH, BadQuery, index, read_query
from harness.viewer.row_pages import described, row_page
from harness.viewer.sample_page import sample_page
from harness.viewer.verdict_rows import query_behind, verdict_name, verdict_page

_SCRIPTS = ("viewer", "address", "rows", "sample", "media", "courses", "verdicts", "elements")
FILES: Mapping[str, tuple[str, str]] = {
    "": ("harness.viewer", "page/index.html"),
    "report.css": ("harness.report", "templates/report.css"),
    "viewer.css": ("harness.viewer", "page/viewer.css"),
    **{f"{name}.js": ("harness.viewer", f"page/{name}.js") for name in _SCRIPTS},
}
"""Address → package and file of the page; nothing else of the disk can be asked for."""

REPORT = "report"
"""The address of the report of the first run, made of its stored tables when it is asked for."""

MEDIA_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
Parameters = Mapping[str, Sequence[str]]


class NotFound(LookupError):  # noqa: N818 (an answer of the server)
    """There is no such page."""


class Pages:
    """Answers by name.

    Args:
        listing: of one run or two.
        media: of the first run.
    """

    def __init__(self, listing: Listing, media: MediaSource) -> None:
        self.listing = listing
        self._media = media
        self._chooser = Chooser(listing)
        self._answers: Mapping[str, Callable[[Parameters], dict[str, Any]]] = {
            "run": self._run,
            "rows": self._rows,
            "sample": self._sample,
            "media": self._shown,
            "verdicts": self._verdicts,
            "result": self._result,
        }

    def answer(self, name: str, parameters: Parameters) -> tuple[str, bytes]:
        """The media type and the bytes of an answer.

        Args:
            name: what stands behind the token in the address.
            parameters: name → its values.

        Raises:
            NotFound: there is nothing of that name.
            BadQuery: a parameter means nothing.
        """
        if name in FILES:
            package, file = FILES[name]
            return MEDIA_TYPES[file.rpartition(".")[2]], files(package).joinpath(file).read_bytes()
        if name == REPORT and self.has_report:
            page = render_run(stored_report(self.listing.runs[0].folder), served=True)
            return MEDIA_TYPES["html"], page.encode("utf-8", "replace")
        if name not in self._answers:
            raise NotFound(name)
        answer = json.dumps(self._answers[name](parameters), allow_nan=False, ensure_ascii=False)
        return "application/json", answer.encode("utf-8", "replace")

    def _run(self, _parameters: Parameters) -> dict[str, Any]:
        return described(self.listing, {"absent": self._media.absent}) | {"has_report": self.has_report}

    @property
    def has_report(self) -> bool:
        """Whether the first run is finished, so that there is a report of it."""
        folder = self.listing.runs[0].folder
        return all((folder / f"{name}.parquet").is_file() for name in ("results", "curves"))

    def _result(self, parameters: Parameters) -> dict[str, Any]:
        return {"query": query_behind(self.listing, (parameters.get("row") or [""])[-1])}

    def _rows(self, parameters: Parameters) -> dict[str, Any]:
        query = read_query(parameters, len(self.listing.sides))
        offset = index((parameters.get("offset") or ["0"])[-1], 2**53, "offset")
        limit = index((parameters.get("limit") or ["100"])[-1], MAX_PAGE + 1, "limit")
        try:
            wanted = index((parameters.get("find") or [""])[-1], self.listing.samples.num_rows, "find")
        except BadQuery:  # the answer about the sample says that there is none
            wanted = None
        page = row_page(self._chooser, query, offset, limit, wanted)
        return page | {"behind": None if query.behind is None else verdict_name(self.listing, query.behind)}

    def _sample(self, parameters: Parameters) -> dict[str, Any]:
        return sample_page(self.listing, self._row(parameters))

    def _shown(self, parameters: Parameters) -> dict[str, Any]:
        side = index((parameters.get("answers") or ["0"])[-1], len(self.listing.sides), "answers")
        return self._media.page(self._row(parameters), self.listing.sides[side][1].condition)

    def _verdicts(self, parameters: Parameters) -> dict[str, Any]:
        wanted = list(parameters.get("verdict", ()))
        if not set(wanted) <= set(VERDICTS):
            raise BadQuery(f"verdict is one of {', '.join(VERDICTS)}.")
        return verdict_page(self.listing, wanted, (parameters.get("search") or [""])[-1][:MAX_SEARCH])

    def _row(self, parameters: Parameters) -> int:
        return index((parameters.get("row") or [""])[-1], self.listing.samples.num_rows, "row")
