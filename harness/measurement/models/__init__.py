"""Comparing models on the same samples."""
