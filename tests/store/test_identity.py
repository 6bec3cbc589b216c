"""Credentials on a node whose agent is not there yet: who waits, who asks again, who never asks the node."""

from __future__ import annotations

import os
import subprocess
import time
import zipfile
from pathlib import Path

import botocore.session
import pytest

from components import versions
from components.releases import RELEASES
from components.spark.conf import spark_defaults
from images import fetch
from tests.store import identity_agent
from tests.store.spark import s3_jars
from tests.support.distributions import unpacked
from tests.support.object_storages import AWS
from workspace.paths import ROOT

SDK_ATTEMPTS = 6
"""How often the SDK asks before it gives up (ContainerCredentialsRetryPolicy of 2.29.52: five times more)."""

WAIT = ROOT / "docker" / "spark" / "wait-for-identity.sh"
ROLE = "data-prod"


def wait(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(WAIT)],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_container_waits_until_the_agent_hands_out_its_credentials(tmp_path: Path) -> None:
    with identity_agent.running(away=2) as agent:
        done = wait(agent.environment(ROLE, tmp_path))
    assert (done.returncode, done.stderr, agent.calls) == (0, "", 3)


def test_a_container_without_an_agent_goes_on_after_a_while_and_says_what_to_look_at(tmp_path: Path) -> None:
    with identity_agent.running(away=100) as agent:
        done = wait({**agent.environment(ROLE, tmp_path), "IDENTITY_WAIT_SECONDS": "1"})
    assert done.returncode == 0, "a job that needs no S3 runs all the same"
    assert "gave no credentials within 1 s" in done.stderr
    assert "has the service account an association?" in done.stderr


def test_a_container_that_is_not_on_eks_waits_for_nothing() -> None:
    began = time.monotonic()
    assert wait({}).returncode == 0
    assert time.monotonic() - began < 5


def test_the_images_entrypoint_waits_before_anything_reads_s3() -> None:
    text = (ROOT / "docker" / "spark" / "entrypoint.sh").read_text()
    assert text.index("/wait-for-identity.sh") < text.index('case "${1:-}"')


def test_a_python_job_gets_the_pods_credentials_after_a_wait_of_its_own(tmp_path: Path) -> None:
    with identity_agent.running(away=1) as agent, pytest.MonkeyPatch.context() as patch:
        for name, value in agent.environment(ROLE, tmp_path).items():
            patch.setenv(name, value)
        found = botocore.session.get_session().get_credentials()  # type: ignore[no-untyped-call]
        assert found is not None
        assert (found.method, found.access_key) == ("container-role", ROLE)
    assert agent.instance_calls == 0


PROVIDERS = """
import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.s3a.auth.CredentialProviderListFactory;

/** Asks S3A's own list of providers some times, and prints whose key it got. */
public class Providers {
    public static void main(String[] arguments) throws Exception {
        Configuration conf = new Configuration(false);
        conf.set("fs.s3a.aws.credentials.provider", arguments[0]);
        var list = CredentialProviderListFactory.createAWSCredentialProviderList(null, conf);
        for (int attempt = 0; attempt < 3; attempt++) {
            try {
                System.out.println(list.resolveCredentials().accessKeyId());
            } catch (Exception error) {
                System.out.println("none");
            }
        }
    }
}
"""
OURS = "software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider"
HADOOPS = "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider"


def ask_s3a(provider: str, agent: identity_agent.Agent, folder: Path, version: str) -> list[str]:
    """What S3A of a release's image gets: what its image adds comes before Spark's own jars, as there."""
    jars = unpacked(version).home / "jars"
    source = folder / "Providers.java"
    source.write_text(PROVIDERS)
    done = subprocess.run(
        ["java", "-cp", f"{s3_jars(version)}:{jars}/*", str(source), provider],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **agent.environment(ROLE, folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def conf_of(spark_version: str) -> str:
    """The provider that the platform sets on AWS."""
    conf = spark_defaults(AWS, spark_version=spark_version, image="unused:1")
    return conf["spark.hadoop.fs.s3a.aws.credentials.provider"]


@pytest.mark.spark
@pytest.mark.parametrize("version", RELEASES)
def test_s3a_asks_the_agent_again_after_a_failure_and_never_the_node(version: str, tmp_path: Path) -> None:
    with identity_agent.running(away=SDK_ATTEMPTS) as agent:
        assert ask_s3a(conf_of(version), agent, tmp_path, version) == ["none", ROLE, ROLE]
    assert agent.instance_calls == 0, "the node's role must never be a job's"


@pytest.mark.spark
def test_hadoops_own_provider_would_ask_the_node_for_ever_after_one_failure(tmp_path: Path) -> None:
    with identity_agent.running(away=SDK_ATTEMPTS) as agent:
        assert ask_s3a(HADOOPS, agent, tmp_path, versions.SPARK) == ["none", "none", "none"]
    assert agent.instance_calls > 0, "were it mended, every image could have the same provider"


@pytest.mark.parametrize("version", RELEASES)
def test_the_jars_of_each_image_have_the_provider_that_its_jobs_get(version: str) -> None:
    locked = fetch.read_lock(ROOT / "docker" / "spark" / "releases" / version / "jars.lock")
    (auth,) = [fetch.cached(name, digest) for name, digest in locked.items() if name.startswith("auth-")]
    with zipfile.ZipFile(auth) as jar:
        assert f"{conf_of(version).replace('.', '/')}.class" in jar.namelist()


def test_an_image_of_ones_own_with_the_older_sdk_gets_the_provider_that_it_has() -> None:
    key = "spark.hadoop.fs.s3a.aws.credentials.provider"
    for version, provider in ((versions.SPARK_LTS, HADOOPS), (versions.SPARK, OURS)):
        conf = spark_defaults(AWS, spark_version=version, image="own:1", own_image=True)
        assert conf[key] == provider
