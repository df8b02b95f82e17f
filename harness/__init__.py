"""Measure emotion-recognition systems on labelled datasets.

The flow, left to right: a *reader* turns a dataset on disk into the samples table, an *adapter* turns samples
into the predictions table, and *measure* turns the two tables into the results table. See
``docs/architecture.md``.
"""

__version__ = "0.1.0"
