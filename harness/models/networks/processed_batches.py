"""Pictures or clips through a processor of the transformers library: inputs that go through a network together.

No answer may depend on the clips beside it. So clips are only padded to the length of others where the network is
told what is padding and leaves it out. That is so where its convolutions are normalised sample by sample and not
over the whole clip (``feat_extract_norm: layer``, as in wav2vec 2.0 large, HuBERT large and WavLM large). Of every
other network those go together whose inputs have the same shape: clips of one length, or all of them where the
processor brings every clip to one length, as that of Whisper does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy.typing as npt

from harness.models.networks.like_length import of_like_length

Inputs = dict[str, Any]
"""Tensors by the names of the network's arguments, the first axis being samples."""


class ProcessedBatches:
    """Divides a batch into inputs of a network.

    Args:
        processor: of the library, for pictures or for sounds.
        config: of the network.
        hears: whether it is given sounds.
    """

    def __init__(self, processor: Any, config: Any, *, hears: bool) -> None:
        self._processor = processor
        self._hears = hears
        knows_padding = getattr(config, "feat_extract_norm", None) == "layer"
        self._pads = hears and knows_padding and bool(getattr(processor, "return_attention_mask", False))

    def __call__(self, arrays: Sequence[npt.NDArray[Any]]) -> Iterator[tuple[Sequence[int], Inputs]]:
        """Places in the batch, and the inputs made of what is there; each place once."""
        if not self._hears:
            yield range(len(arrays)), dict(self._processor(list(arrays), return_tensors="pt"))
        elif self._pads:
            for places in of_like_length([len(array) for array in arrays]):
                yield places, self._sounds([arrays[place] for place in places], padding=True)
        else:
            yield from self._of_one_shape(arrays)

    def _of_one_shape(self, arrays: Sequence[npt.NDArray[Any]]) -> Iterator[tuple[Sequence[int], Inputs]]:
        import torch

        alike: dict[tuple[Any, ...], list[tuple[int, Inputs]]] = defaultdict(list)
        for place, array in enumerate(arrays):
            inputs = self._sounds([array])
            alike[tuple((name, *inputs[name].shape) for name in sorted(inputs))].append((place, inputs))
        for found in alike.values():
            places, each = zip(*found, strict=True)
            yield places, {name: torch.cat([inputs[name] for inputs in each]) for name in each[0]}

    def _sounds(self, arrays: list[npt.NDArray[Any]], **choices: Any) -> Inputs:
        rate = self._processor.sampling_rate
        return dict(self._processor(arrays, return_tensors="pt", sampling_rate=rate, **choices))
