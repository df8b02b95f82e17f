"""Adapters: signals → scores. One module per kind of system, not per model."""
