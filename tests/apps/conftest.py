"""What programs of ours are tested with: the real S3 server, and the distribution of Spark."""

from __future__ import annotations

from tests.jobs.conftest import distribution
from tests.store.conftest import gateway

__all__ = ["distribution", "gateway"]
