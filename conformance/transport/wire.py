"""HTTP/1.1 to one origin over pooled sockets, parsed by llhttp: the path that every direct exchange takes.

A suite spends most of its time here. A request costs about a sixth of the CPU that it costs through httpx
(the commit that brought this file has the numbers), and its bytes go out as they are.

Rules of the pool: a connection is used again only when the answer ended where its framing said, the server
did not ask to close, and it has been idle for less than ``MAX_IDLE`` seconds with nothing to read. A request
that failed on a used connection before any byte came back is sent once more on a new one when its
method is idempotent (RFC 9110 section 9.2.2).
"""

from __future__ import annotations

import os
import select
import socket
import ssl
from collections import deque
from contextlib import suppress
from time import perf_counter

import httptools

from conformance.model.message import Response
from conformance.transport.framing import Framed

MAX_IDLE = 3.0
_IDEMPOTENT = frozenset({b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"TRACE"})
_CHUNK = 65536


class Wire:
    """Sends framed requests to one origin; safe to use from several threads and after a fork.

    ``timeout`` is in seconds and bounds an exchange as a whole, so that an answer that drips or never ends is
    a timeout too. ``context`` is set for https.
    """

    def __init__(self, *, host: str, port: int, timeout: float, context: ssl.SSLContext | None) -> None:
        self._host, self._port, self._timeout, self._context = host, port, timeout, context
        self._idle: deque[_Connection] = deque()
        self._busy: set[_Connection] = set()
        self._aborted = False
        self._process = os.getpid()

    def send(self, framed: Framed) -> Response:
        """The answer to a request.

        Raises:
            OSError: what the network did, ``TimeoutError``, ``socket.gaierror`` and ``ssl.SSLError`` among it.
            httptools.HttpParserError: when the answer is not HTTP.
        """
        deadline = perf_counter() + self._timeout
        message = framed.wire()
        used = self._take()
        if used is not None:
            try:
                return self._exchange(used, message, framed.method, deadline)
            except ConnectionError:
                if used.heard or framed.method not in _IDEMPOTENT:
                    raise
        return self._exchange(self._open(deadline), message, framed.method, deadline)

    def abort(self) -> None:
        """Break off what is under way in other threads, each with a ``ConnectionError``; nothing is sent any more."""
        self._aborted = True
        for connection in tuple(self._busy):
            connection.abort()

    def _require_use(self) -> None:
        if self._aborted:
            raise ConnectionAbortedError("nothing is sent any more")

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> _Connection | None:
        if self._process != os.getpid():
            # A forked child must not speak on its parent's connections; closing its copies does not end them.
            self.close()
            self._process = os.getpid()
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.is_fresh():
                return connection
            connection.close()

    def _open(self, deadline: float) -> _Connection:
        plain = socket.create_connection((self._host, self._port), timeout=_left(deadline))
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is None:
                return _Connection(plain)
            plain.settimeout(_left(deadline))
            return _Connection(self._context.wrap_socket(plain, server_hostname=self._host))
        except BaseException:
            plain.close()
            raise

    def _exchange(self, connection: _Connection, message: bytes, method: bytes, deadline: float) -> Response:
        self._busy.add(connection)
        try:
            self._require_use()
            response, reusable = connection.exchange(message, bodiless=method == b"HEAD", deadline=deadline)
        except BaseException:
            connection.close()
            raise
        finally:
            self._busy.discard(connection)
        if reusable:
            self._idle.append(connection)
        else:
            connection.close()
        return response


class _Connection:
    """One socket. ``heard`` is whether a byte of the current answer came."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._since = 0.0
        self.heard = False

    def is_fresh(self) -> bool:
        """Whether the connection can be used again: readable while idle means closed, or out of step."""
        if perf_counter() - self._since > MAX_IDLE:
            return False
        if not hasattr(select, "poll"):  # Windows
            return not select.select([self._socket], [], [], 0)[0]
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def exchange(self, message: bytes, *, bodiless: bool, deadline: float) -> tuple[Response, bool]:
        """Send a message and read its answer; whether the connection can be used again comes with it."""
        self.heard = False
        broken: OSError | None = None
        self._socket.settimeout(_left(deadline))
        try:
            self._socket.sendall(message)
        except ConnectionError as raised:
            # A server may answer before it has read everything (413), and close: its answer counts.
            broken = raised
        sent = perf_counter()
        answer = _Answer(bodiless=bodiless)
        parser = answer.parser = httptools.HttpResponseParser(answer)
        try:
            self._read(parser, answer, deadline)
        except ConnectionError as raised:
            raise broken or raised from None
        finally:
            answer.parser = None  # or every exchange would leave a cycle to the collector
        self._since = perf_counter()
        reusable = broken is None and answer.reusable
        return answer.response(self._since - sent), reusable

    def _read(self, parser: httptools.HttpResponseParser, answer: _Answer, deadline: float) -> None:
        while not answer.done:
            self._socket.settimeout(_left(deadline))
            data = self._socket.recv(_CHUNK)
            if not data:
                answer.ended()
                return
            self.heard = True
            try:
                parser.feed_data(data)
            except httptools.HttpParserUpgrade:
                raise httptools.HttpParserError("the server switched protocols") from None
            except httptools.HttpParserError:
                # What follows a complete answer is not part of it.
                if not answer.done:
                    raise
                answer.reusable = False

    def abort(self) -> None:
        """Make whoever reads or writes in another thread see the end; to close it is still theirs."""
        with suppress(OSError):
            # Not the method of a TLS socket, which would pull the session away from under the reader.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class _Answer:
    """What the parser tells of one answer; interim ones (1xx) are passed over."""

    def __init__(self, *, bodiless: bool) -> None:
        self.parser: httptools.HttpResponseParser | None = None
        self._bodiless = bodiless
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._in_body = False
        self._framed = False
        self.status = 0
        self.done = False
        self.reusable = True

    def on_message_begin(self) -> None:
        if self.done:
            self.reusable = False
            return
        self._headers, self._in_body, self._framed = [], False, False

    def on_header(self, name: bytes, value: bytes | None) -> None:
        if self.done or self._in_body:  # trailers are not headers
            return
        text = name.decode("latin-1")
        self._framed = self._framed or text.lower() in {"content-length", "transfer-encoding"}
        self._headers.append((text, (value or b"").decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self.done or self.parser is None:
            return
        self._in_body = True
        self.status = self.parser.get_status_code()
        self.reusable = self.parser.should_keep_alive()
        # No body follows these, whatever their headers say (RFC 9112 section 6.3).
        if self._bodiless or self.status in {204, 304}:
            self.done = True

    def on_body(self, body: bytes) -> None:
        if self.done:
            self.reusable = False
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._in_body and self.status >= 200:
            self.done = True

    def ended(self) -> None:
        """The server closed; that ends a body that nothing else frames, and breaks every other."""
        if not self._in_body:
            raise ConnectionResetError("the server closed the connection without an answer")
        if self._framed or self.status < 200:
            raise ConnectionResetError("the server closed the connection in the middle of its answer")
        self.done, self.reusable = True, False

    def response(self, elapsed: float) -> Response:
        """The answer."""
        return Response(status=self.status, headers=tuple(self._headers), body=b"".join(self._body), elapsed=elapsed)


def _left(deadline: float) -> float:
    left = deadline - perf_counter()
    if left <= 0:
        raise TimeoutError("the time for the exchange is up")
    return left
