"""Goes on in HTTP/1.1 with a request that has offered another protocol, and has a body (RFC 9110 section 7.8).

The parser leaves such a request after its head, and takes the body for what the other protocol says. Java's own client offers
HTTP/2 with the first request of each connection, whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})


def framing(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A head that says of its body what these headers say of theirs; empty where there is none."""
    found = [b"%b: %b\r\n" % (name, value) for name, value in headers if name.lower() in _FRAMING and value.strip() != b"0"]
    return b"POST / HTTP/1.1\r\n%b\r\n" % b"".join(found) if found else b""


class Resumed:
    """Between a parser and its reader: passes over the first head, which the reader knows, and tells the rest."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._is_known = True
        self.on_body = reader.on_body
        self.on_message_complete = reader.on_message_complete

    def on_message_begin(self) -> None:
        """A request begins."""
        if not self._is_known:
            self._reader.on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        if not self._is_known:
            self._reader.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or a trailer."""
        if not self._is_known:
            self._reader.on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        if not self._is_known:
            self._reader.on_headers_complete()
        self._is_known = False
