"""The platform, as a table of contents: what there is, in the order in which it stands on each other.

How a service gets its arguments from the settings is said in its module of `components.wiring`.
"""

from __future__ import annotations

import pulumi

from components.kube.network_rules import enforcement_note
from components.settings import Settings
from components.wiring.canary import canary
from components.wiring.database import database
from components.wiring.foundations import ground as stand
from components.wiring.ground import Ground
from components.wiring.history import history_server
from components.wiring.jobs import job_runs
from components.wiring.login import login
from components.wiring.logs import logs, logs_address
from components.wiring.monitoring import observability
from components.wiring.spark_operator import spark_operator
from components.wiring.tenants import job_counts, job_defaults, tenants


def build(settings: Settings) -> dict[str, pulumi.Input[object]]:
    """Make everything, and return what the stack exports.

    Args:
        settings: the stack's settings.
    """
    ground = stand(settings)
    conf = job_defaults(ground)
    teams = tenants(ground, conf)
    operator = spark_operator(ground, conf, teams)
    counts = job_counts(ground, [*teams, operator])
    history = history_server(ground)
    # Platforms from before the login have the history server at its port of the nodes.
    asked = login(ground, [history])
    logs(ground, asked)
    databases = database(ground)
    canary(ground, [*teams, operator, counts, history])
    runs = job_runs(ground, databases.access if databases else {}, asked, [*teams, operator, counts])
    storage = ground.foundation.storage
    return {
        "namespaces": [tenant.namespace for tenant in settings.all_tenants],
        "historyUrl": history.url,
        **({"logsUrl": logs_address(ground)} if settings.observability.logs.enabled else {}),
        **runs,
        "dataBucket": storage.data_bucket,
        "artifactsBucket": storage.artifacts_bucket,
        "networkPolicies": enforcement_note(ground.foundation.enforces_network_policy),
        **observability(ground),
        **_door(ground),
        **({"pagePasswords": asked.passwords} if asked and asked.passwords else {}),
    }


def _door(ground: Ground) -> dict[str, pulumi.Input[object]]:
    """Where people open all pages, and what that name has to lead to."""
    door = ground.foundation.pages
    if door is None:
        return {}
    return {"pagesUrl": door.address, **({"pagesTarget": door.target} if door.target else {})}
