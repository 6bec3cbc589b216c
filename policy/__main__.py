"""What `pulumi preview --policy-pack policy` starts."""

from __future__ import annotations

import sys
from pathlib import Path

# The rules are the program's own; Pulumi puts only this folder on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi_policy import PolicyPack

from policy.pack import NAME, policies

PolicyPack(NAME, policies())
