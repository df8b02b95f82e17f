"""Logging stored tables to MLflow."""
