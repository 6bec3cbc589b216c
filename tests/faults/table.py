"""The faults that are put back, as they are written down beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

FILE: Final = Path(__file__).with_name("faults.yaml")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault.

    Args:
        fault: what it is, in words.
        file: where it is put, from the checkout's folder on.
        was: the text that stands there.
        put: the text in its place.
        test: the test that fails then, from `tests/` on.
        goldens: whether the reviewed inputs are written anew with it first.
    """

    fault: str
    file: str
    was: str
    put: str
    test: str
    goldens: bool = False


FAULTS: Final = tuple(Fault(**each) for each in yaml.safe_load(FILE.read_text()))
