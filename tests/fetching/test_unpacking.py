"""Archives that lead out of the folder, never end, or are damaged."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.fetching import disk_space
from harness.fetching import unpacking as module
from harness.fetching.unpacking import unpack

FILES = {"set-main/a.txt": b"one", "set-main/deep/b.txt": b"two" * 1000, "set-main/empty": b""}


def zipped(path: Path, files: dict[str, bytes], **entry: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = entry.get("attr", 0)
            archive.writestr(info, data)
    return path


def tarred(path: Path, files: dict[str, bytes], mode: str = "w:gz", kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(data), kind, "/etc/passwd"
            archive.addfile(info, io.BytesIO(data))
    return path


def unpacked(archive: Path, strip: int = 0) -> dict[str, bytes]:
    folder = archive.with_name("out")
    folder.mkdir()
    number = unpack(archive, folder, strip)
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    assert number == len(found)
    return found


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_all_files_are_unpacked_without_the_leading_folder(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "set.archive"
    archive = zipped(path, FILES) if mode == "zip" else tarred(path, FILES, mode)
    assert unpacked(archive, strip=1) == {name.partition("/")[2]: data for name, data in FILES.items()}


@pytest.mark.parametrize("kind", [zipped, tarred])
@pytest.mark.parametrize(
    "name", ["../out.txt", "a/../../out.txt", "/out.txt", "a//b", "..\\out.txt", "C:/out.txt", "a/" + "x" * 256]
)
def test_names_that_lead_out_of_the_folder_are_refused(name: str, kind: object, tmp_path: Path) -> None:
    archive = (zipped if kind is zipped else tarred)(tmp_path / "set.archive", {name: b"x"})
    with pytest.raises(HarnessError, match="leads out of the folder or is none"):
        unpacked(archive)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "set.archive"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_tar_are_refused(kind: bytes, tmp_path: Path) -> None:
    archive = tarred(tmp_path / "set.tar", {"a": b""}, "w", kind)
    with pytest.raises(HarnessError, match="a link or a device"):
        unpacked(archive)


def test_links_in_zip_are_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "set.zip", {"a": b"/etc/passwd"}, attr=(stat.S_IFLNK | 0o777) << 16)
    with pytest.raises(HarnessError, match="a link or a device"):
        unpacked(archive)


@pytest.mark.parametrize("kind", [zipped, tarred])
def test_an_archive_that_is_mostly_nothing_ends(
    kind: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two million zeros in a few thousand bytes."""
    monkeypatch.setattr(module, "SMALL_BYTES", 10_000)
    archive = (zipped if kind is zipped else tarred)(tmp_path / "set.archive", {"zeros": bytes(2_000_000)})
    with pytest.raises(HarnessError, match="larger than the disk, or than 200 times its own size"):
        unpacked(archive)


def test_an_archive_that_the_disk_does_not_hold_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = disk_space.shutil.disk_usage(tmp_path)._replace(free=disk_space.SPARE_BYTES + 100)
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(HarnessError, match="larger than the disk"):
        unpacked(zipped(tmp_path / "set.zip", FILES))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_file_twice_is_refused(tmp_path: Path) -> None:
    """On some file systems the two are one."""
    with pytest.raises(HarnessError, match="stands in it twice"):
        unpacked(zipped(tmp_path / "set.zip", {"A.txt": b"one", "a.txt": b"two"}))


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MEMBERS", 2)
    with pytest.raises(HarnessError, match="more than 2 files"):
        unpacked(zipped(tmp_path / "set.zip", FILES))


@pytest.mark.parametrize("kind", ["zip", "w:gz", "w:xz"])
def test_no_damage_ends_otherwise_than_with_a_message(kind: str, tmp_path: Path) -> None:
    """Cut anywhere, or a byte changed anywhere: a message, or all files as they were."""
    path = tmp_path / "set.archive"
    data = (zipped(path, FILES) if kind == "zip" else tarred(path, FILES, kind)).read_bytes()
    for place in range(0, len(data), max(1, len(data) // 60)):
        for number, changed in enumerate(
            (data[:place], data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        ):
            folder = tmp_path / f"out{place}-{number}"
            folder.mkdir()
            path.write_bytes(changed)
            with suppress(HarnessError):
                unpack(path, folder)


def test_a_tar_that_ends_with_a_zip_is_a_tar(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"inner.txt": b"x"}).read_bytes()
    archive = tarred(tmp_path / "set.tar", {"one.csv": b"1", "extra.zip": inner}, "w")
    assert unpacked(archive) == {"one.csv": b"1", "extra.zip": inner}


def test_a_long_name_is_bounded_before_it_is_read(tmp_path: Path) -> None:
    archive = tarred(tmp_path / "set.tar.gz", {"x" * 2_000_000: b"x"})
    with pytest.raises(HarnessError, match=r"a head of 2,0\d\d,\d\d\d bytes"):
        unpacked(archive)


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"no archive at all" * 100])
def test_what_is_no_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(data)
    with pytest.raises(HarnessError, match=r"cannot be unpacked|no file in it"):
        unpacked(path)
