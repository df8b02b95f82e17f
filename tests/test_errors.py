from __future__ import annotations

import errno
import pickle
import re
import signal
from pathlib import Path

import pyarrow as pa
import pytest

import harness
from harness.errors import (
    ERROR_CODES,
    ExitCode,
    HarnessError,
    Reason,
    Unscored,
    ending,
    error_code,
    signal_name,
    without_head,
)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (HarnessError("x is y. Do z."), ExitCode.WRONG_USE, "Error: x is y. Do z."),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "Stopped. Finished work is kept"),
        (OSError(errno.ENOSPC, "No space left on device", "/out"), ExitCode.WRONG_USE, "/out: No space left"),
        (OSError(errno.ENOSPC, "No space left on device", "/out"), ExitCode.WRONG_USE, "repeat the command"),
        (OSError(errno.ENOTDIR, "Not a directory", "/out/a"), ExitCode.WRONG_USE, "directory. Something else has"),
        (OSError(errno.EMFILE, "Too many open files", "/out/a"), ExitCode.WRONG_USE, "Raise the limit of open"),
        (OSError(errno.EPIPE, "Broken pipe"), ExitCode.INTERNAL_ERROR, "a fault of the harness"),
        (MemoryError(), ExitCode.WRONG_USE, "Error [memory]: there is not enough memory. Finished work"),
        (pa.ArrowMemoryError("malloc of\n1 failed"), ExitCode.WRONG_USE, "memory (malloc of 1 failed). Finished"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), ExitCode.WRONG_USE, "fewer workers"),
        (ValueError("x"), ExitCode.INTERNAL_ERROR, "a fault of the harness"),
    ],
)
def test_every_error_ends_a_command_with_its_code_and_one_message(
    error: BaseException, code: ExitCode, message: str
) -> None:
    found, said = ending(error)
    assert found is code
    assert message in said
    assert "\n" not in said


def test_a_working_folder_that_was_deleted_is_named_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = FileNotFoundError(errno.ENOENT, "No such file or directory")
    monkeypatch.chdir(tmp_path)
    assert "the working folder" not in ending(missing)[1]
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert "the working folder was deleted. Go to another one" in ending(missing)[1]
    missing.filename = "samples.csv"
    assert "the working folder was deleted" in ending(missing)[1]
    missing.filename = "/data/samples.csv"
    assert "/data/samples.csv: No such file" in ending(missing)[1]


def test_the_code_of_an_error_is_that_of_the_package_that_raised_it() -> None:
    from harness.cards.facts import dataset_card
    from harness.study.assembly import open_reader
    from harness.study.compose import compose_study

    for code, call in {
        "choices": lambda: compose_study(["sead=1"]),
        "card": lambda: dataset_card("nowhere"),
        "dataset": lambda: open_reader("ravdess", None, {}),
    }.items():
        with pytest.raises(HarnessError) as failed:
            call()
        assert error_code(failed.value) == code
        assert ending(failed.value)[1] == f"Error [{code}]: {failed.value}"
        assert without_head(ending(failed.value)[1]) == str(failed.value)
    assert error_code(OSError(errno.ENOSPC, "full")) == "disk"
    assert error_code(MemoryError()) == error_code(OSError(errno.ENOMEM, "none")) == "memory"
    assert error_code(ValueError("x")) is None
    assert error_code(HarnessError("raised in a test")) is None
    assert without_head("Error: plain") == "plain"


def test_an_error_of_another_process_keeps_its_code() -> None:
    from harness.cards.facts import dataset_card

    with pytest.raises(HarnessError) as failed:
        dataset_card("nowhere")
    sent = pickle.loads(pickle.dumps(HarnessError.sent(failed.value, " (found on node-a)")))
    assert type(sent) is HarnessError
    assert str(sent) == f"{failed.value} (found on node-a)"
    assert error_code(sent) == "card"


def test_every_package_has_one_code_and_every_code_a_section() -> None:
    root = Path(harness.__file__).parent
    raising = {
        path.relative_to(root).parts[0].removesuffix(".py")
        for path in root.rglob("*.py")
        if re.search(r"raise \w*(HarnessError|Error)\(", path.read_text(encoding="utf-8"))
        and "HarnessError" in path.read_text(encoding="utf-8")
    } - {"errors", "__init__"}  # the latter raises an AttributeError alone
    listed = [room for rooms in ERROR_CODES.values() for room in rooms]
    assert len(listed) == len(set(listed))
    assert raising <= set(listed)
    page = (root.parent / "docs" / "errors.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^## (\w+)$", page)) == {*ERROR_CODES, "disk", "memory"}


def test_a_signal_is_named_if_it_has_a_name() -> None:
    assert (signal_name(9), signal_name(signal.SIGRTMIN + 1)) == ("SIGKILL", str(signal.SIGRTMIN + 1))


def test_exit_codes_are_those_that_are_documented() -> None:
    assert (ExitCode.FAILED_CHECK, ExitCode.WRONG_USE, ExitCode.INTERRUPTED) == (1, 2, 130)


def test_an_unscored_sample_survives_the_way_from_a_worker() -> None:
    unscored = pickle.loads(pickle.dumps(Unscored(Reason.NO_FACE, "turned", abstained=True)))
    assert (unscored.outcome, unscored.text) == ("abstained", "no_face: turned")
    assert Unscored(Reason.EMPTY).text == "empty"
    assert Unscored(Reason.EMPTY).outcome == "failed"
