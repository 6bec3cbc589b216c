"""The set-up script and the server's options, on a real server: what is made, survives and is cleaned."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.binaries import binary
from tests.store.conftest import TENANTS
from tests.store.gateway import ADMIN_KEY, BUCKETS, Gateway, key_of

pytestmark = pytest.mark.store


def test_set_up_makes_buckets_and_the_directory_that_spark_insists_on(
    gateway: Gateway, tmp_path: Path
) -> None:
    done = gateway.set_up(TENANTS, scratch=tmp_path / "job")
    assert done.returncode == 0, done.stderr
    admin = gateway.client("admin")
    assert {each["Name"] for each in admin.list_buckets()["Buckets"]} == set(BUCKETS.names)
    assert admin.head_object(Bucket="events", Key="spark/")["ContentLength"] == 0, (
        "without this marker history server and drivers refuse to start"
    )


def test_set_up_twice_changes_nothing_and_keeps_the_data(gateway: Gateway, tmp_path: Path) -> None:
    gateway.set_up(TENANTS, scratch=tmp_path / "job")
    gateway.client("data-dev").put_object(Bucket="data", Key="data-dev/x", Body=b"kept")
    gateway.client("data-dev").put_object(Bucket="events", Key="spark/data-dev/log", Body=b"kept")
    again = gateway.set_up(TENANTS, scratch=tmp_path / "job")
    assert again.returncode == 0, again.stderr
    assert again.stdout == "object store: ready\n", "a second run must find nothing to do"
    for bucket, key in (("data", "data-dev/x"), ("events", "spark/data-dev/log")):
        assert gateway.client("data-dev").get_object(Bucket=bucket, Key=key)["Body"].read() == b"kept"


def test_a_tenant_that_is_added_gets_in_and_one_that_is_removed_gets_out(
    gateway: Gateway, tmp_path: Path
) -> None:
    gateway.set_up(["data-dev"], scratch=tmp_path / "job")
    gateway.client("data-dev").put_object(Bucket="data", Key="data-dev/x", Body=b"kept")
    done = gateway.set_up(["science-dev"], scratch=tmp_path / "job")
    assert "account data-dev: deleted" in done.stdout
    gateway.client("science-dev").put_object(Bucket="data", Key="science-dev/x", Body=b"x")
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        gateway.client("data-dev").get_object(Bucket="data", Key="data-dev/x")
    kept = gateway.client("admin").get_object(Bucket="data", Key="data-dev/x")["Body"].read()
    assert kept == b"kept", "removing a tenant takes its key, never its data"


def test_without_any_tenant_the_buckets_are_closed(gateway: Gateway, tmp_path: Path) -> None:
    gateway.set_up(TENANTS, scratch=tmp_path / "job")
    done = gateway.set_up([], scratch=tmp_path / "job")
    assert done.returncode == 0, done.stderr
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        gateway.client("admin").get_bucket_policy(Bucket="data")


def test_a_replaced_key_opens_and_the_old_one_does_not(gateway: Gateway, tmp_path: Path) -> None:
    gateway.set_up(TENANTS, scratch=tmp_path / "job")
    gateway.client("data-dev").list_objects_v2(Bucket="data", Prefix="data-dev/")
    gateway.set_up(TENANTS, scratch=tmp_path / "job", keys={"data-dev": "another"})
    gateway.client("data-dev", key="another").list_objects_v2(Bucket="data", Prefix="data-dev/")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        gateway.client("data-dev").list_objects_v2(Bucket="data", Prefix="data-dev/")


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_objects_accounts_and_policies_survive_a_restart(gateway: Gateway, tmp_path: Path, end: str) -> None:
    gateway.set_up(TENANTS, scratch=tmp_path / "job")
    client = gateway.client("data-dev")
    client.put_object(Bucket="data", Key="data-dev/x", Body=b"kept", Metadata={"origin": "here"})
    upload = client.create_multipart_upload(Bucket="data", Key="data-dev/parts")["UploadId"]
    part = client.upload_part(
        Bucket="data", Key="data-dev/parts", UploadId=upload, PartNumber=1, Body=b"half"
    )
    getattr(gateway, end)()
    gateway.start()
    kept = client.get_object(Bucket="data", Key="data-dev/x")
    assert (kept["Body"].read(), kept["Metadata"]) == (b"kept", {"origin": "here"})
    client.complete_multipart_upload(
        Bucket="data",
        Key="data-dev/parts",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    assert client.get_object(Bucket="data", Key="data-dev/parts")["Body"].read() == b"half", (
        "a running job's upload must outlive the restart"
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        client.get_object(Bucket="data", Key="science-dev/x")


def test_the_server_ends_by_itself_when_it_is_told_to(gateway: Gateway) -> None:
    assert gateway.stop() == 0, "Kubernetes would otherwise wait 30 s and kill it"


def test_set_up_waits_for_a_store_that_is_not_there_yet(tmp_path: Path) -> None:
    store = Gateway(binary=binary("versitygw"), folder=tmp_path / "volume")

    def start_later() -> None:
        time.sleep(2)
        store.start()

    starter = threading.Thread(target=start_later)
    starter.start()
    try:
        done = store.set_up(TENANTS, scratch=tmp_path / "job")
    finally:
        starter.join()
        store.kill()
    assert done.returncode == 0, done.stderr


def test_set_up_with_a_wrong_key_says_what_was_refused_and_shows_no_secret(
    gateway: Gateway, tmp_path: Path
) -> None:
    done = gateway.set_up(TENANTS, scratch=tmp_path / "job", admin_key="wrongKey")
    assert done.returncode != 0, "a set-up that was refused must not look finished"
    assert "PUT" in done.stderr
    assert "answered 403" in done.stderr
    assert "SignatureDoesNotMatch" in done.stderr
    assert "wrongKey" not in done.stdout + done.stderr


def test_set_up_shows_no_secret_and_leaves_none_behind(gateway: Gateway, tmp_path: Path) -> None:
    done = gateway.set_up(["data-dev"], scratch=tmp_path / "job")
    done_again = gateway.set_up(["science-dev"], scratch=tmp_path / "job")
    shown = done.stdout + done.stderr + done_again.stdout + done_again.stderr
    for account in ("admin", "data-dev", "science-dev", "history"):
        assert key_of(account) not in shown, f"the key of {account} must not be printed"
    left = [path.name for path in (tmp_path / "job").iterdir()]
    assert sorted(left) == ["accounts", "setup"], "the script's own folder held requests with keys"


def test_secret_keys_never_stand_in_a_command_line(tmp_path: Path) -> None:
    store = Gateway(binary=binary("versitygw"), folder=tmp_path / "volume")
    seen: list[str] = []

    def watch(stop: threading.Event) -> None:
        # Only what this test started: other tests, beside it, hand programs a key as an argument.
        mine = psutil.Process()
        while not stop.is_set():
            for process in mine.children(recursive=True):
                with suppress(psutil.Error):
                    seen.append(" ".join(process.cmdline()))

    store.start()
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(stop,))
    watcher.start()
    try:
        done = store.set_up([f"team{number}-dev" for number in range(20)], scratch=tmp_path / "job")
    finally:
        stop.set()
        watcher.join()
        store.kill()
    assert done.returncode == 0, done.stderr
    assert any("--aws-sigv4" in line for line in seen), "the watcher must have seen curl at work"
    secrets = [ADMIN_KEY, *(key_of(f"team{number}-dev") for number in range(20))]
    assert not [each for each in secrets if any(each in line for line in seen)]


def test_a_hundred_tenants_fit_into_the_servers_policies(gateway: Gateway, tmp_path: Path) -> None:
    tenants = [f"team{number}-prod" for number in range(100)]
    done = gateway.set_up(tenants, scratch=tmp_path / "job")
    assert done.returncode == 0, done.stderr
    last = gateway.client("team99-prod")
    last.put_object(Bucket="data", Key="team99-prod/x", Body=b"x")
    with pytest.raises(ClientError, match="AccessDenied"):
        last.get_object(Bucket="data", Key="team9-prod/x")
