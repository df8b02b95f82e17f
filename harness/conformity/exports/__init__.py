"""One measured run in the formats of registers, standards and cards."""
