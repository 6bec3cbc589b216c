"""`make bench`: what the platform adds to a bare pod, to a bare spark-submit, and to Pulumi as tenants grow.

Figures of two machines cannot be compared, so every one stands beside its counterpart from the same run,
and what counts is the ratio.
"""

from __future__ import annotations

from bench.report import write
from bench.runner import run

__all__ = ["run", "write"]
