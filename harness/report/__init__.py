"""Stored tables → HTML reports."""
