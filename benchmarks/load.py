"""A client that costs little: raw sockets, keep-alive, one request at a time on each of several connections."""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_PATIENCE = 15.0
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a load brought. ``seconds`` are of the clock, ``client`` is what the client itself used of the CPU."""

    statuses: Counter[int]
    seconds: float
    client: float
    size: int

    @property
    def count(self) -> int:
        """How many answers came."""
        return self.statuses.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, its body unchunked."""

    status: int
    body: bytes


class _Connection:
    __slots__ = ("buffer", "end", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.end = b"", -1

    def whole(self) -> bool:
        """Whether what has arrived is a whole answer."""
        if self.end < 0:
            head = self.buffer.find(b"\r\n\r\n")
            if head < 0:
                return False
            length = _length(self.buffer[:head].lower())
            self.end = 0 if length is None else head + 4 + length
        return self.buffer.endswith(b"0\r\n\r\n") if self.end == 0 else len(self.buffer) >= self.end


def _length(head: bytes) -> int | None:
    """The length of the body; ``None`` when it comes in chunks."""
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        return int(head[at + 17 :].partition(b"\r\n")[0])
    return None if b"\r\ntransfer-encoding: chunked" in head else 0


def load(port: int, requests: Sequence[bytes], *, seconds: float = 1e9, count: int = 1 << 60, connections: int = 8) -> Load:
    """Send ``requests`` in turn until time or count is over.

    Raises:
        OSError: when the server closes a connection, or is silent for long.
    """
    poll, held = select.epoll(), {}
    statuses: Counter[int] = Counter()
    sent = size = 0
    started, used = time.perf_counter(), time.process_time()
    end = started + seconds
    try:
        for _ in range(min(connections, count)):
            connection = _Connection(port)
            held[connection.socket.fileno()] = connection
            poll.register(connection.socket.fileno(), select.EPOLLIN)
            connection.socket.sendall(requests[sent % len(requests)])
            sent += 1
        waiting = len(held)
        while waiting:
            ready = poll.poll(_PATIENCE)
            if not ready:
                raise TimeoutError(f"no answer within {_PATIENCE:.0f} s")
            for number, _ in ready:
                connection = held[number]
                data = connection.socket.recv(_CHUNK)
                if not data:
                    raise ConnectionError("the server closed the connection")
                connection.buffer = connection.buffer + data if connection.buffer else data
                if not connection.whole():
                    continue
                statuses[int(connection.buffer[9:12])] += 1
                size += len(connection.buffer)
                connection.buffer, connection.end = b"", -1
                if sent < count and time.perf_counter() < end:
                    connection.socket.sendall(requests[sent % len(requests)])
                    sent += 1
                else:
                    waiting -= 1
    finally:
        poll.close()
        for connection in held.values():
            connection.socket.close()
    return Load(statuses=statuses, seconds=time.perf_counter() - started, client=time.process_time() - used, size=size)


def ask(port: int, request: bytes) -> Answer:
    """One request on a connection of its own.

    Raises:
        OSError: when there is no answer.
    """
    connection = _Connection(port)
    try:
        connection.socket.sendall(request)
        while not connection.whole():
            data = connection.socket.recv(_CHUNK)
            if not data:
                raise ConnectionError("the server closed the connection")
            connection.buffer += data
    finally:
        connection.socket.close()
    head, _, body = connection.buffer.partition(b"\r\n\r\n")
    return Answer(status=int(head[9:12]), body=_joined(body) if connection.end == 0 else body)


def _joined(chunks: bytes) -> bytes:
    found = []
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if not length:
            break
        found.append(rest[:length])
        chunks = rest[length + 2 :]
    return b"".join(found)


def message(method: str, path: str, body: bytes | None = None) -> bytes:
    """A request in bytes, with a credential."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Authorization: Bearer benchmark", "Accept: application/json"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")
