"""A recording that is written while the traffic goes by: appended a line at a time, for the owner's eyes alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.cases.ndjson import heading, line
from conformance.errors import OutputError
from conformance.model.message import NoResponse, Request, Response

SUFFIX = ".ndjson"
_TRIES = 1000


class Recorder:
    """One file of one session, new and with mode 0600, in a folder that is made when it is not there (0700).

    A line is handed to the system in one piece before the next exchange is looked at, so nothing but a line that was
    being written is lost when the process is killed.

    Args:
        folder: where the file is made; ``20261122T143000Z.ndjson``, with a number when that is taken.
        began: seconds since the epoch; gives the name.
        facts: what the first line says of the session. It must hold no secret.

    Raises:
        OutputError: when the file cannot be made.
    """

    def __init__(self, folder: Path, *, began: float, **facts: Any) -> None:
        moment = datetime.fromtimestamp(began, UTC)
        self.count = 0
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path, self._file = _fresh(folder, moment.strftime("%Y%m%dT%H%M%SZ"))
            self._append(heading(began=_iso(began), **facts))
        except OSError as raised:
            reason = raised.strerror or str(raised)
            raise OutputError(path=str(folder), reason=reason, option="--record") from None

    def add(
        self, request: Request, response: Response | NoResponse, *, started: float, connection: int,
        left_out: tuple[int, int] = (0, 0),
    ) -> bytes:  # fmt: skip
        """Append one exchange, redacted before; returns what was written.

        Raises:
            OSError: when it cannot be written, as on a full disk. What is torn then is cut off again.
        """
        written = line(request, response, started=_iso(started), connection=connection, left_out=left_out)
        self._append(written)
        self.count += 1
        return written

    def _append(self, data: bytes) -> None:
        before = os.fstat(self._file).st_size
        try:
            sent = os.write(self._file, data)
            while sent < len(data):  # a signal, or little room
                sent += os.write(self._file, data[sent:])
        except OSError:
            os.ftruncate(self._file, before)
            raise

    def close(self) -> None:
        """Make it last."""
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1


def _fresh(folder: Path, name: str) -> tuple[Path, int]:
    for number in range(_TRIES):
        path = folder / f"{name}{f'-{number}' if number else ''}{SUFFIX}"
        try:
            return path, os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
    raise FileExistsError(f"there are {_TRIES} files of this second already")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
