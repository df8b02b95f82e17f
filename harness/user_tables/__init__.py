"""Tables that users give, in any of the usual formats: read, with one reading of their cells, and understood."""
