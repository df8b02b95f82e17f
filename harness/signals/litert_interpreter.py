"""Opens TFLite files with LiteRT, on one thread of the CPU."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.files import read_bytes

MAX_TFLITE_BYTES = 2 * 1024**3
"""No FlatBuffer is larger."""

_IDENTIFIER = b"TFL3"


def open_interpreter(path: Path, who: str) -> Any:
    """An ``ai_edge_litert`` interpreter of a file, with its tensors allocated.

    Custom operators (Flex, MediaPipe) are not there: a file that needs them is refused.

    Args:
        path: of the file.
        who: needs it, for messages, such as ``model facex``.

    Raises:
        HarnessError: LiteRT is not installed; the file is no TFLite file, is cut off or cannot be run.
    """
    if find_spec("ai_edge_litert") is None:
        raise HarnessError(
            f"{who} needs ai-edge-litert, which is not installed: pip install 'emotion-harness[litert]'."
        )
    try:
        data = read_bytes(path, MAX_TFLITE_BYTES)
    except (OSError, ValueError) as error:
        raise HarnessError(f"{who}: its file cannot be read ({error}).") from None
    if data[4:8] != _IDENTIFIER:
        raise HarnessError(f"{who}: its file is no TFLite file.")
    from ai_edge_litert.interpreter import Interpreter

    try:
        with _without_announcement():
            interpreter = Interpreter(model_content=data, num_threads=1)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        problem = " ".join(str(error).split())[:300]
        raise HarnessError(f"{who}: LiteRT cannot open its file ({problem}).") from None
    return interpreter


@contextmanager
def _without_announcement() -> Iterator[None]:
    """LiteRT's native part announces on the terminal which delegate it uses; nothing turns that off."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (a device, for its descriptor)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
