"""What a file may do only if the user trusts who made it."""

from __future__ import annotations

from harness.errors import HarnessError

TRUSTED = "model.trust=true: code in the files of this system was allowed to run on this machine."
"""For readers of the results."""


def require_trust(trusted: bool, who: str, why: str) -> None:
    """Stop unless the user said ``model.trust=true``.

    Args:
        trusted: the option.
        who: such as ``model facex``.
        why: what it would do, as a sentence without its full stop.

    Raises:
        HarnessError: the user did not.
    """
    if not trusted:
        raise HarnessError(
            f"{who}: {why}. If you trust whoever made it, say so on the command line: model.trust=true."
        )
