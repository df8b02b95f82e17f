"""Prepared pictures as numbers, on the device: to the byte what `picture_preparation.pictures` makes of them.

Shapes: B pictures of a batch, H rows, W columns, C channels.
"""

from __future__ import annotations

import torch

from harness.cards.inputs import PictureInput


class PictureTensors:
    """Turns bytes into what a card asks for.

    Args:
        expected: the card's input.
        device: on which the pictures lie.
    """

    def __init__(self, expected: PictureInput, device: str) -> None:
        self._expected = expected
        black, white = expected.range
        # On the device: CUDA multiplies by the inverse of a number that is not there, which rounds otherwise.
        self._most, self._span, self._black, self._mean_C, self._std_C = (
            torch.tensor(values, dtype=torch.float32, device=device)
            for values in (255.0, white - black, black, expected.mean or (), expected.std or ())
        )

    def __call__(self, bytes_BHWC: torch.Tensor) -> torch.Tensor:
        """Bytes, without the last axis for grey → float32, shape (B, C, H, W); (B, H, W, C) for channels last."""
        expected = self._expected
        values_BHWC = bytes_BHWC.float()
        if values_BHWC.ndim == 3:
            values_BHWC = values_BHWC[..., None]
        values_BHWC = values_BHWC / self._most * self._span + self._black
        if values_BHWC.shape[-1] < expected.num_channels:
            values_BHWC = values_BHWC.expand(*values_BHWC.shape[:-1], expected.num_channels)
        if expected.mean is not None:
            values_BHWC = (values_BHWC - self._mean_C) / self._std_C
        if expected.layout == "channels_last":
            return values_BHWC.contiguous()
        # A copy, also of one channel, whose strides would else be taken for channels last, and summed differently.
        return values_BHWC.permute(0, 3, 1, 2).clone(memory_format=torch.contiguous_format)
