"""Induces the failures of the corpus with the real Spark, and records what is left of each.

    .venv/bin/python -m tests.apps.jobs.induce [case ...]

runs the jobs of `recorded/<case>/job.py` as their `case.yaml` says, and writes `driver.log` (what a kubelet
would have as the container's log), `ended.json` and `events.jsonl` (Spark's event log, without what no
verdict reads). Names of this machine become names of a made-up one. `runs: 2` records a second run, with
other ids, paths and hosts, as `again.log` and so on.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import yaml

from components.versions import SPARK
from images import fetch
from tests.support.distributions import Distribution
from toolchain import find
from workspace.paths import CACHE

CORPUS: Final = Path(__file__).with_name("recorded")
LAST_BYTES: Final = 48_000
"""Most of a log that is kept: its end."""

KEPT_EVENTS: Final = (
    *("SparkListenerApplicationStart", "SparkListenerApplicationEnd"),
    *("SparkListenerJobStart", "SparkListenerJobEnd"),
    *("SparkListenerStageCompleted", "SparkListenerTaskEnd", "SparkListenerExecutorRemoved"),
    "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart",
    "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd",
)
UNREAD: Final = (
    "Details",
    "Stack Trace",
    "Properties",
    "Task Metrics",
    "Task Executor Metrics",
    "Accumulables",
    "RDD Info",
    "Accumulator Updates",
    "Stage Infos",
    *("details", "physicalPlanDescription", "sparkPlanInfo", "modifiedConfigs"),
)

SLOW_DOWN: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code>'
    b"<Message>Please reduce your request rate.</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>"
)
"""What S3 answers with 503 (Amazon S3 API reference, "Error responses": SlowDown)."""


class Throttling(BaseHTTPRequestHandler):
    """Answers as S3 does to a prefix that is asked too often."""

    def do_GET(self) -> None:
        self.send_response(503, "Slow Down")
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(SLOW_DOWN)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(SLOW_DOWN)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *args: Any) -> None:
        pass


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def store(kind: str, folder: Path) -> Iterator[dict[str, str]]:
    """A store that is ready, denies or slows down; gives the properties that point at it."""
    port = free_port()
    conf = {
        "spark.hadoop.fs.s3a.endpoint": f"http://127.0.0.1:{port}",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.attempts.maximum": "2",
        "spark.hadoop.fs.s3a.retry.limit": "1",
        "spark.hadoop.fs.s3a.retry.throttle.limit": "2",
        "spark.hadoop.fs.s3a.access.key": "tester",
        "spark.hadoop.fs.s3a.secret.key": "no-key-of-anybody" if kind == "denied" else "made-up-for-tests",
    }
    if kind == "anonymous":
        del conf["spark.hadoop.fs.s3a.access.key"], conf["spark.hadoop.fs.s3a.secret.key"]
        conf["spark.hadoop.fs.s3a.aws.credentials.provider"] = (
            "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider"
        )
    if kind == "throttling":
        server = ThreadingHTTPServer(("127.0.0.1", port), Throttling)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield conf
        finally:
            server.shutdown()
        return
    (folder / "buckets" / "private" / "orders").mkdir(parents=True)
    command = [
        str(find("versitygw")),
        "--port",
        f"127.0.0.1:{port}",
        "--quiet",
        "posix",
        str(folder / "buckets"),
    ]
    environment = {
        "PATH": os.environ["PATH"],
        "ROOT_ACCESS_KEY": "tester",
        "ROOT_SECRET_KEY": "made-up-for-tests",
    }
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            time.sleep(1)
            yield conf
        finally:
            process.terminate()


@contextmanager
def api_server(kind: str) -> Iterator[dict[str, str]]:
    """An API server that is away or silent; gives the properties of a driver that is told of it."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        if kind == "silent":
            # Taken by the kernel, and answered by nobody.
            one.listen()
        yield {
            "spark.master": f"k8s://http://127.0.0.1:{one.getsockname()[1]}",
            "spark.kubernetes.driver.pod.name": "orders-driver",
            "spark.kubernetes.namespace": "data-dev",
            "spark.kubernetes.container.image": "registry.example/spark:4.1.2",
            "spark.kubernetes.driver.requestTimeout": "2000",
            "spark.kubernetes.driver.connectionTimeout": "2000",
        }


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[None]:
    """A file system that is soon full."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def record(case: Path, part: str) -> None:
    """Run a case and write down what is left."""
    said = yaml.safe_load((case / "case.yaml").read_text())
    wanted: Mapping[str, Any] = said.get("submit", {})
    spark = Distribution(CACHE / "spark" / f"pyspark-{SPARK}")
    with tempfile.TemporaryDirectory(prefix=f"run-{part}-") as name, ExitStack() as stack:
        folder = Path(name)
        scratch, events = folder / "scratch", folder / "events"
        scratch.mkdir()
        events.mkdir()
        conf = {
            "spark.ui.enabled": "false",
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": f"file://{events}",
            "spark.eventLog.compress": "false",
            "spark.eventLog.rolling.enabled": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.local.dir": str(scratch),
            "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
            **wanted.get("conf", {}),
        }
        environment = {**spark.environment, "SPARK_SCALA_VERSION": "2.13", "SPARK_LOCAL_DIRS": str(scratch)}
        environment["SPARK_WORKER_DIR"] = str(folder / "workers")
        if "store" in wanted:
            conf.update(stack.enter_context(store(wanted["store"], folder)))
            locked = fetch.read_lock(fetch.SPARK_FOLDER / "jars.lock")
            jars = ":".join(str(fetch.cached(jar, digest)) for jar, digest in locked.items())
            conf["spark.driver.extraClassPath"] = jars
        if "api_server" in wanted:
            conf.update(stack.enter_context(api_server(wanted["api_server"])))
        if "tmpfs_mib" in wanted:
            stack.enter_context(small_disk(scratch, wanted["tmpfs_mib"]))
        if wanted.get("other_python"):
            environment["PYSPARK_PYTHON"] = str(_other_python())
            environment["PYSPARK_DRIVER_PYTHON"] = sys.executable
        code = _run(case, wanted, conf, environment, folder)
        _keep(case, part, folder, code)


def _other_python() -> Path:
    """A Python of another minor release beside this one, as pyenv installs them."""
    found = sorted(Path(sys.base_prefix).parent.glob("3.1[02-9].*/bin/python3"))
    assert found, "no other Python lies beside this one: install one with pyenv"
    return found[-1]


def _run(
    case: Path, wanted: Mapping[str, Any], conf: Mapping[str, str], environment: dict[str, str], folder: Path
) -> int:
    options = [part for key, value in conf.items() for part in ("--conf", f"{key}={value}")]
    if "main_class" in wanted:
        jar = next((Path(environment["SPARK_HOME"]) / "jars").glob("spark-sql_*.jar"))
        program = ["--class", wanted["main_class"], str(jar)]
    else:
        job = folder / "orders.py"
        job.write_text((case / "job.py").read_text())
        program = [str(job)]
    arguments = [each.format(folder=folder) for each in wanted.get("arguments", [])]
    command = [
        f"{environment['SPARK_HOME']}/bin/spark-submit",
        *("--master", conf.get("spark.master", wanted.get("master", "local[2]"))),
        *("--driver-memory", wanted.get("memory", "800m")),
        *options,
        *program,
        *arguments,
    ]
    log = folder / "driver.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
        end = time.monotonic() + 420
        while process.poll() is None:
            if time.monotonic() > end:
                os.killpg(process.pid, signal.SIGKILL)
                raise AssertionError(f"{case.name} did not end: {log.read_text()[-2000:]}")
            asked = wanted.get("signal")
            if asked and asked["after"] in log.read_text(errors="replace"):
                os.kill(process.pid, getattr(signal, f"SIG{asked['name']}"))
                process.wait(60)
            time.sleep(0.2)
    # A program that a signal ended has 128 and its number for a container runtime.
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _keep(case: Path, part: str, folder: Path, code: int) -> None:
    prefix = "" if part == "first" else f"{part}-"
    log = _anonymous((folder / "driver.log").read_text(errors="replace"), part, folder)
    if len(log) > LAST_BYTES:
        log = log[-LAST_BYTES:].partition("\n")[2]
    (case / f"{prefix}driver.log").write_text(log)
    kept = [
        json.dumps(_read_parts(event))
        for file in sorted((folder / "events").iterdir())
        for line in file.read_text().splitlines()
        if (event := json.loads(line))["Event"] in KEPT_EVENTS and not _is_success(event)
    ]
    (case / f"{prefix}events.jsonl").write_text(
        _anonymous("\n".join(kept[-40:]) + "\n" * bool(kept), part, folder)
    )
    (case / f"{prefix}ended.json").write_text(json.dumps({"exitCode": code}) + "\n")
    print(f"{case.name} {part}: exit {code}, {len(log.splitlines())} lines, {len(kept)} events", flush=True)


def _is_success(event: Mapping[str, Any]) -> bool:
    return bool(event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success")


def _read_parts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _read_parts(part) for key, part in value.items() if key not in UNREAD}
    return [_read_parts(each) for each in value] if isinstance(value, list) else value


def _anonymous(text: str, part: str, folder: Path) -> str:
    """Names of a made-up machine in the place of this one's: the second run is on another."""
    host, address = ("node-7", "10.0.3.17") if part == "first" else ("node-12", "10.0.9.4")
    names = {
        str(folder): f"/srv/{folder.name}",
        str(CACHE / "spark" / f"pyspark-{SPARK}" / "deps"): "/opt/spark",
        str(CACHE / "spark" / f"pyspark-{SPARK}"): "/opt/spark/python",
        str(Path(sys.executable).parents[1]): "/usr/local",
        str(Path(sys.base_prefix).parent): "/usr/local/pythons",
        str(CACHE): "/opt/cache",
    }
    for name, made_up in names.items():
        text = text.replace(name, made_up)
    text = re.sub(
        r"(?<![\d.])(?:127\.0\.0\.1|10\.\d+\.\d+\.\d+|172\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+)", address, text
    )
    return re.sub(rf"\b(?:localhost|{re.escape(socket.gethostname())})\b", host, text)


def main() -> None:
    """Record the named cases, or all."""
    named = sys.argv[1:]
    for case in sorted(CORPUS.iterdir()):
        if (named and case.name not in named) or not (case / "case.yaml").is_file():
            continue
        said = yaml.safe_load((case / "case.yaml").read_text())
        if said["source"] != "spark":
            continue
        for part in ("first", "again")[: said.get("submit", {}).get("runs", 1)]:
            try:
                record(case, part)
            except Exception as error:  # noqa: BLE001 - the others are recorded all the same
                print(f"{case.name}: {error!r}", flush=True)


if __name__ == "__main__":
    main()
