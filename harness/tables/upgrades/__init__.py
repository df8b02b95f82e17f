"""Upgrade steps from one version of a stored table or plan to the next. A released step is never changed."""
