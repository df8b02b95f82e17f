"""Batched inference: failure capture, journal and resume."""
