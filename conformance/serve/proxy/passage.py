"""One request on its way through the proxy, and what of it is kept for those who judge.

What a gateway changes (RFC 9110 section 7.6.1): headers of the connection are its own on each side, and ``Host`` is the
target's. Everything else stays as it is: names, case, order, duplicates, codings, interim answers and trailers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

Raw = list[tuple[bytes, bytes]]

KEPT_BODY = 4 << 20
"""Bytes of a body that are kept to be judged and recorded. A longer one passes, and its exchange is noted as not judged."""

_OF_THE_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade", b"proxy-authorization", b"x-conformance-test"}
)


class Receiver(Protocol):
    """Where an answer goes."""

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...

    def pace(self, *, held: bool) -> None:
        """Send no more of the request for a while, or go on."""
        ...

    def ended(self, passage: Passage, rest: bytes, *, is_reusable: bool) -> None:
        """The answer is complete with ``rest``; whether the connection can go on after it comes along."""
        ...

    def failed(self, passage: Passage, kind: str, reason: str) -> None:
        """There is no answer, or it broke off."""
        ...


class Sender(Protocol):
    """Where a request goes."""

    def forward(self) -> None:
        """More of it has arrived."""
        ...

    def pause(self, *, held: bool) -> None:
        """Bring no more of the answer for a while, or go on."""
        ...

    def abandon(self) -> None:
        """Nobody waits for the answer any more."""
        ...


@dataclass(slots=True)
class Copy:
    """The part of a message that is kept. ``size`` is of the whole body, also when ``parts`` had to be let go."""

    limit: int
    headers: Raw = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, data: bytes) -> None:
        """Take in a part of the body."""
        self.size += len(data)
        if self.size <= self.limit:
            self.parts.append(data)
        elif self.parts:
            self.parts.clear()

    @property
    def is_whole(self) -> bool:
        """Whether the body is here as it was."""
        return self.size <= self.limit


@dataclass(slots=True, eq=False)
class Passage:
    """One request with what has arrived of it, and its answer as far as it came.

    ``target`` is what stands in the request line to the target. ``parts`` wait to be sent. Times are of ``perf_counter``, but
    ``started``, which is of the clock. ``alone`` is whether no other exchange was under way at any time.
    """

    client: Receiver
    method: bytes
    target: bytes
    is_old: bool
    keep_alive: bool
    request: Copy
    answer: Copy
    number: int
    head: bytes = b""
    is_chunked: bool = False
    parts: list[bytes] = field(default_factory=list)
    waiting: int = 0
    is_complete: bool = False
    has_begun: bool = False
    status: int = 0
    started: float = field(default_factory=time.time)
    since: float = field(default_factory=perf_counter)
    asked: float = 0.0
    alone: bool = True
    refusal: bytes = b""
    sender: Sender | None = None
    is_dropped: bool = False

    def feed(self, data: bytes) -> None:
        """Part of the body, framed for the target."""
        self.request.add(data)
        self.parts.append(b"%x\r\n%b\r\n" % (len(data), data) if self.is_chunked else data)
        self.waiting += len(data)

    def finish(self, trailers: Raw) -> None:
        """The request is whole."""
        if self.is_chunked:
            self.parts.append(last_chunk(trailers))
        self.is_complete = True

    def take(self) -> bytes:
        """What has to be sent now."""
        data = b"".join(self.parts)
        self.parts.clear()
        self.waiting = 0
        if self.is_complete:
            self.asked = perf_counter()
        return data


def last_chunk(trailers: Raw) -> bytes:
    """The end of a chunked body (RFC 9112 section 7.1.2)."""
    return b"0\r\n" + b"".join(b"%b: %b\r\n" % pair for pair in trailers) + b"\r\n"


def passed_on(headers: Raw) -> Raw:
    """Headers without those of the connection, and without those that it names."""
    named: set[bytes] = set()
    for name, value in headers:
        if len(name) == 10 and name.lower() == b"connection":
            named.update(option.strip().lower() for option in value.split(b","))
    # What a test calls itself is for the proxy alone. A body would lose its frame, or its meaning, if these went.
    dropped = _OF_THE_CONNECTION | (named - {b"content-length", b"transfer-encoding", b"host", b"content-type"})
    return [pair for pair in headers if pair[0].lower() not in dropped]


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Header fields as they stand on the wire."""
    return b"".join([b"%b: %b\r\n" % pair for pair in headers])


def problem(status: int, title: str, detail: str) -> bytes:
    """An answer of the proxy's own (RFC 9457); the connection ends with it."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    return (
        b"HTTP/1.1 %d %b\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\nX-Conformance-Proxy: 1\r\n"
        b"Connection: close\r\n\r\n%b" % (status, title.encode("latin-1", "replace"), len(body), body)
    )
