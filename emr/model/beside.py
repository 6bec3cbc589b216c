"""Files that are given together, as one of them sees the others. Pure: their texts are at hand."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from emr.model.tree import HOLE


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The other files of an input.

    Args:
        here: name of the file that is read.
        texts: name -> text, of all that are given.
        taken: names of those that the file names, and that were read as a part of it.
    """

    here: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def take(self, reference: str) -> tuple[str, str] | None:
        """Name and text of a file that this one names; None if it is not given, or several may be meant.

        Args:
            reference: as it stands there, such as `file://conf/steps.json`.
        """
        path = HOLE.sub("", re.sub(r"^(file|fileb)://", "", reference.strip()))
        wanted = posixpath.normpath(path).lstrip("/")
        if re.match(r"\w+:", wanted) or wanted in ("", "."):
            return None
        near = posixpath.normpath(posixpath.join(posixpath.dirname(self.here), wanted))
        name = near if near in self.texts else self._only(wanted)
        if name is None or name == self.here:
            return None
        self.taken.add(name)
        return name, self.texts[name]

    def with_file(self, name: str, text: str) -> Beside:
        """The same files and one that this one writes itself.

        Args:
            name: as it stands there.
            text: what is written.
        """
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.here), HOLE.sub("", name)))
        return replace(self, texts={**self.texts, path: text})

    def _only(self, wanted: str) -> str | None:
        """The one file of that path, wherever its folder lies; else the one of that name."""
        for end in (f"/{wanted.removeprefix('../')}", f"/{posixpath.basename(wanted)}"):
            fits = [each for each in self.texts if f"/{each}".endswith(end)]
            if fits:
                return fits[0] if len(fits) == 1 else None
        return None
