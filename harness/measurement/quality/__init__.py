"""Gaps between groups at equal quality of the signal, and what refusing low quality does."""
