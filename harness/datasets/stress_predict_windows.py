"""How the recordings of Stress-Predict are cut into windows of the logged periods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from harness.datasets.reader import ReaderOptions
from harness.datasets.stress_predict_periods import TASKS, Period, PeriodName
from harness.datasets.stress_predict_workbooks import LogRow
from harness.signals.empatica import Session


class StressPredictOptions(ReaderOptions):
    """How the recordings are cut into windows.

    Attributes:
        window_s: length of a window.
        stride_s: from the start of one window to the start of the next.
        margin_s: left out at both ends of a period, because the log is precise to the minute only, and people's
            state takes time to change.
        edges: where a task starts and ends: ``log`` is the written minute; ``button`` is the nearest press of the
            wristband's button within 3 minutes, as in the authors' own labels, or the log if there is none.
        stress: periods whose windows are labelled ``stress``.
        rest: periods whose windows are labelled ``rest``. Periods in neither are not used.
    """

    window_s: float = Field(default=60.0, ge=1, le=3600)
    stride_s: float = Field(default=30.0, ge=1, le=3600)
    margin_s: float = Field(default=30.0, ge=0, le=600)
    edges: Literal["log", "button"] = "log"
    stress: tuple[PeriodName, ...] = TASKS
    rest: tuple[PeriodName, ...] = ("baseline", "relax_1", "relax_2", "relax_3", "relax_4")

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        both = sorted({*self.stress} & {*self.rest})
        if both:
            raise ValueError(f"{', '.join(both)} cannot be both stress and rest")
        return self


class Recorded(NamedTuple):
    """A person in the log whose recording exists."""

    row: LogRow
    session: Session
    periods: list[Period]


def recorded_windows(person: Recorded, options: StressPredictOptions, folder: str) -> Iterator[dict[str, Any]]:
    """Rows of the windows of a person that lie wholly inside one period and the recording.

    Args:
        person: a person with a recording.
        options: how it is cut.
        folder: in which the folders of people lie.
    """
    subject = person.row.subject_id
    for period in person.periods:
        label = _label(period.name, options)
        if label is None:
            continue
        for start_ms, end_ms in _cuts(period, person.session, options):
            yield {
                "sample_id": f"{folder}/{subject}#{start_ms}-{end_ms}",
                "modality": "wearable",
                "uri": f"{folder}/{subject}",
                "start_s": start_ms / 1000,
                "end_s": end_ms / 1000,
                "subject_id": subject,
                "session_id": person.row.session_id,
                "label": label,
                "label_source": "context_assigned",
                "ctx.task": period.name,
                "ctx.period": period.index,
            }


def _label(name: str, options: StressPredictOptions) -> str | None:
    if name in options.stress:
        return "stress"
    return "rest" if name in options.rest else None


def _cuts(period: Period, session: Session, options: StressPredictOptions) -> Iterator[tuple[int, int]]:
    margin = options.margin_s
    start = max(period.start_s + margin, session.start_s) - session.start_s
    end = min(period.end_s - margin, session.end_s) - session.start_s
    window_ms, stride_ms = (round(1000 * value) for value in (options.window_s, options.stride_s))
    first_ms, last_ms = round(1000 * start), round(1000 * end) - window_ms
    for start_ms in range(first_ms, last_ms + 1, stride_ms):
        yield start_ms, start_ms + window_ms
