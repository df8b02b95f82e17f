"""Samples and predictions → results: metric levels, gaps between groups, verdicts. Pure and seeded."""
