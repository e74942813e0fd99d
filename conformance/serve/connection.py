"""One connection of a server: requests off the wire (RFC 9112), a responder's answers onto it, in the order of the requests."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from collections import deque
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache, partial
from http import HTTPStatus
from typing import cast

import httptools

from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.serve.resumed import Resumed, framing

_LOG = logging.getLogger(__name__)
_MOST_HEAD = 1 << 18
_BODILESS = frozenset({204, 304})
_GATEWAY = {"timeout": 504}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_OURS = Response(status=500, headers=(("content-type", "text/plain; charset=utf-8"),), body=b"Internal Server Error")
_MALFORMED = Response(
    status=400, headers=(("content-type", "text/plain; charset=utf-8"),), body=b"Invalid HTTP request received."
)


@dataclass(slots=True, kw_only=True, eq=False)
class Service:
    """What all connections of a server share.

    ``inline`` calls the responder on the event loop itself; right for one that neither waits nor takes long. ``origin`` means
    that it is the service itself, so how long an answer takes and how it breaks off is acted out. A gateway has waited
    already, and says in an answer of its own that there was none. ``name`` is what it calls itself in ``Server``.
    """

    responder: Responder
    inline: bool = False
    origin: bool = False
    name: str = ""
    connections: set[Connection] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Asked:
    request: Request
    keep_alive: bool


class Connection(asyncio.Protocol):
    """Answers one request at a time. What arrives meanwhile waits, and reading pauses when that is much."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[_Asked] = deque()
        self._is_busy = self._is_last = self._is_full = self._is_held = False
        self.last_used = time.monotonic()
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._head = 0
        self._is_careful = False
        self._owed = b""

    # What the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)  # event loops of other makers have another base
        self._service.connections.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """The connection is gone, and what was asked for with it."""
        self._service.connections.discard(self)
        self._waiting.clear()
        self._is_last = True

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
            self._is_last = True
            if not self._is_busy and not self._waiting:
                self._write(_MALFORMED, "GET", keep_alive=False)
                self._transport.close()
        self._go_on()

    def _go_on_in_http(self, rest: bytes) -> None:
        """Pass over an offer of HTTP/2; what follows a request for any other protocol is none of HTTP."""
        if not any(name == "upgrade" and value.strip().lower() == "h2c" for name, value in self._headers):
            self._is_last = True
            return
        owed, self._owed = self._owed, b""
        self._parser = httptools.HttpRequestParser(Resumed(self) if owed else self)
        if owed or rest:
            self.data_received(owed + rest)

    def eof_received(self) -> bool:
        """The client will say no more. It may still listen for what it asked."""
        self._is_last = True
        return self._is_busy or bool(self._waiting)

    def pause_writing(self) -> None:
        """The client does not read what it asked for, so it may not ask for more."""
        self._is_full = True
        self._pace()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_full = False
        self._go_on()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is owed."""
        return self._is_busy or bool(self._waiting)

    def close(self) -> None:
        """End the connection once everything is sent."""
        self._is_last = True
        self._transport.close()

    # What the parser says

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begin()

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._url += url
        self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field."""
        name = name.lower()
        self._is_careful = self._is_careful or (name == b"expect" and value.lower() == b"100-continue")
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))
        self._grow(len(name) + len(value))

    def _grow(self, count: int) -> None:
        self._head += count
        if self._head > _MOST_HEAD:
            raise ValueError("the head of the request is too large")

    def on_headers_complete(self) -> None:
        """The head is there, and a careful client may want to hear so before it sends the body (RFC 9110 section 10.1.1)."""
        if self._is_careful and not self.is_busy:
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """The request is whole, unless it has offered another protocol and has a body: that is not read yet."""
        if self._parser.should_upgrade():
            self._owed = framing((name.encode("latin-1"), value.encode("latin-1")) for name, value in self._headers)
            if self._owed:
                return
        host = next((value for name, value in self._headers if name == "host"), "localhost")
        request = Request(
            method=self._parser.get_method().decode("latin-1"), url=_url(self._url, host), headers=tuple(self._headers),
            body=b"".join(self._body),
        )  # fmt: skip
        self._waiting.append(_Asked(request, self._parser.should_keep_alive()))

    # Answering

    def _go_on(self) -> None:
        while self._waiting and not (self._is_busy or self._is_full or self._transport.is_closing()):
            asked = self._waiting.popleft()
            if self._service.inline:
                self._act(asked, _answer(self._service.responder, asked.request))
                continue
            self._is_busy = True
            loop = asyncio.get_running_loop()
            future = loop.run_in_executor(None, _answer, self._service.responder, asked.request)
            future.add_done_callback(partial(self._late, asked))
        self._pace()
        if self._is_last and not self.is_busy:
            self._transport.close()

    def _late(self, asked: _Asked, done: asyncio.Future[Response | NoResponse]) -> None:
        self._is_busy = False
        if not done.cancelled():
            self._act(asked, done.result())
            self._go_on()

    def _act(self, asked: _Asked, answer: Response | NoResponse) -> None:
        if self._transport.is_closing():
            return
        if not self._service.origin:
            self._finish(asked, answer)
        elif answer.elapsed > 0:
            self._is_busy = True
            asyncio.get_running_loop().call_later(answer.elapsed, self._after, asked, answer)
        else:
            self._finish(asked, answer)

    def _after(self, asked: _Asked, answer: Response | NoResponse) -> None:
        self._is_busy = False
        if not self._transport.is_closing():
            self._finish(asked, answer)
            self._go_on()

    def _finish(self, asked: _Asked, answer: Response | NoResponse) -> None:
        self.last_used = time.monotonic()
        if isinstance(answer, Response):
            self._write(answer, asked.request.method, keep_alive=asked.keep_alive)
        elif not self._service.origin:
            self._write(_told_by_a_gateway(answer), asked.request.method, keep_alive=asked.keep_alive)
        elif answer.begun is not None:
            self._transport.write(_head(answer.begun, keep_alive=True, server=self._service.name) + answer.begun.body)
        else:
            self._reset()
        if not (asked.keep_alive and (isinstance(answer, Response) or not self._service.origin)):
            self._is_last = True
            self._waiting.clear()

    def _write(self, answer: Response, method: str, *, keep_alive: bool) -> None:
        is_bare = answer.status in _BODILESS or method == "HEAD"
        self._transport.write(_head(answer, keep_alive=keep_alive, server=self._service.name) + (b"" if is_bare else answer.body))

    def _reset(self) -> None:
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            # Closed with nothing left to send and no time to linger, a connection is reset (RFC 9293 section 3.10.7.4).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _pace(self) -> None:
        """Read no more than can be answered."""
        is_held = self._is_busy or self._is_full
        if is_held != self._is_held and not self._transport.is_closing():
            self._is_held = is_held
            (self._transport.pause_reading if is_held else self._transport.resume_reading)()


def _answer(responder: Responder, request: Request) -> Response | NoResponse:
    try:
        return responder.respond(request)
    except Exception:
        _LOG.exception("%s %s could not be answered", request.method, request.url)
        return _OURS


def _url(target: bytes, host: str) -> str:
    """The absolute URL of a request's target, in any of its forms (RFC 9112 section 3.2).

    Raises:
        HttpParserInvalidURLError: when it has none of them.
    """
    if not target.startswith(b"/"):
        parsed = httptools.parse_url(target)
        target = b"/" + (parsed.path or b"").removeprefix(b"/") + (b"?" + parsed.query if parsed.query else b"")
    path, _, query = target.decode("latin-1").partition("#")[0].partition("?")
    return f"http://{host}{path}?{query}" if query else f"http://{host}{path}"


def _told_by_a_gateway(answer: NoResponse) -> Response:
    body = f"no answer ({answer.kind}): {answer.reason}".encode()
    return Response(status=_GATEWAY.get(answer.kind, 502), headers=(("content-type", "text/plain; charset=utf-8"),), body=body)


def _head(answer: Response, *, keep_alive: bool, server: str) -> bytes:
    """The status line and the header section, with what a server adds to it."""
    lines = [_status_line(answer.status), "date: ", _date(int(time.time())), "\r\n"]
    if server:
        lines += ("server: ", server, "\r\n")
    is_measured = answer.status in _BODILESS
    for name, value in answer.headers:
        plain = name.lower()
        is_measured = is_measured or plain == "content-length"
        if "\n" in value or "\r" in value:
            value = " ".join(value.split())
        lines += (plain, ": ", value, "\r\n")
    if not is_measured:
        lines += ("content-length: ", str(len(answer.body)), "\r\n")
    lines.append("\r\n" if keep_alive else "connection: close\r\n\r\n")
    return "".join(lines).encode("latin-1", "replace")


@lru_cache(maxsize=1024)
def _status_line(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n"


@lru_cache(maxsize=2)
def _date(now: int) -> str:
    return formatdate(now, usegmt=True)
