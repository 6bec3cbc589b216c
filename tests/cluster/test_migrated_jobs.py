"""Jobs from EMR, converted and run on the node, write what raw spark-submit writes of the same input.

The first is the step of a talk of 2020, the second a line of an article of the same year, the third a step in
Python with a module beside it: their options and arguments, programs and data of our own. Sizes alone are cut
to what this machine has.
"""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from components.versions import SPARK_LTS
from flights import Platform
from flights.store import Store, open_store
from spark_on_eks.main import app
from tests.cluster.test_upstream_examples import end
from tests.cluster.waiting import eventually
from tests.emr.inputs import HELLO, flow, submit
from tests.support.distributions import Distribution, unpacked
from toolchain.kubectl import Kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.soak, pytest.mark.timeout(1500)]

END_SECONDS = 900.0
"""From the object's creation to the end, on a busy machine."""

CPU = "250m"
"""What each pod reserves: two cores are all that this machine has. With less it starves beside others."""

PROGRAMS = Path(__file__).parent / "programs" / "migrated"

LINES = [f"the quick word {n % 37} of line {n} jumps {n * n}" for n in range(3000)]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A job as it runs today; `{code}` and `{data}` stand for where its program and its data are.

    Args:
        text: its description.
        file: what the description is called.
        sizes: what of it is cut to this machine.
        raw: how spark-submit is called on this machine.
        rows: how many rows it writes.
    """

    text: str
    file: str
    sizes: Mapping[str, str]
    raw: tuple[str, ...]
    rows: int


TALK = (
    HELLO.replace("s3://artifactory/sapiant/hello-world-10167-jar-with-dependencies.jar", "{code}/jobs.jar")
    .replace("s3://hello/input.txt", "{data}/input.txt")
    .replace("s3://hello/output", "{data}/out")
)
ARTICLE = """\
/bin/sh -c "/opt/spark/bin/spark-submit --master k8s://https://10.0.0.1 --deploy-mode cluster --name etl \\
 --conf spark.driver.memory=4g --conf spark.executor.instances=3 --conf spark.executor.memory=8g \\
 --conf spark.executor.cores=2 --conf spark.kubernetes.container.image=repo/image:v1.0 \\
 --conf spark.kubernetes.authenticate.driver.serviceAccountName=spark \\
 --class com.x.Etl {code}/jobs.jar 2020-09-30 {data}/input.txt {data}/out"
"""
PYTHON = json.dumps(
    flow(
        submit(
            *("--deploy-mode", "cluster", "--py-files", "{code}/lib.zip"),
            *("--conf", "spark.sql.shuffle.partitions=3", "--conf", "spark.yarn.appMasterEnv.STAGE=night"),
            *("--executor-memory", "4743M", "--executor-cores", "4", "{code}/daily.py"),
            *("--input", "{data}/input.txt", "--output={data}/out"),
        )
    )
)
PARIS = ("--conf", "spark.sql.session.timeZone=Europe/Paris")
CASES = {
    "the talk's step": Case(
        text=TALK,
        file="dag.py",
        sizes={"12g": "512m", "11g": "512m"},
        raw=(
            *("--class", "com.sapiant.HelloWorld", *PARIS, "{code}/jobs.jar"),
            *("--input-file", "{data}/input.txt", "--output-file", "{data}/out"),
        ),
        rows=len({word for line in LINES for word in line.split(" ")}),
    ),
    "the article's line": Case(
        text=ARTICLE,
        file="job.sh",
        sizes={"=4g": "=512m", "=8g": "=512m", "instances=3": "instances=1"},
        raw=("--class", "com.x.Etl", "{code}/jobs.jar", "2020-09-30", "{data}/input.txt", "{data}/out"),
        rows=37,
    ),
    "a step in Python": Case(
        text=PYTHON,
        file="flow.json",
        sizes={"4743M": "512m"},
        raw=(
            *("--py-files", "{code}/lib.zip", "{code}/daily.py"),
            *("--input", "{data}/input.txt", "--output={data}/out"),
        ),
        rows=37,
    ),
}


def filled(text: str, code: str, data: str) -> str:
    return text.replace("{code}", code).replace("{data}", data)


@pytest.fixture(scope="module")
def spark() -> Distribution:
    """The release that jobs of EMR 5 and 6 get."""
    return unpacked(SPARK_LTS)


@pytest.fixture(scope="module")
def code(spark: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs, built as their authors would."""
    folder = tmp_path_factory.mktemp("code")
    classes = folder / "classes"
    sources = [str(path) for path in sorted(PROGRAMS.rglob("*.java"))]
    command = ["javac", "-nowarn", "-cp", f"{spark.home}/jars/*", "-d", str(classes), *sources]
    subprocess.run(command, check=True)
    _zipped(folder / "jobs.jar", classes, "*.class")
    _zipped(folder / "lib.zip", PROGRAMS, "shape.py")
    (folder / "daily.py").write_bytes((PROGRAMS / "daily.py").read_bytes())
    return folder


def _zipped(target: Path, folder: Path, pattern: str) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob(pattern)):
            archive.write(path, path.relative_to(folder))


@pytest.fixture
def store(theirs: Platform) -> Iterator[Store]:
    with open_store(theirs) as opened:
        yield opened


def converted(case: Case, code: str, data: str, namespace: str, folder: Path) -> dict[str, Any]:
    """The application that `emr convert` writes, its pods made small."""
    text = filled(case.text, code, data)
    for today, here in case.sizes.items():
        assert today in text
        text = text.replace(today, here)
    (folder / case.file).write_text(text)
    command = ["emr", "convert", str(folder / case.file), "--namespace", namespace]
    done = CliRunner().invoke(app, [*command, "--output", str(folder / "made")])
    assert done.exit_code == 0, done.output
    (file,) = (folder / "made").glob("*.yaml")
    made: dict[str, Any] = yaml.safe_load(file.read_text())
    for role in ("driver", "executor"):
        made["spec"][role]["coreRequest"] = CPU
    if "dynamicAllocation" in made["spec"]:
        made["spec"]["dynamicAllocation"]["maxExecutors"] = 1
    return made


@pytest.mark.parametrize("name", CASES)
def test_a_converted_job_writes_what_the_original_writes(
    name: str,
    spark: Distribution,
    code: Path,
    kubectl: Kubectl,
    theirs: Platform,
    store: Store,
    tmp_path: Path,
) -> None:
    case = CASES[name]
    (tmp_path / "input.txt").write_text("\n".join(LINES))
    raw = [filled(word, str(code), str(tmp_path)) for word in case.raw]
    subprocess.run(
        [str(spark.home / "bin" / "spark-submit"), "--master", "local[2]", *raw],
        env={**spark.environment, "STAGE": "night"},
        check=True,
    )
    prefix = f"{theirs.namespace}/migrated/{name.rsplit(maxsplit=1)[-1]}-{token_hex(3)}"
    for file in ("jobs.jar", "lib.zip", "daily.py"):
        store.upload(code / file, theirs.artifacts_bucket, f"{prefix}/{file}")
    store.upload(tmp_path / "input.txt", theirs.data_bucket, f"{prefix}/input.txt")
    places = (f"s3://{theirs.artifacts_bucket}/{prefix}", f"s3://{theirs.data_bucket}/{prefix}")
    made = converted(case, *places, theirs.namespace, tmp_path)
    kubectl.create(made)
    try:
        state = eventually(
            "the job ends",
            lambda: end(kubectl, theirs.namespace, made["metadata"]["name"]),
            timeout=END_SECONDS,
        )
    finally:
        kubectl.delete("sparkapplication", made["metadata"]["name"], theirs.namespace)
    assert state["state"] == "COMPLETED", state
    store.download(theirs.data_bucket, f"{prefix}/out", tmp_path / "here")
    compared = CliRunner().invoke(app, ["emr", "shadow", str(tmp_path / "out"), str(tmp_path / "here")])
    assert compared.exit_code == 0, compared.output
    assert f"{case.rows:,} rows" in compared.output
