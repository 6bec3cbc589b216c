"""Where the kit says that staying on EMR is the better answer, or that the move is easy."""

from __future__ import annotations

from typing import Any

import pytest

from emr.report import stay
from tests.emr.inputs import flow, result, step, submit

ON_ONE = {"InstanceGroups": [{"InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 1}]}
RUN = {"jobDriver": {"sparkSubmit": {"entryPoint": "s3://b/a.py"}}, "applicationId": "a"}
ON_EKS = {
    "virtualClusterId": "v",
    "releaseLabel": "emr-7.13.0-latest",
    "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "s3://b/a.py"}},
}
SAID: dict[str, tuple[dict[str, Any], str]] = {
    "few hours on a cluster of its own": (flow(submit("s3://b/a.py")), "are cheap on EMR"),
    "one worker": (flow(submit("s3://b/a.py"), Instances=ON_ONE), "too small for Spark"),
    "what is no Spark": (
        flow(step("hive-script", "x"), step("hadoop", "jar", "x.jar")),
        "Stay with what is not",
    ),
    "every job blocks": (flow(submit("/home/hadoop/a.py")), "every job is blocked"),
    "nothing to move": (flow(), "no job of Spark"),
    "Serverless": (RUN, "from release 7.12 on its storage for shuffle is free"),
    "EMR on EKS": (ON_EKS, "already runs as pods"),
    "S3A": (flow(submit("s3://b/a.py"), ReleaseLabel="emr-7.10.0"), "reads S3 by S3A"),
    "S3A in 7.13": (ON_EKS, "emr-7.13.0-latest reads S3 by S3A"),
}


@pytest.mark.parametrize("what", SAID)
def test_the_report_says_so(what: str) -> None:
    made, words = SAID[what]
    assert [each for each in stay.sentences([result(made)]) if words in each]


def test_it_does_not_say_so_where_it_is_not_so() -> None:
    said = " ".join(stay.sentences([result(flow(submit("s3://b/a.py"), ReleaseLabel="emr-7.9.0"))]))
    assert "S3A" not in said
    assert "too small" not in said
    assert "not Spark" not in said
