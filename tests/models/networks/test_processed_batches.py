"""Which clips go through a network together, and that none changes the answer to another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from small_wav2vec2 import small_wav2vec2

from harness.models.networks.processed_batches import ProcessedBatches

transformers = pytest.importorskip("transformers", reason="the extra transformers is not installed")

RNG = np.random.default_rng(0)
LENGTHS = (9_000, 4_000, 8_000, 4_100, 4_000)


@pytest.fixture
def clips() -> list[np.ndarray]:
    return [RNG.normal(scale=0.1, size=num).astype(np.float32) for num in LENGTHS]


def network(norm: str) -> Any:
    made = small_wav2vec2(num_hidden_layers=2, num_labels=3, feat_extract_norm=norm).eval()
    made.classifier.weight.data *= 50  # answers that differ
    return made


@torch.inference_mode()
def answers(made: Any, processor: Any, clips: list[np.ndarray]) -> tuple[np.ndarray, list[list[int]]]:
    """Probabilities ``[N, 3]``, and which clips went together."""
    found, parts = np.full((len(clips), 3), np.nan), []
    for places, inputs in ProcessedBatches(processor, made.config, hears=True)(clips):
        found[list(places)] = torch.softmax(made(**inputs).logits, dim=1).numpy()
        parts.append(list(places))
    return found, parts


@pytest.mark.parametrize(
    ("norm", "expected"),
    [("layer", [[1, 3, 4], [0, 2]]), ("group", [[0], [1, 4], [2], [3]])],
)
def test_clips_are_padded_only_where_the_network_leaves_padding_out(
    norm: str, expected: list[list[int]], clips: list[np.ndarray]
) -> None:
    made, processor = network(norm), transformers.Wav2Vec2FeatureExtractor(return_attention_mask=True)
    together, parts = answers(made, processor, clips)
    alone = np.concatenate([answers(made, processor, [clip])[0] for clip in clips])
    assert sorted(parts) == sorted(expected)
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert np.ptp(together, axis=0).max() > 1e-3  # the clips matter


def test_without_a_mask_nothing_is_padded(clips: list[np.ndarray]) -> None:
    processor = transformers.Wav2Vec2FeatureExtractor(return_attention_mask=False)
    _, parts = answers(network("layer"), processor, clips)
    assert sorted(parts) == [[0], [1, 4], [2], [3]]


def test_a_processor_that_brings_clips_to_one_length_has_them_go_together(clips: list[np.ndarray]) -> None:
    processor = transformers.WhisperFeatureExtractor(feature_size=8, chunk_length=1, n_fft=400)
    ((places, inputs),) = ProcessedBatches(processor, object(), hears=True)(clips)
    assert list(places) == [0, 1, 2, 3, 4]
    alone = processor([clips[3]], return_tensors="pt", sampling_rate=16_000)["input_features"]
    assert torch.equal(inputs["input_features"][3:4], alone)
