"""Content codings of a message's body (RFC 9110 section 8.4): gzip and deflate, the ones that every stack has."""

from __future__ import annotations

import zlib

CODINGS = ("gzip", "deflate")
_NAMES = frozenset({*CODINGS, "x-gzip"})


class Uncoded(Exception):
    """A body that cannot be decoded. ``reason`` is ``unknown``, ``broken`` or ``large``."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(detail)


def codings(value: str | None) -> tuple[str, ...]:
    """The codings that a ``Content-Encoding`` names, in the order they were applied; identity is none."""
    if not value:
        return ()
    names = (name.strip().lower() for name in value.split(","))
    return tuple(name for name in names if name not in {"", "identity"})


def decoded(body: bytes, names: tuple[str, ...], *, most: int) -> bytes:
    """A body without its codings.

    Args:
        body: as it was sent.
        names: see ``codings``.
        most: bytes that it may grow to.

    Raises:
        Uncoded: when a coding is unknown, the body does not have it, or it would grow beyond ``most``.
    """
    for name in reversed(names):
        if name not in _NAMES:
            raise Uncoded("unknown", f"the content coding {name!r} is not one of {', '.join(CODINGS)}")
        body = _plain(body, name, most)
    return body


def _plain(body: bytes, name: str, most: int) -> bytes:
    # By its header gzip or zlib, and for deflate the bare stream that some clients send.
    for bits in (47, -15) if name == "deflate" else (31,):
        reader = zlib.decompressobj(bits)
        try:
            found = reader.decompress(body, most + 1)
        except zlib.error:
            continue
        if len(found) > most:
            raise Uncoded("large", f"the body is longer than {most} bytes when decoded")
        if reader.eof:
            return found
    raise Uncoded("broken", f"the body is not {name}")
