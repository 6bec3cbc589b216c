"""How often jobs may start by themselves: schedules and retries. Pure.

All tenants share one operator, and it submits a few jobs at a time: one that starts every second keeps the
others waiting. Read from the operator's ScheduledSparkApplication controller 2.5.2, its pkg/util
(sparkapplication.go), and robfig/cron 3.0.1 (parser.go), which takes the schedule.
"""

from __future__ import annotations

from typing import Final

from components.records.rights import JOBS, SPARK_GROUP
from components.tenants.admission_policy import JOB, Check, Policy

LEAST_EVERY: Final = "1m"
"""Least interval of `@every`; the five fields of cron can't say less either."""

LEAST_RETRY_SECONDS: Final = 10
"""Least wait before a retry: about what a submission takes; a broken job has at most half a worker."""

MOST_RETRIES: Final = 1000
"""Most retries. The operator waits the interval times the number of attempts so far, counted from the last
attempt's start: what fails at once is tried some hundred times in a day, and a stream that has run for longer
than that starts again at once."""

LONGEST_LIFE: Final = 31_536_000
"""Most seconds that a finished job is kept, a year: from 2^63 nanoseconds on, the operator's number turns
negative, and the job is gone before anybody has seen how it ended."""

MOST_HISTORY: Final = 20
"""Most finished runs that a schedule keeps, of each kind: each holds an object, a pod and its ConfigMaps."""

LONGEST_NAME: Final = 43
"""Characters of a schedule's name: the operator appends 20, and a run's name becomes a label of 63."""

_EVERY: Final = "^@every ([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,7}s)?$"
_CRON: Final = "^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[^@ ][^ ]*( +[^ ]+){4} *)$"

_RETRIES: Final = ("onFailureRetries", "onSubmissionFailureRetries")
_INTERVALS: Final = ("onFailureRetryInterval", "onSubmissionFailureRetryInterval")
_ON_FAILURE: Final = (
    "has(variables.job.restartPolicy.type) && variables.job.restartPolicy.type == 'OnFailure'"
)
_HISTORY: Final = ("successfulRunHistoryLimit", "failedRunHistoryLimit")

SCHEDULES: Final = Policy(
    subject="schedules",
    kinds={SPARK_GROUP: ("scheduledsparkapplications",)},
    of_spec=True,
    checks=(
        Check(
            "!object.spec.schedule.matches('^(CRON_)?TZ=')",
            "'spec.schedule must not begin with a time zone: ' + object.spec.schedule + "
            "'. Write the zone into spec.timeZone'",
            "a prefix without a blank after it makes the operator's parser panic, again and again",
        ),
        Check(
            f"object.spec.schedule.matches('^(CRON_)?TZ=') || object.spec.schedule.matches('{_CRON}') || "
            f"object.spec.schedule.matches('{_EVERY}')",
            "'spec.schedule is not one: ' + object.spec.schedule + '. Write five fields (0 5 * * *), @daily "
            "and the like, or @every with whole hours, minutes and seconds (@every 1h30m)'",
            "the operator would set it aside as invalid, and say so only in the object's status",
        ),
        Check(
            f"!object.spec.schedule.matches('{_EVERY}') || object.spec.schedule.size() <= 7 || "
            f"duration(object.spec.schedule.substring(7)) >= duration('{LEAST_EVERY}')",
            "'spec.schedule must leave a minute or more between two runs, not ' + object.spec.schedule + "
            f"'. Write @every {LEAST_EVERY} or more'",
            "the operator would do nothing but start this job",
        ),
        Check(
            " && ".join(
                f"(!has(object.spec.{each}) || "
                f"(object.spec.{each} >= 0 && object.spec.{each} <= {MOST_HISTORY}))"
                for each in _HISTORY
            ),
            f"'spec.successfulRunHistoryLimit and spec.failedRunHistoryLimit must be 0 to {MOST_HISTORY}: "
            "each run that is kept holds a pod and its ConfigMaps; the event logs stay without them'",
            "finished runs would fill etcd; below 0 the operator panics and starts the run again and again",
        ),
        Check(
            f"object.metadata.name.size() <= {LONGEST_NAME}",
            f"'metadata.name must have {LONGEST_NAME} characters or fewer, not ' + "
            "string(object.metadata.name.size()) + ': the operator appends 20 for each run, of 63'",
            "every run would fail at its submission",
        ),
        Check(
            "!has(object.spec.template.driver.podName)",
            "'spec.template.driver.podName can not be used in a schedule: all runs would have one driver. "
            "Remove it; each run names its driver itself'",
            "a run finds the driver of the one before, and fails at its submission",
        ),
    ),
)
"""The rules for schedules."""

RETRIES: Final = Policy(
    subject="retries",
    kinds={SPARK_GROUP: JOBS},
    of_spec=True,
    variables={
        "job": JOB,
    },
    checks=(
        Check(
            "!has(variables.job.restartPolicy) || !has(variables.job.restartPolicy.type) || "
            "variables.job.restartPolicy.type != 'Always'",
            "'spec.restartPolicy.type must be Never or OnFailure: Always starts a job again at once "
            f"that has succeeded. For a stream write OnFailure, with onFailureRetries: {MOST_RETRIES}; for a "
            "job that runs again and again, a ScheduledSparkApplication'",
            "the job would be submitted without a pause: the operator has no interval after a success",
        ),
        Check(
            "!has(variables.job.restartPolicy) || ("
            + " && ".join(
                f"(!has(variables.job.restartPolicy.{each}) || "
                f"variables.job.restartPolicy.{each} <= {MOST_RETRIES})"
                for each in _RETRIES
            )
            + ")",
            f"'spec.restartPolicy: {' and '.join(_RETRIES)} must be {MOST_RETRIES} or less'",
            "a job that can not succeed would be submitted for ever",
        ),
        Check(
            "!has(variables.job.restartPolicy) || ("
            + " && ".join(
                f"(!has(variables.job.restartPolicy.{each}) || "
                f"variables.job.restartPolicy.{each} >= {LEAST_RETRY_SECONDS})"
                for each in _INTERVALS
            )
            + ")",
            f"'spec.restartPolicy: {' and '.join(_INTERVALS)} must be {LEAST_RETRY_SECONDS} seconds or more'",
            "a job that fails at once would keep the operator busy",
        ),
        Check(
            "!has(variables.job.restartPolicy) || "
            "!has(variables.job.restartPolicy.onSubmissionFailureRetries) || "
            "has(variables.job.restartPolicy.onSubmissionFailureRetryInterval)",
            "'spec.restartPolicy.onSubmissionFailureRetries needs onSubmissionFailureRetryInterval, "
            "in seconds'",
            "the retry never becomes due, and the job stays in SUBMISSION_FAILED",
        ),
        Check(
            f"!has(variables.job.restartPolicy) || {_ON_FAILURE} || !("
            + " || ".join(
                f"(has(variables.job.restartPolicy.{each}) && variables.job.restartPolicy.{each} > 0)"
                for each in _RETRIES
            )
            + ")",
            f"'spec.restartPolicy: {' and '.join(_RETRIES)} need type: OnFailure beside them. Write it, or "
            "remove them'",
            "the job would not be tried again",
        ),
        Check(
            f"!has(variables.job.restartPolicy) || !({_ON_FAILURE}) || "
            "has(variables.job.restartPolicy.onFailureRetries) || "
            "has(variables.job.restartPolicy.onSubmissionFailureRetries)",
            "'spec.restartPolicy of type OnFailure needs onFailureRetries: how often a failed job is tried "
            f"again, 0 to {MOST_RETRIES}'",
            "the job would not be tried again: the operator takes a number that is missing for none",
        ),
        Check(
            "!has(variables.job.timeToLiveSeconds) || (variables.job.timeToLiveSeconds >= 0 && "
            f"variables.job.timeToLiveSeconds <= {LONGEST_LIFE})",
            f"'spec.timeToLiveSeconds must be 0 to {LONGEST_LIFE}, a year, not ' + "
            "string(variables.job.timeToLiveSeconds)",
            "a number that turns negative has the job removed before anybody has seen how it ended",
        ),
    ),
)
"""The rules for retries."""
