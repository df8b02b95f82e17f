"""The two kinds of errors, and the exit codes of commands.

A `HarnessError` can be fixed by the user: it stops the command with one message and exit code 2. An `Unscored` is
a property of one sample: it becomes a row in the predictions table, with its reason, and the run goes on.
"""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from pathlib import Path
from types import FrameType


class HarnessError(Exception):
    """Wrong use or bad input. The message says what was found, where, and what to do next.

    Attributes:
        code: what `error_code` says of it, if it was raised in another process; None otherwise.
    """

    code: str | None = None

    @classmethod
    def sent(cls, error: HarnessError, where: str = "") -> HarnessError:
        """The same error to be sent to another process, which a subclass may not survive.

        Args:
            error: that was caught.
            where: it was found, to be added to the message.
        """
        sent = cls(f"{error}{where}")
        sent.code = error_code(error)
        return sent


class ExitCode(IntEnum):
    """The exit codes of a command that did not succeed (0)."""

    FAILED_CHECK = 1
    WRONG_USE = 2
    INTERNAL_ERROR = 70
    INTERRUPTED = 130


def ending(error: BaseException) -> tuple[ExitCode, str]:
    """The exit code and the message for an error that stopped a command.

    Errors of the disk, of permissions or of memory are also for the user to fix.
    """
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED, f"Stopped. {_CONTINUES}"
    if isinstance(error, HarnessError):
        return ExitCode.WRONG_USE, f"{_head(error)}: {error}"
    if _is_of_working_folder(error):
        return ExitCode.WRONG_USE, f"Error [disk]: {_NO_WORKING_FOLDER}"
    if isinstance(error, OSError) and error.errno in _STORAGE:
        remedy = _REMEDIES.get(error.errno, _CONTINUES)
        return ExitCode.WRONG_USE, f"Error [disk]: {error.filename or 'output'}: {error.strerror}. {remedy}"
    if _is_of_memory(error):
        found = f" ({said})" if (said := " ".join(str(error).split())) else ""
        return ExitCode.WRONG_USE, f"Error [memory]: there is not enough memory{found}. {_NEEDS_MEMORY}"
    return (
        ExitCode.INTERNAL_ERROR,
        "Internal error: this is a fault of the harness, please report it with the lines above.",
    )


def error_code(error: BaseException) -> str | None:
    """What an error is about, in a word that stays the same: a section of ``docs/errors.md``.

    Args:
        error: as it was caught.

    Returns:
        One of `ERROR_CODES`, by the package in which the error was raised; ``disk`` where the disk or permissions
        are the matter, ``memory`` where memory is; None if it was raised elsewhere, or is no error of the user's.
    """
    if _is_of_memory(error):
        return "memory"
    if isinstance(error, OSError) and error.errno in _STORAGE:
        return "disk"
    if not isinstance(error, HarnessError):
        return None
    if error.code is not None:
        return error.code
    rooms = []
    trace = error.__traceback__
    while trace is not None:
        package, _, rest = trace.tb_frame.f_globals.get("__name__", "").partition(".")
        rooms += [rest.split(".")[0]] if package == "harness" else []
        trace = trace.tb_next
    return next((code for room in reversed(rooms) for code, its in ERROR_CODES.items() if room in its), None)


def _is_of_working_folder(error: BaseException) -> bool:
    """Whether the folder is gone in which the command was called: Python asks for it in many places."""
    named = getattr(error, "filename", None)
    is_below = named is None or not Path(os.fsdecode(named)).is_absolute()
    return isinstance(error, FileNotFoundError) and is_below and not has_working_folder()


def has_working_folder() -> bool:
    """Whether the working folder of this process is there; it may have been deleted."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def _is_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def without_head(message: str) -> str:
    """The message of `ending` without what it begins with."""
    return re.sub(r"^Error(?: \[\w+\])?: ", "", message)


def _head(error: BaseException) -> str:
    code = error_code(error)
    return "Error" if code is None else f"Error [{code}]"


def exit_on_signal(number: int, _frame: FrameType | None) -> None:
    """A signal handler that makes ``kill`` unwind like Ctrl-C: finished work is kept, workers end.

    Raises:
        SystemExit: with 128 plus the signal's number, as in shells.
    """
    raise SystemExit(128 + number)


def signal_name(number: int) -> str:
    """``SIGKILL`` of 9; of most real-time signals, which have no name, the number."""
    return signal.Signals(number).name if number in set(signal.Signals) else str(number)


ERROR_CODES: Mapping[str, frozenset[str]] = {
    "choices": frozenset({"study", "api", "commands", "known_metrics"}),
    "dataset": frozenset({"datasets", "fetching"}),
    "system": frozenset({"models"}),
    "card": frozenset({"cards", "resources"}),
    "address": frozenset({"remote"}),
    "people": frozenset({"attributes"}),
    "table": frozenset({"tables", "user_tables"}),
    "media": frozenset({"signals", "conditions"}),
    "run": frozenset({"inference", "evidence", "probing"}),
    "measuring": frozenset(
        {"measurement", "checks", "metrics", "statistics", "scoring", "comparison", "report", "verdicts"}
    ),
    "practice": frozenset({"practice_tests", "review", "viewer"}),
    "pack": frozenset({"packs", "conformity"}),
    "tracking": frozenset({"tracking"}),
}
"""What an error is about → the packages that raise it."""


_CONTINUES = "Finished work is kept; repeat the command to continue."
_NO_WORKING_FOLDER = (
    "the working folder was deleted. Go to another one and repeat the command; finished work is kept."
)
_NEEDS_MEMORY = (
    "Finished work is kept; repeat the command with fewer workers, after other programs have ended, or where more "
    "memory is free."
)
_REMEDIES: Mapping[int | None, str] = {
    errno.ENAMETOOLONG: "Nothing can have this name here; choose a shorter one.",
    **dict.fromkeys(
        (errno.EMFILE, errno.ENFILE), "Raise the limit of open files (ulimit -n), or use fewer workers."
    ),
    **dict.fromkeys(
        (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP),
        "Something else has this name, or that of a folder above it; choose another one.",
    ),
}
"""What to do about errors of the disk that last when a command is repeated."""


_STORAGE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.ENOENT,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.ELOOP,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
}


class Reason(StrEnum):
    """Why a sample has no score: the first word of the `reason` column; free detail may follow a colon."""

    MISSING_FILE = "missing_file"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    NO_CHANNEL = "no_channel"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"
    NON_FINITE = "non_finite"
    SILENT = "silent"
    NO_FACE = "no_face"
    NO_SPEECH = "no_speech"
    NO_SIGNAL = "no_signal"
    NOT_APPLICABLE = "not_applicable"
    NO_VOTES = "no_votes"
    TIED_VOTES = "tied_votes"
    NOT_TRAINABLE = "not_trainable"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    NO_ANSWER = "no_answer"
    UNREADABLE_ANSWER = "unreadable_answer"


def reason_code(reason: str) -> str:
    """The code of a reason: what stands before the first colon."""
    return reason.partition(":")[0].strip()


class Unscored(Exception):  # noqa: N818 (an outcome, not an error)
    """This sample gets no score.

    Args:
        reason: the stable code that reports count by.
        detail: a short text that does not vary between machines (no absolute path, no time): predictions are
            equal to the byte from run to run.
        abstained: the system itself declined (no face found, request refused); otherwise it failed.
    """

    def __init__(self, reason: Reason, detail: str = "", *, abstained: bool = False) -> None:
        self.reason = reason
        self.detail = detail
        self.abstained = abstained
        super().__init__(reason, detail)

    def __reduce__(self) -> tuple[object, ...]:
        return _unscored, (self.reason, self.detail, self.abstained)

    @property
    def outcome(self) -> str:
        """The value for the `outcome` column: ``abstained`` or ``failed``."""
        return "abstained" if self.abstained else "failed"

    @property
    def text(self) -> str:
        """The value for the `reason` column: ``code`` or ``code: detail``."""
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)


def _unscored(reason: Reason, detail: str, abstained: bool) -> Unscored:
    return Unscored(reason, detail, abstained=abstained)
