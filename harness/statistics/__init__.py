"""Inference over subjects: resampling, permutation, simultaneous intervals, power. Pure, seeded."""
