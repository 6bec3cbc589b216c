"""Static S3 keys as they travel between components; they exist only where there is no cloud identity."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """One access key of the in-cluster object store.

    Args:
        access_key: the key's public half; plain, so that it can be seen whose key is in use.
        secret_key: the key's secret half; always passed as a Pulumi secret, so that state and logs hide it.
    """

    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]
