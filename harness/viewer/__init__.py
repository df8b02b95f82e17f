"""A local viewer of finished runs: their samples, answers, and media where they are (docs/view.md)."""
