"""A wav2vec 2.0 that is small enough for tests, with random weights."""

from __future__ import annotations

from typing import Any

import torch


def small_wav2vec2(**config: Any) -> Any:
    """The network with two convolutions, and what else the test configures."""
    import transformers

    torch.manual_seed(0)
    return transformers.Wav2Vec2ForSequenceClassification(
        transformers.Wav2Vec2Config(
            hidden_size=16,
            num_attention_heads=2,
            intermediate_size=16,
            conv_dim=(8, 8),
            conv_stride=(5, 4),
            conv_kernel=(10, 8),
            num_feat_extract_layers=2,
            num_conv_pos_embeddings=4,
            num_conv_pos_embedding_groups=2,
            classifier_proj_size=8,
            **config,
        )
    )
