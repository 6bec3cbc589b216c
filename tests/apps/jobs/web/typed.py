"""The command `spark-jobs` in this process, as a person types it."""

from __future__ import annotations

import pytest

from apps.jobs.cli import main as cli

Said = tuple[int, str, str]
"""Exit status, output and errors."""


def typed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *words: str,
    address: str,
    user: str,
    password: str,
) -> Said:
    """Run it.

    Args:
        monkeypatch: takes its variables back.
        capsys: catches what it says.
        words: of the command line.
        address: of the pages.
        user: who asks.
        password: the user's.
    """
    for name, value in {"URL": address, "USER": user, "PASSWORD": password}.items():
        monkeypatch.setenv(f"SPARK_JOBS_{name}", value)
    monkeypatch.setattr("sys.argv", ["spark-jobs", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err
