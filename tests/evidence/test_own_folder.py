"""A folder of a user is written into only where nothing of others is in it."""

from __future__ import annotations

from pathlib import Path

from harness.evidence.own_folder import taken

OWN = ("page.html", "rows.csv")


def test_an_absent_an_empty_and_an_earlier_folder_are_ones_own(tmp_path: Path) -> None:
    assert taken(tmp_path / "absent", OWN, "a page") is None
    assert taken(tmp_path, OWN, "a page") is None
    for name in ("page.html", ".rows.csv.x1.part"):
        (tmp_path / name).write_text("")
    assert taken(tmp_path, OWN, "a page") is None


def test_what_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("")
    (tmp_path / "notes.txt").write_text("")
    assert taken(tmp_path, OWN, "a page") == (
        f"{tmp_path}: the folder is not empty and is not that of a page (it contains notes.txt). Give a new "
        "folder."
    )
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    for name in ("notes.txt", "broken"):
        path = tmp_path / name
        assert taken(path, OWN, "a page") == f"{path}: this is a file or a broken link. Give a folder."
