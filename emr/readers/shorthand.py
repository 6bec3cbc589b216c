"""The AWS CLI's shorthand: `Type=Spark,Name="a b",Args=[--class,A,s3://b/a.jar]`. Pure.

The grammar is that of awscli/shorthand.py of 1.46.2: values end at a comma, lists stand in brackets or are
values without a key, mappings in braces; quotes and backslashes protect.
"""

from __future__ import annotations

from typing import Any


class ShorthandError(ValueError):
    """A text that is no shorthand."""


def parse(text: str) -> dict[str, Any]:
    """Read one element.

    Args:
        text: without the quotes of a shell.

    Raises:
        ShorthandError: it is none.
    """
    return _Parser(text).mapping(end="")


class _Parser:
    """A parser that reads from left to right.

    Args:
        text: the element.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ends = ","

    def mapping(self, end: str) -> dict[str, Any]:
        """Pairs up to an end."""
        found: dict[str, Any] = {}
        outer, self._ends = self._ends, f",{end}"
        while self._here() != end:
            self._blanks()
            key = self._key()
            self._expect("=")
            found[key] = self._value()
            self._blanks()
            if self._here() == end:
                break
            self._expect(",")
        self._ends = outer
        return found

    def _here(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def _blanks(self) -> None:
        while self._here() and self._here() in " \t\n\r":
            self._at += 1

    def _expect(self, sign: str) -> None:
        if self._here() != sign:
            raise ShorthandError(f"{sign!r} is missing at sign {self._at + 1} of {self._text[:60]!r}")
        self._at += 1

    def _key(self) -> str:
        start = self._at
        while self._here() and (self._here().isalnum() or self._here() in "._-#/:"):
            self._at += 1
        if start == self._at:
            raise ShorthandError(f"a key is missing at sign {start + 1} of {self._text[:60]!r}")
        return self._text[start : self._at]

    def _value(self) -> Any:
        self._blanks()
        if self._here() == "[":
            return self._list()
        if self._here() == "{":
            self._at += 1
            found = self.mapping(end="}")
            self._expect("}")
            return found
        quoted = self._here() in "\"'" and self._here() != ""
        first = self._word(self._ends)
        # `Args="[a,b]"`: one text for the CLI; people mean the list.
        if quoted and first.startswith("[") and first.endswith("]"):
            return _Parser(first)._list()
        return self._followed(first)

    def _followed(self, first: str) -> Any:
        """A value, or the list of it and what follows without a key of its own."""
        values = [first]
        while self._here() == "," and not self._key_follows():
            self._at += 1
            if not self._here():
                break
            values.append(self._word(self._ends))
        return values if len(values) > 1 else first

    def _key_follows(self) -> bool:
        rest = self._text[self._at + 1 :].lstrip()
        head = rest.partition("=")[0]
        return "=" in rest and head.isalnum()

    def _list(self) -> list[Any]:
        self._expect("[")
        found: list[Any] = []
        self._blanks()
        while self._here() and self._here() != "]":
            if self._here() == "{":
                found.append(self._value())
            else:
                found.append(self._word(",]"))
            self._blanks()
            if self._here() == ",":
                self._at += 1
                self._blanks()
        self._expect("]")
        return found

    def _word(self, ends: str) -> str:
        if self._here() and self._here() in "\"'":
            return self._quoted()
        found = ""
        while self._here() and self._here() not in ends:
            if self._here() == "\\" and self._at + 1 < len(self._text):
                self._at += 1
            found += self._here()
            self._at += 1
        return found.strip()

    def _quoted(self) -> str:
        quote, found = self._here(), ""
        self._at += 1
        while self._here() != quote:
            if not self._here():
                raise ShorthandError(f"a quote is not closed in {self._text[:60]!r}")
            if self._here() == "\\" and self._text[self._at + 1 : self._at + 2] in (quote, "\\"):
                self._at += 1
            found += self._here()
            self._at += 1
        self._at += 1
        return found
