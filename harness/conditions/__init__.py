"""The same sample with one thing changed: what a system is tested under besides clean media."""
