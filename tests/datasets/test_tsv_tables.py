"""Tables of BIDS: tabs, a header, and n/a for what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.datasets.tsv_tables import read_tsv
from harness.errors import HarnessError


def test_rows_by_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b"\xef\xbb\xbfonset\ttrial_type\r\n1\t happy\r\n\r\n2\tn/a\r\n")
    assert read_tsv(tmp_path / "a.tsv", ["onset"]) == [
        {"onset": "1", "trial_type": "happy"},
        {"onset": "2", "trial_type": ""},
    ]


def test_messages_name_the_file_and_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    with pytest.raises(HarnessError, match=r"a.tsv: no such table"):
        read_tsv(path, [])
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HarnessError, match="not UTF-8"):
        read_tsv(path, [])
    path.write_text("")
    with pytest.raises(HarnessError, match="column onset is missing"):
        read_tsv(path, ["onset"])
    path.write_text("onset,duration\n1,2\n")
    with pytest.raises(HarnessError, match=r"separated by commas\. Separate the columns by tabs\."):
        read_tsv(path, ["onset"])


def test_cells_may_hold_what_ends_lines_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("onset\tsaid\n1\ta\u2028b\x0bc\x1cd\x85e\n", encoding="utf-8")
    assert read_tsv(tmp_path / "a.tsv", []) == [{"onset": "1", "said": "a\u2028b\x0bc\x1cd\x85e"}]
