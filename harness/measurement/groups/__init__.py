"""Groups compared: differences, verdicts, intersections."""
