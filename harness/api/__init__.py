"""The harness from Python: arrays or whole studies in, reports out, without a terminal."""
