"""Tables too large for memory, measured in pieces."""
