"""What the Spark image adds to the history server, compiled as its Dockerfile does."""

from __future__ import annotations

import subprocess
from pathlib import Path

from images import fetch


def compiled(jars: Path, target: Path) -> Path:
    """Compile it.

    Args:
        jars: folder of Spark's jars.
        target: folder for the classes; it is made.

    Returns:
        The folder, for a class path.
    """
    sources = sorted(str(path) for path in (fetch.SPARK_FOLDER / "history").glob("*.java"))
    lint = "-Xlint:all,-processing,-classfile,-path"
    command = ["javac", "-Werror", lint, "-cp", str(jars / "*"), "-d", str(target), *sources]
    subprocess.run(command, check=True)
    return target
