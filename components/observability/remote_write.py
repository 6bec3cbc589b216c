"""Where else Prometheus writes what rules compute: somebody's own store, or a workspace on AWS. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

NAME: Final = "outside"
"""What Prometheus calls it: the label `remote_name` of its own metrics about it."""

KEPT: Final = "spark:.*|spark_history_.*|ALERTS|up"
"""Only what the rules computed leaves the cluster, and a sign of life: ingestion is what is paid."""

LETS_GO: Final = {"name": "storage.remote.flush-deadline", "value": "10s"}
"""Argument of Prometheus: how long it tries to send the rest to a store that it is told to leave, or as it
ends, and as long again what metrics are called. It answers no question and evaluates no rule meanwhile: with
its default of a minute, a store that hangs had all alerts wait for two."""

USERNAME: Final = "username"
PASSWORD: Final = "password"  # noqa: S105 - the name of a key, not a secret
"""Keys of the Secret."""

_USUAL_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, kw_only=True)
class RemoteWrite:
    """A store that speaks Prometheus' remote write.

    Args:
        url: address that it is written at.
        region: AWS region that requests are signed for, with the identity of the pod; None for no AWS.
        secret: Secret in the namespace monitoring with `username` and `password`; None for none.
    """

    url: str
    region: str | None = None
    secret: str | None = None

    @property
    def port(self) -> int:
        """The port that it is reached at."""
        parts = urlsplit(self.url)
        return parts.port or _USUAL_PORTS[parts.scheme]

    def spec(self) -> dict[str, Any]:
        """Make an entry of `spec.remoteWrite` of a Prometheus object."""
        return {
            "name": NAME,
            "url": self.url,
            **({"sigv4": {"region": self.region}} if self.region else {}),
            **({"basicAuth": self._basic(self.secret)} if self.secret else {}),
            "queueConfig": {"capacity": 2500, "maxSamplesPerSend": 1000, "maxShards": 50},
            "writeRelabelConfigs": [{"sourceLabels": ["__name__"], "regex": KEPT, "action": "keep"}],
        }

    def _basic(self, secret: str) -> dict[str, Any]:
        return {key: {"name": secret, "key": key} for key in (USERNAME, PASSWORD)}


def workspace_url(region: str, workspace: str) -> str:
    """Address that a workspace of Amazon Managed Service for Prometheus is written at (its user guide).

    Args:
        region: the workspace's region.
        workspace: its id, `ws-...`.
    """
    return f"https://aps-workspaces.{region}.amazonaws.com/workspaces/{workspace}/api/v1/remote_write"
