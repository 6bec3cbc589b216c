"""The proxy: asks the documents about each request, and hands what is allowed to the real S3 server.

Requests go on as they were signed, so the server still checks keys and signatures; its own accounts for these
keys are administrators, so that nothing but the documents decides.
"""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError

from components.aws_plans.account import DNS_SUFFIX
from tests.store.gateway import Gateway
from tests.store.judge import actions
from tests.store.judge.policies import NotJudgedError, Request, allowed, delegates
from tests.store.judge.roles import ACCOUNT, Bucket, Role

_HOPS: Final = frozenset(
    {"connection", "expect", "keep-alive", "proxy-connection", "transfer-encoding", "te"}
)
_KEY_ID: Final = re.compile(r"Credential=([^/,]+)/")
_NAMESPACE: Final = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@dataclass(kw_only=True)
class Judge:
    """A store that answers as S3 does with the given documents.

    Args:
        store: the real server.
        roles: roles by access key id.
        buckets: buckets by name.
        refused: what was refused so far, in words.
        not_judged: requests that no rule speaks of; a test that sees one here has to fail.
    """

    store: Gateway
    roles: Mapping[str, Role]
    buckets: Mapping[str, Bucket]
    refused: list[str] = field(default_factory=list)
    not_judged: list[str] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None, "the judge was not started"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Make buckets and accounts in the store, and listen."""
        for name in self.buckets:
            self._admin.create_bucket(Bucket=name)
        for name in self.roles:
            self.store.add_account(name, role="admin")
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.judge = self
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @cached_property
    def _admin(self) -> Any:
        return self.store.client("admin")

    def client(self, role: str) -> Any:
        """An S3 client with a role's key that asks the judge."""
        return self.store.client(role, url=self.url)

    def may(self, role: Role, request: Request) -> bool:
        """Whether a role may do something in S3."""
        bucket = self.buckets.get(request.resource.removeprefix("arn:aws:s3:::").partition("/")[0])
        return allowed(
            request,
            identity=role.policies,
            resource=bucket.policy if bucket else None,
            principal=role.arn,
        )

    def may_use_key(self, role: Role, bucket: str, action: str) -> bool:
        """Whether a role may do something with a bucket's key, by way of S3."""
        known = self.buckets.get(bucket)
        if known is None or known.key_arn is None:
            return True
        request = Request(
            action=action,
            resource=known.key_arn,
            context={
                "kms:viaservice": f"s3.{ACCOUNT.region}.{DNS_SUFFIX}",
                "kms:calleraccount": ACCOUNT.id,
            },
        )
        assert known.key_policy is not None, f"bucket {bucket} has a key without a policy"
        return delegates(known.key_policy, request, role.arn) and allowed(
            request, identity=role.policies, resource=None, principal=role.arn
        )

    def why_not(self, role: Role, call: actions.Call) -> str | None:
        """What of a request is not allowed, in words; None if all of it is."""
        for request in (*actions.needs(call), *self._tags(call)):
            if not self.may(role, request):
                return f"{request.action} on {request.resource} {dict(request.context)}"
        for bucket, action in actions.key_needs(call):
            if not self.may_use_key(role, bucket, action):
                return f"{action} on the key of {bucket}"
        return None

    def _tags(self, call: actions.Call) -> list[Request]:
        """CopyObject takes the source's tags along, and needs the rights to (S3 guide, "Copying objects")."""
        source = actions.copied(call)
        if source is None or "partNumber" in call.parameters:
            return []
        if call.headers.get("x-amz-tagging-directive", "COPY").upper() == "REPLACE":
            return []
        try:
            tagged = self._admin.get_object_tagging(Bucket=source[0], Key=source[1])["TagSet"]
        except ClientError:
            return []
        pairs = (("s3:GetObjectTagging", source), ("s3:PutObjectTagging", (call.bucket, call.key)))
        return [Request(action=one, resource=actions.object_arn(*at)) for one, at in pairs] if tagged else []


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    judge: Judge


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer in two packets would wait for the first one's acknowledgement: 40 ms each time.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *args: Any) -> None:
        """Say nothing: what matters is kept in the judge."""

    def handle_expect_100(self) -> bool:
        """Say at once that the body may come: a client waits for it, boto3 for a second."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def _judge(self) -> None:
        body = self._body()
        split = urlsplit(self.path)
        call = actions.Call(
            method=self.command,
            path=split.path,
            query=split.query,
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        role = self._role()
        if role is None:
            self._refuse("InvalidAccessKeyId" if "Authorization" in self.headers else "AccessDenied")
            return
        try:
            if actions.is_batch_delete(call):
                self._delete(call, role, body)
                return
            self._answer(call, role, body)
        except NotJudgedError as error:
            self.server.judge.not_judged.append(str(error))
            self._send(HTTPStatus.NOT_IMPLEMENTED, _error("NotImplemented", f"not judged: {error}"))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _judge  # noqa: N815 - names of the library

    def _role(self) -> Role | None:
        match = _KEY_ID.search(self.headers.get("Authorization", ""))
        return self.server.judge.roles.get(match[1]) if match else None

    def _answer(self, call: actions.Call, role: Role, body: bytes) -> None:
        judge = self.server.judge
        fault = judge.why_not(role, call)
        if fault is None:
            status, headers, answer = self._ask(body)
            told = actions.to_be_told(call)
            if status != HTTPStatus.NOT_FOUND or told is None or judge.may(role, told):
                self._send(status, answer, headers)
                return
            fault = f"the object is missing, and {told.action} {dict(told.context)} is not allowed"
        judge.refused.append(f"{role.name}: {call.method} {call.path}: {fault}")
        self._refuse("AccessDenied")

    def _delete(self, call: actions.Call, role: Role, body: bytes) -> None:
        """Delete the keys of a batch that may be deleted, and answer for each."""
        judge = self.server.judge
        root = ElementTree.fromstring(body)  # noqa: S314 - a test's own client wrote it
        keys = [
            each.findtext(f"{_NAMESPACE}Key") or each.findtext("Key") or ""
            for each in root.iter()
            if each.tag.endswith("Object")
        ]
        if any(each.tag.endswith("VersionId") for each in root.iter()):
            raise NotJudgedError("DeleteObjects with versions")
        lines = []
        for key in keys:
            one = actions.Call(method="DELETE", path=f"/{call.bucket}/{key}", query="")
            fault = judge.why_not(role, one)
            if fault is None:
                judge._admin.delete_object(Bucket=call.bucket, Key=key)
                lines.append(f"<Deleted><Key>{escape(key)}</Key></Deleted>")
            else:
                judge.refused.append(f"{role.name}: DELETE {key}: {fault}")
                lines.append(f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code></Error>")
        text = f'<DeleteResult xmlns="{_NAMESPACE[1:-1]}">{"".join(lines)}</DeleteResult>'
        self._send(HTTPStatus.OK, text.encode(), {"Content-Type": "application/xml"})

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Hand the request on as it is: its signature covers the host that the client knows."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.judge.store.s3, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {*_HOPS, "content-length"}:
                    connection.putheader(name, value)
            if body or self.headers.get("Content-Length") is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOPS}
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _refuse(self, code: str) -> None:
        self._send(HTTPStatus.FORBIDDEN, _error(code, "Access Denied"), {"Content-Type": "application/xml"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        said = dict(headers or {})
        length = next((said.pop(name) for name in list(said) if name.lower() == "content-length"), None)
        self.send_response_only(status)
        for name, value in said.items():
            self.send_header(name, value)
        # The answer to HEAD has the length of what GET would send.
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _error(code: str, message: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error>"
    ).encode()
