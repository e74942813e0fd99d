"""The proxy's side towards a client: requests off the wire in their order, each passed on as it arrives.

What is refused here, with a problem that says so and the end of the connection: another protocol (501), CONNECT (501), and a
target in absolute form for another host than the proxy's or its target's (421, RFC 9110 section 15.5.20).
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from typing import Any, cast

import httptools

from conformance.serve.proxy.gateway import Gateway
from conformance.serve.proxy.passage import Copy, Passage, Raw, lines, passed_on, problem
from conformance.serve.resumed import Resumed, framing
from conformance.transport.target import origin_of

_MOST_HEAD = 1 << 18
_MOST_WAITING = 1 << 18
_LINGER = 2.0
_MALFORMED = problem(400, "Bad Request", "the request is not HTTP/1.1 that can be passed on")
_STATUSES = {"timeout": (504, "Gateway Timeout")}


class Client(asyncio.Protocol):
    """One connection of a client, with one exchange at a time; requests that come meanwhile wait."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[Passage] = deque()
        self._active: Passage | None = None
        self._coming: Passage | None = None
        self._is_last = self._is_held = self._is_target_full = self._is_slow = False
        self._own: frozenset[str] = frozenset()
        self.number = gateway.next_number()
        self.last_used = time.monotonic()
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: Raw = []
        self._trailers: Raw = []
        self._size = 0
        self._in_body = False
        self._owed = b""

    # What the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._own = _names(sock.getsockname())
        self._gateway.clients.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """The client is gone, and nobody waits for what it asked."""
        self._gateway.clients.discard(self)
        self._is_last = True
        self._queue.clear()
        if self._active is not None:
            self._gateway.left(self._active)
            self._active = None

    def data_received(self, data: bytes) -> None:
        """Part of a request, or more than one."""
        self.last_used = time.monotonic()
        if self._is_last:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as raised:
            self._go_on_in_http(data[raised.args[0] :])
        except httptools.HttpParserError:
            self._gateway.unreadable(data)
            self._refuse(_MALFORMED)
        active = self._active
        if active is not None and active.parts and active.sender is not None:
            active.sender.forward()
        self._go_on()

    def _go_on_in_http(self, rest: bytes) -> None:
        """An upgrade that was asked for may be passed over (RFC 9110 section 7.8); it is, unless it was refused."""
        if self._is_last:
            return
        owed, self._owed = self._owed, b""
        self._parser = httptools.HttpRequestParser(Resumed(self) if owed else self)
        if owed or rest:
            self.data_received(owed + rest)

    def eof_received(self) -> bool:
        """The client will say no more, or has left: that looks the same. It gets a moment for an answer to begin."""
        self._is_last = True
        if self._coming is not None and not self._coming.is_complete:
            return False
        asyncio.get_running_loop().call_later(_LINGER, self._give_up)
        return self.is_busy

    def _give_up(self) -> None:
        if not self._is_slow and (self._active is None or not self._active.has_begun):
            self._transport.abort()

    def pause_writing(self) -> None:
        """The client reads slowly."""
        self._is_slow = True
        if self._active is not None and self._active.sender is not None:
            self._active.sender.pause(held=True)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_slow = False
        if self._active is not None and self._active.sender is not None:
            self._active.sender.pause(held=False)
        self._go_on()

    # What the parser says

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begin()

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._url += url
        self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or a trailer."""
        (self._trailers if self._in_body else self._headers).append((name, value))
        self._grow(len(name) + len(value))

    def _grow(self, count: int) -> None:
        self._size += count
        if self._size > _MOST_HEAD:
            raise ValueError("the head of the request is too large")

    def on_headers_complete(self) -> None:
        """The head is there; a refusal waits for its turn."""
        self._in_body = True
        passage = self._passage()
        if passage.refusal:
            self._is_last = True
        self._coming = passage
        self._queue.append(passage)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._coming is not None:
            self._coming.feed(body)

    def on_message_complete(self) -> None:
        """The request is whole, unless it has offered another protocol and has a body: that is not read yet."""
        if self._parser.should_upgrade():
            self._owed = framing(self._headers)
        if self._coming is not None and not self._owed:
            self._coming.finish(self._trailers)

    def _passage(self) -> Passage:
        gateway, parser = self._gateway, self._parser
        method = parser.get_method()
        target, refusal = gateway.route(method, self._url, self._headers, self._own)
        passage = Passage(
            client=self, method=method, target=target, is_old=parser.get_http_version() == "1.0",
            keep_alive=parser.should_keep_alive(), request=Copy(gateway.kept), answer=Copy(gateway.kept), number=self.number,
            refusal=refusal,
        )  # fmt: skip
        passage.request.headers = self._headers
        headers = passed_on(self._headers)
        for at, (name, _) in enumerate(headers):
            if len(name) == 4 and name.lower() == b"host":
                headers[at] = (name, gateway.authority)
                break
        else:
            headers.insert(0, (b"Host", gateway.authority))
        passage.is_chunked = any(len(name) == 17 and name.lower() == b"transfer-encoding" for name, _ in headers)
        passage.head = b"%b %b HTTP/1.1\r\n%b\r\n" % (method, target, lines(headers))
        return passage

    # Answers

    def write(self, data: bytes) -> None:
        """A part of an answer."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def pace(self, *, held: bool) -> None:
        """The target takes no more, or takes more again."""
        self._is_target_full = held
        self._pace()

    def _pace(self) -> None:
        """Read no more than can be sent on."""
        active = self._active
        connecting = active.waiting if active is not None and active.sender is None else 0
        held = not self._is_last and (bool(self._queue) or self._is_target_full or connecting > _MOST_WAITING)
        if held != self._is_held and not self._transport.is_closing():
            self._is_held = held
            (self._transport.pause_reading if held else self._transport.resume_reading)()

    def ended(self, passage: Passage, rest: bytes, *, is_reusable: bool) -> None:
        """An answer is complete. It is handed on before its last byte is sent: what a client has seen is never lost."""
        self._gateway.passed(passage)
        self._active = None  # before it is told that the client reads slowly: the way to the target is no longer ours to hold up
        self.write(rest)
        self.last_used = time.monotonic()
        if not (is_reusable and passage.keep_alive):
            self._end()
        elif self._queue or self._is_last or self._is_held:
            self._go_on()

    def failed(self, passage: Passage, kind: str, reason: str) -> None:
        """There is no answer, or it broke off: then so does ours, for the client has to see it."""
        if self._active is not passage:
            return
        self._gateway.broke(passage, kind, reason)
        self._active = None
        if passage.has_begun:
            self._queue.clear()
            self._is_last = True
            self._transport.close() if passage.is_old else self._transport.abort()
            return
        status, title = _STATUSES.get(kind, (502, "Bad Gateway"))
        self.write(problem(status, title, f"{self._gateway.origin} did not answer ({kind}): {reason}"))
        self._end()

    def _refuse(self, answer: bytes) -> None:
        """What cannot be read ends the connection; what was asked before is answered first."""
        self._is_last = True
        if self._queue and self._queue[-1] is self._coming and not self._coming.is_complete:
            self._queue.pop()  # none of it has been sent
            self._coming = None
        if self._active is None and not self._queue:
            self.write(answer)
            self._transport.close()
        elif self._coming is not None and not self._coming.is_complete:
            self._transport.abort()  # the target would wait for the rest of it

    def go_on(self) -> None:
        """Room was made for more."""
        self._go_on()

    def _go_on(self) -> None:
        # What a client has asked for while it does not read is not fetched: it would be held here.
        while self._queue and self._active is None and not self._is_slow and not self._transport.is_closing():
            if self._gateway.is_full:
                self._gateway.queue(self)
                break
            passage = self._queue.popleft()
            if passage.refusal:
                self.write(passage.refusal)
                self._end()
                return
            self._active = passage
            self._gateway.send(passage)
        self._pace()
        if self._is_last and self._active is None and not self._queue:
            self._end()

    def _end(self) -> None:
        """Close; a client that is still sending first gets the time to read why (RFC 9112 section 9.6)."""
        self._is_last = True
        self._queue.clear()
        if self._transport.is_closing():
            return
        if self._coming is None or self._coming.is_complete:
            self._transport.close()
            return
        self._pace()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        asyncio.get_running_loop().call_later(_LINGER, self._transport.close)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is owed."""
        return self._active is not None or bool(self._queue)

    def close(self) -> None:
        """End the connection once everything is sent."""
        self._end()

    def abort(self) -> None:
        """End it at once."""
        self._transport.abort()


def _names(address: Any) -> frozenset[str]:
    """What a client may call the proxy by the address that it has reached it at."""
    if not isinstance(address, tuple):
        return frozenset()
    host, port = str(address[0]), address[1]
    is_local = host == "::1" or host.startswith("127.")
    hosts = {f"[{host}]" if ":" in host else host, *(("localhost", "127.0.0.1", "[::1]") if is_local else ())}
    return frozenset(origin_of(f"http://{one}:{port}") for one in hosts)
