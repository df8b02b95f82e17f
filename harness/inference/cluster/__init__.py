"""Batches computed by the actors of a Ray cluster."""
