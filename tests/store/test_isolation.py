"""What the real server enforces with our bucket policies: who may do what, and where."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from components.object_store.pods import REGION
from tests.store.gateway import Gateway, key_of

pytestmark = pytest.mark.store

FORBIDDEN = 403

LOG = "spark/data-dev/eventlog_v2_spark-1"
THEIR_LOG = "spark/science-dev/eventlog_v2_spark-1"
OLD_LOG = "spark/eventlog_v2_spark-1"


def outcome(attempt: Callable[[], Any]) -> str:
    """`yes` if the server did what was asked, `no` if it refused for lack of rights."""
    try:
        attempt()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != FORBIDDEN:
            raise
        return "no"
    return "yes"


def attempts(client: Any, admin: Any, bucket: str, folder: str) -> dict[str, str]:
    """What a client may do with an object in a folder, and with the folder."""
    key = f"{folder}/object"
    admin.put_object(Bucket=bucket, Key=key, Body=b"x")
    admin.put_object(Bucket=bucket, Key=f"{folder}/doomed", Body=b"x")
    return {
        "read": outcome(lambda: client.get_object(Bucket=bucket, Key=key)),
        "look": outcome(lambda: client.head_object(Bucket=bucket, Key=key)),
        "list": outcome(lambda: client.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/")),
        "write": outcome(lambda: client.put_object(Bucket=bucket, Key=f"{folder}/new", Body=b"x")),
        "upload": outcome(lambda: client.create_multipart_upload(Bucket=bucket, Key=f"{folder}/parts")),
        "uploads": outcome(lambda: client.list_multipart_uploads(Bucket=bucket, Prefix=f"{folder}/")),
        "delete": outcome(lambda: client.delete_object(Bucket=bucket, Key=f"{folder}/doomed")),
    }


ALL = "read look list write upload uploads delete"
RIGHTS = [
    ("data-dev", "data", "data-dev", ALL),
    ("data-dev", "data", "data-dev/deeper/still", ALL),
    ("data-dev", "artifacts", "data-dev", ALL),
    ("data-dev", "data", "public", "read look list"),
    ("data-dev", "data", "science-dev", ""),
    ("data-dev", "data", "data-dev-2", ""),
    ("data-dev", "data", "elsewhere", ""),
    ("data-dev", "artifacts", "science-dev", ""),
    ("data-dev", "artifacts", "public", ""),
    ("data-dev", "events", LOG, "read look list write upload"),
    ("data-dev", "events", THEIR_LOG, ""),
    ("data-dev", "events", "spark/data-dev-2/eventlog_v2_spark-1", ""),
    ("data-dev", "events", OLD_LOG, ""),
    ("data-dev", "events", "elsewhere", ""),
    ("science-dev", "data", "data-dev", ""),
    ("science-dev", "data", "science-dev", ALL),
    ("history", "events", LOG, "read look list delete"),
    ("history", "events", THEIR_LOG, "read look list delete"),
    ("history", "events", OLD_LOG, "read look list delete"),
    ("history", "events", "elsewhere", ""),
    ("data-dev", "events", "logs/data-dev/flights", "read look list"),
    ("data-dev", "events", "logs/science-dev/flights", ""),
    ("data-dev", "events", "logs/data-dev-2/flights", ""),
    ("history", "events", "logs/data-dev/flights", ""),
    ("logwriter", "events", "logs/data-dev/flights", "write upload"),
    ("logwriter", "events", LOG, ""),
    ("logwriter", "data", "data-dev", ""),
    ("logreader", "events", "logs/data-dev/flights", "read look list"),
    ("logreader", "events", LOG, ""),
    ("logcleaner", "events", "logs/data-dev/flights", "list delete"),
    ("logcleaner", "events", LOG, ""),
    ("history", "data", "data-dev", ""),
    ("history", "data", "public", ""),
    ("history", "artifacts", "data-dev", ""),
    (None, "data", "data-dev", ""),
    (None, "data", "public", ""),
    (None, "events", LOG, ""),
    (None, "artifacts", "data-dev", ""),
]


@pytest.mark.parametrize(("account", "bucket", "folder", "allowed"), RIGHTS)
def test_an_account_may_do_exactly_what_the_table_says(
    ready: Gateway, account: str | None, bucket: str, folder: str, allowed: str
) -> None:
    seen = attempts(ready.client(account), ready.client("admin"), bucket, folder)
    wanted = {verb: "yes" if verb in allowed.split() else "no" for verb in ALL.split()}
    assert seen == wanted, f"{account or 'a request without a key'} in {bucket}/{folder}"


def test_a_wrong_secret_key_opens_nothing(ready: Gateway) -> None:
    client = ready.client("data-dev", key=key_of("science-dev"))
    assert outcome(lambda: client.list_objects_v2(Bucket="data", Prefix="data-dev/")) == "no"


@pytest.mark.parametrize("prefix", ["", "d", "data-de", "s", "science-dev", "../science-dev/", "*"])
def test_a_list_shows_nothing_outside_the_own_prefix(ready: Gateway, prefix: str) -> None:
    client = ready.client("data-dev")
    assert outcome(lambda: client.list_objects_v2(Bucket="data", Prefix=prefix)) == "no"
    assert outcome(lambda: client.list_objects(Bucket="data", Prefix=prefix)) == "no"
    assert outcome(lambda: client.list_object_versions(Bucket="data", Prefix=prefix)) == "no"


@pytest.mark.parametrize("prefix", ["data-dev", "data-dev/", "data-dev/deeper"])
def test_a_list_of_the_own_name_is_allowed_with_and_without_a_slash(ready: Gateway, prefix: str) -> None:
    assert outcome(lambda: ready.client("data-dev").list_objects_v2(Bucket="data", Prefix=prefix)) == "yes"


@pytest.mark.parametrize(
    "path",
    [
        "data-dev/../science-dev/theirs",
        "data-dev/x/../../science-dev/theirs",
        "data-dev/%2e%2e/science-dev/theirs",
        "data-dev%2F..%2Fscience-dev%2Ftheirs",
        "data-dev//../science-dev/theirs",
        "/science-dev/theirs",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_path_that_climbs_out_of_the_own_prefix_is_refused(ready: Gateway, path: str, method: str) -> None:
    ready.client("admin").put_object(Bucket="data", Key="science-dev/theirs", Body=b"theirs")
    status, answer = raw_request(ready, "data-dev", method, f"/data/{path}")
    assert status == FORBIDDEN, f"{method} {path} answered {status}"
    assert b"AccessDenied" in answer, f"{method} {path} must be refused for its rights: {answer!r}"
    still = ready.client("admin").get_object(Bucket="data", Key="science-dev/theirs")["Body"].read()
    assert still == b"theirs", "a climbing path must not change another tenant's object"


@pytest.mark.parametrize("path", ["data-dev/mine", "data-dev/%6dine", "data-dev%2Fmine"])
def test_an_oddly_written_path_in_the_own_prefix_works(ready: Gateway, path: str) -> None:
    ready.client("data-dev").put_object(Bucket="data", Key="data-dev/mine", Body=b"mine")
    assert raw_request(ready, "data-dev", "GET", f"/data/{path}") == (http.client.OK, b"mine"), (
        "were such requests refused for their signature, the climbing paths would prove nothing"
    )


def test_copying_needs_the_right_to_read_the_source(ready: Gateway) -> None:
    ready.client("admin").put_object(Bucket="data", Key="science-dev/theirs", Body=b"x")
    client = ready.client("data-dev")
    upload = client.create_multipart_upload(Bucket="data", Key="data-dev/copy")["UploadId"]
    for source in ("data/science-dev/theirs", "data/data-dev/../science-dev/theirs"):
        where = {"Bucket": "data", "Key": "data-dev/copy", "CopySource": source}
        whole = outcome(partial(client.copy_object, **where))
        part = outcome(partial(client.upload_part_copy, **where, UploadId=upload, PartNumber=1))
        assert (whole, part) == ("no", "no"), f"{source} must not come into the own prefix by copying"


def test_deleting_many_at_once_deletes_only_the_own_ones(ready: Gateway) -> None:
    admin, client = ready.client("admin"), ready.client("data-dev")
    for key in ("data-dev/mine", "science-dev/theirs"):
        admin.put_object(Bucket="data", Key=key, Body=b"x")
    done = client.delete_objects(
        Bucket="data", Delete={"Objects": [{"Key": "data-dev/mine"}, {"Key": "science-dev/theirs"}]}
    )
    assert [each["Key"] for each in done["Deleted"]] == ["data-dev/mine"]
    assert [(each["Key"], each["Code"]) for each in done["Errors"]] == [
        ("science-dev/theirs", "AccessDenied")
    ]
    assert admin.head_object(Bucket="data", Key="science-dev/theirs"), "the other tenant's object must stay"


def test_an_unfinished_upload_of_another_tenant_cannot_be_seen_or_touched(ready: Gateway) -> None:
    theirs, client = ready.client("science-dev"), ready.client("data-dev")
    upload = theirs.create_multipart_upload(Bucket="data", Key="science-dev/parts")["UploadId"]
    where = {"Bucket": "data", "Key": "science-dev/parts", "UploadId": upload}
    assert outcome(lambda: client.list_multipart_uploads(Bucket="data")) == "no"
    assert outcome(lambda: client.list_multipart_uploads(Bucket="data", Prefix="science-dev/")) == "no"
    assert outcome(lambda: client.upload_part(**where, PartNumber=1, Body=b"x")) == "no"
    assert outcome(lambda: client.list_parts(**where)) == "no"
    assert outcome(lambda: client.abort_multipart_upload(**where)) == "no"


def test_a_tenant_can_change_neither_buckets_nor_rights(ready: Gateway) -> None:
    client = ready.client("data-dev")
    client.put_object(Bucket="data", Key="data-dev/mine", Body=b"x")
    everyone = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::data/*",
                }
            ],
        }
    )
    refused = {
        "make a bucket": lambda: client.create_bucket(Bucket="mine"),
        "delete a bucket": lambda: client.delete_bucket(Bucket="data"),
        "read the policy": lambda: client.get_bucket_policy(Bucket="data"),
        "write a policy": lambda: client.put_bucket_policy(Bucket="data", Policy=everyone),
        "drop the policy": lambda: client.delete_bucket_policy(Bucket="data"),
        "open an object": lambda: client.put_object_acl(
            Bucket="data", Key="data-dev/mine", ACL="public-read"
        ),
    }
    assert {what: outcome(attempt) for what, attempt in refused.items()} == dict.fromkeys(refused, "no")
    client.put_object(Bucket="data", Key="data-dev/mine", Body=b"x", ACL="public-read")
    anonymous = ready.client(None)
    assert outcome(lambda: anonymous.get_object(Bucket="data", Key="data-dev/mine")) == "no", (
        "an access list on an object must not open it to everyone"
    )
    assert client.list_buckets()["Buckets"] == [], "a tenant owns no bucket, so it must see none"


def test_a_tenant_cannot_use_the_servers_own_api(ready: Gateway) -> None:
    body = b"<Account><Access>evil</Access><Secret>evil</Secret><Role>admin</Role></Account>"
    for port in (ready.admin, ready.s3):
        status, _ = raw_request(ready, "data-dev", "PATCH", "/create-user", body=body, port=port)
        assert status >= http.client.BAD_REQUEST, f"port {port} must not let a tenant make an account"
    assert outcome(lambda: ready.client("evil", key="evil").list_buckets()) == "no"


def test_the_rights_are_enough_for_the_magic_committer(ready: Gateway) -> None:
    client = ready.client("data-dev")
    job, final = "data-dev/table/__magic_job-1", "data-dev/table/k=1/part-0.parquet"
    client.put_object(Bucket="data", Key="data-dev/table/", Body=b"")
    upload = client.create_multipart_upload(Bucket="data", Key=final)["UploadId"]
    stale = client.create_multipart_upload(Bucket="data", Key="data-dev/table/k=1/failed")["UploadId"]
    part = client.upload_part(Bucket="data", Key=final, UploadId=upload, PartNumber=1, Body=b"rows")
    client.put_object(Bucket="data", Key=f"{job}/tasks/task-0/__base/k=1/part-0.parquet", Body=b"")
    client.put_object(Bucket="data", Key=f"{job}/tasks/task-0/__base/k=1/part-0.parquet.pending", Body=b"{}")
    assert client.list_objects_v2(Bucket="data", Prefix=f"{job}/")["KeyCount"] == 2
    client.complete_multipart_upload(
        Bucket="data",
        Key=final,
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    pending = client.list_multipart_uploads(Bucket="data", Prefix="data-dev/table/")["Uploads"]
    assert [each["UploadId"] for each in pending] == [stale], "the committer looks for uploads to abort"
    client.abort_multipart_upload(Bucket="data", Key="data-dev/table/k=1/failed", UploadId=stale)
    keys = [each["Key"] for each in client.list_objects_v2(Bucket="data", Prefix=f"{job}/")["Contents"]]
    client.delete_objects(Bucket="data", Delete={"Objects": [{"Key": key} for key in keys]})
    client.put_object(Bucket="data", Key="data-dev/table/_SUCCESS", Body=b"{}")
    assert client.get_object(Bucket="data", Key=final)["Body"].read() == b"rows"


def test_the_rights_are_enough_for_a_rolling_event_log(ready: Gateway) -> None:
    client = ready.client("data-dev")
    log = "spark/data-dev/eventlog_v2_spark-2"
    for key in (f"{log}/", f"{log}/appstatus_spark-2.inprogress", f"{log}/events_1_spark-2.zstd"):
        client.put_object(Bucket="events", Key=key, Body=b"")
    client.copy_object(
        Bucket="events",
        Key=f"{log}/appstatus_spark-2",
        CopySource=f"events/{log}/appstatus_spark-2.inprogress",
    )
    client.delete_object(Bucket="events", Key=f"{log}/appstatus_spark-2.inprogress")
    found = ready.client("history").list_objects_v2(Bucket="events", Prefix=f"{log}/")["Contents"]
    assert [each["Key"].rpartition("/")[2] for each in found if not each["Key"].endswith("/")] == [
        "appstatus_spark-2",
        "events_1_spark-2.zstd",
    ]


def test_a_tenant_cannot_delete_its_own_finished_log_but_the_history_server_can(ready: Gateway) -> None:
    ready.client("data-dev").put_object(Bucket="events", Key=f"{LOG}/events_1_spark-1.zstd", Body=b"x")
    where = {"Bucket": "events", "Key": f"{LOG}/events_1_spark-1.zstd"}
    assert outcome(lambda: ready.client("data-dev").delete_object(**where)) == "no"
    assert outcome(lambda: ready.client("history").delete_object(**where)) == "yes"


def test_the_history_server_writes_compacted_logs_and_nothing_else(ready: Gateway) -> None:
    client = ready.client("history")
    compact = f"{LOG}/events_5_spark-1.zstd.compact"
    for key in (f"{compact}.inprogress", compact):
        assert outcome(partial(client.put_object, Bucket="events", Key=key, Body=b"x")) == "yes"
    forged = f"{LOG}/events_6_spark-1.zstd"
    assert outcome(lambda: client.put_object(Bucket="events", Key=forged, Body=b"x")) == "no"


@pytest.mark.parametrize("log", [THEIR_LOG, OLD_LOG])
def test_another_tenants_log_can_be_neither_forged_renamed_nor_copied(ready: Gateway, log: str) -> None:
    admin, client = ready.client("admin"), ready.client("data-dev")
    events, status = f"{log}/events_2_spark-1.zstd", f"{log}/appstatus_spark-1.inprogress"
    for key in (events, status):
        admin.put_object(Bucket="events", Key=key, Body=b"theirs")
    mine = f"{LOG}/events_2_spark-1.zstd"
    attempts = {
        "overwrite": lambda: client.put_object(Bucket="events", Key=events, Body=b"forged"),
        "add": lambda: client.put_object(Bucket="events", Key=f"{log}/events_3_spark-1.zstd", Body=b"x"),
        "rename": lambda: client.delete_object(Bucket="events", Key=status),
        "copy": lambda: client.copy_object(Bucket="events", Key=mine, CopySource=f"events/{events}"),
        "list": lambda: client.list_objects_v2(Bucket="events", Prefix="spark/"),
        "list theirs": lambda: client.list_objects_v2(Bucket="events", Prefix=f"{log}/"),
    }
    assert {what: outcome(attempt) for what, attempt in attempts.items()} == dict.fromkeys(attempts, "no")
    assert admin.get_object(Bucket="events", Key=events)["Body"].read() == b"theirs"


def test_the_server_takes_the_condition_on_unfinished_uploads_only_with_a_wildcard(ready: Gateway) -> None:
    # The reason for the odd action in our policies; should it be accepted by name one day, write it by name.
    admin = ready.client("admin")
    admin.create_bucket(Bucket="scratch")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["data-dev"]},
        "Action": "s3:ListBucketMultipartUploads",
        "Resource": "arn:aws:s3:::scratch",
        "Condition": {"StringLike": {"s3:prefix": "data-dev/*"}},
    }
    with pytest.raises(ClientError, match="Conditions do not apply"):
        admin.put_bucket_policy(
            Bucket="scratch", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )


def raw_request(
    store: Gateway, account: str, method: str, path: str, *, body: bytes = b"", port: int | None = None
) -> tuple[int, bytes]:
    """Send a signed request whose path goes out just as it is given; return status and answer."""
    port = port or store.s3
    request = AWSRequest(  # type: ignore[no-untyped-call]
        method=method, url=f"http://127.0.0.1:{port}{path}", data=body
    )
    request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    key = Credentials(account, key_of(account))  # type: ignore[no-untyped-call]
    signer = _PathAsSeen(key, "s3", REGION)  # type: ignore[no-untyped-call]
    request.context["timestamp"] = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    signer.add_auth(request)  # type: ignore[no-untyped-call]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body=body, headers=dict(request.headers.items()))
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, answer


class _PathAsSeen(SigV4Auth):
    """Signs the path as the server sees it, so that an oddly written one isn't refused for its signature."""

    def _normalize_url_path(self, path: str) -> str:
        return quote(unquote(path), safe="/~")

    def payload(self, request: AWSRequest) -> str:
        return str(request.headers["x-amz-content-sha256"])
