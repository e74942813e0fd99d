"""The syntax of ECMA-262 regular expressions, as lenient as the language itself (its Annex B).

JSON Schema asks for this dialect (2020-12 section 6.4 of core). Only what no engine of that language takes is
reported, so that a pattern which some validator cannot compile is not called invalid.
"""

from __future__ import annotations

import re

_GROUP = re.compile(r"\?(:|=|!|<=|<!|<(?P<name>[A-Za-z_$][\w$]*)>|[ims]*(-[ims]*)?:)")
_BRACES = re.compile(r"\{(\d+)(?:(,)(\d*))?\}", re.ASCII)
_NAMED = re.compile(r"\\k<([^>]*)>")
_ASSERTION = re.compile(r"\\[bB]|[\^$]")


def syntax_problem(pattern: str) -> str | None:
    """What is wrong with a pattern, or ``None`` when it is valid."""
    return _Reader(pattern).problem()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._open: list[bool] = []
        self._names: list[str] = []
        self._can_repeat = False

    def problem(self) -> str | None:
        while self._at < len(self._pattern):
            found = self._step()
            if found is not None:
                return found
        if self._open:
            return "a group is not closed"
        unknown = [name for name in _NAMED.findall(self._pattern) if name not in self._names]
        return f"there is no group named {unknown[0]!r}" if self._names and unknown else None

    def _step(self) -> str | None:
        character = self._pattern[self._at]
        if character in "*+?{":
            return self._quantifier(character)
        step = {"\\": self._escape, "[": self._class, "(": self._group, ")": self._close}.get(character)
        if step is not None:
            return step()
        self._at += 1
        self._can_repeat = character not in "|^$"
        return None

    def _escape(self) -> str | None:
        if self._at + 1 >= len(self._pattern):
            return "it ends with a backslash"
        self._can_repeat = _ASSERTION.match(self._pattern, self._at) is None
        self._at += 2
        return None

    def _quantifier(self, character: str) -> str | None:
        length = 1
        if character == "{":
            braces = _BRACES.match(self._pattern, self._at)
            if braces is None:
                self._at, self._can_repeat = self._at + 1, True
                return None
            length = len(braces.group())
            if braces.group(3) and int(braces.group(1)) > int(braces.group(3)):
                return f"the bounds of {braces.group()} are out of order"
        if not self._can_repeat:
            return f"there is nothing to repeat before {self._pattern[self._at : self._at + length]!r}"
        self._at += length
        if self._pattern.startswith("?", self._at):
            self._at += 1
        self._can_repeat = False
        return None

    def _group(self) -> str | None:
        self._at += 1
        looks = False
        if self._pattern.startswith("?", self._at):
            opened = _GROUP.match(self._pattern, self._at)
            if opened is None:
                return f"({self._pattern[self._at : self._at + 3]} opens no kind of group that the dialect has"
            self._at = opened.end()
            looks = opened.group(1) in {"<=", "<!"}
            if opened.group("name"):
                self._names.append(opened.group("name"))
        self._open.append(not looks)
        self._can_repeat = False
        return None

    def _close(self) -> str | None:
        if not self._open:
            return "a group is closed that was not opened"
        self._can_repeat = self._open.pop()
        self._at += 1
        return None

    def _class(self) -> str | None:
        self._at += 1
        if self._pattern.startswith("^", self._at):
            self._at += 1
        before: str | None = None
        is_range = False
        while self._at < len(self._pattern) and self._pattern[self._at] != "]":
            member, width = self._member()
            if is_range:
                if before is not None and member is not None and before > member:
                    return f"the range {before}-{member} is out of order"
                before, is_range = None, False
            elif self._pattern[self._at] == "-" and before is not None and self._pattern[self._at + 1 : self._at + 2] != "]":
                is_range = True
            else:
                before = member
            self._at += width
        if self._at >= len(self._pattern):
            return "a character class is not closed"
        self._at += 1
        self._can_repeat = True
        return None

    def _member(self) -> tuple[str | None, int]:
        """One member of a class: the character, when it is a plain one, and its width."""
        character = self._pattern[self._at]
        if character != "\\":
            return character, 1
        escaped = self._pattern[self._at + 1 : self._at + 2]
        # An escape of a letter or digit may be a set or a code; only punctuation surely means itself.
        return (escaped if not escaped.isalnum() and escaped else None), 2
