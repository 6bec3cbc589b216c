"""A pass to one driver's page: a part of an address that stands for a login, for a while. Pure.

That page is shown in a sandbox, whose origin is none: a browser sends no cookie with what such a page asks
for, so the login knows nobody there (HTML standard, "sandboxed origin browsing context flag"). The pass says
in its place who looks, and at which run. It opens the page for reading and nothing else; what its viewer may
see is asked again at each request.

It is sealed, not only signed: the address is known to the driver, and who looks is none of its business.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from pydantic import BaseModel, ConfigDict, ValidationError

LASTS_SECONDS: Final = 600
"""A page loads in seconds. A link that is opened later goes by the login again, which nobody sees who is
signed in."""

_PADDING: Final = 4


class ForgedError(Exception):
    """A pass that was not made here, or was changed."""


class Pass(BaseModel):
    """What a pass says.

    Args:
        viewer: name of who looks.
        told: groups that the login told of them.
        namespace: of the run.
        job: its job.
        interval: key of its interval.
        n: its number.
        pod: uid of its driver's pod: another one of the same name is another program.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    viewer: str
    told: frozenset[str]
    namespace: str
    job: str
    interval: str
    n: int
    pod: str


def seal(key: bytes, given: Pass, now: float) -> str:
    """Make the part of the address: letters, digits, `-` and `_`.

    Args:
        key: the service's.
        given: what it says.
        now: seconds since 1970.
    """
    sealed = _box(key).encrypt_at_time(given.model_dump_json().encode(), int(now))
    # What pads it would be escaped in an address.
    return sealed.decode().rstrip("=")


def unseal(key: bytes, text: str, now: float) -> tuple[Pass, bool]:
    """Read a pass.

    Args:
        key: the service's.
        text: the part of the address.
        now: seconds since 1970.

    Returns:
        What it says, and whether that still holds.

    Raises:
        ForgedError: it was not made with this key.
    """
    token = text + "=" * (-len(text) % _PADDING)
    box = _box(key)
    try:
        given = Pass.model_validate_json(box.decrypt(token))
        age = int(now) - box.extract_timestamp(token)
    except (InvalidToken, ValidationError, ValueError) as error:
        raise ForgedError from error
    return given, 0 <= age < LASTS_SECONDS


def _box(key: bytes) -> Fernet:
    """AES-128-CBC, then HMAC-SHA256 over all of it (the Fernet specification)."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"live\n" + key).digest()))
