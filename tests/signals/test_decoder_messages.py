from __future__ import annotations

import os

import pytest

from harness.signals.decoder_messages import decoder_messages


def test_messages_of_decoders_are_kept_and_others_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with decoder_messages() as messages:
        os.write(2, b"Corrupt JPEG data: premature end of data segment\na warning of somebody else\n")
        assert messages == []
    assert messages == ["Corrupt JPEG data: premature end of data segment"]
    assert capfd.readouterr().err == "a warning of somebody else\n"


def test_the_terminal_is_given_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), decoder_messages():
        raise ValueError("broken")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"
