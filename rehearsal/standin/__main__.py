"""`python -m rehearsal.standin <package> [engine]`: what the programs in `bin/` start in a plugin's place."""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent import futures
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import grpc.aio  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal.standin.cloud import Cloud
from rehearsal.standin.provider import Standin
from rehearsal.standin.sdk import Sdk

CLOUD = "SPARK_STANDIN_CLOUD"
"""Environment variable: the folder that plays the cloud."""

CACHE = "SPARK_STANDIN_CACHE"
"""Environment variable: folder for what was read from the SDKs; optional."""

_OPTIONS = [("grpc.max_receive_message_length", 400 << 20)]
_COMPONENTS = {"eks", "kubernetes"}


def main() -> None:
    """Serve one provider until the engine ends it."""
    folder = os.environ.get(CLOUD)
    if not folder:
        sys.exit(
            f"this is a stand-in, not a provider: it plays a cloud in the folder that {CLOUD} "
            "names, and that is not set. Seen outside of a rehearsal? Take rehearsal/standin/bin off PATH."
        )
    package, *rest = sys.argv[1:]
    engine = rest[-1] if rest else ""
    cache = os.environ.get(CACHE)
    sdk = Sdk(package, Path(cache) if cache else None)
    cloud = Cloud(Path(folder))
    if package in _COMPONENTS:
        asyncio.run(_serve_components(package, cloud, sdk, engine))
    else:
        _serve(Standin(package, cloud, sdk))


def _serve(servicer: Standin) -> None:
    server = grpc.server(futures.ThreadPoolExecutor(8), options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    _announce(server.add_insecure_port("127.0.0.1:0"))
    server.start()
    server.wait_for_termination()


async def _serve_components(package: str, cloud: Cloud, sdk: Sdk, engine: str) -> None:
    server = grpc.aio.server(futures.ThreadPoolExecutor(8), options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_components(package, cloud, sdk, engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    _announce(port)
    await server.wait_for_termination()


def _components(
    package: str, cloud: Cloud, sdk: Sdk, engine: str
) -> provider_pb2_grpc.ResourceProviderServicer:
    # Imported here: each costs the others' start a second.
    if package == "eks":
        from rehearsal.standin.eks import EksStandin

        return EksStandin(sdk, engine)
    from rehearsal.standin.kubernetes import KubernetesStandin

    return KubernetesStandin(cloud, sdk, engine)


def _announce(port: int) -> None:
    """The engine reads the port from the first line."""
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
