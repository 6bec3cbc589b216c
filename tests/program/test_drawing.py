"""The picture of the imports in docs/architecture.md shows the code of today."""

from __future__ import annotations

from pathlib import Path

import pytest

from workspace import drawing


def test_the_picture_shows_the_imports_of_today() -> None:
    shown = drawing.drawn(drawing.PICTURE.read_text())
    assert shown == drawing.shortest(drawing.imports()), "run `make drawing`, and commit the picture"


def test_a_service_is_a_package_and_an_import_inside_one_is_no_arrow(tmp_path: Path) -> None:
    files = {
        "__init__.py": "",
        "naming.py": "",
        "services/__init__.py": "",
        "services/logs/__init__.py": "",
        "services/logs/plan.py": "from components.naming import labels",
        "services/logs/pods.py": "from components.services.logs import plan\nimport os",
        "wiring/__init__.py": "",
        "wiring/logs.py": "from components.services.logs.pods import pods",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert drawing.imports(tmp_path) == {
        "naming": frozenset(),
        "services.logs": {"naming"},
        "wiring": {"services.logs"},
    }


@pytest.mark.parametrize("between", ["kube", "records"])
def test_an_arrow_that_a_longer_way_says_is_left_out(between: str) -> None:
    arrows = {
        "wiring": frozenset({between, "naming"}),
        between: frozenset({"naming"}),
        "naming": frozenset[str](),
    }
    assert drawing.shortest(arrows) == {"wiring": {between}, between: {"naming"}, "naming": frozenset()}
