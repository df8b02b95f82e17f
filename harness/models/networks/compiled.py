"""Networks of torch, compiled for the device at the user's wish: ``model.compile=true``.

Compiled numbers differ in their last digits from those of the same network run operator by operator, so it is an
option of the plan. Compiling takes seconds to minutes, and is done while the model is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from harness.errors import HarnessError

Answer = TypeVar("Answer")


def compiled(network: Callable[..., Answer]) -> Callable[..., Answer]:
    """The network compiled by `torch.compile`, for any number of samples."""
    made: Callable[..., Answer] = torch.compile(network, dynamic=True)
    return made


def compile_now(who: str, ask: Callable[[int], object]) -> None:
    """Have a network compiled, which is done when it is first asked.

    A single sample is compiled apart from several.

    Args:
        who: for the message, such as ``model fer``.
        ask: asks it about so many blank samples.

    Raises:
        HarnessError: it cannot be compiled.
    """
    try:
        for num_samples in (1, 2):
            ask(num_samples)
    except Exception as error:  # whatever torch, a compiler or the network itself raises
        what = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise HarnessError(
            f"{who}: it cannot be compiled here ({what}). model.compile=true needs a C++ compiler for a processor "
            "and Triton for a GPU; without it, answers are the same up to rounding."
        ) from error
