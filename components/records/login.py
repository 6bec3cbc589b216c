"""The login in front of all pages. Pure."""

from __future__ import annotations

from typing import Final

from components import versions
from components.naming import LOGIN_NAMESPACE
from components.records.model import ImageSource, ServiceRecord

PROXY: Final = "login-proxy"
"""Name of its Deployment, Service and pods."""

PORT: Final = 4180
"""Port of the proxy (oauth2-proxy's default)."""

RECORD: Final = ServiceRecord(
    namespaces=(LOGIN_NAMESPACE,),
    images={
        "login-proxy": ImageSource(
            repository="login-proxy",
            version=versions.OAUTH2_PROXY,
            pins=("OAUTH2_PROXY",),
            module="oauth2-proxy",
            arguments={"OAUTH2_PROXY_VERSION": versions.OAUTH2_PROXY},
        )
    },
)
"""It reaches the pages of the other records, and costs nothing on AWS, where it does not run."""
