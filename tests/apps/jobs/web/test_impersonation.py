"""On a real API server: what the pages' account may become, and what its viewers see and do by it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from apps.jobs.web import cluster as pages
from apps.jobs.web.cluster import APPLICATIONS, PODS, Cluster, ClusterError
from apps.jobs.web.viewer import Viewer
from components.tenants import viewers
from components.tenants.rbac import PEOPLE_RULES
from components.tenants.viewers import VIEWER, impersonation_rules
from tests.walls.server import ApiServer

pytestmark = pytest.mark.apiserver

RBAC = "/apis/rbac.authorization.k8s.io/v1"
ACCOUNT = "system:serviceaccount:spark-jobs:pages"
TEAMS = {"data-dev": "data-engineers", "science-dev": "scientists"}
ANN = Viewer(name="ann", groups=frozenset({"data-engineers"}))


@pytest.fixture(scope="module")
def made(server: ApiServer, definitions: list[dict[str, Any]]) -> ApiServer:
    """Two tenants with their people's rights, and the pages' account with its own."""
    for each in definitions:
        if each["kind"] == "CustomResourceDefinition":
            path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
            apply(server, f"{path}/{each['metadata']['name']}", each)
    rules = [rule.manifest() for rule in impersonation_rules(TEAMS.values())]
    group = {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io"}
    bind(server, "", "pages", rules, {"kind": "User", "name": ACCOUNT, "apiGroup": group["apiGroup"]})
    for namespace, team in TEAMS.items():
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        apply(server, f"/api/v1/namespaces/{namespace}", body)
        people = [rule.manifest() for rule in PEOPLE_RULES]
        bind(server, f"/namespaces/{namespace}", "people", people, {**group, "name": team})
    return server


def apply(server: ApiServer, path: str, body: dict[str, Any]) -> None:
    answer = server.apply(path, body)
    assert not answer.refusal, answer.refusal


def bind(
    server: ApiServer, place: str, name: str, rules: list[dict[str, Any]], subject: Mapping[str, str]
) -> None:
    whole = "" if place else "Cluster"
    api = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name}}
    path = f"{RBAC}{place}/{whole.lower()}role"
    apply(server, f"{path}s/{name}", {**api, "kind": f"{whole}Role", "rules": rules})
    role = {"kind": f"{whole}Role", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
    apply(
        server,
        f"{path}bindings/{name}",
        {**api, "kind": f"{whole}RoleBinding", "roleRef": role, "subjects": [subject]},
    )


def client(server: ApiServer) -> httpx2.Client:
    """What the pages' pod has: a token of its account."""
    path = "/api/v1/namespaces/spark-jobs"
    apply(server, path, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "spark-jobs"}})
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "pages"}}
    apply(server, f"{path}/serviceaccounts/pages", account)
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = server.call("POST", f"{path}/serviceaccounts/pages/token", asked)
    assert not answer.refusal, answer.refusal
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    token = {"Authorization": f"Bearer {answer.body['status']['token']}"}
    return httpx2.Client(base_url=f"https://{server.address}", headers=token, verify=trusting, timeout=30)


@pytest.fixture(scope="module")
def own(made: ApiServer) -> httpx2.Client:
    return client(made)


@pytest.fixture(scope="module")
def cluster(own: httpx2.Client) -> Cluster:
    return Cluster(own)


def test_both_sides_name_the_same_user() -> None:
    assert (viewers.VIEWER, f"Impersonate-Extra-{viewers.NAME_EXTRA}") == (pages.VIEWER, pages.NAME_EXTRA)


def test_without_tenants_no_group_may_be_claimed() -> None:
    assert all("groups" not in rule.resources for rule in impersonation_rules([]))


@pytest.mark.parametrize("verb", ["get", "create", "delete"])
def test_a_viewer_may_what_their_tenants_people_may_and_no_more(cluster: Cluster, verb: str) -> None:
    assert cluster.may(ANN, verb, "data-dev", APPLICATIONS)
    assert not cluster.may(ANN, verb, "science-dev", APPLICATIONS)
    assert not cluster.may(ANN, verb, "kube-system", APPLICATIONS)


def test_a_viewer_may_open_ports_and_read_logs_and_run_nothing_in_pods(cluster: Cluster) -> None:
    assert cluster.may(ANN, "create", "data-dev", PODS, "portforward")
    assert cluster.may(ANN, "get", "data-dev", PODS, "log")
    assert not cluster.may(ANN, "create", "data-dev", PODS, "exec")


def test_objects_are_read_as_the_viewer_and_another_teams_are_refused(cluster: Cluster) -> None:
    assert cluster.application(ANN, "data-dev", "nothing") is None
    with pytest.raises(ClusterError, match=f'User "{VIEWER}" cannot get resource "sparkapplications"'):
        cluster.application(ANN, "science-dev", "nothing")
    with pytest.raises(ClusterError, match="cannot get resource"):
        cluster.pod(ANN, "kube-system", "nothing")


@pytest.mark.parametrize(
    "claimed",
    [
        {"Impersonate-User": VIEWER, "Impersonate-Group": "system:masters"},
        {"Impersonate-User": VIEWER, "Impersonate-Group": "system:nodes"},
        {"Impersonate-User": "admin"},
        {"Impersonate-User": "system:kube-controller-manager"},
        {"Impersonate-User": "system:serviceaccount:data-dev:spark-driver"},
        {"Impersonate-User": "system:node:one", "Impersonate-Group": "data-engineers"},
        {"Impersonate-User": VIEWER, "Impersonate-Uid": "0"},
        {"Impersonate-User": VIEWER, "Impersonate-Extra-scopes": "all"},
    ],
)
def test_the_account_can_not_become_anybody_whom_no_tenant_names(
    own: httpx2.Client, claimed: dict[str, str]
) -> None:
    answer = own.get("/api/v1/namespaces/data-dev/pods", headers=claimed)
    assert answer.status_code == 403
    assert "cannot impersonate resource" in json.loads(answer.text)["message"]


@pytest.mark.parametrize(
    "path", ["/api/v1/namespaces/data-dev/pods", "/api/v1/secrets", f"{RBAC}/clusterroles"]
)
def test_by_itself_the_account_may_nothing(own: httpx2.Client, path: str) -> None:
    assert own.get(path).status_code == 403
