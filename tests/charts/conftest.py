"""Runs helm on the project's charts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from components import versions
from tests.binaries import binary
from workspace.paths import ROOT

CHART: Final = ROOT / "charts" / "spark-history-server"
RELEASE: Final = "spark-history"
CI_VALUES: Final = sorted((CHART / "ci").glob("*-values.yaml"))

Manifest = dict[str, Any]
Helm = Callable[..., "subprocess.CompletedProcess[str]"]


class Objects(list[Manifest]):
    """Rendered objects."""

    def one(self, kind: str) -> Manifest:
        """The only object of a kind."""
        found = [each for each in self if each["kind"] == kind]
        assert len(found) == 1, f"{len(found)} objects of kind {kind}, wanted one"
        return found[0]

    def kinds(self) -> list[str]:
        """The kinds that there are, sorted."""
        return sorted(each["kind"] for each in self)


Render = Callable[..., Objects]
"""Fixture `render`: values over those of ci/minimal-values.yaml -> the chart's objects."""


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Run helm with arguments and, on its standard input, values."""
    program = binary("helm")

    def run(*arguments: str, values: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
        given = ["--values", "-"] if values is not None else []
        return subprocess.run(
            [str(program), *arguments, *given],
            input=None if values is None else json.dumps(values),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def template(helm: Helm) -> Helm:
    """Render the chart with values, on the Kubernetes that the platform runs on; may fail."""

    def run(values: Mapping[str, Any], *, kubernetes: str = versions.KUBERNETES_LOCAL) -> Any:
        # Without a cluster helm believes to be on the version that it was built for.
        place = ("--namespace", RELEASE, "--kube-version", kubernetes)
        return helm("template", RELEASE, str(CHART), *place, values=values)

    return run


@pytest.fixture(scope="session")
def render(template: Helm) -> Render:
    """Render the chart with changed values and return its objects."""
    minimal = values_of(CHART / "ci" / "minimal-values.yaml")

    def run(**changes: Any) -> Objects:
        done = template({**minimal, **changes})
        assert done.returncode == 0, done.stderr
        return Objects(each for each in yaml.safe_load_all(done.stdout) if each)

    return run


def values_of(path: Path) -> Manifest:
    """Read a file of values."""
    values: Manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    return values
