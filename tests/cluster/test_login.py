"""On the running platform nobody sees a page without a login, and the login is the only way to one."""

from __future__ import annotations

from typing import Any

import pytest
import urllib3

from components.naming import JOBS_NAMESPACE, LOGIN_NAMESPACE
from components.records import history, jobs, logs, monitoring
from components.records.login import PROXY
from components.records.model import Page
from local import pages
from local.platform import Target
from tests.cluster.signing_in import session
from toolchain.kubectl import Kubectl

pytestmark = pytest.mark.cluster

PAGES = (history.PAGE, jobs.PAGE, logs.PAGE, monitoring.PAGE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_a_page_is_shown_after_the_login_and_not_before(
    outputs: dict[str, Any], signed_in: dict[str, str], page: Page
) -> None:
    url = f"{outputs['pagesUrl']}/{page.path}/{page.start}"
    assert urllib3.request("GET", url, timeout=20).status == 403
    assert urllib3.request("GET", url, headers=signed_in, timeout=60).status == 200


def test_two_people_see_the_logs_of_their_own_tenants(where: Target, outputs: dict[str, Any]) -> None:
    seen = {}
    for user in ("data", "science"):
        head = session(outputs["pagesUrl"], user, pages.password(where.stack, user))
        shown = urllib3.request("GET", f"{outputs['logsUrl']}/", headers=head, timeout=20).data.decode()
        seen[user] = {name for name in outputs["namespaces"] if f"/logs/{name}/" in shown}
    assert seen["data"] <= {"data-dev"}
    assert seen["science"] <= {"science-dev"}
    assert seen["data"] | seen["science"], "`make up` ran a job, whose logs are kept"


def test_only_the_login_and_the_repository_have_a_port_on_the_nodes(kubectl: Kubectl) -> None:
    opened = {
        (service["metadata"]["namespace"], service["metadata"]["name"])
        for service in kubectl.list("services")
        if service["spec"]["type"] != "ClusterIP"
    }
    assert opened == {(LOGIN_NAMESPACE, PROXY), (JOBS_NAMESPACE, jobs.REPOSITORY)}


def test_the_repository_tells_nobody_anything_without_its_password(outputs: dict[str, Any]) -> None:
    url = f"{outputs['jobsRepository']}/info/refs?service=git-upload-pack"
    assert urllib3.request("GET", url, timeout=20).status == 401
    wrong = urllib3.make_headers(basic_auth="jobs:wrong")
    assert urllib3.request("GET", url, headers=wrong, timeout=20).status == 401


def test_no_password_lies_in_the_cluster_or_in_the_proxys_log(where: Target, kubectl: Kubectl) -> None:
    secret = kubectl.run("get", "secret", PROXY, "--namespace", LOGIN_NAMESPACE, "-o", "yaml")
    log = kubectl.run("logs", "--namespace", LOGIN_NAMESPACE, f"deployment/{PROXY}")
    for user in ("admin", "data", "science"):
        assert pages.password(where.stack, user) not in secret + log
