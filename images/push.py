"""Pushes images to a registry: what it lacks, and never over a tag that it has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from rich.console import Console

from components.kube.image_tags import image_ref
from images import host
from images.builder import ARCHIVES, build_all, buildah, ensure_in_store, only_one
from workspace import paths
from workspace.errors import ReportedError

BUILT_AS: Final = "localhost"
"""Images are built once under this name, whatever registries they are pushed to."""

_MANIFESTS: Final = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
"""What a manifest may be; a registry that is not told answers with its oldest kind, of another digest."""

_HERE: Final = ("--tls-verify=false", "--compression-format", "zstd", "--compression-level", "1")
"""For a registry behind a port of this machine: its cluster pulls a layer once, so what counts is the work.

Of `spark-jobs`, 618 MB, on two busy cores: 6.7 CPU s for 164 MB this way, 11.3 for 174 by gzip, as is usual.
Each containerd, CRI-O and Docker that a supported Kubernetes runs on unpacks it.
"""

_ANSWER_SECONDS: Final = 30
_MISSING: Final = 404


@dataclass(frozen=True, kw_only=True)
class PushedImage:
    """An image that a registry has.

    Args:
        name: key of `components.kube.image_tags.IMAGES`.
        reference: what a pod names it by.
        digest: of its manifest, as `sha256:...`.
        pushed: whether this run pushed it, rather than found it.
    """

    name: str
    reference: str
    digest: str
    pushed: bool


def push_all(
    *, registry: str, names: Collection[str], through: str | None = None, console: Console
) -> list[PushedImage]:
    """Push the images that a registry lacks, building those that are not built yet.

    Args:
        registry: what stands before the images' names where they are pulled.
        names: the images, of `components.kube.image_tags.IMAGES`.
        through: host and port of this machine that lead to it; None if it is reached by its own name.
        console: where progress goes.

    Returns:
        All of them, in the order of the names.

    Raises:
        ReportedError: the registry refuses, or a build failed.
    """
    wanted = _references(names, registry)
    found = _digests(wanted, registry, through)
    missing = [name for name, digest in found.items() if digest is None]
    if missing:
        build_all(registry=BUILT_AS, names=missing, console=console)
        with only_one(console):
            for name in missing:
                with console.status(f"pushing {name}"):
                    found[name] = _push(name, _reached(wanted[name], registry, through))
                console.print(f"  pushed {wanted[name]} {found[name]}", soft_wrap=True)
    return [
        PushedImage(name=name, reference=reference, digest=str(found[name]), pushed=name in missing)
        for name, reference in wanted.items()
    ]


def lacking(*, registry: str, names: Collection[str], through: str | None = None) -> list[str]:
    """Names of the images that a registry lacks.

    Args:
        registry: what stands before the images' names where they are pulled.
        names: the images, of `components.kube.image_tags.IMAGES`.
        through: host and port of this machine that lead to it; None if it is reached by its own name.

    Raises:
        ReportedError: the registry refuses to say.
    """
    found = _digests(_references(names, registry), registry, through)
    return [name for name, digest in found.items() if digest is None]


def _references(names: Collection[str], registry: str) -> dict[str, str]:
    return {name: image_ref(name, registry=registry, root=paths.ROOT) for name in names}


def _digests(wanted: Mapping[str, str], registry: str, through: str | None) -> dict[str, str | None]:
    """What the registry has of each image; None for what it lacks."""
    return {name: digest_of(_reached(reference, registry, through)) for name, reference in wanted.items()}


def _reached(reference: str, registry: str, through: str | None) -> str:
    return f"{through}{reference.removeprefix(registry.partition('/')[0])}" if through else reference


def digest_of(reference: str) -> str | None:
    """The digest that a registry has for a tag, asked without credentials; None if it has no such tag.

    Args:
        reference: host, repository and tag; a host on this machine is asked by plain HTTP.

    Raises:
        ReportedError: the registry does not answer, or wants to know who asks.
    """
    name, _, tag = reference.rpartition(":")
    host_port, _, repository = name.partition("/")
    scheme = "http" if _is_here(host_port) else "https"
    asked = Request(  # noqa: S310
        f"{scheme}://{host_port}/v2/{repository}/manifests/{tag}",
        method="HEAD",
        headers={"Accept": _MANIFESTS},
    )
    try:
        with urlopen(asked, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
            return str(answer.headers["Docker-Content-Digest"])
    except HTTPError as error:
        if error.code == _MISSING:
            return None
        raise ReportedError(
            f"the registry {host_port} answers {error.code} {error.reason} when asked for {reference}",
            hint="sign in to it, or name one that may be read",
        ) from None
    except (URLError, OSError) as error:
        raise ReportedError(
            f"the registry {host_port} does not answer: {getattr(error, 'reason', error)}",
            hint="is its name right, and is it reached from here?",
        ) from None


def _is_here(host_port: str) -> bool:
    return host_port.rpartition(":")[0] in ("localhost", "127.0.0.1")


def _push(name: str, target: str) -> str:
    source = image_ref(name, registry=BUILT_AS, root=paths.ROOT)
    ensure_in_store(source)
    digest = ARCHIVES / "work" / f"{name}.digest"
    digest.parent.mkdir(parents=True, exist_ok=True)
    host.run(
        buildah(
            *("push", "--digestfile", str(digest)),
            *(_HERE if _is_here(target.partition("/")[0]) else []),
            *(source, f"docker://{target}"),
        ),
        doing=f"pushing {target}",
        log=Path(f"{digest}.log"),
    )
    pushed = digest.read_text().strip()
    if (known := digest_of(target)) != pushed:
        raise ReportedError(f"{target} was pushed as {pushed}, and the registry says {known}")
    return pushed
