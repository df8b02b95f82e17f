"""Readers, one module per on-disk layout: they turn a dataset on disk into the samples table."""
