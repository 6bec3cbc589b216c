"""Which words are secrets, and what stands in their place. Pure."""

from __future__ import annotations

import re
from typing import Final

from apps.jobs.verdict.masking import MASK, mask

_NAME: Final = re.compile(
    r"(?i)(secret|passwo?r?d|passwd|pwd|passphrase|token|access[._-]?key|api[._-]?key|private[._-]?key"
    r"|credential|signature|\bpw\b|auth[._-]?key|account[._-]?key|sas[._-]?key)"
)
_HARMLESS: Final = re.compile(
    r"(?i)(|true|false|none|null|\d{1,6}|arn:aws[\w-]*:\S+|(s3[an]?|https?|jceks|localjceks)://[^@]*|\*+"
    r"|\w+([.$]\w+){2,}|\{\{[^}]*\}\}|<[^>]*>|alias/\S+)"
)
"""Values that are none: switches, small numbers, roles, paths, class names, what is filled in later."""


def named(name: str, value: str) -> bool:
    """Say whether a value is a secret because of what it is called.

    Args:
        name: of the option, key or variable.
        value: its value.
    """
    return bool(_NAME.search(name)) and not _HARMLESS.fullmatch(value)


def inside(text: str) -> bool:
    """Say whether a text has a secret in it that can be told by its form."""
    return mask(text) != text


def masked(text: str, name: str = "") -> str:
    """A text without its secrets.

    Args:
        text: any text.
        name: what it is called; empty for nothing.
    """
    return MASK if named(name, text) else mask(text)


def variable(name: str) -> str:
    """Name of the variable that a secret comes by, such as DB_PASSWORD for `--db-password`.

    Args:
        name: of the option, key or variable.
    """
    found = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper() or "SECRET"
    return found if not found[0].isdigit() else f"S_{found}"


def key(name: str) -> str:
    """Key of a Secret for a variable: DB_PASSWORD is `db-password`.

    Args:
        name: the variable's.
    """
    return name.lower().replace("_", "-")
