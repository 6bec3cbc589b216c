"""A Git repository that somebody pushes to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dulwich import porcelain
from dulwich.repo import Repo


class Pushed:
    """A repository that somebody pushes to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = Repo.init(str(folder), mkdir=True, default_branch=b"main")

    def commit(self, files: Mapping[str, str | None], *, after: str = "") -> str:
        """Commit files, None for those to delete; `after` begins anew at an older commit."""
        if after:
            porcelain.reset(self.repo, "hard", after)
        for path, text in files.items():
            target = self.folder / path
            if text is None:
                porcelain.remove(self.repo, [str(target)])
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            porcelain.add(self.repo, [str(target)])
        made = porcelain.commit(self.repo, message=b"a change", author=b"a <a@b>", committer=b"a <a@b>")
        return made.decode()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"file://{self.folder}"
