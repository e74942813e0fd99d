"""The proxy's side towards the target: connections that are used again, and answers passed on as they arrive.

The rules of the pool are those of ``transport/wire.py``: a connection is used again when the answer ended where its framing
said, after a request that was sent whole, and for ``MAX_IDLE`` seconds. A request that failed on a used connection
before any byte came back is sent once more when its method is idempotent (RFC 9110 section 9.2.2) and all of it is at hand.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from time import perf_counter
from typing import cast

import httptools

from conformance.serve.proxy.passage import Passage, Raw, last_chunk, lines, passed_on

MAX_IDLE = 3.0
_IDEMPOTENT = frozenset({b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"TRACE"})
_BODILESS = frozenset({204, 304})


class Pool:
    """Connections to one origin.

    Args:
        host: the target's.
        port: the target's.
        context: for https, ``None`` otherwise.
        timeout: seconds until a connection is there, and again until an answer begins.
    """

    def __init__(self, *, host: str, port: int, context: ssl.SSLContext | None, timeout: float) -> None:
        self._host, self._port, self._context, self._timeout = host, port, context, timeout
        self._idle: deque[Connection] = deque()
        self._busy: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections: set[Connection] = set()

    def send(self, passage: Passage) -> None:
        """Begin to send a request; what becomes of it is told to its client."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable():
                self._busy.add(connection)
                connection.begin(passage)
                return
        task = asyncio.get_running_loop().create_task(self._open(passage))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, passage: Passage) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout):
                _, connection = await loop.create_connection(
                    lambda: Connection(self), self._host, self._port, ssl=self._context,
                    server_hostname=self._host if self._context is not None else None,
                )  # fmt: skip
        except TimeoutError:
            passage.client.failed(passage, "timeout", f"no connection within {self._timeout:g} s")
        except (OSError, UnicodeError) as raised:
            passage.client.failed(passage, kind_of(raised), reason_of(raised))
        else:
            if passage.is_dropped:
                connection.close()
                return
            self._busy.add(connection)
            connection.begin(passage)

    def done(self, connection: Connection, *, reusable: bool) -> None:
        """A connection has nothing to do any more."""
        self._busy.discard(connection)
        if reusable:
            connection.pause(held=False)  # who uses it next did not ask for a pause
            self._idle.append(connection)
        else:
            connection.close()

    def lost(self, connection: Connection) -> None:
        """A connection is gone."""
        self._busy.discard(connection)

    def sweep(self) -> None:
        """Give up on what takes too long, and close what nobody uses."""
        now = perf_counter()
        for connection in tuple(self._busy):
            passage = connection.passage
            if passage is not None and passage.asked and not passage.has_begun and now - passage.asked > self._timeout:
                connection.fail("timeout", f"no answer within {self._timeout:g} s")
        while self._idle and not self._idle[0].is_usable():
            self._idle.popleft().close()

    def close(self) -> None:
        """Close everything."""
        for task in self._tasks:
            task.cancel()
        for connection in tuple(self.connections):
            connection.close()

    def abort(self) -> None:
        """Close what is still not closed, whatever it has to say."""
        for connection in tuple(self.connections):
            connection.abandon()


class Connection(asyncio.Protocol):
    """One connection to the target, with one exchange at a time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.passage: Passage | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._is_used = self._is_gone = False
        self._since = 0.0
        self._sent: list[bytes] | None = None

    # What the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The target is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._pool.connections.add(self)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, raised: Exception | None) -> None:
        """The target is gone; that ends a body that nothing else frames, and breaks every other."""
        self._is_gone = True
        self._pool.connections.discard(self)
        self._pool.lost(self)
        passage = self.passage
        if passage is None:
            return
        if passage.has_begun and self._in_body and not self._is_framed and raised is None:
            self._finish()
        elif not self._heard and self._sent is not None and self._is_used:
            self._again(passage)
        else:
            middle = "in the middle of its answer" if passage.has_begun else "without an answer"
            self.fail("reset", f"the target closed the connection {middle}")

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        passage, parser = self.passage, self._parser
        if passage is None or parser is None:
            self.close()  # out of step: nobody asked
            return
        self._heard = True
        try:
            parser.feed_data(data)
        except (httptools.HttpParserUpgrade, httptools.HttpParserError) as raised:
            if not self._done:
                reason = "it switched protocols" if isinstance(raised, httptools.HttpParserUpgrade) else str(raised)
                self.fail("protocol", f"the target's answer is not HTTP/1.1: {reason}")
                return
            self._is_reusable = False  # what follows a complete answer is no part of it
        if self._done:
            self._finish()
        elif self._out:
            passage.client.write(b"".join(self._out))
            self._out.clear()

    def eof_received(self) -> bool:
        """The target says no more."""
        return False

    def pause_writing(self) -> None:
        """The target reads slowly."""
        if self.passage is not None:
            self.passage.client.pace(held=True)

    def resume_writing(self) -> None:
        """The target reads again."""
        if self.passage is not None:
            self.passage.client.pace(held=False)

    # What the proxy asks for

    def is_usable(self) -> bool:
        """Whether another request can be sent."""
        return not self._is_gone and not self._transport.is_closing() and perf_counter() - self._since < MAX_IDLE

    def begin(self, passage: Passage) -> None:
        """Send what there is of a request."""
        self.passage, passage.sender = passage, self
        self._parser = httptools.HttpResponseParser(self)
        self._heard = self._in_body = self._is_framed = self._is_chunked = self._done = False
        self._is_reusable = True
        self._out: list[bytes] = []
        self._headers: Raw = []
        self._trailers: Raw = []
        self._phrase = b""
        data = passage.head + passage.take()
        passage.client.pace(held=False)
        # Only what is small and whole can be sent again.
        self._sent = [data] if passage.is_complete and passage.method in _IDEMPOTENT else None
        self._transport.write(data)

    def forward(self) -> None:
        """Send what has arrived of the request since."""
        if self.passage is not None and not self._transport.is_closing():
            self._transport.write(self.passage.take())

    def pause(self, *, held: bool) -> None:
        """The client reads slowly, or reads again."""
        if not self._transport.is_closing():
            (self._transport.pause_reading if held else self._transport.resume_reading)()

    def abandon(self) -> None:
        """End without a word: nobody listens."""
        self.passage = None
        self._transport.abort()

    def close(self) -> None:
        """Close the connection."""
        self.passage = None
        self._transport.close()

    def fail(self, kind: str, reason: str) -> None:
        """Tell the client that there is no answer, or no more of it."""
        passage, self.passage = self.passage, None
        self._transport.abort()
        if passage is not None:
            if self._out:
                passage.client.write(b"".join(self._out))
            passage.client.failed(passage, kind, reason)

    def _again(self, passage: Passage) -> None:
        self.passage = None
        passage.parts = list(self._sent or ())
        passage.head = b""
        self._pool.send(passage)

    def _finish(self) -> None:
        passage = self.passage
        if passage is None:
            return
        self.passage, self._parser, self._is_used, self._sent = None, None, True, None
        self._since = perf_counter()
        is_delimited = self._is_framed or self._is_bodiless
        self._pool.done(self, reusable=self._is_reusable and passage.is_complete and is_delimited and not self._is_gone)
        out, self._out = b"".join(self._out), []
        passage.client.ended(passage, out, is_reusable=is_delimited and passage.is_complete)

    # What the parser says

    def on_message_begin(self) -> None:
        """An answer begins, interim or final."""
        if self._done:
            self._is_reusable = False

    def on_status(self, phrase: bytes) -> None:
        """The reason phrase, or a part of it."""
        if not self._in_body:
            self._phrase += phrase

    def on_header(self, name: bytes, value: bytes | None) -> None:
        """A header or a trailer."""
        if not self._done:
            (self._trailers if self._in_body else self._headers).append((name, value or b""))

    def on_headers_complete(self) -> None:
        """The head is there."""
        passage, parser = self.passage, self._parser
        if self._done or passage is None or parser is None:
            return
        status = parser.get_status_code()
        headers = passed_on(self._headers)
        line = b"HTTP/1.1 %d %b\r\n" % (status, self._phrase)
        if status < 200:
            if status != 101 and not passage.is_old:  # none was asked for; and HTTP/1.0 has no interim answers
                self._out.append(line + lines(headers) + b"\r\n")
            return
        self._is_reusable = parser.should_keep_alive()
        names = {name.lower() for name, _ in headers}
        self._is_framed = b"content-length" in names or b"transfer-encoding" in names
        self._is_chunked = b"transfer-encoding" in names
        # No body follows these, whatever their headers say (RFC 9112 section 6.3).
        self._is_bodiless = passage.method == b"HEAD" or status in _BODILESS
        passage.status, passage.has_begun, passage.answer.headers = status, True, self._headers
        self._in_body = True
        if self._is_chunked and passage.is_old:
            headers = [pair for pair in headers if pair[0].lower() != b"transfer-encoding"]
            self._is_chunked, passage.keep_alive = False, False
        if not (self._is_framed or self._is_bodiless):
            passage.keep_alive = False
        self._out.append(line + lines(headers) + _persistence(passage) + b"\r\n")
        self._done = self._is_bodiless

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        if self._done or self.passage is None:
            self._is_reusable = False
            return
        self.passage.answer.add(data)
        self._out.append(b"%x\r\n%b\r\n" % (len(data), data) if self._is_chunked else data)

    def on_message_complete(self) -> None:
        """The answer is whole; after an interim one another follows."""
        if self._done:
            return
        if self._in_body:
            if self._is_chunked:
                self._out.append(last_chunk(self._trailers))
            self._done = True
        else:
            self._headers, self._phrase = [], b""


def _persistence(passage: Passage) -> bytes:
    if not passage.keep_alive:
        return b"Connection: close\r\n"
    return b"Connection: keep-alive\r\n" if passage.is_old else b""


_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "dns"), (UnicodeError, "dns"), (ssl.SSLError, "tls"), (ConnectionRefusedError, "refused"),
    (ConnectionError, "reset"), (OSError, "refused"),
)  # fmt: skip


def kind_of(raised: BaseException) -> str:
    """What kind of silence an exception means (see ``model.message.NoResponse``)."""
    return next(kind for exception, kind in _KINDS if isinstance(raised, exception))


def reason_of(raised: BaseException) -> str:
    """A sentence for a person."""
    if isinstance(raised, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {raised.verify_message or raised.reason}"
    if isinstance(raised, OSError) and raised.strerror:
        return raised.strerror
    return str(raised) or type(raised).__name__
