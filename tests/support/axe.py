"""axe-core, from npm, for tests that have it look over a page in their browser."""

from __future__ import annotations

import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

from filelock import FileLock
from playwright.sync_api import Page

from components import versions
from workspace import npm, paths

GRAVE: Final = ("serious", "critical")

_RUN: Final = """
async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map((each) => ({
  rule: each.id, impact: each.impact, help: each.help,
  places: each.nodes.map((node) => `${node.target.join(" ")}: ${node.html.slice(0, 160)}`),
}))
"""


def source() -> str:
    """The program, downloaded once into the cache."""
    target = paths.CACHE / "downloads" / f"axe-core-{versions.AXE}.js"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                archive = npm.pack("axe-core", versions.AXE, Path(folder), purpose="checks of accessibility")
                with tarfile.open(archive) as package:
                    package.extract("package/axe.min.js", folder, filter="data")
                (Path(folder) / "package" / "axe.min.js").rename(target)
    return target.read_text(encoding="utf-8")


def found(page: Page, program: str) -> list[str]:
    """What is seriously or critically wrong with a page, each with its places.

    Args:
        page: a page that is open.
        program: axe-core's own.
    """
    page.evaluate(program)
    violations: list[dict[str, Any]] = page.evaluate(_RUN)
    return [
        f"{each['rule']} ({each['impact']}): {each['help']}: {json.dumps(each['places'][:3])}"
        for each in violations
        if each["impact"] in GRAVE
    ]
