"""Comparing groups: differences, verdicts, intersections."""
