"""A session of the running platform's pages, by the form that a browser sends."""

from __future__ import annotations

from urllib.parse import urlencode

import urllib3


def session(address: str, user: str, password: str) -> dict[str, str]:
    """Sign in; gives the header that a browser then sends.

    Args:
        address: the one of all pages.
        user: the user's name.
        password: the user's password.
    """
    form = urlencode({"username": user, "password": password, "rd": "/"})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = urllib3.request(
        "POST", f"{address}/oauth2/sign_in", body=form, headers=kind, redirect=False, timeout=20
    )
    assert answer.status == 302, f"the login of {user} was answered with {answer.status}"
    return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
