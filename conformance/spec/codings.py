"""Content codings of a message's body (RFC 9110 section 8.4; br: RFC 7932, zstd: RFC 8878)."""

from __future__ import annotations

import zlib
from functools import partial

CODINGS = ("gzip", "deflate", "br", "zstd")
_NAMES = frozenset({*CODINGS, "x-gzip"})
_ZSTD_WINDOW = 8 << 20


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
    found = {"br": _brotli, "zstd": _zstd}.get(name, partial(_zlib, name))(body, most)
    if found is None:
        raise Uncoded("broken", f"the body is not {name}")
    if len(found) > most:
        raise Uncoded("large", f"the body is longer than {most} bytes when decoded")
    return found


def _zlib(name: str, body: bytes, most: int) -> bytes | None:
    # By its header gzip or zlib, and for deflate the bare stream that some clients send.
    for bits in (47, -15) if name == "deflate" else (31,):
        reader = zlib.decompressobj(bits)
        try:
            found = reader.decompress(body, most + 1)
        except zlib.error:
            continue
        if reader.eof or len(found) > most:
            return found
    return None


def _brotli(body: bytes, most: int) -> bytes | None:
    import brotli  # noqa: PLC0415 - few runs meet it, and all would wait for it

    reader = brotli.Decompressor()
    parts: list[bytes] = []
    length = 0
    try:
        while not reader.is_finished() and length <= most:
            part = reader.process(b"" if parts else body, output_buffer_limit=most + 1 - length)
            parts.append(part)
            length += len(part)
            if not part and reader.can_accept_more_data():
                return None  # it ends before it is finished
    except brotli.error:
        return None
    return b"".join(parts)


def _zstd(body: bytes, most: int) -> bytes | None:
    import zstandard  # noqa: PLC0415 - as above

    # The window that a reader of HTTP has to have, and no more (RFC 9659 section 3).
    reader = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    try:
        with reader.stream_reader(body, read_across_frames=True) as stream:
            found: bytes = stream.read(most + 1)
        left = body if len(found) <= most else b""
        # The stream says nothing of a frame that is cut short; how much there is to unpack is known by now.
        while left:
            frame = reader.decompressobj()
            frame.decompress(left)
            if not frame.eof:
                return None
            left = frame.unused_data
    except zstandard.ZstdError:
        return None
    return found
