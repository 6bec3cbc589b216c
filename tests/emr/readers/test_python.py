"""Descriptions that a program of Python builds from what stands in its text."""

from __future__ import annotations

import textwrap

import pytest

from tests.emr.inputs import codes, result

STEP = '{"Name": %s, "HadoopJarStep": {"Jar": "command-runner.jar", "Args": %s}}'
"""A step, its name and its words as expressions."""


def step(name: str, words: str) -> str:
    return STEP % (name, words)


def jobs(program: str) -> dict[str, list[str] | None]:
    """Name of a job -> its program and arguments; None if it is blocked."""
    found = result(textwrap.dedent(program), "dag.py")
    return {
        each.job: [each.manifest["spec"]["mainApplicationFile"], *each.manifest["spec"].get("arguments", [])]
        if each.manifest
        else None
        for each in found.applications
    }


THREE = {"a": ["s3a://b/a.py", "1"], "b": ["s3a://b/b.py", "2"], "c": ["s3a://b/c.py", "3"]}
WORDS = '["spark-submit", f"s3://b/{name}.py", number]'
PAIRS = '[("a", "1"), ("b", "2"), ("c", "3")]'

THRICE = {
    "a loop around a task": f"""
        for name, number in {PAIRS}:
            EmrAddStepsOperator(task_id=name, steps=[{step("name", WORDS)}])
        """,
    "a comprehension": f"""
        STEPS = [{step("name", WORDS)} for name, number in {PAIRS}]
        EmrAddStepsOperator(task_id="t", steps=STEPS)
        """,
    "a list that grows in a loop": f"""
        steps = []
        for name, number in {PAIRS}:
            words = {WORDS}
            steps.append({step("name", "words")})
        client.add_job_flow_steps(JobFlowId="j", Steps=steps)
        """,
    "a function that makes a step": f"""
        def made(name, number="3"):
            return {step("name", WORDS)}
        STEPS = [made("a", "1"), made(name="b", number="2"), made("c")]
        EmrAddStepsOperator(task_id="t", steps=STEPS)
        """,
    "a function that adds a step": f"""
        def add(client, name, number):
            client.add_job_flow_steps(JobFlowId="j", Steps=[{step("name", WORDS)}])
        if __name__ == "__main__":
            for name, number in {PAIRS}:
                add(boto3.client("emr"), name, number)
        """,
    "a function in a function": f"""
        def outer():
            def made(name, number):
                return {step("name", WORDS)}
            for name, number in {PAIRS}:
                EmrAddStepsOperator(task_id=name, steps=[made(name, number)])
        outer()
        """,
    "the items of a mapping": f"""
        for name, number in {{"a": "1", "b": "2", "c": "3"}}.items():
            EmrAddStepsOperator(task_id=name, steps=[{step("name", WORDS)}])
        """,
    "numbers": f"""
        for number, name in enumerate(["a", "b", "c"]):
            number = ["1", "2", "3"][number]
            EmrAddStepsOperator(task_id=name, steps=[{step("name", WORDS)}])
        """,
    "two lists side by side": f"""
        for name, number in zip("a b c".split(), ["1", "2", "3"]):
            EmrAddStepsOperator(task_id=name, steps=[{step("name", WORDS)}])
        """,
    "lists put together": f"""
        def made(name, number):
            return {step("name", WORDS)}
        first = [made("a", "1")]
        first += [made("b", "2")]
        EmrAddStepsOperator(task_id="t", steps=[*first, made("c", "3")])
        """,
    "tasks that Airflow expands": f"""
        def made(name, number):
            return {step("name", WORDS)}
        EmrAddStepsOperator.partial(task_id="t", job_flow_id="j").expand(
            steps=[[made("a", "1")], [made("b", "2")], [made("c", "3")]])
        """,
    "a loop in a loop": f"""
        for group in [[("a", "1")], [("b", "2"), ("c", "3")]]:
            for name, number in group:
                EmrAddStepsOperator(task_id=name, steps=[{step("name", WORDS)}])
        """,
}


@pytest.mark.parametrize("how", THRICE)
def test_jobs_that_a_program_makes_of_a_list_are_all_read(how: str) -> None:
    assert jobs(THRICE[how]) == THREE


def test_each_of_them_has_a_place_of_its_own() -> None:
    found = result(textwrap.dedent(THRICE["a loop around a task"]), "dag.py")
    assert len({each.at for each in found.applications}) == 3
    assert not found.ledger.missing


TEXTS = {
    '"%s-%d" % ("x", 3)': "x-3",
    '"%(a)s" % {"a": "x"}': "x",
    '"100%%" % ()': "100%",
    '"{0}{1:02d}{k}".format("x", 3, k="y")': "x03y",
    '"{{a}}".format()': "{a}",
    'f"{3:02d}{None}{True}"': "03NoneTrue",
    '"a" + "b"': "ab",
    '"-".join(["a", "b"])': "a-b",
    '"s3-x".replace("-", "_").upper()': "S3_X",
    "str(True)": "True",
    "Config.DAY": "monday",
    'settings["day"]["long"]': "monday",
    'settings.get("none", "x")': "x",
    "pair[-1]": "second",
    'json.dumps({"a": [1, True]})': '{"a": [1, true]}',
    'textwrap.dedent(" x")': "x",
}


@pytest.mark.parametrize("expression", TEXTS)
def test_a_text_is_what_python_makes_of_it(expression: str) -> None:
    program = f"""
        class Config:
            DAY = "monday"
        settings = {{"day": {{"long": "monday"}}}}
        pair = ["first", "second"]
        words = ["spark-submit", "s3://b/a.py", {expression}]
        EmrAddStepsOperator(task_id="t", steps=[{step('"j"', "words")}])
        """
    assert jobs(program) == {"j": ["s3a://b/a.py", TEXTS[expression]]}


CHANGED = {
    "a word is added": ('words.append("x")', ["x"]),
    "words are added": ('words.extend(["x", "y"])', ["x", "y"]),
    "a word is set": ('words[1] = "s3://b/other.py"', []),
    "words are put together": ('words = words + ["x"]', ["x"]),
    "a key is set": ('flow["Args"] = [*words, "x"]; words = flow["Args"]', ["x"]),
    "a mapping is brought up to date": ('flow.update(Args=[*words, "x"]); words = flow["Args"]', ["x"]),
    "a list below a key grows": (
        'flow["Args"] = words; flow["Args"].append("x"); words = flow["Args"]',
        ["x"],
    ),
}


@pytest.mark.parametrize("how", CHANGED)
def test_what_is_changed_before_its_use_is_read_as_it_is_then(how: str) -> None:
    change, more = CHANGED[how]
    program = f"""
        flow = {{}}
        words = ["spark-submit", "s3://b/a.py"]
        {change}
        EmrAddStepsOperator(task_id="t", steps=[{step('"j"', "words")}])
        words.append("later")
        """
    file = "other" if how == "a word is set" else "a"
    assert jobs(program) == {"j": [f"s3a://b/{file}.py", *more]}


OPEN = {
    "a condition": 'if day:\n    words.append("x")',
    "a loop over what nobody knows": "for each in days():\n    words.append(each)",
    "a loop that is left": 'for each in ["x", "y"]:\n    words.append(each)\n    break',
    "an order that nobody follows": "words.sort()",
    "a choice": 'words = words + ["x"] if day else words',
    "another function": 'def change():\n    words.append("x")\nchange()',
    "a value of a call": "words.append(os.environ['DAY'])",
    "a part that is taken out": "words.pop()",
}


@pytest.mark.parametrize("how", OPEN)
def test_what_depends_on_a_run_blocks(how: str) -> None:
    program = 'words = ["spark-submit", "s3://b/a.py"]\n' + OPEN[how]
    program += f"\nEmrAddStepsOperator(task_id='t', steps=[{step(repr('j'), 'words')}])\n"
    found = result(program, "dag.py")
    assert not [each for each in found.applications if each.manifest is not None]
    assert {"UNKNOWN_VALUE", "COMPUTED"} & codes(found)


def test_a_name_means_what_it_means_in_its_own_function() -> None:
    program = f"""
        def first():
            words = ["spark-submit", "s3://b/a.py", "1"]
            client.add_job_flow_steps(Steps=[{step('"a"', "words")}])
        def second():
            words = ["spark-submit", "s3://b/b.py", "2"]
            client.add_job_flow_steps(Steps=[{step('"b"', "words")}])
        """
    assert jobs(program) == {"a": THREE["a"], "b": THREE["b"]}


def test_a_parameter_that_nobody_gives_blocks_though_it_has_a_default() -> None:
    program = f"""
        def add(name="x"):
            client.add_job_flow_steps(Steps=[{step('"a"', '["spark-submit", "s3://b/a.py", name]')}])
        """
    assert jobs(program) == {"a": None}


def test_a_step_that_only_some_runs_have_is_read_and_told() -> None:
    program = f"""
        if day == "sunday":
            client.add_job_flow_steps(Steps=[{step('"a"', '["spark-submit", "s3://b/a.py", "1"]')}])
        """
    assert jobs(program) == {"a": THREE["a"]}
    assert "IN_A_BRANCH" in codes(result(textwrap.dedent(program), "run.py"))


def test_a_loop_over_what_nobody_knows_is_told() -> None:
    program = f"""
        for name in names():
            EmrAddStepsOperator(task_id="t", steps=[{step('"a"', '["spark-submit", "s3://b/a.py", name]')}])
        """
    assert jobs(program) == {"a": None}
    assert "IN_A_LOOP" in codes(result(textwrap.dedent(program), "dag.py"))


def test_a_program_that_never_ends_to_be_followed_is_left_in_time() -> None:
    lines = ["a0 = ['x', 'x']"] + [f"a{n} = [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    lines.append("def f(x):\n    return f(x)")
    lines.append(f"client.add_job_flow_steps(Steps=[{step(repr('j'), '[*a39, f(1)]')}])")
    assert jobs("\n".join(lines)) in ({}, {"j": None})


def test_a_function_that_airflow_calls_gets_what_it_is_handed() -> None:
    program = f"""
        def add(cluster, name, number):
            client.add_job_flow_steps(JobFlowId=cluster, Steps=[{step("name", WORDS)}])
        PythonOperator(task_id="a", python_callable=add, op_args=["j", "a", "1"])
        handed = {{"cluster": "j", "name": "b", "number": "2"}}
        PythonOperator(task_id="b", python_callable=add, op_kwargs=handed)
        PythonOperator(task_id="c", python_callable=add, op_args=["j", "c"], op_kwargs=dict(number="3"))
        """
    assert jobs(program) == THREE


def test_parameters_of_an_operator_are_filled_in_where_jinja_names_them() -> None:
    program = f"""
        JAR = "s3://{{{{ params.bucket }}}}/a.py"
        WORDS = ["spark-submit", JAR, "{{{{ params['day'] }}}}", "{{{{ ds }}}}"]
        EmrAddStepsOperator(task_id="t", params={{"bucket": "b", "day": 1}}, steps=[{step('"j"', "WORDS")}])
        """
    found = result(textwrap.dedent(program), "dag.py", templated=True)
    (made,) = found.applications
    assert made.manifest is not None, made.problems
    assert made.manifest["spec"]["mainApplicationFile"] == "s3a://b/a.py"
    assert made.manifest["spec"]["arguments"] == ["1", "{{ ds }}"]


def test_a_program_of_python_2_is_read() -> None:
    program = f"""
        def main():
            print "starting %s" % name
            try:
                client.add_job_flow_steps(Steps=[{step('"a"', '["spark-submit", "s3://b/a.py", "1"]')}])
            except ValueError, error:
                print error
        """
    assert jobs(program) == {"a": THREE["a"]}


def test_a_list_that_grows_from_round_to_round_blocks_where_it_is_used_in_the_loop() -> None:
    program = f"""
        words = ["spark-submit", "s3://b/a.py"]
        for name in ["a", "b"]:
            words.append(name)
            EmrAddStepsOperator(task_id=name, steps=[{step("name", "words")}])
        """
    found = result(textwrap.dedent(program), "dag.py")
    assert not [each for each in found.applications if each.manifest is not None]
    assert {"UNKNOWN_VALUE", "COMPUTED"} & codes(found)
