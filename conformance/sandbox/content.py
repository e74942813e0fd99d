"""Bodies on the way out: which media type the client and the document agree on, and a value written in it."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Any

import orjson

from conformance.model.operation import MediaType, ResponseSpec
from conformance.spec.body import is_json, media_type_for

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# One grey pixel (PNG third edition, section 5).
_PNG = b"".join((b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
                 _chunk(b"IDAT", zlib.compress(b"\x00\x80")), _chunk(b"IEND", b"")))  # fmt: skip


def acceptable(spec: ResponseSpec, accept: str | None) -> tuple[MediaType, ...]:
    """The media types of an answer that the client takes, the best first (RFC 9110 section 12.5.1).

    One that the document gives as a range comes with the name that the client asks for, when it asks for one in it.
    """
    medias = sorted(spec.content.values(), key=lambda media: not is_json(media.name))
    if accept is None or not accept.strip():
        return tuple(medias)
    ranges = _ranges(accept)
    named = [_named(media, spec, ranges) for media in medias]
    scored = [(_quality(concrete(media.name), ranges), media) for media in named]
    return tuple(media for quality, media in sorted(scored, key=lambda pair: -pair[0]) if quality > 0)


def _named(media: MediaType, spec: ResponseSpec, ranges: list[tuple[str, float]]) -> MediaType:
    if "*" not in media.name:
        return media
    wished = sorted((pair for pair in ranges if "*" not in pair[0] and "/" in pair[0] and pair[1] > 0), key=lambda pair: -pair[1])
    return next((replace(media, name=name) for name, _ in wished if media_type_for(spec.content, name) is media), media)


def _ranges(accept: str) -> list[tuple[str, float]]:
    found = []
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((text[2:] for text in parameters if text.lower().startswith("q=")), "1")
        try:
            found.append((name.lower(), float(weight)))
        except ValueError:
            found.append((name.lower(), 1.0))
    return found


def _quality(name: str, ranges: list[tuple[str, float]]) -> float:
    essence = name.partition(";")[0].strip().lower()
    for wanted in (essence, essence.partition("/")[0] + "/*", "*/*", "*"):
        for given, weight in ranges:
            if given == wanted:
                return weight
    return 0.0


@lru_cache(maxsize=4096)
def concrete(name: str) -> str:
    """A media type that can be sent, for one that may be a range."""
    main, _, sub = name.partition(";")[0].strip().lower().partition("/")
    if "*" not in main + sub and sub:
        return name
    if sub.startswith("*+"):
        return f"{main}/vnd.sandbox{sub[1:]}"
    return {"text": "text/plain", "image": "image/png", "audio": "audio/mpeg", "video": "video/mp4"}.get(main, "application/json")


def written(value: Any, media_type: str) -> bytes:
    """A value in a media type."""
    essence = media_type.partition(";")[0].strip().lower()
    if is_json(essence):
        try:
            return orjson.dumps(value)
        except TypeError:  # what it does not write: lone surrogates, whole numbers beyond 64 bits
            return _JSON.encode(value).encode("utf-8", "surrogatepass")
    if essence == "image/png":
        return _PNG
    return _text(value, essence).encode("utf-8", "replace")


def _text(value: Any, essence: str) -> str:
    if essence == "text/event-stream":
        return f"data: {json.dumps(value)}\n\n"
    if "ndjson" in essence or "jsonl" in essence:
        return f"{json.dumps(value)}\n"
    if essence.endswith(("/xml", "+xml")) and not isinstance(value, str):
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{_xml("root", value)}'
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _xml(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        inside = "".join(_xml(key, item) for key, item in value.items())
    elif isinstance(value, list):
        return "".join(_xml(name, item) for item in value)
    else:
        inside = "" if value is None else escape(str(value).lower() if isinstance(value, bool) else str(value), quote=False)
    return f"<{name}>{inside}</{name}>"
