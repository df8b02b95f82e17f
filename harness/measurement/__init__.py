"""Samples and predictions → results: levels, gaps between groups, verdicts. Pure and seeded."""
