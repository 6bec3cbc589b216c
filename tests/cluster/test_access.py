"""Least privilege, asked of the API server itself: every subject, verb and resource in every namespace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from kubernetes import client, config
from rich.console import Console
from rich.table import Table

from components.domain import Tenant
from components.rbac import Access, expected_access
from local.platform import Target

pytestmark = pytest.mark.cluster

PARALLEL = 8
"""Requests under way at once: more do not make one API server on two cores any faster."""


@pytest.fixture(scope="module")
def answers(where: Target, tenants: tuple[Tenant, ...]) -> list[tuple[Access, bool]]:
    """The API server's answer to every line of the access table."""
    config.load_kube_config(str(where.kubeconfig))
    api = client.AuthorizationV1Api()

    def ask(line: Access) -> tuple[Access, bool]:
        kind, _, subresource = line.resource.partition("/")
        review = client.V1SubjectAccessReview(
            spec=client.V1SubjectAccessReviewSpec(
                user=line.user,
                groups=[*line.groups, *service_account_groups(line.user)],
                resource_attributes=client.V1ResourceAttributes(
                    namespace=line.namespace,
                    verb=line.verb,
                    group=line.api_group,
                    resource=kind,
                    subresource=subresource or None,
                ),
            )
        )
        return line, bool(api.create_subject_access_review(review).status.allowed)

    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(ask, expected_access(tenants)))


def service_account_groups(user: str) -> Iterator[str]:
    """Groups that the API server adds to every service account, and to every authenticated user."""
    yield "system:authenticated"
    if user.startswith("system:serviceaccount:"):
        yield "system:serviceaccounts"
        yield f"system:serviceaccounts:{user.split(':')[2]}"


def test_nobody_may_do_more_or_less_than_the_access_table_says(answers: list[tuple[Access, bool]]) -> None:
    wrong = [
        f"{line.user}{list(line.groups) or ''} {line.verb} {line.resource} in {line.namespace or 'the cluster'}: "
        f"is {'allowed' if allowed else 'refused'}"
        for line, allowed in answers
        if allowed != line.allowed
    ]
    show(answers)
    assert not wrong, f"{len(wrong)} of {len(answers)} answers differ from the table:\n" + "\n".join(
        wrong[:20]
    )


def test_no_tenant_may_do_anything_in_another_namespace(answers: list[tuple[Access, bool]]) -> None:
    crossing = [
        line
        for line, allowed in answers
        if allowed
        and line.user.startswith("system:serviceaccount:")
        and line.namespace != line.user.split(":")[2]
    ]
    assert not crossing, f"{len(crossing)} rights reach beyond a tenant's namespace, first {crossing[0]}"


def show(answers: list[tuple[Access, bool]]) -> None:
    """Print who may do what, one line for each subject and namespace."""
    granted: dict[tuple[str, str], Counter[str]] = {}
    asked: Counter[tuple[str, str]] = Counter()
    for line, allowed in answers:
        who = line.groups[0] if line.groups else line.user.removeprefix("system:serviceaccount:")
        place = (who, line.namespace or "(cluster)")
        asked[place] += 1
        if allowed:
            granted.setdefault(place, Counter())[line.resource] += 1
    table = Table("subject", "namespace", "granted of asked", "on", box=None)
    for place, total in sorted(asked.items()):
        rights = granted.get(place, Counter())
        table.add_row(*place, f"{rights.total()} of {total}", ", ".join(sorted(rights)) or "nothing")
    Console(width=160).print(table)
