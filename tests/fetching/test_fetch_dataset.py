"""A whole dataset from a server of this machine, also after a kill."""

from __future__ import annotations

import fcntl
import io
import json
import signal
import subprocess
import sys
import time
import wave
import zipfile
from pathlib import Path

import pytest
from fault_server import Asked, FaultServer, Handler, always, serving
from pydantic import ValidationError

from harness.cards.access import Access
from harness.cards.facts import DatasetCard, dataset_card
from harness.errors import HarnessError
from harness.fetching import fetch_dataset as module
from harness.fetching.fetch_dataset import RECORD, Fetched, fetch_dataset


def archive(num_actors: int = 2) -> bytes:
    """The sound files of RAVDESS, each a hundredth of a second."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for actor in range(1, num_actors + 1):
            sound = io.BytesIO()
            with wave.open(sound, "wb") as file:
                file.setparams((1, 2, 48_000, 0, "NONE", "none"))
                file.writeframes(bytes(960))
            made.writestr(f"Actor_{actor:02}/03-01-05-01-01-01-{actor:02}.wav", sound.getvalue())
    return buffer.getvalue()


def ravdess(server: FaultServer, **facts: object) -> DatasetCard:
    download = {"url": f"{server.url}/a.zip", "name": "a.zip", "unpack": True, **facts}
    access = Access.model_validate({"downloads": [download]})
    return dataset_card("ravdess").model_copy(update={"access": access})


def fetch(card: DatasetCard, folder: Path) -> Fetched:
    return fetch_dataset(card, folder, ["127.0.0.1"], lambda text: None, lambda done, total: None)


def test_a_dataset_is_fetched_once_and_states_where_it_came_from(tmp_path: Path) -> None:
    with serving(always(archive())) as server:
        card = ravdess(server)
        assert fetch(card, tmp_path / "set") == Fetched(tmp_path / "set", ("a.zip",), is_new=True)
        assert not fetch(card, tmp_path / "set").is_new
    assert len(server.asked) == 1
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == ["Actor_01", "Actor_02", RECORD]
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    record = json.loads((tmp_path / "set" / RECORD).read_text())
    assert record["licence"]["name"] == "CC BY-NC-SA 4.0"
    (file,) = record["files"]
    assert (file["url"], file["path"], file["checked_by"]) == (f"{server.url}/a.zip", "a.zip", None)


def test_a_file_that_is_no_archive_is_kept_as_it_is(tmp_path: Path) -> None:
    with serving(always(b"labels")) as server:
        fetch(ravdess(server, unpack=False, name="labels.csv"), tmp_path / "set")
    assert (tmp_path / "set" / "labels.csv").read_bytes() == b"labels"


def test_what_is_there_already_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with serving(always(archive())) as server:
        for folder in (tmp_path, tmp_path / "mine.txt"):
            with pytest.raises(HarnessError, match="there is something already"):
                fetch(ravdess(server), folder)
        (tmp_path / "set").mkdir()
        fetch(ravdess(server), tmp_path / "set")
        with pytest.raises(HarnessError, match="another dataset was fetched to it, ravdess"):
            fetch(ravdess(server).model_copy(update={"name": "other"}), tmp_path / "set")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_finished_files_are_not_fetched_again_after_a_failure(tmp_path: Path) -> None:
    def behave(handler: Handler, asked: Asked) -> None:
        handler.answer(archive() if asked.path == "/a.zip" else b"", 200 if asked.path == "/a.zip" else 404)

    with serving(behave) as server:
        downloads = [
            {"url": f"{server.url}/{name}.zip", "name": f"{name}.zip", "unpack": True} for name in ("a", "b")
        ]
        access = Access.model_validate({"downloads": downloads})
        card = dataset_card("ravdess").model_copy(update={"access": access})
        for _ in range(2):
            with pytest.raises(HarnessError, match=r"b\.zip cannot be fetched.*404"):
                fetch(card, tmp_path / "set")
        assert [asked.path for asked in server.asked] == ["/a.zip", "/b.zip", "/b.zip"]
    assert not (tmp_path / "set").exists()


def test_what_was_begun_of_another_dataset_is_not_gone_on_with(tmp_path: Path) -> None:
    with serving(always(b"", 404)) as gone, serving(always(archive())) as server:
        with pytest.raises(HarnessError, match="404"):
            fetch(ravdess(gone), tmp_path / "set")
        with pytest.raises(HarnessError, match=r"\.set\.fetching: another dataset, or another version"):
            fetch(ravdess(server), tmp_path / "set")


def test_an_archive_that_came_is_not_fetched_again_to_be_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    with serving(always(archive())) as server:
        with monkeypatch.context() as patch:
            patch.setattr(module, "unpack", interrupted)
            with pytest.raises(KeyboardInterrupt):
                fetch(ravdess(server), tmp_path / "set")
        assert fetch(ravdess(server), tmp_path / "set").is_new
    assert len(server.asked) == 1


def test_what_came_and_is_no_archive_is_fetched_again(tmp_path: Path) -> None:
    """As where a server sends a page in the place of a file of which no checksum is published."""

    def behave(handler: Handler, asked: Asked) -> None:
        handler.answer(b"<html>\nnot now</html>" if asked.number == 0 else archive())

    with serving(behave) as server:
        with pytest.raises(HarnessError) as raised:
            fetch(ravdess(server), tmp_path / "set")
        assert "a.zip: cannot be unpacked (" in str(raised.value)
        assert str(raised.value).endswith("It is removed; the same command fetches it again.")
        assert "\n" not in str(raised.value)
        assert fetch(ravdess(server), tmp_path / "set").is_new
    assert len(server.asked) == 2


def test_a_link_to_another_disk_is_filled_there(tmp_path: Path) -> None:
    (tmp_path / "disk" / "set").mkdir(parents=True)
    (tmp_path / "set").symlink_to(tmp_path / "disk" / "set")
    with serving(always(archive())) as server:
        fetch(ravdess(server), tmp_path / "set")
    assert (tmp_path / "disk" / "set" / "Actor_01").is_dir()


def test_two_commands_do_not_write_to_the_same_folder(tmp_path: Path) -> None:
    with serving(always(archive())) as server:
        (tmp_path / ".set.fetching").mkdir()
        with (tmp_path / ".set.fetching" / "lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            with pytest.raises(HarnessError, match="another command is fetching to it"):
                fetch(ravdess(server), tmp_path / "set")
        assert fetch(ravdess(server), tmp_path / "set").is_new


@pytest.mark.parametrize("facts", [{"name": "fetched.json"}, {"name": "a.part"}, {"name": "a.zip", "size": 0}])
def test_names_and_sizes_that_cannot_be_are_no_facts(facts: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Access.model_validate({"downloads": [{"url": "https://example.org/a", **facts}]})


@pytest.mark.parametrize("name", ["iemocap", "cremad"])
def test_what_may_not_be_downloaded_says_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"cannot simply be downloaded.*(release form|git clone)"):
        fetch(dataset_card(name), tmp_path / "set")


def test_a_kill_loses_no_byte_that_came(tmp_path: Path) -> None:
    """The server sends half, and the rest when it is asked again; the command is killed in between."""
    data = archive(24)
    half = len(data) // 2

    def behave(handler: Handler, asked: Asked) -> None:
        start = int(asked.headers.get("range", "bytes=0-")[6:-1])
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(data) - start))
        handler.send_header("ETag", '"one"')
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        handler.end_headers()
        handler.wfile.write(data[start:] if start else data[:half])
        handler.wfile.flush()
        time.sleep(0 if start else 30)

    part = tmp_path / ".set.fetching" / "files" / "a.zip.part"
    with serving(behave) as server:
        card = ravdess(server)
        code = (
            "import sys\n"
            "from pathlib import Path\n"
            "from harness.cards.facts import DatasetCard\n"
            "from harness.fetching.fetch_dataset import fetch_dataset\n"
            "card = DatasetCard.model_validate_json(sys.argv[1])\n"
            "fetch_dataset(card, Path(sys.argv[2]), ['127.0.0.1'], print, lambda done, total: None)\n"
        )
        command = [sys.executable, "-c", code, card.model_dump_json(), str(tmp_path / "set")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            end = time.monotonic() + 30
            while not (part.is_file() and part.stat().st_size > half // 2) and time.monotonic() < end:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        came = part.stat().st_size
        fetch(card, tmp_path / "set")
        assert server.asked[-1].headers["range"] == f"bytes={came}-"
    assert len(list((tmp_path / "set").glob("Actor_*/*.wav"))) == 24
