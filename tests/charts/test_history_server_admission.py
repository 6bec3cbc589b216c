"""The API server of the running platform takes what the chart renders, its admission rules included."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.binaries import binary
from tests.charts.conftest import CI_VALUES, RELEASE, Helm, values_of
from workspace.paths import STATE

pytestmark = pytest.mark.cluster

FREE_PORT = 32111


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.name)
def test_every_object_passes_a_dry_run_in_a_restricted_namespace(template: Helm, values: Any) -> None:
    given = values_of(values)
    # Names and a port that the running history server doesn't have: this is about new objects.
    given["fullnameOverride"] = "dry-run"
    if given.get("service", {}).get("nodePort"):
        given["service"]["nodePort"] = FREE_PORT
    rendered = template(given).stdout
    kubeconfig = os.environ.get("KUBECONFIG") or str(STATE / "kubeconfig")
    assert Path(kubeconfig).is_file(), "the platform isn't running; start it with `make up`"
    done = subprocess.run(
        [
            str(binary("kubectl")),
            *("--kubeconfig", kubeconfig, "--namespace", RELEASE),
            *("create", "--dry-run=server", "--validate=strict", "--filename", "-"),
        ],
        input=rendered,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, "a warning of Pod Security is a pod that would be refused"
