"""The login in front of all pages. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import LOGIN_NAMESPACE
from components.records.model import ImageSource, PodRequest, ServiceRecord

PROXY: Final = "login-proxy"
"""Name of its Deployment, Service and pods."""

PORT: Final = 4180
"""Port of the proxy (oauth2-proxy's default)."""

HEALTH: Final = "/ping"
"""Path that says whether it is well, to anybody."""

RECORD: Final = ServiceRecord(
    title="the one address of all pages, and who may open it",
    namespaces=(LOGIN_NAMESPACE,),
    ports={"all pages": PORT},
    node_port=("foundation", "login", "nodePort"),
    images={
        "login-proxy": ImageSource(
            repository="login-proxy",
            version=versions.OAUTH2_PROXY,
            pins=("OAUTH2_PROXY",),
            module="oauth2-proxy",
            arguments={"OAUTH2_PROXY_VERSION": versions.OAUTH2_PROXY},
        )
    },
    # A password takes a moment of a core to check; memory hardly changes with the people.
    pods={PROXY: PodRequest(cpu="10m", memory="64Mi")},
)
"""It reaches the pages of the other records."""
