"""Properties that neither a job nor a stack file may set so that no job runs, by their names. Pure.

The API server asks a job's definition (`components.tenants.admission_fields`), and the program its stack file
(`components.settings.conf_value_rules`).
"""

from __future__ import annotations

from typing import Final

SCHEDULERS: Final = r"spark\.kubernetes\.((driver|executor)\.)?scheduler(\.n|N)ame"
"""Pattern of those that name the pods' scheduler."""

JAVA_OPTIONS: Final = r"spark\.(driver|executor)\.(extra|default)JavaOptions"
"""Pattern of those that have options of Java, in which there may be no heap."""

SHUFFLE_SERVICE: Final = "spark.shuffle.service.enabled"
"""Asks for a service beside the executors that Kubernetes does not have."""
