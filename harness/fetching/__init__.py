"""Datasets that may be downloaded freely: from where their card says onto the user's disk."""
