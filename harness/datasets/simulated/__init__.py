"""Stimuli generated on the fly with a known truth: deterministic, seeded, and always marked as simulated."""
