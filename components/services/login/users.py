"""Who may sign in: the file of users that the login proxy reads, and the key of its cookies. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import bcrypt

COST: Final = 10
"""bcrypt's work factor: the least that OWASP's Password Storage Cheat Sheet has. The passwords are random, so
a higher one would protect nothing more."""

_BCRYPT: Final = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SALT_BYTES: Final = 16


def password_line(user: str, password: str, *, salt: str) -> str:
    """Make a user's line of the file (Apache's htpasswd, with bcrypt).

    The same arguments give the same line: another one in each run would be a change of the stack.

    Args:
        user: the user's name.
        password: the password.
        salt: random text, another one with each password.
    """
    raw = hashlib.sha256(salt.encode()).digest()[:_SALT_BYTES]
    encoded = base64.b64encode(raw).decode().rstrip("=").translate(str.maketrans(_BASE64, _BCRYPT))
    hashed = bcrypt.hashpw(password.encode(), f"$2b${COST}${encoded}".encode())
    return f"{user}:{hashed.decode()}"


def password_file(passwords: Mapping[str, tuple[str, str]]) -> str:
    """Make the whole file.

    Args:
        passwords: by the user's name: password and salt.
    """
    lines = [password_line(user, password, salt=salt) for user, (password, salt) in sorted(passwords.items())]
    return "".join(f"{line}\n" for line in lines)


def cookie_key(secret: str, people: Sequence[str]) -> str:
    """Make the key that cookies are encrypted with: 32 bytes (AES-256), as base64 for URLs.

    The proxy does not ask again whether the user of a cookie may still come in. With others named it is
    another key, so that who was taken out is signed out at once, and all others too.

    Args:
        secret: a random secret.
        people: names of all who may sign in, or of their groups.
    """
    named = "\n".join((secret, *sorted(people)))
    return base64.urlsafe_b64encode(hashlib.sha256(named.encode()).digest()).decode()
