"""Resampling of subjects and what follows from it. Pure, seeded."""
