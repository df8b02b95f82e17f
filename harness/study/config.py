"""The validated config of one study, as composed by Hydra from ``configs/`` and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from harness.attributes.estimate_errors import ErrorChoice
from harness.attributes.grouping import Axes, Bands
from harness.cards.facts import AttributeSource, validation_problems
from harness.checks.control_choices import ContextColumns
from harness.errors import HarnessError
from harness.files import UserPath
from harness.inference.part import Part
from harness.measurement.choices import Choices, LabelChoices, MeasureChoices
from harness.models.pooling_options import PoolingOptions
from harness.resources import Configured, ConfiguredGroup
from harness.signals.face_options import FaceOptions
from harness.signals.speech_options import SpeechOptions
from harness.study.label_merge import read_merge
from harness.tables.schemas import CLEAN
from harness.wording import is_encodable

AUTO: Literal["auto"] = "auto"
"""A batch size that is decided by the memory of the device."""
MAX_BATCH_SIZE = 65_536


class AttributeChoices(Choices):
    """How people are grouped.

    Attributes:
        file: a CSV table, one row per person, whose columns are joined to the samples by subject_id.
        axes: attributes and intersections such as ``sex*age``; None uses every single attribute.
        bands: attribute → edges of bands, or a scale's name, or the groups' names, or None for values as they are.
        sources: attribute → its source; it overrides the card and is the only source for the file's attributes.
        errors: estimated attribute → what says how it errs: another attribute, counts of people, or None.
        estimate: what the harness measures in the media, as columns of the samples.
    """

    file: UserPath | None = Field(default_factory=Configured("attributes.file"))
    axes: Axes | None = Field(default_factory=Configured("attributes.axes"))
    bands: Bands = Field(default_factory=Configured("attributes.bands"))
    sources: dict[str, AttributeSource] = Field(default_factory=Configured("attributes.sources"))
    errors: dict[str, ErrorChoice] = Field(default_factory=Configured("attributes.errors"))
    estimate: list[Literal["apparent_skin_tone", "signal_quality"]] = Field(
        default_factory=Configured("attributes.estimate")
    )


class StudyLabels(LabelChoices):
    """Which labels are compared, and how.

    Attributes:
        merge: see `LabelChoices`; in a config it may also be a file or the codes of a corpus, see `read_merge`.
    """

    merge: Annotated[dict[str, str] | None, BeforeValidator(read_merge)] = Field(
        default_factory=Configured("labels.merge")
    )


class DatasetChoices(BaseModel):
    """The dataset, its path, and the options of its reader (validated by the reader)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    root: UserPath | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The reader's own options."""
        return dict(self.model_extra or {})


def _require_folds(given: object) -> object:
    is_number = isinstance(given, int) and not isinstance(given, bool) and 2 <= given <= MAX_FOLDS
    if not is_number and given not in NAMED_FOLDS:
        raise ValueError(f"expected {', '.join(NAMED_FOLDS)} or a number of folds from 2 to {MAX_FOLDS:,}")
    return given


NAMED_FOLDS = ("auto", "split", "partition", "session", "loso")
MAX_FOLDS = 10_000
Folds = Annotated[Literal["auto", "split", "partition", "session", "loso"] | int, BeforeValidator(_require_folds)]
MAX_CORPORA = 20


class ProtocolChoices(Choices):
    """Who is trained on, and who is tested.

    Attributes:
        folds: of a system that is trained within the study. ``split``: those of the dataset's split.
            ``partition``: trained once, on the split's training parts, and tested on its held-out parts alone.
            ``session``, ``loso``: one session, one subject is left out at a time. A number: so many folds by
            subject. ``auto``: those of the split if it names folds, otherwise as the model's ``max_folds`` says.
        train_on: other corpora that such a system is trained on instead, once; all samples are tested. Each is
            chosen like the dataset, by its name, its root and the options of its reader.
        allow_leak: use a split even if the same people are on both sides of it.
    """

    folds: Folds = Field(default_factory=Configured("protocol.folds"))
    train_on: list[DatasetChoices] = Field(default_factory=Configured("protocol.train_on"), max_length=MAX_CORPORA)
    allow_leak: bool = Field(default_factory=Configured("protocol.allow_leak"))

    @model_validator(mode="after")
    def _require_one_training(self) -> Self:
        if self.train_on and self.folds != "auto":
            raise ValueError("train_on: a system that is trained on other corpora has no folds. Leave folds out")
        return self


class PowerChoices(Choices):
    """The assumptions of the power analysis, made before there are predictions.

    Attributes:
        rate: the accuracy.
        icc: the intra-class correlation of the samples of one subject.
        power: the desired probability of finding a difference, or of certifying that there is none.
    """

    rate: float = Field(default_factory=Configured("power.rate"), ge=0.01, le=0.99)
    icc: float = Field(default_factory=Configured("power.icc"), ge=0.0, le=1.0)
    power: float = Field(default_factory=Configured("power.power"), ge=0.5, le=0.999)


class CheckChoices(Choices):
    """The checks on the test itself that need the media or the model.

    Attributes:
        enabled: read the media and query the system again; if false, checks that need this are listed as not
            tested.
        media: describe the media, for properties of files and near-duplicates.
        max_probes: how many samples the system is queried with again, alone and in another batch.
        max_inputs: how many pictures a face model is queried with after changing channels and scale.
        max_blind: how many samples the system is queried with after removing and after exchanging the medium; also
            if its answers are paid for.
        ask_paid: also query a system again whose answers are paid for.
        negative_control: columns at whose values answers are held against the labels of other people; this needs
            neither media nor model.
        negative_outcomes: columns that answers must not go with; likewise.
    """

    enabled: bool = Field(default_factory=Configured("checks.enabled"))
    media: bool = Field(default_factory=Configured("checks.media"))
    max_probes: int = Field(default_factory=Configured("checks.max_probes"), ge=0, le=65_536)
    max_inputs: int = Field(default_factory=Configured("checks.max_inputs"), ge=0, le=65_536)
    max_blind: int = Field(default_factory=Configured("checks.max_blind"), ge=0, le=65_536)
    ask_paid: bool = Field(default_factory=Configured("checks.ask_paid"))
    negative_control: ContextColumns = Field(default_factory=Configured("checks.negative_control"))
    negative_outcomes: ContextColumns = Field(default_factory=Configured("checks.negative_outcomes"))


class BudgetChoices(Choices):
    """What a system may be asked, and what that may cost; not part of the plan, so that it can be raised.

    Attributes:
        max_calls: requests to services, repeated attempts included; None for no limit.
        max_cost: in the currency of the card's price; None for no limit.
    """

    max_calls: int | None = Field(default_factory=Configured("budget.max_calls"), ge=0)
    max_cost: float | None = Field(default_factory=Configured("budget.max_cost"), ge=0, allow_inf_nan=False)


class TrackingChoices(Choices):
    """Where the run is logged, and for how many seconds it is tried."""

    enabled: bool = Field(default_factory=Configured("tracking.enabled"))
    uri: str | None = Field(default_factory=Configured("tracking.uri"))
    experiment: str = Field(default_factory=Configured("tracking.experiment"))
    timeout_s: float = Field(default_factory=Configured("tracking.timeout_s"), ge=1, le=86_400)


class ModelChoices(BaseModel):
    """The system and its options (validated by its model class)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    @property
    def options(self) -> dict[str, Any]:
        """The model's own options."""
        return dict(self.model_extra or {})


class ExecutorChoices(BaseModel):
    """Where batches are computed, and the options of the executor (validated by it); not part of the plan."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, given: object) -> object:
        """Its name stands for one with its defaults."""
        return {"name": given} if isinstance(given, str) else given

    @property
    def options(self) -> dict[str, Any]:
        """The executor's own options."""
        return dict(self.model_extra or {})


def _default_executor() -> ExecutorChoices:
    return ExecutorChoices.model_validate(ConfiguredGroup("executor")())


def _in_a_list(given: object) -> object:
    """One name may stand without a list."""
    return [given] if isinstance(given, str) else given


def _with_clean(names: tuple[str, ...]) -> tuple[str, ...]:
    """Put clean media first: they are the reference for other conditions, and models are trained on them."""
    return tuple(dict.fromkeys((CLEAN, *names)))


def _require_part(written: str | None) -> str | None:
    if written is not None:
        Part.of(written)
    return written


Conditions = Annotated[
    tuple[str, ...], Field(max_length=100), BeforeValidator(_in_a_list), AfterValidator(_with_clean)
]


class StudyConfig(Choices):
    """The config of one study; ``configs/run.yaml`` explains each value."""

    dataset: DatasetChoices
    model: ModelChoices
    out: UserPath | None = Field(default_factory=Configured("out"))
    seed: int = Field(default_factory=Configured("seed"), ge=0, lt=2**32)
    limit: int | None = Field(default_factory=Configured("limit"), ge=1)
    shard: Annotated[str | None, AfterValidator(_require_part)] = Field(default_factory=Configured("shard"))
    device: str = Field(default_factory=Configured("device"))
    precision: Literal["float32", "bfloat16", "float16"] = Field(default_factory=Configured("precision"))
    batch_size: Annotated[int, Field(ge=1, le=MAX_BATCH_SIZE)] | Literal["auto"] = Field(
        default_factory=Configured("batch_size")
    )
    executor: ExecutorChoices = Field(default_factory=_default_executor)
    workers: int = Field(default_factory=Configured("workers"), ge=0, le=256)
    timeout_s: float = Field(default_factory=Configured("timeout_s"), gt=0)
    batch_timeout_s: float = Field(default_factory=Configured("batch_timeout_s"), gt=0, le=604_800)
    profile: bool = Field(default_factory=Configured("profile"))
    repeats: int = Field(default_factory=Configured("repeats"), ge=1, le=100)
    conditions: Conditions = Field(default_factory=Configured("conditions"))
    condition_files: dict[str, UserPath] | None = Field(default_factory=Configured("condition_files"))
    baselines: Literal["auto"] | list[str] = Field(default_factory=Configured("baselines"))
    face: FaceOptions = Field(default_factory=FaceOptions)
    speech: SpeechOptions = Field(default_factory=SpeechOptions)
    protocol: ProtocolChoices = Field(default_factory=ProtocolChoices)
    video: PoolingOptions = Field(default_factory=PoolingOptions)
    labels: StudyLabels = Field(default_factory=StudyLabels)
    attributes: AttributeChoices = Field(default_factory=AttributeChoices)
    measure: MeasureChoices = Field(default_factory=MeasureChoices)
    power: PowerChoices = Field(default_factory=PowerChoices)
    checks: CheckChoices = Field(default_factory=CheckChoices)
    budget: BudgetChoices = Field(default_factory=BudgetChoices)
    tracking: TrackingChoices = Field(default_factory=TrackingChoices)

    @property
    def usual_batch_size(self) -> int:
        """The batch size; for ``auto`` that of systems whose memory does not depend on it."""
        return int(Configured("batch_size")()) if self.batch_size == AUTO else self.batch_size

    @property
    def part(self) -> Part | None:
        """The part of the study that is answered; None for all of it."""
        return None if self.shard is None else Part.of(self.shard)


def study_config(composed: dict[str, Any]) -> StudyConfig:
    """Validate a composed config.

    Args:
        composed: plain values. ``bias``, which configures simulated datasets, has been interpolated into
            ``dataset`` and is ignored.

    Raises:
        HarnessError: values are unknown or out of range; the message names all of them.
    """
    _require_encodable(composed)
    try:
        return StudyConfig.model_validate({key: value for key, value in composed.items() if key != "bias"})
    except ValidationError as error:
        raise HarnessError(f"config: {validation_problems(error)}") from None


def _require_encodable(value: object, key: str = "config") -> None:
    """Refuse texts that no plan could hold, before anything is read."""
    if isinstance(value, str) and not is_encodable(value):
        raise HarnessError(f"{key}: {value!r} cannot be written as UTF-8. Write it in UTF-8.")
    if isinstance(value, Mapping):
        for name, part in value.items():
            _require_encodable(name, key)
            _require_encodable(part, str(name))
    elif isinstance(value, list | tuple):
        for part in value:
            _require_encodable(part, key)
