"""`python -m apps.jobs.repository`: serves the repository until it is told to end."""

from __future__ import annotations

import os
from pathlib import Path

from waitress import serve

from .serving import application, repository

if __name__ == "__main__":
    secrets = Path(os.environ["JOBS_CREDENTIALS"])
    username, password = (
        (secrets / name).read_text(encoding="utf-8").strip() for name in ("username", "password")
    )
    served = application(repository(Path(os.environ["JOBS_HOME"])), username, password)
    serve(served, port=int(os.environ["JOBS_PORT"]), threads=4, ident=None)
