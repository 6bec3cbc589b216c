"""Images get into a real registry once, and nothing gets over what is there."""

from __future__ import annotations

import io
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import pytest
from rich.console import Console

from components.kube.image_tags import image_ref
from images import BuiltImage
from images.builder import buildah, only_one
from images.push import BUILT_AS, digest_of, push_all
from tests import registry
from workspace.errors import ReportedError
from workspace.paths import ROOT

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

PORT = 5444
NAME = "pause"
"""The smallest image."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry with nothing in it."""
    with registry.running(tmp_path_factory.mktemp("registry"), PORT) as found:
        yield found


def push(prefix: str, through: str | None = None) -> tuple[str, str, bool, str]:
    """Reference and digest of the image there, whether it was pushed, and what was printed."""
    said = io.StringIO()
    (image,) = push_all(registry=prefix, names=[NAME], through=through, console=Console(file=said, width=300))
    return image.reference, image.digest, image.pushed, said.getvalue()


def test_what_the_registry_lacks_is_pushed_and_its_digest_told(
    host: str, built: dict[str, BuiltImage]
) -> None:
    reference, digest, pushed, said = push(f"{host}/first")
    assert pushed
    assert reference == image_ref(NAME, registry=f"{host}/first", root=ROOT)
    assert digest_of(reference) == digest, "the digest is not the registry's"
    assert f"{reference} {digest}" in said


def test_a_registry_behind_a_port_of_this_machine_gets_layers_that_are_cheap_to_pack_and_unpack(
    host: str, built: dict[str, BuiltImage]
) -> None:
    _, digest, _, _ = push(f"{host}/packed")
    manifest = Request(
        f"http://{host}/v2/packed/{NAME}/manifests/{digest}",
        headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
    )
    with urlopen(manifest, timeout=20) as answer:  # noqa: S310 - loopback
        kinds = {layer["mediaType"] for layer in json.load(answer)["layers"]}
    assert kinds == {"application/vnd.oci.image.layer.v1.tar+zstd"}, "gzip takes almost twice the CPU time"


def test_what_the_registry_has_is_not_pushed_again(host: str, built: dict[str, BuiltImage]) -> None:
    first, again = push(f"{host}/twice"), push(f"{host}/twice")
    assert again == (first[0], first[1], False, "")


def test_a_tag_that_holds_something_else_is_never_overwritten(
    host: str, built: dict[str, BuiltImage]
) -> None:
    reference = image_ref(NAME, registry=f"{host}/taken", root=ROOT)
    with only_one(Console(stderr=True)):
        other = image_ref("coredns", registry=BUILT_AS, root=ROOT)
        command = buildah("push", "--tls-verify=false", other, f"docker://{reference}")
        subprocess.run(command, check=True, capture_output=True)
    before = digest_of(reference)
    assert before is not None
    assert push(f"{host}/taken")[1:3] == (before, False)
    assert digest_of(reference) == before


def test_an_image_is_named_as_it_is_pulled_and_not_by_the_way_it_took(
    host: str, built: dict[str, BuiltImage]
) -> None:
    reference, digest, _, said = push("localhost:30500", through=host.replace("localhost", "127.0.0.1"))
    assert reference.startswith("localhost:30500/pause:")
    assert str(PORT) not in said
    assert digest_of(reference.replace("localhost:30500", host)) == digest


def test_a_registry_that_does_not_answer_is_told_in_words(built: dict[str, BuiltImage]) -> None:
    with pytest.raises(ReportedError, match=r"the registry 127\.0\.0\.1:1 does not answer"):
        push("127.0.0.1:1")


class _Locked(BaseHTTPRequestHandler):
    """A registry that wants to know who asks."""

    def do_HEAD(self) -> None:
        self.send_response(401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing on standard error."""


def test_a_registry_that_wants_a_login_is_not_taken_for_one_without_the_image() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Locked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ReportedError, match="answers 401"):
            digest_of(f"127.0.0.1:{server.server_port}/pause:1")
        server.shutdown()
