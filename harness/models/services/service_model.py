"""What all systems behind an address share: they are reached by one client, and computed elsewhere."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, TypeVar

import numpy.typing as npt

from harness.cards.facts import ModelCard
from harness.models.answer import Answer, Answers, StreamedAnswers
from harness.models.granted import Needed
from harness.models.model import RunSettings
from harness.models.services.answer_cache import answer_cache, names_version
from harness.models.services.exchange import Exchange, ServiceRequest, Usage
from harness.models.services.service_client import ServiceClient
from harness.models.services.service_connection import (
    ServiceConnection,
    ServiceOptions,
    needed_host,
    needed_variables,
)
from harness.models.stating_model import StatingModel

OptionsT = TypeVar("OptionsT", bound=ServiceOptions)


class ServiceModel(StatingModel[OptionsT]):
    """A system that a `ServiceClient` asks."""

    connection: ServiceConnection
    asked_elsewhere = True

    def __init__(self, card: ModelCard, options: OptionsT, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        self._opened: ServiceClient | None = None
        self._cache = answer_cache(f"model {card.name}", self.connection, options, self.is_version)

    @classmethod
    def needed_grants(cls, card: ModelCard, options: OptionsT) -> list[Needed]:
        """Variables that its card has sent, and a host that only the user can allow."""
        connection = ServiceConnection.model_validate(
            {name: value for name, value in card.connection.items() if name in ServiceConnection.model_fields}
        )
        return [*needed_variables(connection, options), *needed_host(connection, options)]

    @staticmethod
    def num_gpus() -> None:
        """It is computed elsewhere."""

    @property
    def client(self) -> ServiceClient:
        """Asks the service."""
        assert self._opened is not None, "open() comes first"
        return self._opened

    def is_version(self, stated: str) -> bool:
        """Whether what the service states as its version means one version for good: whatever is no alias."""
        return names_version(stated)

    @property
    def many(self) -> int:
        """Samples of one request, at most."""
        return 1

    @abstractmethod
    def request(self, samples: Sequence[npt.NDArray[Any]]) -> ServiceRequest:
        """What is sent about some samples, at most `many`."""

    @abstractmethod
    def answers(self, exchange: Exchange, num: int) -> Sequence[Answer]:
        """The answers to the samples of one request.

        Args:
            exchange: what came of it.
            num: samples that it was about.
        """

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Answers:
        """An answer for each sample, as they arrive."""
        return ((index, answer) for _, index, answer in self.forward_all([batch]))

    def forward_all(self, batches: Iterable[Sequence[npt.NDArray[Any]]]) -> StreamedAnswers:
        """Answers to all batches, as they arrive: no batch waits for the last answers to the one before."""
        asked: dict[int, tuple[int, int, int]] = {}
        places = count()

        def requests() -> Iterator[ServiceRequest]:
            for number, batch in enumerate(batches):
                for start in range(0, len(batch), self.many):
                    samples = batch[start : start + self.many]
                    asked[next(places)] = number, start, len(samples)
                    yield self.request(samples)

        def read(index: int, exchange: Exchange) -> Sequence[Answer]:
            return self.answers(exchange, asked[index][-1])

        for place, answers in self.client.answered(requests(), read):
            number, start, _ = asked.pop(place)
            for offset, answer in enumerate(answers):
                yield number, start + offset, answer

    @abstractmethod
    def usage(self, exchange: Exchange) -> Usage:
        """The tokens that the service counted, also of an answer that is of no use."""

    def open(self) -> None:
        """Read credentials; nothing is asked yet.

        Raises:
            HarnessError: see `ServiceClient`.
        """
        self._opened = ServiceClient(
            f"model {self.card.name}",
            self.connection,
            self.options,
            self.settings.budget,
            price=self.card.price,
            usage=self.usage,
            cache=None if self.asks_anew else self._cache,
            repeat=self.repeat,
        )
