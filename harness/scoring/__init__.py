"""Computing results and report from stored tables, without the model and without the data."""
