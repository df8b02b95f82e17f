"""Datasets and runs that are not on this machine's disks: at addresses of fsspec, such as ``s3://bucket/corpus``."""
