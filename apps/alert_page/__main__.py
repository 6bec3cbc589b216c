"""`python -m alert_page`: keeps and shows until it is ended.

The environment says where: PORT, FILE, KEPT and RUNBOOKS.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from .sent import Sent
from .server import AlertPage


def main() -> None:
    """Run with what the environment says."""
    given = os.environ
    # As the first process of its container it would ignore it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sent = Sent(Path(given["FILE"]), kept=int(given["KEPT"]), now=time.time)
    every = "0.0.0.0"  # noqa: S104 - of its pod
    AlertPage((every, int(given["PORT"])), sent, Path(given["RUNBOOKS"])).serve_forever()


if __name__ == "__main__":
    main()
