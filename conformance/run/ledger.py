"""What a run created, on disk as it happens, so that it can be deleted also when the run was killed.

The file is a line of JSON an event, each written with one call at the file's end, so that processes can share it and
nothing of theirs gets mixed. It holds labels, paths and times, and of what a request says salted digests alone.

- ``{"run": ID, "target": URL, "time": ..., "auth": [[NAME, "Bearer {token}"]], "headers": [NAME]}`` opens a run.
- ``{"run": ID, "begin": KEY, "operation": LABEL, "path": PATH, "time": ...}`` stands before a request that may create.
- ``{"run": ID, "end": KEY, "made": [{"path": PATH, "delete": QUERY | null}]}`` after its answer. A request that has begun
  and not ended may have created something that nobody knows of.
- ``{"run": ID, "gone": PATH}`` says that something is there no more.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.errors import UsageError

LEDGER = "ledger.jsonl"
"""The file's name in the folder of a run."""

_SECRET = re.compile(r"pass|secret|token|key|cred|pin|auth|private|cert|cvv|card", re.IGNORECASE)
_LEAST = 4
_text_of = json.JSONEncoder(sort_keys=True, default=str).encode
WEAK = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that a run created. ``delete`` is the query of its deletion, ``None`` when the document has none.

    ``path`` is decoded. ``doubt`` says why it is not to be deleted although it may have been made.
    """

    operation: str
    path: str
    delete: str | None = None
    doubt: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A request that may have created something, and whose answer nobody saw.

    ``content`` has digests of what it said, by field. ``query`` is that of a deletion. ``segment`` is how a thing of the
    collection is named, ``{id}``; ``None`` when the path cannot be read, or is that of the thing itself.
    """

    key: str
    operation: str
    path: str
    time: float
    content: Mapping[str, str]
    query: str | None = None
    segment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a run has left, in the order it was created.

    ``auth`` are the headers that carry the token, with ``{token}`` in its place; ``headers`` are names of further ones
    that the run was given.
    """

    run: str
    target: str
    time: str = ""
    auth: tuple[tuple[str, str], ...] = ()
    headers: tuple[str, ...] = ()
    things: tuple[Thing, ...] = ()
    begun: tuple[Begun, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left that could be deleted or looked for."""
        return not self.begun and not any(thing.delete is not None and not thing.doubt for thing in self.things)


class Ledger:
    """The file, for writing. Picklable, and safe to use from several threads and processes.

    Args:
        path: the file.
        run: the id of the run that writes.
    """

    def __init__(self, path: Path, run: str) -> None:
        self.path, self.run = path, run
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._file: int | None = None

    def __reduce__(self) -> tuple[type[Ledger], tuple[Path, str]]:
        return Ledger, (self.path, self.run)

    def __del__(self) -> None:
        if self._file is not None:
            os.close(self._file)

    def open(self, *, target: str, auth: Iterable[tuple[str, str]], headers: Iterable[str]) -> None:
        """Write the first line of a run."""
        self._write({"target": target, "time": _now(), "auth": [list(pair) for pair in auth], "headers": list(headers)})

    def begin(self, operation: str, path: str, *, content: Any, query: str | None, segment: str | None) -> str:
        """A request is about to leave that may create something; returns the key to end it with."""
        key = f"{os.getpid()}-{next(self._numbers)}"
        self._write({
            "begin": key, "operation": operation, "path": path, "time": _now(), "delete": query, "segment": segment,
            "content": digests(content, self.run),
        })  # fmt: skip
        return key

    def end(self, key: str, things: Iterable[Thing] = ()) -> None:
        """The answer is known, and with it what was created."""
        made = [{name: getattr(thing, name) for name in ("operation", "path", "delete", "doubt")} for thing in things]
        self._write({"end": key, "made": made, "time": _now()} if made else {"end": key})

    def gone(self, path: str) -> None:
        """Something is there no more."""
        self._write({"gone": path})

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            if self._file is None:
                self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        os.write(self._file, (json.dumps({"run": self.run, **line}, ensure_ascii=True) + "\n").encode())


def digests(content: Any, salt: str) -> dict[str, str]:
    """What tells one request's content from another's, without saying it: for each field that is no secret.

    A value that many things have (``true``, ``""``, ``1``) is marked ``WEAK``.
    """
    if not isinstance(content, dict):
        return {}
    found = {}
    for name, value in content.items():
        if not _SECRET.search(name):
            text = _text_of(value)
            weak = WEAK if len(text) < _LEAST or isinstance(value, bool) or value is None else ""
            found[name] = weak + hashlib.sha256(f"{salt}\0{name}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return found


def accounts(path: Path) -> list[Account]:
    """What the runs of a ledger have left; a line that was cut short is passed over.

    Raises:
        UsageError: when it cannot be read, or is no ledger.
    """
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError as raised:
        raise UsageError(f"cannot read the ledger {path}: {(raised.strerror or str(raised)).lower()}") from None
    found: dict[str, _Open] = {}
    for number, line in enumerate(lines, 1):
        event = _event(line)
        if event is None and number == 1:
            raise UsageError(f"{path} is no ledger of a run: line 1 is not one of its events")
        if event is None:
            continue
        account = found.get(event["run"])
        if account is not None:
            account.take(event)
        elif isinstance(event.get("target"), str):
            found[event["run"]] = _Open(event)
    return [account.closed() for account in found.values()]


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("run"), str) else None


class _Open:
    """A run's account while its lines are read."""

    def __init__(self, event: dict[str, Any]) -> None:
        auth = tuple((pair[0], pair[1]) for pair in _list(event.get("auth")) if isinstance(pair, list) and len(pair) == 2)
        self._account = Account(
            run=event["run"], target=event["target"], time=_text(event.get("time")),
            auth=tuple((name, value) for name, value in auth if isinstance(name, str) and isinstance(value, str)),
            headers=tuple(name for name in _list(event.get("headers")) if isinstance(name, str)),
        )  # fmt: skip
        self._things: dict[str, Thing] = {}
        self._begun: dict[str, Begun] = {}

    def take(self, event: dict[str, Any]) -> None:
        key, gone = event.get("begin"), event.get("gone")
        if isinstance(key, str):
            content = event.get("content")
            self._begun[key] = Begun(
                key=key, operation=_text(event.get("operation")), path=_text(event.get("path")), time=_seconds(event.get("time")),
                content=content if isinstance(content, dict) else {}, query=_query(event.get("delete")),
                segment=_query(event.get("segment")),
            )  # fmt: skip
        elif isinstance(event.get("end"), str):
            self._begun.pop(event["end"], None)
            for made in _list(event.get("made")):
                if isinstance(made, dict) and isinstance(made.get("path"), str):
                    path = made["path"]
                    self._things[path] = Thing(
                        operation=_text(made.get("operation")), path=path, delete=_query(made.get("delete")),
                        doubt=_text(made.get("doubt")), time=_text(event.get("time")),
                    )  # fmt: skip
        elif isinstance(gone, str):
            # What was below it went with it.
            for path in [path for path in self._things if path == gone or path.startswith(gone + "/")]:
                del self._things[path]

    def closed(self) -> Account:
        account = self._account
        return Account(run=account.run, target=account.target, time=account.time, auth=account.auth, headers=account.headers,
                       things=tuple(self._things.values()), begun=tuple(self._begun.values()))  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _seconds(value: Any) -> float:
    try:
        return datetime.fromisoformat(_text(value)).timestamp()
    except ValueError:
        return 0.0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _query(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
