"""The real oauth2-proxy on loopback, with the files that the platform gives it, in front of pages."""

from __future__ import annotations

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from components.records.login import HEALTH, PORT
from components.records.model import Page
from components.services.login import config
from components.services.login.config import IdentityProvider
from components.services.login.users import cookie_key, password_file
from tests.binaries import binary
from tests.store.gateway import free_port

PASSWORDS: Final = {"admin": "for-admin-alone", "data": "for-data-alone", "science": "for-science-alone"}
PAGE_PASSWORD: Final = "from-the-proxy"
START_SECONDS: Final = 30


@contextmanager
def login_proxy(
    folder: Path,
    pages: Mapping[Page, str],
    *,
    address: str = "",
    log: Path | None = None,
    provider: IdentityProvider | None = None,
) -> Iterator[str]:
    """Run it; gives its address.

    Args:
        folder: for its files.
        pages: the pages, and where each answers here.
        address: what browsers are said to open; its own on loopback if empty.
        log: where it says what it does.
        provider: who says who people are; without one, they have the passwords above.
    """
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    _write(folder, pages, address or here, port, provider)
    written = log or folder / "log"
    with written.open("wb") as output:
        process = subprocess.Popen(
            [
                str(binary("oauth2-proxy")),
                f"--config={folder / 'config' / config.SETTINGS_FILE}",
                f"--alpha-config={folder / 'config' / config.PAGES_FILE}",
            ],
            stdout=output,
            stderr=output,
        )
    try:
        _await(here + HEALTH, process, written)
        yield here
    finally:
        process.terminate()
        process.wait(timeout=30)


def _write(
    folder: Path,
    pages: Mapping[Page, str],
    address: str,
    port: int,
    provider: IdentityProvider | None,
) -> None:
    places = {name: folder / name for name in ("config", "secrets", "home")}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    secrets = str(places["secrets"])
    routes = config.proxy_pages(list(pages), home=str(places["home"]), secrets=secrets, provider=provider)
    # A cluster's names do not resolve here.
    routes = routes.replace(f"0.0.0.0:{PORT}", f"127.0.0.1:{port}")
    for page, url in pages.items():
        assert page.url in routes
        routes = routes.replace(page.url, url)
    settings = config.proxy_settings(
        address, list(pages), config=str(places["config"]), secrets=secrets, provider=provider
    )
    salted = {user: (password, f"salt of {user}") for user, password in PASSWORDS.items()}
    files = {
        places["config"] / config.SETTINGS_FILE: settings,
        places["config"] / config.PAGES_FILE: routes,
        places["config"] / config.SIGN_IN_FILE: config.sign_in_page(),
        places["home"] / config.HOME_FILE: config.home_page(list(pages)),
        places["secrets"] / config.USERS_KEY: password_file(salted),
        places["secrets"] / config.COOKIE_KEY: cookie_key("a secret", list(PASSWORDS)),
        places["secrets"] / config.PASSWORD_KEY: PAGE_PASSWORD,
        places["secrets"] / config.CLIENT_KEY: "known to the provider",
    }
    for path, text in files.items():
        path.write_text(text)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - loopback
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
