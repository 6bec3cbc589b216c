"""Who may sign in, what the login proxy is told, and what a person reads of it."""

from __future__ import annotations

import io
import re
import tomllib
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import yaml
from rich.console import Console

from components.naming import LOGIN_NAMESPACE
from components.records import history, jobs, logs, monitoring
from components.records.login import PORT
from components.services.login import config
from components.services.login.pods import proxy_labels, proxy_policies
from components.services.login.users import COST, cookie_key, password_file, password_line
from local import pages
from tests.support.network_reach import Endpoint, Port, reaches
from toolchain import pulumi_cli
from toolchain.pulumi_cli import Stack
from workspace.errors import ReportedError

PAGES = [history.PAGE, logs.PAGE, monitoring.PAGE]


def test_a_password_is_kept_as_a_hash_that_fits_it_and_no_other() -> None:
    user, _, hashed = password_line("ann", "a long one", salt="any text").partition(":")
    assert user == "ann"
    assert hashed.startswith(f"$2b${COST}$")
    assert bcrypt.checkpw(b"a long one", hashed.encode())
    assert not bcrypt.checkpw(b"a long two", hashed.encode())


def test_a_hash_changes_with_its_salt_and_with_nothing_else() -> None:
    made = {salt: password_line("ann", "a", salt=salt) for salt in ("one", "two")}
    assert made["one"] != made["two"]
    assert made["one"] == password_line("ann", "a", salt="one"), "another run would be a change of the stack"


def test_the_file_has_a_line_for_each_user() -> None:
    file = password_file({"sam": ("b", "two"), "ann": ("a", "one")})
    assert [line.partition(":")[0] for line in file.splitlines()] == ["ann", "sam"]
    assert file.endswith("\n")


def test_who_is_taken_out_is_signed_out() -> None:
    before = cookie_key("secret", ["ann", "sam"])
    assert cookie_key("secret", ["ann"]) != before
    assert cookie_key("secret", ["sam", "ann"]) == before, "the order of the file says nothing"
    assert cookie_key("other", ["ann", "sam"]) != before
    assert len(before) == 44, "32 bytes as base64: AES-256"


@pytest.mark.parametrize(
    ("address", "secure", "name"),
    [
        ("http://127.0.0.1:30180", False, "spark-on-eks"),
        ("https://spark.example", True, "__Host-spark-on-eks"),
    ],
)
def test_sessions_are_kept_from_scripts_other_sites_and_the_clear(
    address: str, secure: bool, name: str
) -> None:
    said = tomllib.loads(config.proxy_settings(address, PAGES, config="/config", secrets="/secrets"))
    assert (said["cookie_secure"], said["cookie_name"]) == (secure, name)
    assert (said["cookie_httponly"], said["cookie_samesite"]) == (True, "lax")
    assert said["htpasswd_file"] == "/secrets/users"


def test_nothing_is_let_through_without_a_login_where_no_page_asks_for_a_pass() -> None:
    said = config.proxy_settings("http://h", PAGES, config="/config", secrets="/secrets")
    routes = config.proxy_pages(PAGES, home="/home", secrets="/secrets")
    doors = ("skip_auth", "skipAuth", "trusted", "reverse_proxy")
    assert not [word for word in doors if word in said + routes]


def _let_through() -> list[tuple[str, str]]:
    said = tomllib.loads(config.proxy_settings("http://h", [jobs.PAGE], config="/config", secrets="/secrets"))
    assert "reverse_proxy" not in said, "with it, a header would say what the path is"
    assert not [name for name in said if name.startswith(("trusted", "skip_jwt", "skip_auth_pre"))]
    return [(method, path) for method, _, path in (each.partition("=") for each in said["skip_auth_routes"])]


def test_a_drivers_page_is_let_through_for_reading_alone() -> None:
    assert [method for method, _ in _let_through()] == ["GET", "OPTIONS"]


@pytest.mark.parametrize(
    ("path", "through"),
    [
        ("/jobs/live/gAAAAB-_x", True),
        ("/jobs/live/gAAAAB-_x/", True),
        ("/jobs/live/gAAAAB-_x/stages/stage/", True),
        ("/jobs/live/gAAAAB-_x/static/bootstrap.min.css", True),
        ("/jobs/live/gAAAAB-_x/api/v1/applications/spark-1/allexecutors", True),
        ("/jobs/live/", False),
        ("/jobs/live//runs", False),
        ("/jobs/live/a.b/", False),
        ("/jobs/live/a/../runs", False),
        ("/jobs/live/a/./runs", False),
        ("/jobs/live/a/.hidden", False),
        ("/jobs/live/../runs", False),
        ("/x/jobs/live/a/", False),
        ("/jobs/lives/a/", False),
        ("/jobs/runs", False),
        ("/jobs/runs/jobs/live/a/", False),
    ],
)
def test_what_is_let_through_is_anchored_and_leads_nowhere_else(path: str, through: bool) -> None:
    """Go's expressions search, so it is the signs of begin and end that hold them."""
    for _, expression in _let_through():
        assert bool(re.search(expression, path)) is through


def test_each_page_is_at_its_path_and_knows_the_user_by_a_password() -> None:
    said = yaml.safe_load(config.proxy_pages(PAGES, home="/home", secrets="/secrets"))
    targets = {each["id"]: each["uri"] for each in said["upstreamConfig"]["upstreams"]}
    assert targets == {
        "home": "file:///home",
        "spark-history": "http://spark-history.spark-history.svc:18080",
        "logs": "http://log-page.spark-logs.svc:8080",
        "prometheus": "http://prometheus.monitoring.svc:9090",
    }
    injected = {each["name"]: each["values"][0]["claimSource"] for each in said["injectRequestHeaders"]}
    assert injected["Authorization"]["basicAuthPassword"] == {"fromFile": "/secrets/page-password"}


def test_the_list_of_pages_leads_to_where_each_begins() -> None:
    page = config.home_page(PAGES)
    assert 'href="/prometheus/user/"' in page
    assert 'href="/oauth2/sign_out?rd=%2F"' in page


@pytest.mark.parametrize("opened", [True, False])
def test_the_proxy_reaches_the_pages_alone_and_is_reached_by_browsers_if_it_has_a_port(opened: bool) -> None:
    policies = {LOGIN_NAMESPACE: list(proxy_policies(PAGES, open_to_nodes=opened).values())}
    proxy = Endpoint(name="proxy", address="10.0.0.1", namespace=LOGIN_NAMESPACE, labels=proxy_labels())
    browser = Endpoint(name="browser", address="192.0.2.1")
    assert reaches(policies, browser, proxy, Port(PORT)) == opened
    assert not reaches(policies, proxy, browser, Port(443)), "no provider is asked"
    for page in PAGES:
        behind = Endpoint(name=page.path, address="10.0.0.2", namespace=page.namespace)
        assert reaches(policies, proxy, behind, Port(page.port))


def test_a_person_is_told_the_addresses_and_the_command_for_the_password() -> None:
    told = io.StringIO()
    outputs = {"pagesUrl": "http://127.0.0.1:1"}
    pages.say(Console(file=told), outputs, "kubectl port-forward x", user="ann")
    assert told.getvalue().splitlines() == [
        "Pages: http://127.0.0.1:1",
        "  as ann, with the password that `.venv/bin/spark-on-eks password ann` tells",
        "  no node's port is reached from here; first run kubectl port-forward x",
    ]
    told = io.StringIO()
    jobs = {"runsUrl": "http://127.0.0.1:1/jobs/runs", "jobsRepository": "http://127.0.0.1:2/jobs.git"}
    pages.say(Console(file=told), outputs | jobs, "", user="ann")
    assert told.getvalue().splitlines() == [
        "Pages: http://127.0.0.1:1",
        "  runs of all jobs: http://127.0.0.1:1/jobs/runs",
        "  as ann, with the password that `.venv/bin/spark-on-eks password ann` tells",
        "Jobs: http://127.0.0.1:2/jobs.git, a Git repository; docs/jobs.md has the rest",
    ]


def test_a_password_is_told_on_request_and_of_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {"pagePasswords": {"ann": "secret-1"}}
    monkeypatch.setattr(pulumi_cli, "secret_output", lambda _, name: kept.get(name))
    stack = Stack(name="local", state=Path("unused"), kubeconfig=None)
    assert pages.password(stack, "ann") == "secret-1"
    with pytest.raises(ReportedError, match="has no user sam; it has ann"):
        pages.password(stack, "sam")
    kept.clear()
    with pytest.raises(ReportedError, match="it has none"):
        pages.password(stack, "ann")
