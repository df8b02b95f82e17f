"""Multimodal language models behind an OpenAI-compatible endpoint."""
