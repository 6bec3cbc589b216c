"""Where a job's keys to the store may come from: classes that its image has, and that find something. Pure.

Definitions from elsewhere name the provider of their own cluster: a class of the AWS SDK 1, a token of a
service account, the node's role. The job then ends where it first reads or writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.spark.shared_properties import OLD_SDK_KNOWN
from components.tenants.admission_policy import Check, quoted

PROVIDER: Final = "fs.s3a.aws.credentials.provider"
"""Hadoop's property that names the classes, separated by commas, the first that finds a key first."""

_PROVIDERS: Final = r"^(spark[.]hadoop[.])?fs[.]s3a[.](.+[.])?credentials[.]provider$"
"""Pattern of it for all buckets or one, and for a role, in either section."""

STATIC: Final = "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"
"""The platform's own where each tenant has a key."""

_SDK: Final = "software.amazon.awssdk.auth.credentials."
_NODE: Final = (
    f"{_SDK}InstanceProfileCredentialsProvider",
    f"{_SDK}WebIdentityTokenFileCredentialsProvider",
    "com.amazonaws.auth.InstanceProfileCredentialsProvider",
)
_CONTAINER: Final = (
    f"{_SDK}ContainerCredentialsProvider",
    "com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper",
    "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
)
_ENVIRONMENT: Final = (
    f"{_SDK}EnvironmentVariableCredentialsProvider",
    "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
)


def of_both(condition: str) -> str:
    """Write which of a job's properties a condition holds for, as `name: value`, as a list in CEL.

    Args:
        condition: in CEL, with `{key}` and `{value}` for name and value.
    """
    return " + ".join(
        f"{section}.filter(key, {condition.format(key='key', value=f'{section}[key]')})"
        f".map(key, key + ': ' + {section}[key])"
        for section in ("variables.conf", "variables.hadoop")
    )


def variables(provider: str) -> Mapping[str, str]:
    """Make the parts that the rules need; they build on `job`, `conf` and `hadoop`.

    Args:
        provider: the class that a job has which names none.
    """
    barren = quoted((*_NODE, *(_CONTAINER if provider == STATIC else _ENVIRONMENT)))
    driver = "variables.job.?driver"
    return {
        "old": of_both(
            f"{{key}}.matches(r'{_PROVIDERS}') && {{value}}.split(',').exists(each, each.trim()"
            f".startsWith('com.amazonaws.') && !(each.trim() in {quoted(OLD_SDK_KNOWN)}))"
        ),
        # What the SDK finds its keys by, if the job brings it itself.
        "found": (
            f"{driver}.?env.orValue([]).exists(each, each.name.startsWith('AWS_')) || "
            f"{driver}.?envVars.orValue({{}}).exists(key, key.startsWith('AWS_')) || "
            f"{driver}.?envSecretKeyRefs.orValue({{}}).exists(key, key.startsWith('AWS_')) || "
            f"{driver}.?envFrom.orValue([]).size() > 0 || has(variables.job.driver.template) || "
            "variables.conf.exists(key, "
            "key.matches('^spark[.]kubernetes[.]driver(Env|[.]secretKeyRef)[.]AWS_'))"
        ),
        "barren": of_both(
            f"{{key}} in ['{PROVIDER}', 'spark.hadoop.{PROVIDER}'] && "
            f"{{value}}.split(',').all(each, each.trim() in {barren})"
        ),
    }


OLD: Final = Check(
    "!variables.ours || variables.old.size() == 0",
    "'spec can not have ' + variables.old.join(', ') + ': the platform\\'s images have the AWS SDK 2, and no "
    "such class. Remove it: the pods have their namespace\\'s identity'",
    "the job would end where it first reads or writes",
)
"""The rule for classes that the platform's images do not have; it needs `ours` besides."""


def barren(provider: str) -> Check:
    """Make the rule for classes that find nothing here.

    Args:
        provider: the class that a job has which names none.
    """
    has = "a key of their namespace" if provider == STATIC else "their namespace\\'s identity"
    return Check(
        "variables.barren.size() == 0 || variables.found",
        f"'spec can not have ' + variables.barren.join(', ') + ': the pods have {has}, which that does not "
        "find. Remove it; or bring what it looks for in spec.driver.env and spec.executor.env'",
        "the job would end where it first reads or writes",
    )
