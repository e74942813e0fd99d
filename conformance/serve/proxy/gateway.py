"""What all connections of a proxy share: its one target, the way there, and the tap that every exchange goes by."""

from __future__ import annotations

import ssl
from collections import Counter, deque
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

from conformance.serve.proxy.passage import KEPT_BODY, Passage, Raw, problem
from conformance.serve.proxy.tap import Passed, Tap
from conformance.serve.proxy.upstream import Pool
from conformance.transport.target import Target, origin_of


class Waiting(Protocol):
    """A client that waits until exchanges can be handed on again."""

    def go_on(self) -> None:
        """There is room."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether an answer is owed."""
        ...

    last_used: float

    def close(self) -> None:
        """End the connection."""
        ...

    def abort(self) -> None:
        """End it at once."""
        ...


@dataclass(slots=True)
class Counts:
    """What went through. ``broken`` had no answer, ``left`` had a client that did not wait for it.

    ``strange`` is what could not be passed on, by what it was: ``tls``, ``http/2``, ``malformed``, ``tunnel``, ``upgrade`` or
    ``elsewhere``.
    """

    exchanges: int = 0
    broken: int = 0
    left: int = 0
    refused: int = 0
    strange: Counter[str] = field(default_factory=Counter)


class Gateway:
    """One target and the way there. Use it from one event loop.

    Args:
        target: where everything goes.
        tap: takes a copy of every exchange.
        context: for an https target.
        timeout: seconds until a connection is there, and again until an answer begins.
        kept: bytes of a body that are kept for the tap.
    """

    def __init__(
        self, target: Target, tap: Tap, *, context: ssl.SSLContext | None = None, timeout: float = 60.0, kept: int = KEPT_BODY
    ) -> None:
        self.origin, self.kept = target.origin, kept
        self.authority = target.origin.partition("://")[2].encode("ascii" if target.origin.isascii() else "idna")
        self._prefix = target.base[len(target.origin) :].encode()
        self._tap = tap
        self._pool = Pool(host=target.host, port=target.port, context=context, timeout=timeout)
        self._waiting: deque[Waiting] = deque()
        self._active: set[Passage] = set()
        self._numbers = 0
        self.clients: set[Waiting] = set()
        self.counts = Counts()
        tap.when_free(self._resume)

    def next_number(self) -> int:
        """A number for a connection."""
        self._numbers += 1
        return self._numbers

    # The way there

    def route(self, method: bytes, target: bytes, headers: Raw, own: frozenset[str]) -> tuple[bytes, bytes]:
        """The request line's target for the one behind, and the refusal when it is for somebody else.

        ``own`` are the origins that are the proxy itself. ``Host`` is none of them: a client that takes us for a forward proxy
        puts there whom it means to reach.
        """
        found: dict[bytes, bytes] = {}
        for name, value in headers:
            found.setdefault(name.lower(), value)
        upgrade = found.get(b"upgrade", b"").strip().lower()
        if method == b"CONNECT":
            self.counts.strange["tunnel"] += 1
            detail = "this is a gateway to one target and opens no tunnels; use its URL as the base URL of the client"
            return target, self._refused(501, "Not Implemented", detail)
        # A client that offers HTTP/2 goes on in HTTP/1.1 when it is not taken up; one that wants a websocket cannot.
        if upgrade not in {b"", b"h2c"} and b"upgrade" in found.get(b"connection", b"").lower():
            self.counts.strange["upgrade"] += 1
            detail = f"upgrades are not passed on ({upgrade.decode('latin-1')}): what follows would not be HTTP"
            return target, self._refused(501, "Not Implemented", detail)
        if target.startswith(b"/"):
            return self._prefix + target.partition(b"#")[0], b""
        if target == b"*":
            return target, b""
        origin = origin_of(target.decode("latin-1"))
        if not origin or (origin != self.origin and origin not in own):
            self.counts.strange["elsewhere"] += 1
            shown = origin or target[:200].decode("latin-1", "replace")
            return target, self._refused(421, "Misdirected Request", f"this proxy serves {self.origin} alone, not {shown}")
        rest = target.partition(b"#")[0].partition(b"://")[2]
        path = rest[len(rest.partition(b"/")[0].partition(b"?")[0]) :]
        return self._prefix + (path if path.startswith(b"/") else b"/" + path), b""

    def _refused(self, status: int, title: str, detail: str) -> bytes:
        self.counts.refused += 1
        return problem(status, title, detail)

    def unreadable(self, data: bytes) -> None:
        """Note what a client has sent that is not HTTP/1.1."""
        is_tls, is_newer = data[:2] == b"\x16\x03", data.startswith(b"PRI * HTTP/2")
        self.counts.strange["tls" if is_tls else "http/2" if is_newer else "malformed"] += 1

    def send(self, passage: Passage) -> None:
        """Begin to send a request."""
        if self._active:
            passage.alone = False
            for other in self._active:
                other.alone = False
        self._active.add(passage)
        self._pool.send(passage)

    # What became of it

    def passed(self, passage: Passage) -> None:
        """An exchange is complete."""
        self._active.discard(passage)
        self.counts.exchanges += 1
        self._tap.put(_told(passage))

    def broke(self, passage: Passage, kind: str, reason: str) -> None:
        """A request has no answer, or a part of one."""
        self._active.discard(passage)
        self.counts.exchanges += 1
        self.counts.broken += 1
        self._tap.put(_told(passage, kind=kind, reason=reason))

    def left(self, passage: Passage) -> None:
        """A client did not wait for its answer; that says nothing of the target."""
        self._active.discard(passage)
        self.counts.left += 1
        passage.is_dropped = True
        if passage.sender is not None:
            passage.sender.abandon()

    # Pace

    @property
    def is_full(self) -> bool:
        """Whether exchanges have to wait until those before them are handed on."""
        return self._tap.is_full

    def queue(self, client: Waiting) -> None:
        """Have a client go on when there is room."""
        if client not in self._waiting:
            self._waiting.append(client)

    def _resume(self) -> None:
        while self._waiting and not self._tap.is_full:
            self._waiting.popleft().go_on()

    def sweep(self) -> None:
        """Give up on what takes too long."""
        self._pool.sweep()

    def close(self) -> None:
        """Begin to close every connection."""
        for client in tuple(self.clients):
            client.close()
        self._pool.close()

    @property
    def is_closed(self) -> bool:
        """Whether no connection is left."""
        return not (self.clients or self._pool.connections)

    def abort(self) -> None:
        """Close at once what is left."""
        for client in tuple(self.clients):
            client.abort()
        self._pool.abort()


def _told(passage: Passage, *, kind: str = "", reason: str = "") -> Passed:
    now = perf_counter()
    return Passed(
        connection=passage.number, started=passage.started, elapsed=now - (passage.asked or passage.since), alone=passage.alone,
        method=passage.method, target=passage.target, request_headers=passage.request.headers, request_size=passage.request.size,
        request_body=b"".join(passage.request.parts) if passage.request.is_whole else None, status=passage.status,
        response_headers=passage.answer.headers, response_size=passage.answer.size,
        response_body=b"".join(passage.answer.parts) if passage.answer.is_whole else None, kind=kind, reason=reason,
    )  # fmt: skip
