from __future__ import annotations

import errno
import pickle

import pytest

from harness.errors import ExitCode, HarnessError, Reason, Unscored, ending


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (HarnessError("x is y. Do z."), ExitCode.WRONG_USE, "Error: x is y. Do z."),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "Stopped. Finished work is kept"),
        (OSError(errno.ENOSPC, "No space left on device", "/out"), ExitCode.WRONG_USE, "/out: No space left"),
        (OSError(errno.EPIPE, "Broken pipe"), ExitCode.INTERNAL_ERROR, "a fault of the harness"),
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


def test_exit_codes_are_those_that_are_documented() -> None:
    assert (ExitCode.FAILED_CHECK, ExitCode.WRONG_USE, ExitCode.INTERRUPTED) == (1, 2, 130)


def test_an_unscored_sample_survives_the_way_from_a_worker() -> None:
    unscored = pickle.loads(pickle.dumps(Unscored(Reason.NO_FACE, "turned", abstained=True)))
    assert (unscored.outcome, unscored.text) == ("abstained", "no_face: turned")
    assert Unscored(Reason.EMPTY).text == "empty"
    assert Unscored(Reason.EMPTY).outcome == "failed"
