"""Readers: one module per on-disk layout. A dataset on disk becomes the samples table."""
