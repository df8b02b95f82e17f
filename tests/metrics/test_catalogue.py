from __future__ import annotations

from harness.metrics.catalogue import METRICS


def test_names_stand_once_and_descriptions_are_sentences() -> None:
    """That the catalogue holds what is measured, with its range, is tested in test_properties."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.description.endswith("."), metric.name
