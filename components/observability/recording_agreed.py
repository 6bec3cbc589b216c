"""Recording rules of the times that applications have agreed on, and what of them is used. Pure."""

from __future__ import annotations

from typing import Final

from components.observability.rule_model import RecordingRule
from components.observability.scrape_jobs import KSM

MISREAD_BELOW: Final = 10
"""kube-state-metrics reads an agreed time as a quantity, where m is a thousandth: 15m comes as 0.015. No run
is done within ten seconds, so what is below was written in minutes."""

_AGREED: Final = (
    f"max by ({{by}}) (kube_sparkapp_sla_seconds{{{{{KSM}}}}} > 0 "
    f"or kube_sparkapp_sla_label_seconds{{{{{KSM}}}}} > 0)"
)

AGREED_SECONDS: Final = f"({_AGREED} >= {MISREAD_BELOW} or {_AGREED} * 60000)"
"""Seconds that each application has agreed on, by the labels that are put in for {by}."""

_UID: Final = "namespace, name, uid"

RESUMED: Final = "spark:app:resumed_timestamp_seconds"
"""When what was suspended went on. One that never was has no such series: its time begins when it is made."""

AGREED_RULES: Final = (
    RecordingRule(
        record=RESUMED,
        # A longer outage of its source than a day is taken for no suspension.
        expr=f"""
        max by ({_UID}) (kube_sparkapp_state{{{KSM}, state=~"SUSPENDED|SUSPENDING"}} == 1) * time()
        or on ({_UID}) (
          max by ({_UID}) (last_over_time({RESUMED}[1d]))
          and on ({_UID}) kube_sparkapp_created{{{KSM}}})
        """,
        gives="namespace name uid",
        why="up to when an application was suspended, while it is there: the operator itself keeps no trace",
    ),
    RecordingRule(
        record="spark:app:sla_used:ratio",
        expr=f"""
        (
          spark:app:age_seconds * 0 + on (namespace, name) group_left () (
            time() - max by (namespace, name) ({RESUMED}))
          or on (namespace, name) spark:app:age_seconds
        ) / on (namespace, name) group_left ()
          {AGREED_SECONDS.format(by="namespace, name")}
          unless on (namespace, name) spark:app:state{{state=~"COMPLETED|FAILED|SUSPENDED|SUSPENDING"}}
        """,
        gives="namespace name spark_job team",
        why="how much of its agreed time an unfinished application has used, waiting included; after a "
        "suspension it has all of it again",
    ),
)
