"""Stored tables → results and report: without the model, without the data, on anybody's machine."""
