"""Asks the API server who may do what: for a subject's rules, and line by line as a check of them.

A line for each subject, verb, resource and namespace is some 75,000 questions, which take two busy processors
minutes; the rules that the answers follow from are a few hundred.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from kubernetes import client, config

from tests.support.access_table import AccessCheck

PARALLEL = 8
"""Requests under way at once: more do not make one API server on two cores any faster."""

NOWHERE = "no-namespace-of-this-name"
"""Where nothing but what holds in the whole cluster applies: a review of rules has to name a namespace."""

ASKED_ONE_OF = 50
"""Refused lines for one that is asked by itself as well; of the allowed lines, each is."""

Answers = Sequence[tuple[AccessCheck, bool]]
Subject = tuple[str, tuple[str, ...]]
Rules = Sequence[dict[str, list[str]]]


class Reviewer:
    """What the API server answers, over kept connections.

    Args:
        kubeconfig: of an administrator, who may speak for others.
    """

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig
        self._authorization = self._connect({})

    def ask(self, lines: Iterable[AccessCheck]) -> Answers:
        """The answer to each line.

        Raises:
            AssertionError: asked by itself, a line has another answer than the rules give.
        """
        asked = list(lines)
        places = {(line.user, line.groups): set[str]() for line in asked}
        for line in asked:
            places[line.user, line.groups].add(line.namespace or NOWHERE)
        with ThreadPoolExecutor(PARALLEL) as pool:
            found = pool.map(lambda subject: self._rules(subject, places[subject]), places)
            rules = dict(zip(places, found, strict=True))
            answers = [
                (line, _allows(rules[line.user, line.groups][line.namespace or NOWHERE], line))
                for line in asked
            ]
            checked = [each for number, each in enumerate(answers) if each[1] or number % ASKED_ONE_OF == 0]
            reviewed = list(pool.map(lambda each: self._allowed(each[0]), checked))
        wrong = [line for (line, allowed), review in zip(checked, reviewed, strict=True) if allowed != review]
        assert not wrong, f"asked one by one, the answers to {len(wrong)} lines are others: {wrong[:5]}"
        return answers

    def _connect(self, headers: Mapping[str, str]) -> Any:
        # The package has no annotations.
        new: Any = config.new_client_from_config
        reviews: Any = client.AuthorizationV1Api
        api = new(str(self._kubeconfig))
        for name, value in headers.items():
            api.set_default_header(name, value)
        return reviews(api)

    def _rules(self, subject: Subject, places: Iterable[str]) -> dict[str, Rules]:
        user, groups = subject
        headers = {"Impersonate-User": user}
        if groups:
            # A service account's come by themselves, and a person of the table has one.
            (headers["Impersonate-Group"],) = groups
        authorization = self._connect(headers)
        found = {}
        for place in places:
            answer = authorization.create_self_subject_rules_review(
                {"spec": {"namespace": place}}, _preload_content=False
            )
            status = json.loads(answer.data)["status"]
            assert not status["incomplete"], f"not all rules of {user} in {place} are known: {status}"
            found[place] = status["resourceRules"]
        return found

    def _allowed(self, line: AccessCheck) -> bool:
        kind, _, subresource = line.resource.partition("/")
        attributes = {
            "namespace": line.namespace or "",
            "verb": line.verb,
            "group": line.api_group,
            "resource": kind,
            "subresource": subresource,
        }
        review = {
            "spec": {
                "user": line.user,
                "groups": [*line.groups, *implied_groups(line.user)],
                "resourceAttributes": attributes,
            }
        }
        answer = self._authorization.create_subject_access_review(review, _preload_content=False)
        return bool(json.loads(answer.data)["status"].get("allowed"))


def implied_groups(user: str) -> Iterator[str]:
    """Groups that the API server adds to every authenticated user, and to every service account."""
    yield "system:authenticated"
    if user.startswith("system:serviceaccount:"):
        yield "system:serviceaccounts"
        yield f"system:serviceaccounts:{user.split(':')[2]}"


def _allows(rules: Rules, line: AccessCheck) -> bool:
    """As RBAC has it: a rule that names objects allows nothing of the others."""
    _, slash, subresource = line.resource.partition("/")
    resources = {"*", line.resource, *([f"*/{subresource}"] if slash else [])}
    return any(
        {"*", line.verb} & set(rule["verbs"])
        and {"*", line.api_group} & set(rule.get("apiGroups", []))
        and resources & set(rule.get("resources", []))
        and not rule.get("resourceNames")
        for rule in rules
    )
