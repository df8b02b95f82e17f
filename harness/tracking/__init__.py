"""Stored tables → MLflow."""
