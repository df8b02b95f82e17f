"""What all systems behind an address share: they are reached by one client, and computed elsewhere."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

from harness.cards.facts import ModelCard
from harness.models.model import RunSettings
from harness.models.services.answer_cache import answer_cache, names_version
from harness.models.services.exchange import Exchange, Usage
from harness.models.services.service_client import ServiceClient
from harness.models.services.service_connection import ServiceConnection, ServiceOptions
from harness.models.stating_model import StatingModel

OptionsT = TypeVar("OptionsT", bound=ServiceOptions)


class ServiceModel(StatingModel[OptionsT]):
    """A system that a `ServiceClient` asks."""

    connection: ServiceConnection

    def __init__(self, card: ModelCard, options: OptionsT, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        self._opened: ServiceClient | None = None
        self._cache = answer_cache(f"model {card.name}", self.connection, options, self.is_version)

    @staticmethod
    def num_gpus() -> int:
        """None here: it is computed elsewhere."""
        return 0

    @property
    def client(self) -> ServiceClient:
        """Asks the service."""
        assert self._opened is not None, "open() comes first"
        return self._opened

    def is_version(self, stated: str) -> bool:
        """Whether what the service states as its version means one version for good: whatever is no alias."""
        return names_version(stated)

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
