"""What the API server does not let in, with the reason that it gives."""

from __future__ import annotations

import pytest
import yaml

import flights
from tests.cluster import pods
from tests.cluster.admission import refusal
from toolchain.kubectl import Kubectl

pytestmark = pytest.mark.cluster


def test_a_pod_of_the_restricted_standard_is_admitted(submitter: Kubectl, theirs: flights.Platform) -> None:
    pod = pods.admitted("modest", theirs.namespace, theirs.image)
    submitter.run("create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(pod))


ESCAPES = {
    # Alone it contradicts allowPrivilegeEscalation: false, which the API refuses before any standard.
    "privileged": ("containers.0.securityContext", {"privileged": True}),
    "allowPrivilegeEscalation != false": ("containers.0.securityContext.allowPrivilegeEscalation", None),
    "unrestricted capabilities": ("containers.0.securityContext.capabilities", None),
    "runAsNonRoot != true": ("securityContext.runAsNonRoot", None),
    "runAsUser=0": ("securityContext.runAsUser", 0),
    "seccompProfile": ("securityContext.seccompProfile", None),
    "host namespaces": ("hostNetwork", True),
    "restricted volume types": ("volumes", [{"name": "node", "hostPath": {"path": "/"}}]),
}
"""What a pod might try, by the API server's words for it."""


@pytest.mark.parametrize("words", list(ESCAPES))
def test_a_pod_that_breaks_the_restricted_standard_is_refused_by_name(
    submitter: Kubectl, theirs: flights.Platform, words: str
) -> None:
    pod = pods.changed(pods.admitted("escape", theirs.namespace, theirs.image), *ESCAPES[words])
    said = refusal(submitter, pod)
    assert 'violates PodSecurity "restricted:latest"' in said, f"refused for another reason: {said}"
    assert words in said, f"the reason does not name {words!r}: {said}"
