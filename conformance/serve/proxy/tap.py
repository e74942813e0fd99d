"""From the proxy to the process that records and judges: copies of exchanges over a socket pair, in their order.

An exchange is written to the socket before the last byte of its answer goes to the client, so that it outlives the
proxy: whatever is in the socket when a proxy is killed, its witness still reads. The two ends are always the
same program, so ``marshal`` is the format between them, behind four bytes of length.
"""

from __future__ import annotations

import asyncio
import marshal
import select
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

_LENGTH = struct.Struct("!I")
_MOST_WAITING = 1 << 22
_READ = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A copy of one exchange, as it was on the wire.

    ``started`` is in seconds since the epoch, ``elapsed`` in seconds. ``alone``: no other exchange overlapped it. A body
    is ``None`` when it was too long to be kept. ``kind`` and ``reason`` are those of ``NoResponse``, empty with an answer.
    """

    connection: int
    started: float
    elapsed: float
    alone: bool
    method: bytes
    target: bytes
    request_headers: list[tuple[bytes, bytes]]
    request_body: bytes | None
    request_size: int
    status: int
    response_headers: list[tuple[bytes, bytes]]
    response_body: bytes | None
    response_size: int
    kind: str = ""
    reason: str = ""

    def packed(self) -> bytes:
        """The bytes that ``unpacked`` reads."""
        return marshal.dumps((
            self.connection, self.started, self.elapsed, self.alone, self.method, self.target, self.request_headers,
            self.request_body, self.request_size, self.status, self.response_headers, self.response_body, self.response_size,
            self.kind, self.reason,
        ))  # fmt: skip


def unpacked(data: bytes) -> Passed:
    """What ``packed`` wrote."""
    (connection, started, elapsed, alone, method, target, request_headers, request_body, request_size, status, response_headers,
     response_body, response_size, kind, reason) = marshal.loads(data)  # noqa: S302 - from the other end of our own socket  # fmt: skip
    return Passed(
        connection=connection, started=started, elapsed=elapsed, alone=alone, method=method, target=target,
        request_headers=request_headers, request_body=request_body, request_size=request_size, status=status,
        response_headers=response_headers, response_body=response_body, response_size=response_size, kind=kind, reason=reason,
    )  # fmt: skip


class Tap:
    """The proxy's end. Writes at once what the socket takes, and keeps the rest; ``is_full`` when that is much."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._socket.setblocking(False)
        self._waiting = bytearray()
        self._is_gone = self._is_watched = False
        self._free: Callable[[], None] = lambda: None

    def when_free(self, call: Callable[[], None]) -> None:
        """What to call when there is room again."""
        self._free = call

    @property
    def is_full(self) -> bool:
        """Whether the other end does not keep up."""
        return len(self._waiting) > _MOST_WAITING

    def put(self, passed: Passed) -> None:
        """Hand on one exchange; never waits."""
        if self._is_gone:
            return
        data = passed.packed()
        framed = _LENGTH.pack(len(data)) + data
        if self._waiting:
            self._waiting += framed
            return
        sent = self._sent(framed)
        if sent < len(framed) and not self._is_gone:
            self._waiting += framed[sent:]
            self._watch(on=True)

    def _sent(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            # Without a witness the traffic goes on: who started it sees that it is gone.
            self._is_gone = True
            self._waiting.clear()
            return 0

    def _watch(self, *, on: bool) -> None:
        loop = asyncio.get_running_loop()
        if on and not self._is_watched:
            loop.add_writer(self._socket.fileno(), self._flush)
        elif not on and self._is_watched:
            loop.remove_writer(self._socket.fileno())
        self._is_watched = on

    def _flush(self) -> None:
        was_full = self.is_full
        del self._waiting[: self._sent(self._waiting)]
        if not self._waiting:
            self._watch(on=False)
        if was_full and not self.is_full:
            self._free()

    @property
    def is_empty(self) -> bool:
        """Whether everything has been handed on."""
        return not self._waiting

    def close(self) -> None:
        """Say no more. Call it when the event loop has ended; what still waits is written first."""
        if not self._is_gone and self._waiting:
            self._socket.setblocking(True)
            with suppress(OSError):
                self._socket.sendall(self._waiting)
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)


class Inbox:
    """The other end: what was handed on, packed, in its order."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._held = bytearray()

    def read(self, *, wait: bool) -> list[bytes] | None:
        """What has arrived since; ``None`` when the other end is closed or gone. A torn end is left out.

        Args:
            wait: until something has; otherwise there may be nothing.
        """
        if not wait and not select.select([self._socket], [], [], 0)[0]:
            return []
        try:
            data = self._socket.recv(_READ)
        except OSError:
            return None
        if not data:
            return None
        self._held += data
        held, at, found = self._held, 0, []
        while len(held) - at >= _LENGTH.size:
            size = _LENGTH.unpack_from(held, at)[0]
            if len(held) - at - _LENGTH.size < size:
                break
            at += _LENGTH.size
            found.append(bytes(held[at : at + size]))
            at += size
        del held[:at]
        return found
