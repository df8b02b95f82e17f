"""Groups of people: where attributes come from, bands and scales, intersections."""
