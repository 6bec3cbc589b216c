"""The images of the logs and of the canary hold programs that start under the limits of their pods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components import versions
from tests.docker.conftest import OpenImage

pytestmark = pytest.mark.docker

NOBODY = 65532


def test_the_archives_program_is_the_pinned_one(unpacked: OpenImage) -> None:
    status, output = unpacked("run-logs").run("version", uid=NOBODY, gid=NOBODY)
    assert (status, output.strip()) == (0, versions.AWS_SDK_GO_S3)


def test_the_collector_is_the_pinned_one_and_starts_as_root_without_rights(unpacked: OpenImage) -> None:
    image = replace(unpacked("run-logs"), entrypoint=["/usr/local/bin/log-collector"])
    status, output = image.run("--version", uid=0, gid=0)
    assert status == 0, output
    assert versions.OTEL_COLLECTOR in output


def test_certificates_of_aws_can_be_checked(unpacked: OpenImage) -> None:
    assert (unpacked("run-logs").root / "etc/ssl/certs/ca-certificates.crt").is_file()


def test_the_canarys_checker_starts_and_asks_where_the_links_are(unpacked: OpenImage) -> None:
    status, output = unpacked("canary_checker").run(uid=NOBODY, gid=NOBODY)
    assert status == 1
    assert "KUBERNETES_SERVICE_HOST" in output, "it got as far as reading its settings"
