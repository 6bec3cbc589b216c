"""The tools of the one-machine platform: found on PATH in a fitting version, or built from Go modules."""

from __future__ import annotations

from toolchain.locate import find, search_path

__all__ = ["find", "search_path"]
