"""How much the system is asked again for the checks on the test."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.resources import Configured


@dataclass(frozen=True)
class ProbeSettings:
    """How much is probed.

    Attributes:
        max_probes: number of samples that are run again.
        max_inputs: number of pictures that are run with altered input.
        max_blind: number of samples of the blind control, which is asked of a paid system, too.
        ask_paid: whether a system whose answers are paid for is run again, too.
        seed: determines which samples.
    """

    max_probes: int = field(default_factory=Configured("checks.max_probes"))
    max_inputs: int = field(default_factory=Configured("checks.max_inputs"))
    max_blind: int = field(default_factory=Configured("checks.max_blind"))
    ask_paid: bool = field(default_factory=Configured("checks.ask_paid"))
    seed: int = field(default_factory=Configured("seed"))
