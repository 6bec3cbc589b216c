"""Blocks of IPv4 addresses as people write them, and what to write in the place of one that is none. Pure."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network


def as_block(text: str, *, example: str) -> IPv4Network:
    """Read a block of addresses.

    Args:
        text: what a person wrote.
        example: a block that would do, for the message.

    Raises:
        ValueError: it is none; the message says what to write.
    """
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"is not a block of addresses ({error}); write {_instead(text, example)}") from None


def _instead(text: str, example: str) -> str:
    try:
        around = IPv4Network(text.strip(), strict=False)
    except ValueError:
        return f"{example}, IPv4 as all addresses here" if _is_newer(text) else f"one such as {example}"
    if around.prefixlen == 0:
        return f"one such as {example}"
    address = text.strip().partition("/")[0]
    return str(around) if around.prefixlen == 32 else f"{around}, or {address}/32 for that address alone"


def _is_newer(text: str) -> bool:
    try:
        IPv6Network(text, strict=False)
    except ValueError:
        return False
    return True
