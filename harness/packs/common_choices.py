"""What every pack is made with, whatever it is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.conformity.measured_run import Signer
from harness.packs.manifest import NamedSigner
from harness.packs.signing_keys import SigningKey

TAKEN = "A pack is not overwritten: give another place with --into DIR."


@dataclass(frozen=True, kw_only=True)
class CommonChoices:
    """What a pack is made with, besides what it is of.

    Attributes:
        dossier: what people state about the system.
        keys: with which the pack is signed.
        also_sign: who else is to sign; they add their signatures later.
        into: the folder of the pack; None: ``evidence`` in that of what it is of.
        min_anonymity: the least number of people who share their exported attributes.
    """

    dossier: Path
    keys: Sequence[SigningKey] = ()
    also_sign: Sequence[Signer] = ()
    into: Path | None = None
    min_anonymity: int = 1

    @property
    def signers(self) -> list[NamedSigner]:
        """Everybody who is to sign, once."""
        people = [*(key.public.signer for key in self.keys), *self.also_sign]
        return [NamedSigner(**asdict(signer)) for signer in dict.fromkeys(people)]
