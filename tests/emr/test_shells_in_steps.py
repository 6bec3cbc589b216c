"""Steps that start a shell, or that leave fields empty."""

from __future__ import annotations

import pytest

from tests.emr.inputs import codes, flow, one, result, spec, step, submit

SHELLS = [("bash", "-c"), ("/bin/bash", "-lc"), ("sudo", "bash", "-c")]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_submission_in_a_shell_is_read_and_all_its_words_have_an_end(shell: tuple[str, ...]) -> None:
    made = flow(step(*shell, "aws s3 cp s3://b/x.conf . && spark-submit s3://b/a.py 'x y'"))
    assert spec(made)["arguments"] == ["x y"]
    assert "UNKNOWN_FIELD" not in codes(result(made))


@pytest.mark.parametrize(
    "words", [("bash", "-c", "aws s3 cp s3://b/x.sh . && bash x.sh"), ("sh", "/home/hadoop/x.sh")]
)
def test_a_script_that_a_step_runs_is_asked_for(words: tuple[str, ...]) -> None:
    found = result(flow(step(*words)))
    assert not found.applications
    assert "SCRIPT" in {each.code for each in found.ledger.findings if each.level == "by hand"}
    assert "UNKNOWN_FIELD" not in codes(found)


@pytest.mark.parametrize("nothing", [[], {}, "", None])
def test_a_field_that_is_empty_asks_for_nothing(nothing: object) -> None:
    made = submit("s3://b/a.py")
    made["HadoopJarStep"] |= {"Properties": nothing, "MainClass": ""}
    found = result(flow(made, CustomAmiId="", SecurityConfiguration=None))
    assert not {"STEP_PROPERTIES", "MAIN_CLASS", "NODE_IMAGE", "SECURITY_CONFIGURATION"} & codes(found)
    assert not found.ledger.missing


PLACEHOLDERS = {
    "an argument": ("s3://b/a.py", "s3://<bucket>/in"),
    "a bucket in capitals": ("s3://b/a.py", "s3://MY_BUCKET/in"),
    "braces": ("s3://b/a.py", "s3://{bucket}/in"),
    "a bucket of the documentation": ("s3://b/a.py", "s3://DOC-EXAMPLE-BUCKET/in"),
    "the program": ("s3://your-bucket/a.py",),
    "a property": ("--conf", "spark.a.path=s3://<bucket>/x", "s3://b/a.py"),
    "a variable": ("--conf", "spark.executorEnv.OUT=s3://__BUCKET__/x", "s3://b/a.py"),
    "a class": ("--class", "<main-class>", "s3://b/a.jar"),
    "a dependency": ("--py-files", "s3://REPLACE_ME/x.zip", "s3://b/a.py"),
}


@pytest.mark.parametrize("where", PLACEHOLDERS)
def test_what_was_left_to_be_filled_in_blocks_wherever_it_stands(where: str) -> None:
    found = one(flow(submit(*PLACEHOLDERS[where])))
    assert "PLACEHOLDER" in found.problems


@pytest.mark.parametrize("word", ["s3://my-bucket/in", "a < b", "s3://b/{2020,2021}/x", "XS", "<"])
def test_what_only_looks_like_it_does_not(word: str) -> None:
    assert "PLACEHOLDER" not in one(flow(submit("s3://b/a.py", word))).problems


@pytest.mark.parametrize(
    "words",
    [("sudo", "aws", "s3", "cp", "s3://b/x.jar", "/usr/lib/spark/jars/"), ("bash", "-c", "aws sns publish")],
)
def test_another_command_of_a_step_is_told_as_its_cluster_is_gone(words: tuple[str, ...]) -> None:
    found = result(flow(step(*words), step("state-pusher-script"), submit("s3://b/a.py")))
    (told,) = [each for each in found.ledger.findings if each.code == "COMMAND"]
    assert told.level == "by hand"
    assert found.applications[0].manifest is not None


def test_a_shell_in_the_shorthand_of_a_step_leaves_no_word_without_an_end() -> None:
    text = (
        "aws emr add-steps --cluster-id j --steps Type=CUSTOM_JAR,Name=x,Jar=command-runner.jar,"
        'Args=[bash,-c,"aws s3 ls && spark-submit s3://b/a.py x"]\n'
    )
    assert spec(text, "run.sh")["arguments"] == ["x"]
    assert "UNKNOWN_FIELD" not in codes(result(text, "run.sh"))
