"""Recordings made again from live answers: what is written, when nothing is, and how.

A recording is written anew only when every one of its calls was answered as it was before, success by success and refusal
by refusal. Otherwise what failed would become what is expected. What is written has gone through the redactor, is
searched once more for every credential that was seen, and takes the place of the file in one step.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from conformance.cases.har import to_har
from conformance.cases.ndjson import heading, line
from conformance.cases.recorded import RecordedExchange, Recording
from conformance.errors import ConformanceError, OutputError
from conformance.model.message import Response
from conformance.model.operation import Operation
from conformance.redaction.scan import Sought
from conformance.run.identity import json_body
from conformance.run.replay import ReplayedEntry
from conformance.run.volatile import apart

FORMS = ("har", "ndjson")
"""The formats that are written; what came in another is written as HAR."""


class Leak(ConformanceError):
    """A credential stands in what was about to be written, so nothing was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(path)

    def __str__(self) -> str:
        return f"{self.path} was not written: a credential would stand in it; leave out the call whose answer holds it"


def refreshed(
    entries: Mapping[int, ReplayedEntry], again: Sequence[Mapping[int, ReplayedEntry]] = ()
) -> tuple[RecordedExchange, ...] | str:
    """The exchanges of a recording as they are now, or why they cannot be told.

    Args:
        entries: what replaying it gave, redacted.
        again: what replaying it more often gave, which shows what moves.
    """
    found: list[RecordedExchange] = []
    for position, entry in sorted(entries.items()):
        exchange = entry.exchange
        if entry.is_alone:
            continue
        why = _why_not(entry)
        if why:
            return f"entry {entry.recorded.index}, {entry.label}: {why}"
        assert exchange is not None
        assert isinstance(exchange.response, Response)
        url = _home(exchange.request.url, entry.recorded.request.url, entry.operation)
        found.append(RecordedExchange(
            request=replace(exchange.request, url=url),
            response=exchange.response,
            source_file=entry.recorded.source_file,
            index=len(found),
            **_moving(exchange.response, [take.get(position) for take in again]),
        ))  # fmt: skip
    return tuple(found)


def _why_not(entry: ReplayedEntry) -> str:
    """Why an entry cannot be written anew, empty when it can."""
    answer = entry.exchange.response if entry.exchange is not None else None
    if entry.skipped:
        return entry.skipped
    if not isinstance(answer, Response):
        return f"no answer: {answer.reason}" if answer is not None else "it was not sent"
    if answer.status // 100 != entry.recorded_status // 100:
        return f"the recording has {entry.recorded_status}, the answer is {answer.status}"
    return "a body has a coding that cannot be read, so nobody can say what it holds" if entry.left_out else ""


def _moving(answer: Response, others: Sequence[ReplayedEntry | None]) -> dict[str, Any]:
    """What moves from take to take, where each of them was answered alike."""
    answers = [other.exchange.response for other in others if other is not None and other.exchange is not None]
    if not others or len(answers) < len(others):
        return {}
    bodies = [json_body(one) for one in answers if isinstance(one, Response) and one.status == answer.status]
    if len(bodies) < len(others):
        return {}
    body = json_body(answer)
    return {"volatile": frozenset(place for other in bodies for place in apart(body, other)), "takes": 1 + len(bodies)}


def _home(sent: str, recorded: str, operation: Operation | None) -> str:
    """A URL of the target at the service of the recording."""
    here, there = urlsplit(sent), urlsplit(recorded)
    if operation is None:
        path = there.path
    else:
        depth = len(operation.path.split("/")) - 1
        path = "/".join([*there.path.split("/")[:-depth], *here.path.split("/")[-depth:]])
    return urlunsplit((there.scheme, there.netloc.rpartition("@")[2], path, here.query, ""))


def content(recording: Recording, exchanges: Sequence[RecordedExchange], *, origin: str, now: float, document: str) -> bytes:
    """What is written: NDJSON for NDJSON, HAR for all else.

    Args:
        recording: what it was before.
        exchanges: what it is now.
        origin: what answered.
        now: seconds since the epoch.
        document: its title.
    """
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if recording.form == "ndjson":
        return heading(began=moment, target=origin, document=document) + b"".join([
            line(one.request, one.response, started=moment, connection=1, volatile=one.volatile, takes=one.takes)
            for one in exchanges
        ])  # fmt: skip
    har = to_har([replace(one, started=moment) for one in exchanges], comment=recording.comment, origin=origin)
    return (json.dumps(har, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def place(recording: Recording, is_taken: Callable[[Path], bool] = Path.exists) -> Path:
    """Where a recording is written: over itself, or beside a file whose format is not written."""
    path = Path(recording.source)
    if recording.form in FORMS:
        return path
    beside = path.with_suffix(".har")
    return beside if beside != path and not is_taken(beside) else path.with_name(f"{path.stem}-live.har")


def write(path: Path, data: bytes, *, secrets: Sequence[str]) -> None:
    """Put a file in the place of another in one step, with the rights that it had; a new one is for its owner alone.

    Raises:
        Leak: when a secret stands in it. Nothing is written then.
        OutputError: when it cannot be written. What was there stays.
    """
    if Sought(secret for secret in secrets if len(secret) >= 8).stands_in(data):
        raise Leak(path)
    scratch = ""
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).chmod(mode)
        Path(scratch).replace(path)
    except OSError as raised:
        if scratch:
            Path(scratch).unlink(missing_ok=True)
        raise OutputError(path=str(path), reason=raised.strerror or str(raised), option="PATH") from None
