"""The last look at what was written: whether a secret that was seen stands in it after all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from conformance.redaction.written import forms

_CHUNK = 1 << 22
_GRAM = 8
_STRIDE = 8


class Sought:
    """Secrets in all their forms, ready to be looked for.

    Long ones are found by their eighths: of any text as long as ``_GRAM + _STRIDE - 1``, one of its pieces of ``_GRAM`` bytes
    stands at a multiple of ``_STRIDE``, so a file is looked through in strides, however many secrets there are.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        every = {form.encode("utf-8", "surrogatepass") for secret in secrets for form in forms(secret)}
        self._short = [one for one in every if len(one) < _GRAM + _STRIDE - 1]
        self._long: dict[bytes, list[bytes]] = {}
        for one in every:
            if len(one) >= _GRAM + _STRIDE - 1:
                for at in range(_STRIDE):
                    self._long.setdefault(one[at : at + _GRAM], []).append(one)
        self._longest = max(map(len, every), default=0)

    def stands_in(self, data: bytes) -> bool:
        """Whether one of them stands in some bytes."""
        if any(one in data for one in self._short):
            return True
        if not self._long:
            return False
        for at in range(0, len(data) - _GRAM + 1, _STRIDE):
            for one in self._long.get(data[at : at + _GRAM], ()):
                start = max(0, at - len(one))
                if one in data[start : at + len(one) + _GRAM]:
                    return True
        return False

    def stands_in_file(self, path: Path) -> bool:
        """Whether one of them stands in a file.

        Raises:
            OSError: when it cannot be read.
        """
        kept = b""
        with path.open("rb") as file:
            while data := file.read(_CHUNK):
                if self.stands_in(kept + data):
                    return True
                kept = data[-self._longest :] if self._longest else b""
        return False


def expunged(paths: Iterable[Path], secrets: Iterable[str]) -> dict[Path, str]:
    """Search files for secrets, and delete each that holds one or cannot be searched: whatever happens, none is just left.

    Args:
        paths: the files.
        secrets: what must not stand in them.

    Returns:
        For each file that could not stay, a sentence that says why, and what became of it.
    """
    try:
        sought, broken = Sought(secrets), ""
    except Exception as raised:
        sought, broken = None, _reason(raised)
    found = {}
    for path in paths:
        why = _why_not(path, sought) if sought is not None else f"{path} could not be searched for secrets: {broken}"
        if why:
            found[path] = f"{why}; {_gone(path)}"
    return found


def _why_not(path: Path, sought: Sought) -> str:
    """Why a file may not stay; empty when it may."""
    try:
        return f"a secret was left in {path}" if sought.stands_in_file(path) else ""
    except Exception as raised:
        return f"{path} could not be searched for secrets: {_reason(raised)}"


def _gone(path: Path) -> str:
    """What became of a file that may not stay: gone, or at least empty, or still there."""
    try:
        path.unlink(missing_ok=True)
    except Exception as raised:
        try:
            os.truncate(path, 0)
        except Exception:
            return f"IT COULD NOT BE DELETED ({_reason(raised)}) and is still there: delete it before anybody reads it"
        return f"it could not be deleted ({_reason(raised)}), and was emptied"
    return "it was deleted"


def _reason(raised: Exception) -> str:
    # Of an error of the system, what it says; of any other, its kind alone: its text may hold what was sought.
    return (isinstance(raised, OSError) and raised.strerror) or type(raised).__name__
