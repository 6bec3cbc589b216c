"""Karpenter's charts, out of its Go module: the stacks on AWS name them by their place in a registry.

Only rehearsals of those stacks render them. The chart of the definitions is made here of the same files as
upstream's, which has links to them, and Go modules hold no links.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml

from toolchain import golang
from toolchain.recipes import Dependency, SourceFile
from workspace.paths import ROOT
from workspace.trees import copy_tree

_MODULE = Dependency("karpenter", "github.com/aws/karpenter-provider-aws")
_CHART = SourceFile(_MODULE, "charts/karpenter")
_DEFINITIONS = SourceFile(_MODULE, "pkg/apis/crds")

UPSTREAM = ROOT / "charts" / ".upstream"
CHART = UPSTREAM / "karpenter"
CRD_CHART = UPSTREAM / "karpenter-crd"


def place() -> None:
    """Put both charts in place, unless those of the pinned version are there.

    Raises:
        ReportedError: the module proxy failed.
    """
    version = golang.pinned_version(_MODULE.module, _MODULE.source)
    marker = UPSTREAM / ".karpenter-version"
    if marker.is_file() and marker.read_text() == version:
        return
    copy_tree(golang.source_file(_CHART), CHART)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / CRD_CHART.name
        copy_tree(golang.source_file(_DEFINITIONS), made / "templates")
        description = {"apiVersion": "v2", "name": CRD_CHART.name, "version": version.removeprefix("v")}
        (made / "Chart.yaml").write_text(yaml.safe_dump(description))
        copy_tree(made, CRD_CHART)
    marker.write_text(version)
