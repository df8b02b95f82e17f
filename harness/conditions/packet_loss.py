"""Packets of a call over the Internet or a mobile network that do not arrive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from harness.conditions.condition import LabelPreserving
from harness.conditions.levels import Waveform, decibels
from harness.conditions.sounds import SoundCondition
from harness.signals.media import Audio

PACKET_S = 0.02

LOSS_SHARES = {1: 0.01, 2: 0.03, 3: 0.05, 4: 0.1, 5: 0.2}
"""Severity → probability that a packet is lost."""

_FADE_DB = 6.0


class PacketLoss(SoundCondition):
    """``voice/packet_loss``: packets of 20 ms are lost, one by one; there is silence in their place."""

    severities = {number: f"{share:.0%} of packets of 20 ms" for number, share in LOSS_SHARES.items()}  # noqa: RUF012
    label_preserving = LabelPreserving.ASSUMED

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """What arrives; what is lost at one severity is lost at every higher one."""
        assert self.severity is not None, "a severity was asked for"
        size = max(1, round(PACKET_S * audio.sample_rate))
        packets = [audio.waveform[start : start + size] for start in range(0, len(audio.waveform), size)]
        lost = rng.random(len(packets)) < LOSS_SHARES[self.severity]
        return replace(audio, waveform=np.concatenate(self.heard(packets, lost)))

    def heard(self, packets: list[Waveform], lost: npt.NDArray[np.bool_]) -> list[Waveform]:
        """Each packet, or what is played in its place."""
        return [np.zeros_like(packet) if gone else packet for packet, gone in zip(packets, lost, strict=True)]


class ConcealedLoss(PacketLoss):
    """``voice/packet_loss_concealed``: the last packet again instead of a lost one, 6 dB weaker each time."""

    source = "repetition with a fade, as before ITU-T G.711 Appendix I"

    def heard(self, packets: list[Waveform], lost: npt.NDArray[np.bool_]) -> list[Waveform]:
        """Each packet, or the last one that arrived."""
        played: list[Waveform] = []
        last, factor = np.zeros_like(packets[0]), np.float32(decibels(-_FADE_DB))
        for packet, gone in zip(packets, lost, strict=True):
            last = last * factor if gone else packet
            played.append(last[: len(packet)])
        return played
