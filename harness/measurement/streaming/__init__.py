"""Measuring tables that are too large for memory, in pieces."""
