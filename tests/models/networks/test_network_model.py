"""What holds for networks of every kind, with those of torch as the example."""

from __future__ import annotations
