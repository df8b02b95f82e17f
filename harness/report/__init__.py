"""Stored tables → pages that people read."""
