"""The page of what Alertmanager has sent, read as a person reads it: line by line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import urllib3


@dataclass(frozen=True)
class Line:
    """A line of the page.

    Args:
        time: as the page writes it, in UTC.
        status: firing or resolved.
        to: the receiver.
        alert: its name.
        says: summary, description and names of links.
    """

    time: str
    status: str
    to: str
    alert: str
    says: str


def lines(pages: str, head: Mapping[str, str]) -> list[Line]:
    """Read the page.

    Args:
        pages: address of all pages.
        head: headers that say who asks.
    """
    return list(
        read(urllib3.request("GET", f"{pages}/alerts/", headers=dict(head), timeout=30).data.decode())
    )


def read(page: str) -> Iterator[Line]:
    """Find the lines in its HTML.

    Args:
        page: the text.
    """
    for row in re.findall(r"<tr>(<td.*?)</tr>", page, re.DOTALL):
        cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
        time, status, to, alert, says = (
            html.unescape(re.sub(r"<[^>]+>", "\n", cell)).strip() for cell in cells
        )
        yield Line(time, status.lower(), to, alert.splitlines()[0], says)
