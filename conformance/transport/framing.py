"""A request as the bytes of HTTP/1.1 (RFC 9112): what framing needs is added, nothing else is touched.

Malformed requests are our trade, so only what would break the framing itself is refused: a line break where
none may stand would let one request pass as two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from conformance.model.message import Headers, Request

RawHeaders = tuple[tuple[bytes, bytes], ...]

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET = re.compile(rb"[\x21-\x7e]+")
_WITH_LENGTH = frozenset({b"POST", b"PUT", b"PATCH"})


class Unsendable(ValueError):
    """A request that has no form on the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """A request ready to be sent. ``target`` is in origin form; ``chunked`` says how ``body`` is to be coded."""

    method: bytes
    target: bytes
    headers: RawHeaders
    body: bytes
    chunked: bool = False

    def wire(self) -> bytes:
        """The whole message."""
        lines = [b"%b %b HTTP/1.1\r\n" % (self.method, self.target)]
        lines += [b"%b: %b\r\n" % pair for pair in self.headers]
        lines.append(b"\r\n")
        if not self.chunked:
            lines.append(self.body)
        elif self.body:
            lines.append(b"%x\r\n%b\r\n0\r\n\r\n" % (len(self.body), self.body))
        else:
            lines.append(b"0\r\n\r\n")
        return b"".join(lines)


def frame(request: Request, *, defaults: Headers = ()) -> Framed:
    """The message that carries a request.

    Added when missing: ``Host``, ``Content-Length`` where a length is expected (RFC 9110 section 8.6), and
    ``defaults`` whose name the request does not carry.

    Raises:
        Unsendable: when a part would break the framing.
    """
    method = _bytes(request.method, "the method")
    if not _TOKEN.fullmatch(method):
        raise Unsendable(f"the method {request.method!r} is not a token")
    headers = [_pair(name, value) for name, value in request.headers]
    names = {name.lower() for name, _ in headers}
    headers += [_pair(name, value) for name, value in defaults if name.lower().encode("latin-1", "replace") not in names]
    names.update(name.lower() for name, _ in headers)
    if b"host" not in names:
        headers.insert(0, (b"Host", _host(request.url)))
    chunked = _chunked(headers)
    if not chunked:
        _check_length(headers, len(request.body))
        if b"content-length" not in names and (request.body or method in _WITH_LENGTH):
            headers.append((b"Content-Length", b"%d" % len(request.body)))
    return Framed(method=method, target=_target(request.url), headers=tuple(headers), body=request.body, chunked=chunked)


def _host(url: str) -> bytes:
    authority = urlsplit(url).netloc.rpartition("@")[2]
    return authority.encode("ascii" if authority.isascii() else "idna")


def _pair(name: str, value: str) -> tuple[bytes, bytes]:
    raw_name, raw_value = _bytes(name, "a header name"), _bytes(value, f"the header {name!r}")
    if not raw_name or any(byte in raw_name for byte in b"\r\n\0:"):
        raise Unsendable(f"the header name {name!r} cannot be sent")
    if any(byte in raw_value for byte in b"\r\n\0"):
        raise Unsendable(f"the header {name!r} holds a line break or NUL")
    return raw_name, raw_value


def _bytes(text: str, what: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise Unsendable(f"{what} holds characters outside latin-1") from None


def _target(url: str) -> bytes:
    parts = urlsplit(url)
    # Not parts.query: an empty query ("/a?") is part of what was written.
    rest = url.partition("#")[0].partition("://")[2][len(parts.netloc) :] or "/"
    text = rest if rest.startswith("/") else "/" + rest
    target = text.encode() if text.isascii() else _quoted(text).encode()
    if not _TARGET.fullmatch(target):
        raise Unsendable("the URL holds a space or a control character")
    return target


def _quoted(text: str) -> str:
    """Characters beyond ASCII as percent-encoded UTF-8 (RFC 3986 section 2.5); the rest as it is."""
    try:
        return "".join(character if character.isascii() else quote(character) for character in text)
    except UnicodeEncodeError:
        raise Unsendable("the URL holds a lone surrogate") from None


def _chunked(headers: list[tuple[bytes, bytes]]) -> bool:
    codings = [value.lower().strip() for name, value in headers if name.lower() == b"transfer-encoding"]
    if codings and codings != [b"chunked"]:
        raise Unsendable("the only transfer coding that can be sent is 'chunked'")
    return bool(codings)


def _check_length(headers: list[tuple[bytes, bytes]], size: int) -> None:
    for name, value in headers:
        if name.lower() == b"content-length" and value.strip() != b"%d" % size:
            raise Unsendable(f"Content-Length says {value.decode('latin-1')}, but the body has {size} bytes")
