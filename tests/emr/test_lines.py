"""Command lines as people write them, and what blocks."""

from __future__ import annotations

import pytest

from emr.translate.answers import Answers
from emr.translate.kit import translate
from tests.emr.inputs import codes, flow, one, result, spec, step, written

LINES = {
    "a redirect": ("spark-submit s3://b/a.py x y > out.log 2>&1", ["x", "y"]),
    "nohup": ("nohup spark-submit s3://b/a.py x y &", ["x", "y"]),
    "a comment in a continuation": (
        "spark-submit \\\n  --conf spark.a.b=1 \\\n  # the program\n  s3://b/a.py \\\n  x y\n",
        ["x", "y"],
    ),
    "a comment behind a backslash": ("spark-submit \\ # now\n  s3://b/a.py x y\n", ["x", "y"]),
    "a default": ("spark-submit s3://b/a.py ${X:-5}", ["5"]),
    "a switch": ("spark-submit --supervise s3://b/a.py x y", ["x", "y"]),
    "an option with =": ("spark-submit --conf=spark.a.b=v s3://b/a.py x y", ["x", "y"]),
    "a chain": ("cd /tmp && spark-submit s3://b/a.py 'x y' && echo done", ["x y"]),
    "a pipe": ("spark-submit s3://b/a.py x 2>&1 | tee log", ["x"]),
    "another user": ("sudo -u hadoop /usr/lib/spark/bin/spark-submit s3://b/a.py x", ["x"]),
    "variables of the script": (
        'IN=s3://b/in\nspark-submit s3://b/a.py "${IN}/2020" $IN',
        ["s3a://b/in/2020", "s3a://b/in"],
    ),
    "a here-document": ("ssh hadoop@master <<EOF\nspark-submit s3://b/a.py x\nEOF\n", ["x"]),
    "a shell in a shell": ("bash -c \"spark-submit s3://b/a.py 'x y' z\"", ["x y", "z"]),
    "Windows": ('spark-submit.cmd ^\r\n  --name etl ^\r\n  s3://b/a.py ^\r\n  x "y z"\r\n', ["x", "y z"]),
}


@pytest.mark.parametrize("what", LINES)
def test_08_lines_as_people_write_them_give_the_right_arguments(what: str) -> None:
    line, arguments = LINES[what]
    made = spec(line, "job.cmd" if what == "Windows" else "job.sh")
    assert made["mainApplicationFile"] == "s3a://b/a.py"
    assert made["arguments"] == arguments


def test_08_a_whole_command_in_one_word_is_read() -> None:
    made = spec(flow(step("spark-submit --class A --conf spark.a.b='x y' s3://b/a.jar 1 2")))
    assert (made["mainClass"], made["arguments"]) == ("A", ["1", "2"])


BLOCKED = {
    "a variable that nobody sets": ("spark-submit s3://b/a.py $X", "UNKNOWN_VALUE"),
    "the output of a command": ("spark-submit s3://b/a.py $(date +%F)", "UNKNOWN_VALUE"),
    "a missing backslash": ("spark-submit s3://b/a.py x\n  --conf spark.a=b\n", "SUBMISSION"),
    "an option that is none": ("spark-submit --executor-memroy 2g s3://b/a.py", "SUBMISSION"),
    "a variable of Windows": ("spark-submit ^\r\n s3://b/a.py %DAY%\r\n", "UNKNOWN_VALUE"),
    "no value": ("spark-submit --class", "SUBMISSION"),
    "a file of settings": ("spark-submit --properties-file my.conf s3://b/a.py", "PROPERTIES_FILE"),
    "a jar without a class": ("spark-submit s3://b/a.jar", "MAIN_CLASS"),
    "packages": ("spark-submit --packages com.x:y:1 s3://b/a.py", "PACKAGES"),
}


@pytest.mark.parametrize("what", BLOCKED)
def test_08_what_can_not_be_known_blocks_and_is_never_guessed(what: str) -> None:
    line, code = BLOCKED[what]
    found = one(line, "job.sh")
    assert found.manifest is None
    assert code in found.problems


def test_08_a_step_whose_jar_is_handed_in_blocks() -> None:
    text = "def add(jar, words):\n    client.add_job_flow_steps(JobFlowId='j', Steps=[{'Name': 'x', "
    text += "'HadoopJarStep': {'Jar': jar, 'Args': words}}])\n"
    found = result(text, "steps.py")
    assert {each.code for each in found.ledger.findings if each.level == "blocked"} == {"COMPUTED"}


def test_answers_fill_in_what_the_input_leaves_open() -> None:
    found = translate(
        {"a.sh": "spark-submit --packages com.x:y:1 s3://b/a.py $DAY"},
        Answers(variables={"DAY": "2020"}, packages={"com.x:y": ("s3a://b/y.jar",)}),
        namespace="data-dev",
    )
    (made,) = found[0].applications
    assert made.manifest is not None
    assert made.manifest["spec"]["arguments"] == ["2020"]
    assert made.manifest["spec"]["deps"] == {"jars": ["s3a://b/y.jar"]}


HOLES = (
    "export A=$(date)\n"
    'B=$C spark-submit --conf "spark.driver.extraJavaOptions=-Dx=$D" --conf spark.executorEnv.E=$F '
    "--name $G --conf spark.a.b=$H s3://b/a.py\n"
)


def test_what_only_a_run_knows_is_in_no_object_and_in_no_report_as_it_is_kept_inside() -> None:
    found = result(HOLES, "job.sh")
    (made,) = found.applications
    assert made.problems == ("UNKNOWN_VALUE",)
    assert not [sign for sign in written(found) if 0xE000 <= ord(sign) <= 0xF8FF]
    named = {each.todo.partition("{")[2].partition(":")[0] for each in found.ledger.findings if each.todo}
    assert {"C", "D", "F", "H"} <= named
    values = dict.fromkeys("CDFGH", "v")
    filled = spec(HOLES, "job.sh", variables=values)
    assert filled["driver"]["javaOptions"] == "-Dx=v"
    assert filled["driver"]["env"] == [{"name": "B", "value": "v"}]
    assert filled["executor"]["env"] == [{"name": "E", "value": "v"}]


@pytest.mark.parametrize("value", ["$(find / -name spark-submit | head -1)", '"$HOME/bin/spark-submit"', ""])
def test_a_variable_that_is_called_after_spark_submit_is_one(value: str) -> None:
    first = f"SPARK_SUBMIT={value}\n" if value else ""
    made = spec(f"{first}$SPARK_SUBMIT --executor-memory 2g s3://b/a.py x\n", "job.sh")
    assert (made["mainApplicationFile"], made["arguments"]) == ("s3a://b/a.py", ["x"])
    assert made["executor"]["memory"] == "2g"


def test_a_line_of_dashes_is_no_option() -> None:
    found = result("spark-submit s3://b/a.py x\n\n-----------------\n", "notes.sh")
    assert "STRAY_OPTION" not in codes(found)
    assert found.applications[0].manifest is not None
