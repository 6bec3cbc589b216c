"""The operator's spark-submit: what the script makes of the operator's arguments and templates.

Stand-ins for Java and the API server note how they were called; tests/apps/job_pods looks at the templates.
tests/submission asks the real operator and the real Spark.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.kube.placement import Placement
from components.spark.pod_templates import driver_template, executor_template, render_template
from components.spark.submission import LAUNCHER_CLASSES
from tests.support.definitions import definition
from tests.support.spark_submit_home import CLASS, OWNER, PROGRAMS, PYTHON, Home, arguments, handed_on, home

__all__ = ["home"]


IMAGE = "spark.kubernetes.container.image"
ROLES = ("driver", "executor")


def read(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_a_job_without_templates_gets_the_platforms_and_keeps_its_owner(home: Home) -> None:
    done = home.submit(arguments(home))
    assert done.returncode == 0, done.stderr
    templates = {"driver": driver_template, "executor": executor_template}
    for role, template in templates.items():
        found = read(home.template(role))
        assert found["spec"] == template(priority_class="spark-normal")["spec"]
        (owner,) = found["metadata"]["ownerReferences"]
        assert owner.items() >= OWNER.items(), "the pod goes when its job goes"
    tried = [each["metadata"]["labels"]["spark-role"] for each in home.api.tried]
    assert tried == ["driver", "executor"], "Spark adds to them what nobody has looked at"


def test_pods_get_the_priority_of_the_jobs_tenant(home: Home) -> None:
    assert home.submit(arguments(home, "science-dev")).returncode == 0
    found = [read(home.template(role))["spec"]["priorityClassName"] for role in ("driver", "executor")]
    assert found == ["spark-high"] * 2


def test_a_job_that_names_its_cores_reserves_disk_for_them(home: Home) -> None:
    template = executor_template(priority_class="x", placement=Placement(disk="5Gi"))
    (home.path / "conf" / "executor-pod.yaml").write_text(render_template(template))
    defaults = "spark.executor.cores=1\nspark.kubernetes.executor.request.cores=1\n"
    (home.path / "conf" / "spark-defaults.conf").write_text(defaults)
    done = home.submit(arguments(home, settings=["spark.executor.cores=3"]))
    assert done.returncode == 0, done.stderr
    (container,) = read(home.template("executor"))["spec"]["containers"]
    assert container["resources"]["requests"] == {"ephemeral-storage": "15360Mi"}
    assert home.api.tried[1]["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "3"


def test_a_job_whose_pods_would_be_refused_is_not_submitted_and_says_why(home: Home) -> None:
    home.api.trial = (403, 'pods "driver-x" is forbidden: violates PodSecurity "restricted:latest"')
    done = home.submit(arguments(home))
    assert done.returncode == 1
    assert done.stderr.startswith('spark-submit: the driver\'s pod would be refused: pods "driver-x"')
    assert handed_on(home) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"sparkConf": {"spark.sql.shufle.partitions": "1"}}, "did you mean spark.sql.shuffle.partitions?"),
        ({"sparkConf": {"spark.scheduler.mode": "LIFO"}}, "must be one of FAIR, FIFO, NONE, not LIFO"),
        ({"hadoopConf": {"fs.s3a.path.style.access": "1"}}, "must be true or false, not 1"),
    ],
)
def test_a_job_with_words_that_nobody_would_read_is_not_submitted(
    home: Home, words: dict[str, Any], said: str
) -> None:
    home.api.application = definition(**words)
    done = home.submit(arguments(home))
    assert (done.returncode, handed_on(home)) == (1, [])
    assert done.stderr.startswith("spark-submit: ")
    assert said in done.stderr
    assert home.api.tried == [], "nobody was asked about its pods"


def test_a_job_whose_definition_can_not_be_read_is_not_submitted(home: Home) -> None:
    home.api.application = None
    done = home.submit(arguments(home))
    assert done.returncode == 1
    assert "the definition of job j1 can't be read: not found" in done.stderr
    assert handed_on(home) == []


@pytest.mark.parametrize(
    ("version", "settings", "image"),
    [
        ("3.5.8", [], ["old:1"]),
        ("3.5.8", [f"{IMAGE}=own:1"], ["own:1"]),
        ("4.1.2", [], ["new:1"]),
        ("3.4.0", [], []),
    ],
    ids=["another release", "an image of its own", "the platform's release", "a release without an image"],
)
def test_a_job_gets_the_image_of_the_release_that_it_names(
    home: Home, version: str, settings: list[str], image: list[str]
) -> None:
    conf = home.path / "conf"
    (conf / "spark-defaults.conf").write_text(f"{IMAGE}=new:1\nspark.a=1\n")
    (conf / "spark-defaults-3.5.8.conf").write_text(f"{IMAGE}=old:1\nspark.a=1\n")
    (conf / "spark-defaults-4.1.2.conf").write_text(f"{IMAGE}=new:1\nspark.a=1\n")
    home.api.application = definition(sparkVersion=version)
    done = home.submit(arguments(home, settings=settings))
    assert done.returncode == 0, done.stderr
    named = [each.removeprefix(f"{IMAGE}=") for each in handed_on(home) if each.startswith(f"{IMAGE}=")]
    assert named == image, "by the time that Spark reads the defaults they may name another"
    assert "spark.a=1" not in handed_on(home), "what does not differ is read there too"


@pytest.mark.parametrize(
    ("version", "image", "written"),
    [
        ("3.5.8", [], "{{EXECUTOR_ID}}"),
        ("3.5.8", ["own:1"], "1"),
        ("4.1.2", [], "1"),
    ],
    ids=["a release that knows them in annotations alone", "an image of its own", "the platform's release"],
)
def test_executors_are_tried_with_ids_in_their_labels_where_their_spark_puts_them_there(
    home: Home, version: str, image: list[str], written: str
) -> None:
    for name, theirs in {"": "new:1", "-3.5.8": "old:1", "-4.1.2": "new:1"}.items():
        (home.path / "conf" / f"spark-defaults{name}.conf").write_text(f"{IMAGE}={theirs}\n")
    home.api.application = definition(sparkVersion=version)
    given = [f"spark.kubernetes.{role}.{kind}.which" for role in ROLES for kind in ("label", "annotation")]
    images = [f"spark.kubernetes.driver.container.image={each}" for each in image]
    done = home.submit(
        arguments(home, settings=[*(f"{each}=a{{{{EXECUTOR_ID}}}}" for each in given), *images])
    )
    assert done.returncode == 0, done.stderr
    driver, executor = (each["metadata"] for each in home.api.tried)
    assert driver["labels"]["which"] == driver["annotations"]["which"] == "a", "the operator's Spark makes it"
    assert executor["labels"]["which"] == f"a{written}"
    assert executor["annotations"]["which"] == "a1", "every release puts them there"


def test_spark_gets_what_the_operator_gave(home: Home) -> None:
    given = arguments(home, settings=["spark.sql.ansi.enabled=false", "spark.hadoop.fs.s3.impl=a.B"])
    done = home.submit(given)
    assert done.returncode == 0, done.stderr
    assert handed_on(home) == [*given[:-1], *PYTHON, given[-1]]


def test_files_of_the_store_by_its_older_names_are_the_same_ones(home: Home) -> None:
    done = home.submit(
        arguments(
            home,
            settings=["spark.files=s3://a/b,s3n://c/d#e", "spark.sql.warehouse.dir=s3://data/x"],
            options=["--py-files", "s3://a/b.py,local:///c.py"],
            program=["s3://a/job.py", "--input=s3://data/y"],
        )
    )
    assert done.returncode == 0, done.stderr
    found = handed_on(home)
    assert "spark.files=s3a://a/b,s3a://c/d#e" in found
    assert "spark.sql.warehouse.dir=s3://data/x" in found, "what only the driver reads stays as it is"
    assert found[found.index("--py-files") + 1] == "s3a://a/b.py,local:///c.py"
    assert found[-2:] == ["s3a://a/job.py", "--input=s3://data/y"]


def test_java_is_called_without_a_launcher_and_with_the_quick_compiler_alone(home: Home) -> None:
    assert home.submit(arguments(home)).returncode == 0
    command = home.recorded("command")
    java = command[: command.index(CLASS)]
    assert "-XX:TieredStopAtLevel=1" in java
    path = f"{PROGRAMS}/submission.jar:{home.path}/submit:{home.path}/conf/:{home.path}/jars/*"
    assert java[java.index("-cp") + 1] == path, "core-site.xml comes before Spark, and nothing of a job's"


def test_java_gets_nothing_of_the_operators_environment(home: Home) -> None:
    options = ("SPARK_SUBMIT_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "SPARK_LAUNCHER_OPTS")
    hostile = dict.fromkeys(options, "-Da=b")
    secret = {
        "AWS_SECRET_ACCESS_KEY": "s",
        "SPARK_DIST_CLASSPATH": "/x",
        "KUBERNETES_SERVICE_HOST": "192.0.2.1",
    }
    assert home.submit(arguments(home), {**hostile, **secret}).returncode == 0
    names = {line.partition("=")[0] for line in home.recorded("environment")}
    assert names - {"PWD", "SHLVL", "_"} == {
        *("HOME", "LANG", "PATH", "SPARK_HOME", "SPARK_CONF_DIR", "KUBERNETES_SERVICE_HOST")
    }


def test_sparks_own_failure_is_the_scripts(home: Home) -> None:
    home.java("#!/bin/bash\nexit 7\n")
    assert home.submit(arguments(home)).returncode == 7


@pytest.mark.parametrize("hold", ["sleep 60", "trap '' TERM; while :; do sleep 0.1; done"])
def test_a_submission_that_hangs_is_ended_and_says_so(home: Home, hold: str) -> None:
    home.java(f"#!/bin/bash\n{hold}\n")
    rules = home.path / "submit" / "rules"
    shortened = rules.read_text().replace("seconds 110\n", "seconds 1\n").replace("grace 10\n", "grace 1\n")
    assert shortened != rules.read_text()
    rules.write_text(shortened)
    start = time.monotonic()
    done = home.submit(arguments(home))
    assert time.monotonic() - start < 10
    assert done.returncode in (124, 137)
    assert "of 1 that a submission has; is the API server slow?" in done.stderr


@pytest.mark.parametrize("other", ["science-dev", "data-dev=x", ""])
def test_a_job_can_not_leave_its_namespace(home: Home, other: str) -> None:
    done = home.submit(arguments(home, settings=[f"spark.kubernetes.namespace={other}"]))
    assert done.returncode == 1
    assert "the job of namespace 'data-dev' sets spark.kubernetes.namespace=" in done.stderr
    assert handed_on(home) == [], "Spark must not have been called"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("spark.home=/var/run", "a job can not set spark.home: it acts in the operator"),
        ("spark.master=local", "a job can not set spark.master"),
        ("spark.jars.packages=a:b:1", "a job can not set spark.jars.packages"),
        ("spark.jars.ivySettings=/etc/passwd", "a job can not set spark.jars.ivySettings"),
        ("spark.driver.defaultExtraClassPath=/tmp", "a job can not set spark.driver.defaultExtraClassPath"),
        ("spark.kubernetes.context=other", "a job can not set spark.kubernetes.context"),
        ("spark.kubernetes.trust.certificates=true", "a job can not set spark.kubernetes.trust.certificates"),
        (
            "spark.kubernetes.driver.pod.featureSteps=a.B",
            "a job can not set spark.kubernetes.driver.pod.feat",
        ),
        (
            "spark.kubernetes.authenticate.driver.caCertFile=/etc/passwd",
            "a job can not set spark.kubernetes.authenticate.driver.caCertFile",
        ),
        ("spark.kubernetes.submission.waitAppCompletion=true", "would hold the operator"),
        ("spark.kubernetes.executor.podTemplateFile=/etc/passwd", "remove that from its sparkConf"),
        (
            "spark.kubernetes.driver.podTemplateFile=/tmp/spark/a/../../etc/x",
            "remove that from its sparkConf",
        ),
        ("spark.hadoop.fs.s3a.impl=a.B", "the operator would load that class"),
        ("spark.files=s3a://a/b,/etc/passwd", "'/etc/passwd' is no file that a driver can fetch"),
        ("spark.archives=s3a://a/ /../../../etc/passwd", "is no file that a driver can fetch"),
        ("spark.jars=,", "'' is no file that a driver can fetch"),
    ],
)
def test_what_acts_in_the_submission_is_the_platforms(home: Home, setting: str, message: str) -> None:
    done = home.submit(arguments(home, settings=[setting]))
    assert done.returncode == 1
    assert message in done.stderr
    assert handed_on(home) == []


@pytest.mark.parametrize(
    "setting",
    [
        "spark.files=",
        "spark.jars=s3a://a/b.jar,local:///c.jar,https://d/e.jar#f",
        "spark.kubernetes.submission.waitAppCompletion=false",
        "spark.kubernetes.driver.label.a=b=c",
        "spark.kubernetes.executor.pod.featureSteps=a.B",
        "spark.hadoop.fs.s3.impl=org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.driver.extraJavaOptions=-Da=two words",
        "other.name=x",
    ],
)
def test_what_acts_in_the_job_is_the_jobs(home: Home, setting: str) -> None:
    done = home.submit(arguments(home, settings=[setting]))
    assert done.returncode == 0, done.stderr
    assert setting in handed_on(home)


def test_the_drivers_own_class_for_the_store_does_not_reach_the_submission(home: Home) -> None:
    setting = "spark.hadoop.fs.s3a.impl=org.apache.hadoop.fs.s3a.S3AFileSystem"
    assert home.submit(arguments(home, settings=[setting])).returncode == 0
    assert setting not in handed_on(home), "it is the default there, and core-site.xml's counts here"


@pytest.mark.parametrize(
    "options",
    [
        ("--proxy-user", "root"),
        ("--packages", "a:b:1"),
        ("--properties-file", "/etc/passwd"),
        ("--driver-java-options", "-Da=b"),
        ("--deploy-mode=client", "x"),
        ("-c", "a=b"),
        ("--verbose",),
    ],
)
def test_an_option_that_the_operator_never_needs_is_refused(home: Home, options: tuple[str, ...]) -> None:
    done = home.submit(arguments(home, options=options))
    assert done.returncode == 1
    assert f"the option '{options[0]}' can not be used here" in done.stderr
    assert handed_on(home) == []


@pytest.mark.parametrize("option", ["--master", "--deploy-mode", "--name"])
def test_an_option_counts_once(home: Home, option: str) -> None:
    done = home.submit(arguments(home, options=[option, "x"]))
    assert done.returncode == 1
    assert f"the option {option} stands twice" in done.stderr


def test_what_follows_the_program_is_the_jobs_own(home: Home) -> None:
    own = [
        "s3a://a/job.py",
        "--deploy-mode",
        "blue",
        "--conf",
        "spark.kubernetes.namespace=x",
        "two words",
        "",
    ]
    done = home.submit(arguments(home, program=own))
    assert done.returncode == 0, done.stderr
    assert handed_on(home)[-len(own) :] == own
    assert read(home.template("driver"))["spec"]["priorityClassName"] == "spark-normal"


@pytest.mark.parametrize(
    "program", [(), ("",), ("/etc/passwd",), ("spark-internal",), ("pyspark-shell",), ("--",)]
)
def test_a_job_needs_a_program_that_its_driver_can_fetch(home: Home, program: tuple[str, ...]) -> None:
    assert home.submit(arguments(home, program=program)).returncode == 1
    assert handed_on(home) == []


@pytest.mark.parametrize("name", LAUNCHER_CLASSES)
def test_shells_and_servers_are_refused(home: Home, name: str) -> None:
    done = home.submit(arguments(home, options=["--class", name]))
    assert done.returncode == 1
    assert f"{name} is a shell or a server" in done.stderr


def test_a_jar_without_a_class_is_refused(home: Home) -> None:
    jar = ["https://example.com/a.jar"]
    done = home.submit(arguments(home, program=jar))
    assert done.returncode == 1
    assert "set spec.mainClass" in done.stderr
    assert home.submit(arguments(home, program=jar, options=["--class", "a.B"])).returncode == 0


def test_an_option_without_a_value_does_not_shift_the_others(home: Home) -> None:
    given = arguments(home, "science-dev")
    assert home.submit([*given[:4], "--load-spark-defaults", *given[4:]]).returncode == 0
    driver = read(home.template("driver"))
    assert driver["spec"]["priorityClassName"] == "spark-high"


def test_a_job_can_not_run_inside_the_operator(home: Home) -> None:
    done = home.submit(arguments(home, mode="client"))
    assert done.returncode == 1
    assert (
        "deploy mode 'client' would run the job inside the operator; set spec.mode to cluster" in done.stderr
    )
    assert handed_on(home) == []


def test_a_namespace_that_is_no_tenant_is_refused(home: Home) -> None:
    done = home.submit(arguments(home, "kube-system"))
    assert done.returncode == 1
    assert "namespace 'kube-system' is no tenant of the platform" in done.stderr


def test_files_of_the_store_are_taken_by_their_names(home: Home) -> None:
    text = (home.path / "submit" / "core-site.xml").read_text()
    assert "<name>fs.s3a.impl</name>" in text
    assert "<value>org.apache.hadoop.fs.http.HttpFileSystem</value>" in text
