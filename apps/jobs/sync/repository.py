"""A Git repository, read only: the newest commit of a branch, and a folder of it as files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from dulwich.client import HTTPProxyUnauthorized, HTTPUnauthorized, get_transport_and_path
from dulwich.errors import (
    ChecksumMismatch,
    GitProtocolError,
    MissingCommitError,
    NotGitRepository,
    ObjectFormatException,
    ObjectMissing,
)
from dulwich.object_store import iter_tree_contents, tree_lookup_path
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo
from dulwich.walk import ORDER_TOPO, WalkEntry, Walker
from urllib3.exceptions import HTTPError

SUFFIXES: Final = (".yaml", ".yml")
"""Files that can be definitions; no other is written to disk."""

MOST_COMMITS: Final = 20_000
"""Commits that are looked through for the last one that touched a file: where a file is older, the oldest of
these stands for it."""


_REFUSED: Final = (
    GitProtocolError,
    HTTPUnauthorized,
    HTTPProxyUnauthorized,
    NotGitRepository,
    HTTPError,
    OSError,
)
_DAMAGED: Final = (ChecksumMismatch, MissingCommitError, ObjectFormatException, ObjectMissing)


class SyncError(Exception):
    """The repository can't be read; the sentence says why, and has no credentials."""


@dataclass(frozen=True, kw_only=True)
class Remote:
    """Where definitions are.

    Args:
        url: the repository's, `https`, `http` or `file`, without credentials.
        branch: the branch that is followed.
        folder: folder of the definitions in it; empty for all of it.
        username: for the server; empty for none.
        password: for the server, such as a token.
    """

    url: str
    branch: str = "main"
    folder: str = ""
    username: str = ""
    password: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("https", "http", "file"):
            raise SyncError(
                f"{parts.scheme or 'no scheme'}: the repository's URL must be https, http or file"
            )
        if parts.username or parts.password:
            raise SyncError("the repository's URL has credentials in it: put them into the Secret")


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A commit's definitions.

    Args:
        head: the commit.
        folder: where the files are.
        commits: the last commit that touched each file, by the file's path below the folder.
    """

    head: str
    folder: Path
    commits: dict[str, str]


class Repository:
    """A copy of a repository, kept up to date; it can be thrown away at any time.

    Args:
        remote: what is followed.
        home: an empty folder for it, or that of an earlier process.
    """

    def __init__(self, remote: Remote, home: Path) -> None:
        self._remote = remote
        self._home = home
        self._touched: dict[tuple[str, bytes], str] = {}

    def fetch(self) -> Checkout:
        """Get the newest commit, and write its definitions to disk.

        A branch that was pushed by force is followed as any other: nothing is merged.

        Raises:
            SyncError: the server, the branch or the folder can't be read.
        """
        try:
            repo = self._opened()
            with repo:
                head = self._newest(repo)
                tree = self._tree(repo, head)
                files = list(_definitions(repo, tree))
                folder = self._written(repo, head, files)
                return Checkout(head=head.decode(), folder=folder, commits=self._commits(repo, head, files))
        except _DAMAGED as error:
            # The copy is of no use; the next look makes another.
            shutil.rmtree(self._home / "repository", ignore_errors=True)
            raise SyncError(
                f"{self._remote.url} was read, and the copy is damaged: {_plain(error)}"
            ) from error
        except _REFUSED as error:
            raise SyncError(f"{self._remote.url} can't be read: {_plain(error)}") from error

    def _opened(self) -> Repo:
        place = self._home / "repository"
        if place.is_dir():
            try:
                return Repo(str(place))
            except NotGitRepository:
                shutil.rmtree(place)
        place.mkdir(parents=True)
        return Repo.init_bare(str(place))

    def _newest(self, repo: Repo) -> ObjectID:
        """The branch's commit, with all that it needs in the copy."""
        name = Ref(f"refs/heads/{self._remote.branch}".encode())
        client, path = get_transport_and_path(
            self._remote.url,
            username=self._remote.username or None,
            password=self._remote.password or None,
        )
        found = client.fetch(
            path, repo, determine_wants=lambda refs, depth=None: [refs[name]] if name in refs else []
        )
        head: ObjectID | None = found.refs.get(name)
        if head is None:
            raise SyncError(
                f"{self._remote.url} has no branch {self._remote.branch}: push it, or name another"
            )
        # Kept as a branch of the copy, so that the next fetch asks for what is new alone.
        repo.refs[name] = head
        return head

    def _tree(self, repo: Repo, head: ObjectID) -> ObjectID:
        commit = repo[head]
        assert isinstance(commit, Commit)  # noqa: S101 - a branch names nothing else
        folder = self._remote.folder.strip("/")
        if not folder:
            whole: ObjectID = commit.tree
            return whole
        try:
            found: ObjectID = tree_lookup_path(repo.__getitem__, commit.tree, folder.encode())[1]
            if isinstance(repo.object_store[found], Tree):
                return found
        except KeyError:
            pass
        raise SyncError(f"commit {head.decode()[:10]} has no folder {folder}: push it, or name another")

    def _written(self, repo: Repo, head: ObjectID, files: list[tuple[str, ObjectID]]) -> Path:
        """The files on disk, in a folder of the commit's own; those of earlier commits are deleted."""
        trees = self._home / "trees"
        folder = trees / head.decode()
        if trees.is_dir():
            for old in trees.iterdir():
                shutil.rmtree(old)
        folder.mkdir(parents=True)
        for path, blob in files:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            content = repo[blob]
            assert isinstance(content, Blob)  # noqa: S101 - the tree says so
            target.write_bytes(content.data)
        return folder

    def _commits(self, repo: Repo, head: ObjectID, files: list[tuple[str, ObjectID]]) -> dict[str, str]:
        """The last commit that touched each file; looked for once for each state of a file."""
        prefix = self._remote.folder.strip("/")
        wanted = {
            (f"{prefix}/{path}" if prefix else path).encode(): path
            for path, blob in files
            if (path, blob) not in self._touched
        }
        found: dict[str, str] = {}
        last = head
        for entry in _history(repo, head) if wanted else ():
            last = entry.commit.id
            for path in _touched(entry):
                if path in wanted:
                    found[wanted.pop(path)] = last.decode()
            if not wanted:
                break
        found.update(dict.fromkeys(wanted.values(), last.decode()))
        self._touched = {(path, blob): found.get(path) or self._touched[path, blob] for path, blob in files}
        return {path: commit for (path, _), commit in self._touched.items()}


def _history(repo: Repo, head: ObjectID) -> Walker:
    """Commits from a head on, children before parents: two of one second have no order by time."""
    return repo.get_walker(include=[head], order=ORDER_TOPO, max_entries=MOST_COMMITS)


def _touched(entry: WalkEntry) -> Iterator[bytes]:
    """Paths that a commit changed; a merge changes what differs from all its parents."""
    for change in entry.changes():
        for each in change if isinstance(change, list) else [change]:
            if each is not None and each.new is not None and each.new.path is not None:
                yield each.new.path


def _definitions(repo: Repo, tree: ObjectID) -> Iterator[tuple[str, ObjectID]]:
    """Plain files that can be definitions: no links, nothing that leads out of the folder."""
    for entry in iter_tree_contents(repo.object_store, tree):
        if entry.mode is None or entry.path is None or entry.sha is None or not S_ISREG(entry.mode):
            continue
        path = PurePosixPath(os.fsdecode(entry.path))
        if path.suffix in SUFFIXES and not path.is_absolute() and ".." not in path.parts:
            yield str(path), entry.sha


def _plain(error: Exception) -> str:
    """What went wrong, in a line, without the credentials that a URL in it may have."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    words = (_without_user(word) for word in text.split())
    return " ".join(words)


def _without_user(word: str) -> str:
    parts = urlsplit(word) if "://" in word else None
    if parts is None or not parts.username:
        return word
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
