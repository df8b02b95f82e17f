"""Stimuli made on the fly, with known truth. Deterministic and seeded, marked simulated everywhere."""
