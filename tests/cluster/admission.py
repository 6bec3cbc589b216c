"""Asks the API server whether it would admit an object."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from toolchain.kubectl import Kubectl
from workspace.errors import ReportedError


def refusal(kubectl: Kubectl, manifest: dict[str, Any], *options: str) -> str:
    """What the API server says against creating an object; nothing is created.

    Args:
        kubectl: as whom.
        manifest: the object.
        options: further options of kubectl.
    """
    with pytest.raises(ReportedError) as refused:
        kubectl.run("create", "--dry-run=server", *options, "-f", "-", stdin=yaml.safe_dump(manifest))
    return str(refused.value)
