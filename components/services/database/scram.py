"""What a server checks a password by, without knowing it (SCRAM-SHA-256: RFC 5802 and 7677). Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

ITERATIONS: Final = 4096
"""PostgreSQL's own, and RFC 7677's least. The passwords are random, of 238 bits: more would protect nothing
more, and each connection would pay it."""

_SALT_BYTES: Final = 16


def verifier(password: str, *, salt: str) -> str:
    """What PostgreSQL stores of a password (15, 53.8 `pg_authid`): the same arguments give the same.

    Args:
        password: letters and digits, which no preparation of texts changes (RFC 4013).
        salt: random text, another one with each password.
    """
    salted = hashlib.sha256(salt.encode()).digest()[:_SALT_BYTES]
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salted, ITERATIONS)
    stored = hashlib.sha256(_hmac(key, "Client Key")).digest()
    first, *rest = (_base64(each) for each in (salted, stored, _hmac(key, "Server Key")))
    return f"SCRAM-SHA-256${ITERATIONS}:{first}${':'.join(rest)}"


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
