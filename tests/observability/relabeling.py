"""What Prometheus makes of a series' labels by relabelings (model/relabel): the actions that are used here.

A test compares it with the real one over all names of jobs that are tried (test_job_names.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any


def relabelled(labels: Mapping[str, str], rules: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The labels after all rules.

    Args:
        labels: with `__name__`.
        rules: as a ServiceMonitor has them.
    """
    found = dict(labels)
    for rule in rules:
        value = ";".join(found.get(label, "") for label in rule["sourceLabels"])
        if rule["action"] == "lowercase":
            made = value.lower()
        elif match := re.fullmatch(rule["regex"], value):
            made = match.expand(re.sub(r"\$\{?(\d+)\}?", r"\\g<\1>", rule["replacement"]))
        else:
            continue
        found[rule["targetLabel"]] = made
    return {label: value for label, value in found.items() if value}
