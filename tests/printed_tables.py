"""Tables as a terminal or a pipe of some width shows them."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from harness.commands.table_widths import set_widths


def printed(table: Table, width: int, *, is_terminal: bool) -> str:
    """The text of a table whose columns were set for this width."""
    console = Console(width=width, highlight=False, force_terminal=is_terminal, color_system=None)
    console.width = max(width, set_widths(console, table))
    with console.capture() as capture:
        console.print(table, soft_wrap=not is_terminal)
    return capture.get()
