from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def test_a_process_without_a_standard_error_decodes_all_the_same(tmp_path: Path) -> None:
    """As under ``2>&-``."""
    program = (
        "import os, cv2, numpy; from pathlib import Path; from harness.signals import image; os.close(2)\n"
        f"path = Path({str(tmp_path / 'a.png')!r}); cv2.imwrite(str(path), numpy.zeros((4, 5, 3), numpy.uint8))\n"
        "print(image.decode(path).pixels.shape)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "(4, 5, 3)"
