"""Groups of people: bands of age and other numbers."""
