"""Where commands print."""

from __future__ import annotations

import os
import sys
from typing import Final

from rich.console import Console

PIPED_WIDTH: Final = 120
"""Characters of a line where nobody says how wide it is; Rich takes 80, and cuts tables to pieces."""

_KNOWN_WIDTH = sys.stdout.isatty() or "COLUMNS" in os.environ

console: Final = Console(highlight=False, width=None if _KNOWN_WIDTH else PIPED_WIDTH)
"""What was asked for, and progress."""

problems: Final = Console(stderr=True, highlight=False)
"""What went wrong: apart, so that a program that reads the rest never takes it for an answer."""
