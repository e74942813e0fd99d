"""The smallest request that still shows a defect: parts are left out, long texts cut short, one after the other.

The big parts go first. Nothing is random, and nothing is asked twice, so the same answers give the same request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from conformance.model.message import Request
from conformance.spec.body import is_json

MOST = 25
"""Requests that are sent for one finding."""

_LONG = 16
_SHORT = (1, 8)
# What says who asks and what the body is; without it another promise is at stake.
_NEEDED = frozenset({"authorization", "content-type", "content-encoding", "cookie", "host"})


def minimised(
    request: Request, shows: Callable[[Request], bool], *, needed: frozenset[str] = frozenset(), most: int = MOST
) -> Request:
    """The smallest request found that still shows the defect; the request itself when none does.

    Args:
        request: shows the defect.
        shows: sends a request, and says whether the defect is there.
        needed: headers that stay, lower case.
        most: how many requests may be sent.
    """
    tried = {_key(request)}
    smaller = request
    while True:
        for candidate in candidates(smaller, needed=needed):
            if _key(candidate) in tried:
                continue
            if len(tried) > most:
                return smaller
            tried.add(_key(candidate))
            if shows(candidate):
                smaller = candidate
                break
        else:
            return smaller


def size(request: Request) -> int:
    """How much there is to read in a request."""
    return len(request.url) + len(request.body) + sum(len(name) + len(value) for name, value in request.headers)


def candidates(request: Request, *, needed: frozenset[str] = frozenset()) -> Iterator[Request]:
    """Requests with a part less, the biggest steps first."""
    parts = request.parts()
    if parts.query:
        yield replace(request, url=parts._replace(query="").geturl())
    if request.body:
        yield replace(request, body=b"").with_header("Content-Type", None).with_header("Content-Encoding", None)
    yield from (replace(request, body=body) for body in _bodies(request))
    yield from (replace(request, url=parts._replace(query=query).geturl()) for query in _queries(parts.query))
    optional = [name for name, _ in request.headers if name.lower() not in _NEEDED | needed]
    if len(optional) > 1:
        yield replace(request, headers=tuple(pair for pair in request.headers if pair[0] not in optional))
    yield from (request.with_header(name, None) for name in optional)
    yield from (replace(request, url=parts._replace(path=path).geturl()) for path in _paths(parts.path))


def _queries(query: str) -> Iterator[str]:
    pairs = [pair for pair in query.split("&") if pair]
    yield from ("&".join(kept) for kept in _fewer(pairs, len))
    for index, pair in enumerate(pairs):
        name, _, value = pair.partition("=")
        for text in _shorter(unquote(value)):
            yield "&".join([*pairs[:index], f"{name}={quote(text, safe='')}", *pairs[index + 1 :]])


def _paths(path: str) -> Iterator[str]:
    segments = path.split("/")
    for index, segment in enumerate(segments):
        # What is plain and not very long may be the name of something that is there.
        for text in _shorter(unquote(segment)) if "%" in segment or len(segment) > 4 * _LONG else ():
            yield "/".join([*segments[:index], quote(text, safe=""), *segments[index + 1 :]])


def _key(request: Request) -> tuple[str, tuple[tuple[str, str], ...], bytes]:
    return request.url, request.headers, request.body


def _fewer(items: Sequence[Any], weight: Callable[[Any], int]) -> Iterator[list[Any]]:
    """A list without its half, its other half, and each of its members, the heaviest first."""
    half = len(items) // 2
    if half > 1:
        yield list(items[:half])
        yield list(items[half:])
    for index in sorted(range(len(items)), key=lambda index: (-weight(items[index]), index)):
        yield [*items[:index], *items[index + 1 :]]


def _shorter(text: str) -> Iterator[str]:
    if len(text) > _LONG:
        yield from (text[:length] for length in (*_SHORT, len(text) // 2))


def _bodies(request: Request) -> Iterator[bytes]:
    content_type = request.header("content-type") or ""
    if content_type.startswith("multipart/") or request.header("content-encoding"):
        return
    try:
        value = json.loads(request.body) if is_json(content_type) else None
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, (dict, list, str)):
        for smaller in _values(value):
            yield json.dumps(smaller, ensure_ascii=False).encode("utf-8", "surrogatepass")
    elif len(request.body) > _LONG:
        yield from (request.body[:length] for length in (*_SHORT, len(request.body) // 2))


def _values(value: Any) -> Iterator[Any]:
    """A JSON value with a part less: members and items from the outermost inwards, then long texts."""
    for path, held in _containers(value):
        if isinstance(held, Mapping):
            for kept in _fewer(list(held.items()), _weight):
                yield _with(value, path, dict(kept))
        else:
            for items in _fewer(held, _weight):
                yield _with(value, path, items)
    for path, held in _texts(value):
        for text in _shorter(held):
            yield _with(value, path, text)


def _weight(value: Any) -> int:
    return len(json.dumps(value, default=str))


def _containers(value: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    level: list[tuple[tuple[Any, ...], Any]] = [((), value)] if isinstance(value, (dict, list)) else []
    while level:
        yield from level
        level = [
            ((*path, key), inner) for path, held in level for key, inner in _children(held) if isinstance(inner, (dict, list))
        ]


def _texts(value: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, str):
        yield (), value
    for path, held in _containers(value):
        yield from (((*path, key), inner) for key, inner in _children(held) if isinstance(inner, str))


def _children(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _with(value: Any, path: tuple[Any, ...], part: Any) -> Any:
    """A copy of a value with another part at a path."""
    if not path:
        return part
    inner = _with(value[path[0]], path[1:], part)
    if isinstance(value, list):
        return [*value[: path[0]], inner, *value[path[0] + 1 :]]
    return {**value, path[0]: inner}
