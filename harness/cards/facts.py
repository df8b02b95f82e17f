"""Cards: what is true of a dataset or a model, as YAML, apart from code and choices.

``datasets/<name>/card.yaml`` and ``models/<name>/card.yaml`` are read into these schemas. Unknown keys are errors,
so that a misspelt fact does not vanish.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from reprlib import Repr
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator

from harness.cards.access import Access
from harness.cards.described import TO_FILL, unfilled
from harness.cards.expected import expected, key_of
from harness.cards.modality import Modality
from harness.errors import HarnessError
from harness.plain_numbers import PlainNumbers
from harness.plain_yaml import read_yaml
from harness.resources import card_dirs

MAX_PROBLEMS = 10

_SHORTENED = Repr()
"""What is found may be a whole array: it is shown in short."""
_SHORTENED.maxstring = _SHORTENED.maxother = 120

LabelSource = Literal[
    "self_report", "observer", "acted", "elicited", "context_assigned", "model_generated", "not_stated"
]


RECORDED_ANSWERS = "predictions"
"""The kind of a system of which only the answers are known: its card says nothing of its training."""

AttributeSource = Literal[
    "self_report", "observer", "estimated", "filename", "screening", "simulated", "not_stated"
]
"""Who or what says it: people themselves, others who saw or heard them, an estimate from the signal, …"""


class Facts(PlainNumbers):
    """Base of every part of a card: immutable, no unknown keys, no number that is none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


MAX_LABEL = 200
"""Characters of a label."""


def _require_labels(labels: list[str]) -> list[str]:
    """Raise what pydantic takes for a wrong value: before anything is asked, and paid for."""
    if wrong := [label for label in labels if not label.strip() or len(label) > MAX_LABEL]:
        raise ValueError(f"{wrong[0]!r:.60} is no label: expected 1 to {MAX_LABEL} characters")
    seen: set[str] = set()
    for label in labels:
        alike = unicodedata.normalize("NFC", label)
        if alike in seen:
            raise ValueError(f"the label {label!r} stands twice")
        seen.add(alike)
    return labels


Labels = Annotated[list[str], AfterValidator(_require_labels)]


class Licence(Facts):
    """What one may do with a dataset or with weights."""

    name: str = Field(description="such as MIT, or: not stated")
    url: str | None = Field(default=None, description="of its text")
    commercial_use: bool | None = Field(default=None, description="null: not established")
    note: str | None = Field(default=None, description="what else matters")


class Attribute(Facts):
    """A protected attribute that the dataset carries (column ``attr.<name>``)."""

    source: AttributeSource
    values: list[str] | None = Field(default=None, description="null for a number, such as age in years")
    unit: str | None = None
    note: str | None = None


class Expected(Facts):
    """What the complete dataset holds; ``harness check dataset`` compares."""

    samples: int | None = None
    subjects: int | None = None
    per_label: dict[str, int] = Field(default={})


class DatasetCard(Facts):
    """Facts about a dataset."""

    name: str
    title: str
    reader: str = Field(description="the on-disk layout: a name in the registry of readers")
    modalities: list[Modality]
    description: str
    version: str | None = None
    url: str | None = None
    citation: str | None = None
    licence: Licence
    consent: str | None = Field(default=None, description="what the people agreed to, and how; null: not stated")
    collection: str | None = Field(
        default=None, description="how, when and where it was collected; null: not stated"
    )
    labels: Labels = Field(description="the dataset's own taxonomy; empty where the user's table brings it")
    label_source: LabelSource | None
    label_note: str | None = None
    raters: str | None = Field(
        default=None, description="who gave the labels, and how many for each sample; null: not stated"
    )
    elicitation: Literal["lab", "in_the_wild", "simulated", "not_stated"]
    languages: list[str] = Field(default=[])
    attributes: dict[str, Attribute] = Field(default={})
    expected: Expected = Expected()
    rows_independent: bool = Field(default=False, description="no subjects known: every row stands alone")
    simulated: bool | None = Field(default=False, description="null: not stated")
    limitations: list[str]
    access: Access | None = Field(default=None, description="how one comes by it; null: not established")
    details: dict[str, Any] = Field(default={}, description="facts that the reader needs, such as speakers' ages")

    @property
    def is_made_here(self) -> bool:
        """Whether the harness itself makes the data. Others, which may be simulated, too, lie somewhere."""
        return self.elicitation == "simulated" and self.access is None


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$")]
"""The name of a file, without a folder."""


class Weights(Facts):
    """Where a model's weights come from. Whatever the source, the SHA-256 is checked at every load."""

    source: Literal["file", "url", "wheel"] = Field(description="where the file comes from")
    sha256: Sha256 = Field(description="of the file, as sha256sum prints it")
    path: str | None = Field(default=None, description="file: relative to the card, or absolute")
    url: str | None = Field(default=None, description="url: its address, http or https")
    package: str | None = Field(default=None, description="wheel: name on the package index")
    version: str | None = Field(default=None, description="wheel: of the package")
    member: str | None = Field(default=None, description="wheel: path inside the wheel")
    python: str | None = Field(
        default=None, pattern=r"^3\.\d{1,2}$", description="wheel: the Python it is built for; null: any"
    )
    beside: dict[FileName, Sha256] = Field(
        default={}, description="further files in the same folder, such as an ONNX file's external data"
    )
    licence: Licence = Field(description="of the weights")


class Claim(Facts):
    """What the provider says that the model reaches; it stands beside what is measured, with a verdict."""

    metric: str = Field(description="as in the results, such as accuracy, uar or ccc:valence")
    value: float = Field(description="that is reached")
    dataset: str = Field(description="on which it was reached: the name or the title of its card, if it has one")
    axis: str | None = Field(default=None, description="of a group, such as sex or sex*age; null: all samples")
    group: str | None = Field(default=None, description="as in the results, such as female or female*65+")
    source: str = Field(description="where the provider says so")

    @model_validator(mode="after")
    def _require_both(self) -> Self:
        if (self.axis is None) != (self.group is None):
            raise ValueError("axis and group belong together: give both, or neither for all samples")
        return self


class Price(Facts):
    """What answers cost, for the estimate before a run and for its budget."""

    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217, such as EUR")
    per_call: float = Field(default=0.0, ge=0, description="of one request")
    per_million_tokens_in: float = Field(default=0.0, ge=0, description="of requests")
    per_million_tokens_out: float = Field(default=0.0, ge=0, description="of answers")
    source: str = Field(description="where the price is published, and its date")


class ModelCard(Facts):
    """Facts about a system under test."""

    name: str = Field(description="that of the folder, and of the system in tables")
    title: str = Field(description="its name in reports")
    kind: str = Field(description="the kind of system: a name in the registry of models")
    modalities: list[Modality] = Field(description="empty: reads no media, so any modality")
    description: str = Field(description="what it is, in a sentence or two")
    version: str | None = Field(default=None, description="of the system")
    provider: str | None = Field(default=None, description="who provides it")
    url: str | None = Field(default=None, description="where it is described")
    citation: str | None = Field(default=None, description="the publication, if there is one")
    licence: Licence = Field(description="what one may do with it")
    purpose: str = Field(description="what it is for, in the provider's words where there are any")
    labels: Labels = Field(default=[], description="in score order; empty: learned from the training folds")
    dimensions: list[Literal["valence", "arousal", "dominance"]] = Field(
        default=[], description="that it answers, each from -1 to 1"
    )
    input: dict[str, Any] = Field(default={}, description="what it is given; a schema that the kind names")
    output: dict[str, Any] = Field(default={}, description="what it answers; a schema that the kind names")
    connection: dict[str, Any] = Field(default={}, description="how it is reached; a schema that the kind names")
    price: Price | None = Field(default=None, description="what answers cost; null: not stated")
    weights: Weights | None = Field(default=None, description="the file of the system; null: it has none here")
    training: Literal["pretrained", "cross_fitted", "none"] = Field(
        description="pretrained: as it comes; cross_fitted: within the study, with the test subjects left out"
    )
    training_data: str | None = Field(default=None, description="what it was trained on; null: not stated")
    changes: Literal["frozen", "predetermined", "continuous"] | None = Field(
        default=None,
        description="what becomes of it in use: stays as it is (frozen), changes as was determined before "
        "(predetermined), keeps learning (continuous); null: not stated",
    )
    training_subjects: list[str] | None = Field(
        default=None, description="subject ids, as in the samples, that it was trained on; null: not known"
    )
    paid: bool = Field(default=False, description="every answer costs money: the checks do not ask again unasked")
    baseline: bool = Field(default=False, description="what others are compared with, no system under test")
    claims: list[Claim] = Field(default=[], description="what the provider says that it reaches")
    limitations: list[str] = Field(description="what a reader of its results must know")


_Card = TypeVar("_Card", DatasetCard, ModelCard)


def dataset_card(name: str) -> DatasetCard:
    """Load ``datasets/<name>/card.yaml``.

    Raises:
        HarnessError: there is no such card, or it does not fit the schema.
    """
    return _load(DatasetCard, "datasets", name)


def model_card(name: str) -> ModelCard:
    """Load ``models/<name>/card.yaml``.

    Raises:
        HarnessError: there is no such card, or it does not fit the schema.
    """
    return _load(ModelCard, "models", name)


def card_names(kind: Literal["datasets", "models"]) -> list[str]:
    """The names of all cards of a kind, sorted."""
    return sorted({path.parent.name for folder in card_dirs(kind) for path in folder.glob("*/card.yaml")})


def card_path(kind: Literal["datasets", "models"], name: str) -> Path:
    """Where the card of that name stands.

    Raises:
        HarnessError: there is none; the message lists the names there are.
    """
    places = [folder / name / "card.yaml" for folder in card_dirs(kind)] if Path(name).name == name else []
    for path in places:
        if os.path.lexists(path):
            return path
    raise HarnessError(f"There is no card {kind}/{name}. Known {kind}: {', '.join(card_names(kind))}.")


def _load(schema: type[_Card], kind: Literal["datasets", "models"], name: str) -> _Card:
    path = card_path(kind, name)
    try:
        document = read_yaml(path)
        if missing := unfilled(document):
            raise HarnessError(f"{path}: still to be filled in ({TO_FILL}): {', '.join(missing)}.")
        card = schema.model_validate(document)
    except ValidationError as error:
        raise HarnessError(f"{path}: {validation_problems(error)}") from None
    except ValueError as error:
        raise HarnessError(f"{path}: not valid YAML ({error}).") from None
    if card.name != name:
        raise HarnessError(f"{path}: the card is named {card.name!r}; it must carry its folder's name.")
    return card


def validation_problems(error: ValidationError) -> str:
    """A validation error as one readable line: the offending keys, what was found and what was expected."""
    wrong: dict[tuple[str, str], list[str]] = {}
    for item in error.errors():
        whole = item["type"] == "missing" or isinstance(item["input"], dict)  # says nothing that the key does not
        found = "" if whole else f" (found {_SHORTENED.repr(item['input'])})"
        texts = wrong.setdefault((key_of(item), found), [])  # several where any of several types would do
        texts += [text] if (text := expected(item)) not in texts else []
    parts = [
        f"{key}: {' or '.join(texts).replace(' or expected', ' or')}{found}"
        for (key, found), texts in wrong.items()
    ]
    return "; ".join(
        [*parts[:MAX_PROBLEMS], *([f"{len(parts) - MAX_PROBLEMS:,} more"] if parts[MAX_PROBLEMS:] else [])]
    )
