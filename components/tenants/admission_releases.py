"""Which release of Spark a job may name: one that there is an image of, unless it brings an image. Pure.

`sparkVersion` is a required field that the operator itself does not read. Here a job that names no image gets
the one of that release (apps/job_pods), so a version without one would silently run as another. None has R.
"""

from __future__ import annotations

from collections.abc import Sequence

from components.records.rights import JOBS, SPARK_GROUP
from components.spark.conf import IMAGE_PROPERTY
from components.tenants.admission_policy import JOB, Check, Policy, quoted


def releases_policy(versions: Sequence[str]) -> Policy:
    """Make the policy.

    Args:
        versions: releases that there is an image of.
    """
    return Policy(
        subject="releases",
        kinds={SPARK_GROUP: JOBS},
        of_spec=True,
        variables={
            "job": JOB,
            "brought": (
                "has(variables.job.image) && variables.job.image != '' || "
                "has(variables.job.driver.image) && has(variables.job.executor.image) || "
                f"has(variables.job.sparkConf) && '{IMAGE_PROPERTY}' in variables.job.sparkConf"
            ),
        },
        checks=(
            Check(
                f"variables.brought || variables.job.sparkVersion in {quoted(versions)}",
                "'spec.sparkVersion ' + variables.job.sparkVersion + ' has no image here: the releases are "
                f"{', '.join(versions)}. Write one of them, or name an image that has it in spec.image'",
                "the job would run with another release than it names",
            ),
            Check(
                "variables.brought || !has(variables.job.mainApplicationFile) || "
                "!variables.job.mainApplicationFile.matches('[.][rR]$')",
                "'spec.mainApplicationFile ' + variables.job.mainApplicationFile + ' is a program of R, "
                "which the platform\\'s own images do not have. Name one that has it in spec.image, also if "
                "it is the stack\\'s spark.image'",
                "the driver ends at its start",
            ),
        ),
    )
