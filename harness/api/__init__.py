"""The Python API: measure arrays or run whole studies, without a terminal."""
