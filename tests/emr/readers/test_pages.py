"""Pages of Markdown and reStructuredText: what they show is read."""

from __future__ import annotations

import json

import pytest

from tests.emr.inputs import flow, result, submit

FLOW = json.dumps(flow(submit("s3://b/a.py", "x")), indent=1)
YAML = """\
Resources:
  Step:
    Type: AWS::EMR::Step
    Properties:
      Name: job
      ActionOnFailure: CONTINUE
      JobFlowId: !Ref Cluster
      HadoopJarStep: {Jar: command-runner.jar, Args: [spark-submit, "s3://b/a.py", x]}
"""
HCL = """\
resource "aws_emr_cluster" "a" {
  name = "a"
  release_label = "emr-6.15.0"
  step {
    name = "job"
    action_on_failure = "CONTINUE"
    hadoop_jar_step {
      jar = "command-runner.jar"
      args = ["spark-submit", "s3://b/a.py", "x"]
    }
  }
}
"""
SHOWN = {
    "JSON": f"```json\n{FLOW}\n```\n",
    "JSON without a name": f"```\n{FLOW}\n```\n",
    "YAML": f"~~~yaml\n{YAML}~~~\n",
    "HCL": f"```terraform\n{HCL}```\n",
    "a shell": "```bash\n$ spark-submit s3://b/a.py x\n```\n",
    "what is indented": "    spark-submit s3://b/a.py x\n",
    "a directive": ".. code-block:: bash\n\n    spark-submit s3://b/a.py x\n",
    "Python in two blocks": "```python\nWORDS = ['spark-submit', 's3://b/a.py', 'x']\n```\n\nthen\n\n```py\n"
    "STEPS = [{'Name': 'job', 'HadoopJarStep': {'Jar': 'command-runner.jar', 'Args': WORDS}}]\n```\n",
}


@pytest.mark.parametrize("what", SHOWN)
@pytest.mark.parametrize("name", ["README.md", "index.rst"])
def test_what_a_page_shows_is_read(what: str, name: str) -> None:
    found = result(f"# Jobs\n\nThis is how:\n\n{SHOWN[what]}\nAnd that is all.\n", name)
    (made,) = found.applications
    assert made.manifest is not None, made.problems
    assert made.manifest["spec"]["mainApplicationFile"] == "s3a://b/a.py"
    assert made.manifest["spec"]["arguments"] == ["x"]
    assert not found.ledger.missing


def test_a_place_in_a_page_is_told_by_the_line_of_its_block() -> None:
    (made,) = result(f"# Jobs\n\n```json\n{FLOW}\n```\n", "README.md").applications
    assert made.at.startswith("4:1#/Steps/0")
