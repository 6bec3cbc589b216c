"""What a driver needs of this package, as one file that a job fetches with its tenant's rights."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

MODULES: Final = (
    "__init__",
    "assemble",
    "compare",
    "expressions",
    "fingerprint",
    "folders",
    "kinds",
    "report",
    "spark_tables",
)
"""They import the standard library and one another: images have no Arrow of a given release."""

_HERE = Path(__file__).resolve().parent
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that ZIP knows: the same modules make the same bytes."""


def write(target: Path) -> Path:
    """Write the archive.

    Args:
        target: its path; Spark takes it for Python code if it ends in `.zip`.

    Raises:
        ValueError: it ends otherwise.
    """
    if target.suffix != ".zip":
        raise ValueError(
            f"{target}: Spark takes {target.suffix or 'no ending'} for no Python code; end it in .zip"
        )
    sources = {"emr/__init__.py": _HERE.parent / "__init__.py"}
    sources |= {f"emr/shadow/{module}.py": _HERE / f"{module}.py" for module in MODULES}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in sources.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), source.read_bytes())
    return target
