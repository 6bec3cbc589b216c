"""Shows which image is being made, what is done to it, and for how long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

_LOOK_EVERY_SECONDS: Final = 0.5
_LINE_EVERY_SECONDS: Final = 30
"""Without a terminal, a line this often shows that a build is alive."""

_WIDTH: Final = 60


class Steps:
    """Progress of a run.

    Args:
        console: where it goes.
        names: the images that this run makes, in order.
        drawn: whether to draw what is being done, as on a terminal; without, a line says so now and then.
    """

    def __init__(self, console: Console, names: Sequence[str], *, drawn: bool) -> None:
        self._console = console
        self._drawn = drawn
        self._left = list(names)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not drawn,
        )

    def __enter__(self) -> Steps:
        if self._left:
            self._console.print(f"images to build: {', '.join(self._left)}; safe to stop and go on later")
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, name: str, doing: str, *, log: Path | None = None) -> Iterator[None]:
        """Show a step while it runs.

        Args:
            name: the image.
            doing: what is done, as `building its layers`.
            log: file whose last Dockerfile step is shown as well.
        """
        title = f"{name}: {doing}"
        task = self._progress.add_task(title)
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(task, title, log, ended), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()
            self._progress.remove_task(task)

    def _watch(self, task: TaskID, title: str, log: Path | None, ended: threading.Event) -> None:
        started = last = time.monotonic()
        while not ended.wait(_LOOK_EVERY_SECONDS):
            detail = dockerfile_step(log) if log else ""
            self._progress.update(task, description=f"{title} {detail}".rstrip())
            now = time.monotonic()
            if not self._drawn and now - last >= _LINE_EVERY_SECONDS:
                last = now
                self._console.print(f"  {title} {detail}: {now - started:.0f} s so far".replace(" :", ":"))

    def finish(self, name: str, reference: str, seconds: float) -> None:
        """Say that an image is ready and which are left.

        Args:
            name: of the image in its recipe.
            reference: name and tag that it got.
            seconds: what its build took.
        """
        self._left.remove(name)
        left = f"; left: {', '.join(self._left)}" if self._left else ""
        self._console.print(f"  built {reference} in {seconds:.0f} s{left}")


def dockerfile_step(log: Path) -> str:
    """The last step that buildah said it began, shortened; empty before the first.

    Args:
        log: buildah's output so far; may be missing.
    """
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    steps = [line for line in lines if "STEP " in line]
    return steps[-1][:_WIDTH] if steps else ""
