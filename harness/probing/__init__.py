"""Collects what the checks on the test itself need from media and model, and stores it as tables."""
