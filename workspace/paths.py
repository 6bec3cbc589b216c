"""Where the one-machine platform keeps things; every path that `local` writes to starts here."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

CACHE = Path(os.environ.get("SPARK_ON_EKS_CACHE", Path.home() / ".cache" / "spark-on-eks"))
"""Built tools and downloaded files: shared by all checkouts, safe to delete, kept by `make down`."""

TOOLS = Path(os.environ.get("SPARK_ON_EKS_TOOLS", CACHE / "tools" / "bin"))
"""Binaries that were built because PATH had none in a fitting version."""

STATE = Path(os.environ.get("SPARK_ON_EKS_STATE", "/var/lib/spark-on-eks"))
"""The embedded cluster's state: removed by `make down`."""
