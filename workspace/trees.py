"""Copies folders into place in one step."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path


def copy_tree(source: Path, target: Path) -> None:
    """Replace `target` by a writable copy of `source`; an interrupted copy leaves the old one in place.

    Args:
        source: a folder.
        target: the folder that is replaced, or made.
    """
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh, copy_function=shutil.copyfile)
    # Go's module folders are read-only, and the copy has to be removable.
    for folder in [fresh, *(path for path in fresh.rglob("*") if path.is_dir())]:
        folder.chmod(stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    shutil.rmtree(target, ignore_errors=True)
    fresh.replace(target)
