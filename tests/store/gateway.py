"""A real object store on loopback: run and set up as its pods do it, in a folder instead of a volume."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
import botocore
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from components.buckets import Buckets
from components.naming import ACCESS_KEY, SECRET_KEY
from components.object_store.pods import HOST, REGION, server_pod, setup_pod
from components.object_store.policies import ADMIN_ACCOUNT
from components.object_store.setup import SCRIPT, setup_accounts, setup_files
from components.records.object_store import ADMIN_PORT, S3_PORT

BUCKETS: Final = Buckets(data="data", events="events", artifacts="artifacts")
ADMIN_KEY: Final = "administratorsOwnKey0123456789"
_START_SECONDS: Final = 20


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(kw_only=True)
class Gateway:
    """The server, and what is needed to use it.

    Args:
        binary: versitygw.
        folder: stands for the volume.
        s3: port of the S3 API.
        admin: port of the server's own API.
        region: region that requests are signed for.
    """

    binary: Path
    folder: Path
    region: str = REGION
    s3: int = field(default_factory=free_port)
    admin: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """URL of the S3 API."""
        return f"http://127.0.0.1:{self.s3}"

    def start(self) -> None:
        """Start the server with the pod's own options and wait until it answers."""
        container = server_pod(image="unused:1", memory_mib=512, annotations={})["spec"]["containers"][0]
        options = [
            option.replace("/data/", f"{self.folder}/")
            .replace(f":{S3_PORT}", f"127.0.0.1:{self.s3}")
            .replace(f":{ADMIN_PORT}", f"127.0.0.1:{self.admin}")
            .replace(REGION, self.region)
            for option in container["args"]
        ]
        make_folders = container["command"][2].replace("/data/", f"{self.folder}/")
        secret = {ACCESS_KEY: ADMIN_ACCOUNT, SECRET_KEY: ADMIN_KEY}
        self._process = subprocess.Popen(
            [*container["command"][:2], make_folders, *container["command"][3:], *options],
            env={
                "PATH": f"{self.binary.parent}:{os.environ['PATH']}",
                **_environment(container, {}, secret),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        health = f"{self.url}{container['readinessProbe']['httpGet']['path']}"
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(health):
            assert time.monotonic() < deadline, f"the store did not answer within {_START_SECONDS} s"
            time.sleep(0.05)

    def kill(self) -> None:
        """End the server without a warning, as a node that is lost does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """Ask the server to end, as Kubernetes does, and return its exit status."""
        assert self._process is not None, "the store isn't running"
        self._process.terminate()
        status = self._process.wait(timeout=30)
        self._process = None
        return status

    def set_up(
        self,
        tenants: Sequence[str],
        *,
        scratch: Path,
        keys: Mapping[str, str] | None = None,
        admin_key: str = ADMIN_KEY,
    ) -> subprocess.CompletedProcess[str]:
        """Run the set-up script as the job does.

        Args:
            tenants: the tenants' namespaces.
            scratch: folder for the script's input.
            keys: secret keys by account, where they are not what `key_of` says.
            admin_key: the administrator's secret key.
        """
        setup, accounts = scratch / "setup", scratch / "accounts"
        for folder, files in (
            (setup, setup_files(BUCKETS, tenants)),
            (accounts, {name: key_of(name) for name in setup_accounts(tenants)} | dict(keys or {})),
        ):
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.iterdir():
                old.unlink()
            for name, text in files.items():
                (folder / name).write_text(text)
        (container,) = setup_pod(image="unused:1", files=["setup"], accounts="accounts")["spec"]["containers"]
        places = {
            "/setup": str(setup),
            "/accounts": str(accounts),
            "/scratch": str(scratch),
            f"http://{HOST}:{S3_PORT}": self.url,
            f"http://{HOST}:{ADMIN_PORT}": f"http://127.0.0.1:{self.admin}",
        }
        secret = {ACCESS_KEY: ADMIN_ACCOUNT, SECRET_KEY: admin_key}
        return subprocess.run(
            ["/bin/sh", str(setup / SCRIPT)],
            env={"PATH": os.environ["PATH"], **_environment(container, places, secret)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def add_account(self, account: str, *, role: str) -> None:
        """Make an account by the server's own API.

        Args:
            account: its access key id; its secret key is what `key_of` says.
            role: "user", for whom policies decide, or "admin", who is above them.
        """
        body = (
            f"<Account><Access>{account}</Access><Secret>{key_of(account)}</Secret><Role>{role}</Role></Account>"
        ).encode()
        request = AWSRequest(  # type: ignore[no-untyped-call]
            method="PATCH", url=f"http://127.0.0.1:{self.admin}/create-user", data=body
        )
        request.headers["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
        key = Credentials(ADMIN_ACCOUNT, ADMIN_KEY)  # type: ignore[no-untyped-call]
        S3SigV4Auth(key, "s3", self.region).add_auth(request)  # type: ignore[no-untyped-call]
        sent = urllib.request.Request(  # noqa: S310 - loopback
            request.url, data=body, headers=dict(request.headers.items()), method="PATCH"
        )
        with urllib.request.urlopen(sent, timeout=20) as response:  # noqa: S310 - loopback
            assert response.status < 300, response.read()

    def client(self, account: str | None, key: str | None = None, *, url: str | None = None) -> Any:
        """An S3 client; without an account its requests carry no key at all.

        Args:
            account: its access key id.
            key: its secret key, if that is not what `key_of` says.
            url: what stands before the store and is asked instead.
        """
        anonymous = {"signature_version": botocore.UNSIGNED} if account is None else {}
        return boto3.client(
            "s3",
            endpoint_url=url or self.url,
            region_name=self.region,
            aws_access_key_id=account,
            aws_secret_access_key=None if account is None else key or key_of(account),
            config=Config(  # type: ignore[no-untyped-call]
                s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **anonymous
            ),
        )


def key_of(account: str) -> str:
    """The secret key that tests give to an account."""
    return ADMIN_KEY if account == ADMIN_ACCOUNT else f"key0of0{account.replace('-', '0')}"


def _environment(
    container: Mapping[str, Any], places: Mapping[str, str], secret: Mapping[str, str]
) -> dict[str, str]:
    """A container's variables, with the places of this machine and the keys of the Secret put in."""
    return {
        each["name"]: secret[each["valueFrom"]["secretKeyRef"]["key"]]
        if "valueFrom" in each
        else places.get(each["value"], each["value"])
        for each in container["env"]
    }


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - loopback
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
