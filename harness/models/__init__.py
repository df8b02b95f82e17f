"""Adapters that turn signals into scores: one module per kind of system, not per model."""
