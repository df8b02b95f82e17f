"""Kind ``http``: a service that is asked over HTTP and answers with JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from harness.cards.facts import ModelCard
from harness.cards.inputs import SentInput
from harness.errors import HarnessError, Reason, Unscored
from harness.models.answer import Answer
from harness.models.face_cropping import face_cropper
from harness.models.model import ModelOptions, RunSettings
from harness.models.own_words import require_known
from harness.models.sent_media import Sent, SentMedia
from harness.models.services.answer_cache import ALIAS
from harness.models.services.answer_paths import (
    HttpOutput,
    count_in,
    refusal_in,
    samples_in,
    stated_in,
    version_in,
)
from harness.models.services.exchange import Exchange, ServiceRequest, Usage
from harness.models.services.request_template import HttpConnection, filled_request
from harness.models.services.service_connection import ServiceOptions, sent_to
from harness.models.services.service_model import ServiceModel
from harness.signals.media import EncodedFile, Given


@dataclass(frozen=True)
class SentPreparer:
    """A sample → what is sent of it, as uint8: a line of JSON, then the bytes. Picklable."""

    sent: SentMedia

    def __call__(self, media: Given) -> npt.NDArray[np.uint8]:
        """Decode and encode, as the card says."""
        sent = self.sent(media)
        head = json.dumps({"media_type": sent.file.media_type, "context": dict(sent.context)}).encode()
        return np.frombuffer(head + b"\n" + sent.file.data, np.uint8)


def sent_of(packed: npt.NDArray[Any]) -> Sent:
    """What `SentPreparer` packed."""
    head, _, data = packed.tobytes().partition(b"\n")
    found = json.loads(head)
    return Sent(EncodedFile(data, found["media_type"]), found["context"])


class HttpService(ServiceModel[ServiceOptions]):
    """A service that answers with JSON, as its card says: request by template, answer by paths."""

    Options: ClassVar[type[ModelOptions]] = ServiceOptions
    Input = SentInput
    Output = HttpOutput
    Connection = HttpConnection
    input: SentInput
    output: HttpOutput
    connection: HttpConnection

    def __init__(self, card: ModelCard, options: ServiceOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        _require_consistent(card, self.output)
        if "recording" in self.connection.places and self.input.encoding != "json":
            raise HarnessError(
                f"model {card.name}: its template has the place {{recording}}, which needs encoding: json in its "
                "input."
            )
        in_places = [name for name in self.connection.places if name.startswith("ctx.")]
        self.reads_files = self.input.encoding == "file"
        self.context = tuple(dict.fromkeys([*in_places, *self.input.context]))
        self._cropper = face_cropper(settings.face)

    def facts(self) -> dict[str, Any]:
        """How faces are cut out, if they are."""
        return super().facts() | ({"face": self._cropper.facts()} if self.input.face == "crop" else {})

    def notes(self) -> list[str]:
        """Whose answers these are, and what was trusted to reach it."""
        name, output = self.card.name, self.output
        unknown = output.version is None and output.version_header is None
        alias = ALIAS in f"{self.options.url or self.connection.url} {self.connection.template}".lower()
        named = ", ".join(self.options.allow_hosts)
        return [
            sent_to(self.connection, self.options),
            *([f"{name} is asked for its latest version, which may change at any time."] if alias else []),
            *([f"{name} does not say which version answers; it may change at any time."] if unknown else []),
            *([f"The user allowed {name} to be reached at {named}, private or not."] if named else []),
            *(
                [f"{name} is reached with certificates of an authority that the user trusts."]
                if self.options.ca_file
                else []
            ),
        ]

    def preparer(self) -> SentPreparer:
        """The worker's part."""
        return SentPreparer(SentMedia(self.input, self._cropper))

    def usage(self, exchange: Exchange) -> Usage:
        """By the paths of the card."""
        try:
            document = exchange.json()
        except Unscored:
            return Usage()
        return Usage(
            tokens_in=count_in(document, self.output.tokens_in),
            tokens_out=count_in(document, self.output.tokens_out),
        )

    @property
    def many(self) -> int:
        """As the card says."""
        return self.connection.many

    def request(self, samples: Sequence[npt.NDArray[Any]]) -> ServiceRequest:
        """The template of the card, filled."""
        return filled_request(self.connection, [sent_of(packed) for packed in samples])

    def answers(self, exchange: Exchange, num: int) -> Sequence[Answer]:
        """By the paths of the card."""
        return [exchange.answer(self._read)] if self.many == 1 else list(self._shared(exchange, num))

    def _read(self, exchange: Exchange) -> Answer:
        """The answer to one sample."""
        document = self._document(exchange)
        return self._stated(document, version_in(document, exchange.headers, self.output))

    def _shared(self, exchange: Exchange, num: int) -> Iterator[Answer]:
        """The answers to several samples of one request, each with its share of what it cost."""
        cost = None if exchange.cost is None else exchange.cost / num
        share = replace(exchange, cost=cost, usage=_share(exchange.usage, num))
        for place, answer in enumerate(self._read_many(exchange, num), start=1):
            followed = exchange.followed or place < num
            yield replace(share, followed=followed).answer(lambda _, answer=answer: answer)  # type: ignore[misc]

    def _read_many(self, exchange: Exchange, num: int) -> list[Answer]:
        if exchange.failure is not None:
            return [Answer(unscored=exchange.failure)] * num
        try:
            document = self._document(exchange)
            parts = samples_in(document, self.output, num)
        except Unscored as unscored:
            return [Answer(unscored=unscored)] * num
        version = version_in(document, exchange.headers, self.output)
        return [self._stated(part, version) for part in parts]

    def _document(self, exchange: Exchange) -> Any:
        """The JSON of an answer that is one.

        Raises:
            Unscored: the service declined, or answered with an error.
        """
        if exchange.status in self.output.refused_status:
            raise Unscored(Reason.REFUSED, f"status {exchange.status}", abstained=True)
        try:
            document = exchange.json()
        except Unscored:
            if exchange.is_success:
                raise
            document = None
        refusal = refusal_in(document, self.output)
        if refusal is not None:
            raise refusal
        if not exchange.is_success:
            raise Unscored(Reason.NO_ANSWER, f"status {exchange.status}")
        return document

    def _stated(self, document: Any, version: str | None) -> Answer:
        try:
            refusal = refusal_in(document, self.output)
            if refusal is not None:
                raise refusal
            found = stated_in(document, self.output, self.card.labels, self.card.dimensions)
        except Unscored as unscored:
            return Answer(unscored=unscored, version=version)
        return Answer(vector=self.stated(found.label, found.scores, found.dimensions), version=version)


def _share(usage: Usage, num: int) -> Usage:
    """Of whole tokens, which need not divide."""
    shares = (None if of is None else round(of / num) for of in (usage.tokens_in, usage.tokens_out))
    return Usage(**dict(zip(("tokens_in", "tokens_out"), shares, strict=True)))


def _require_consistent(card: ModelCard, output: HttpOutput) -> None:
    """Check the sections of a card against each other."""
    require_known(card.name, output.labels, card.labels)
    if not card.labels and not card.dimensions:
        raise HarnessError(f"model {card.name}: its card has neither labels nor dimensions.")
    if bool(card.labels) != bool(output.label or output.scores):
        raise HarnessError(
            f"model {card.name}: labels in its card and output.label or output.scores come together."
        )
    named = {name for name in ("valence", "arousal", "dominance") if getattr(output, name)}
    if named != set(card.dimensions):
        raise HarnessError(
            f"model {card.name}: its card has the dimensions {sorted(card.dimensions)}, and its output paths for "
            f"{sorted(named)}."
        )
