"""A model under a condition compared with itself on clean media, on the same samples."""
