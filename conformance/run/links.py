"""Which values of a recorded chain came from an earlier answer, and how they are carried into a fresh run.

A value that an earlier recorded answer held, and that stands in a later recorded request, is a link: in the
fresh run its place gets what the live answer holds at the same pointer. Coincidences are the danger, so:

- A *strong* value is unlikely to occur twice by chance: a UUID, or twelve characters and more that hold a digit
  and no space. It links wherever it stands, also inside a longer text (a URL, ``Bearer ...``).
- A *weak* one (``42``, ``abc``) must stand alone, at a key that names identity (``id``, ``message_id``, ``cursor``), and
  its new place must be a path parameter or such a key too. A whole number below 1000 must also fit by
  name: ``/pets/7`` takes the ``id`` that ``/pets`` gave, and ``pet_id`` the one of a pet.
- Booleans, null, fractions, dates and times, and what a request of the chain said before any answer did,
  never link: nobody but the client chose those.

The first answer that held the value is its source, for an object is best known by whoever made it. In a list the
place is matched by position, unless the live list still holds the recorded value anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from conformance.cases.recorded import RecordedExchange
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.run.identity import (
    collection,
    is_identity,
    is_small,
    is_strong,
    is_time,
    json_body,
    leaves,
    noun,
    stem,
    value_text,
)
from conformance.spec.document import template_names
from conformance.spec.pointer import follow, join, split

_TOKENS = re.compile(r"[^\s/?&=,;:\"'<>()\[\]{}|]+")
# Not worth following: these say how a message was sent, not what it means.
_HEADERS = frozenset({"host", "content-length", "content-type", "accept", "user-agent", "connection", "date", "accept-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value came from: ``pointer`` in the JSON body of the answer of exchange ``index``."""

    index: int
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place in a request that takes a value from an earlier answer.

    ``place`` is a pointer into the message: ``/path/2`` (segments count from 0), ``/query/3`` (pairs count from 0),
    ``/header/authorization``, ``/body/data/id``, or ``/body`` for a body that is not JSON. ``name`` is the place for
    a person. ``recorded`` is the value as recorded.
    """

    target: int
    place: str
    name: str
    source: Source
    recorded: str

    def __str__(self) -> str:
        return f"entry {self.source.index}, answer {self.source.pointer or '/'} -> entry {self.target}, {self.name}"


class MissingValue(LookupError):
    """The live answer does not hold the value that a later request needs."""

    def __init__(self, link: Link) -> None:
        self.link = link
        super().__init__(f"entry {link.source.index} gave nothing at {link.source.pointer}, which {link.name} needs")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """A value in a request. ``key`` is the name it stands under; ``hints`` are words for what it identifies."""

    place: str
    name: str
    text: str
    key: str
    hints: frozenset[str]
    identity: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    source: Source
    strong: bool
    small: bool
    hints: frozenset[str]


def links_of(exchanges: Sequence[RecordedExchange], operations: Sequence[Operation | None]) -> tuple[Link, ...]:
    """The links of a chain.

    Args:
        exchanges: the chain, in order.
        operations: the operation of each, ``None`` when the document has none.
    """
    known: dict[str, _Known] = {}
    chosen: set[str] = set()
    found: list[Link] = []
    for index, (exchange, operation) in enumerate(zip(exchanges, operations, strict=True)):
        slots = list(_slots(exchange.request, operation))
        for slot in slots:
            found.extend(_links(slot, index, known))
        for slot in slots:
            chosen.update(text for text in (slot.text, *_TOKENS.findall(slot.text)) if is_strong(text))
            if slot.identity:
                chosen.add(slot.text)
        for text, value in _values(index, exchange, operation):
            if text not in chosen:
                known.setdefault(text, value)
    return tuple(found)


def _links(slot: _Slot, index: int, known: Mapping[str, _Known]) -> Iterator[Link]:
    whole = known.get(slot.text)
    if whole is not None:
        if whole.strong or (slot.identity and (not whole.small or whole.hints & slot.hints)):
            yield Link(target=index, place=slot.place, name=slot.name, source=whole.source, recorded=slot.text)
        return
    for token in dict.fromkeys(_TOKENS.findall(slot.text)):
        part = known.get(token)
        if part is not None and part.strong:
            yield Link(target=index, place=slot.place, name=slot.name, source=part.source, recorded=token)


def _values(index: int, exchange: RecordedExchange, operation: Operation | None) -> Iterator[tuple[str, _Known]]:
    """The values of an answer that are worth following, as text."""
    body = json_body(exchange.response)
    owner = collection(operation.path if operation is not None else exchange.request.parts().path)
    for pointer, value in leaves(body):
        keys = [token for token in split(pointer) if not token.isdecimal()]
        key = keys[-1] if keys else ""
        text = value_text(value)
        strong = isinstance(value, str) and is_strong(value)
        if text is None or not (strong or (is_identity(key) and not is_time(text))):
            continue
        small = not strong and is_small(text)
        hints = {stem(key), owner if len(keys) <= 2 else "", *(noun(name) for name in keys[-2:-1])} - {"", "data"}
        yield text, _Known(source=Source(index=index, pointer=pointer), strong=strong, small=small, hints=frozenset(hints))


def _slots(request: Request, operation: Operation | None) -> Iterator[_Slot]:
    parts = request.parts()
    yield from _path_slots(parts.path, operation)
    for position, (name, value) in enumerate(_query(parts.query)):
        key = unquote_plus(name)
        yield _slot(f"/query/{position}", f"the query parameter {key!r}", unquote_plus(value), key)
    for name, value in request.headers:
        if name.lower() not in _HEADERS:
            yield _slot(join("/header", name.lower()), f"the header {name!r}", value, name)
    if not request.body:
        return
    body = json_body(request)
    if body is not None:
        for pointer, value in leaves(body):
            text = value_text(value)
            if text is not None:
                yield _slot("/body" + pointer, f"the body at {pointer or '/'}", text, split(pointer)[-1] if pointer else "")
    else:
        try:
            yield _slot("/body", "the body", request.body.decode("utf-8"), "")
        except UnicodeDecodeError:
            return


def _slot(place: str, name: str, text: str, key: str) -> _Slot:
    last = re.split(r"[\[\].]+", key.rstrip("]"))[-1]
    return _Slot(place=place, name=name, text=text, key=key, hints=frozenset({stem(last)} - {""}), identity=is_identity(last))


def _path_slots(path: str, operation: Operation | None) -> Iterator[_Slot]:
    segments = path.split("/")[1:]
    template = operation.path.split("/")[1:] if operation is not None else [""] * len(segments)
    offset = len(segments) - len(template)
    before = ""
    for position, written in enumerate(template, offset):
        text = unquote(segments[position])
        names = template_names(written)
        if names or operation is None:
            hints = frozenset({noun(before), *(stem(name) for name in names)} - {""})
            name = f"the path parameter {names[0]!r}" if names else f"the path segment {position}"
            yield _Slot(
                place=f"/path/{position}", name=name, text=text, key=names[0] if names else "", hints=hints, identity=bool(names)
            )
        if not names:
            before = text


def carried(request: Request, links: Sequence[Link], live: Mapping[int, Any]) -> Request:
    """A recorded request with its links filled in.

    Args:
        request: as recorded.
        links: the links whose target it is.
        live: the JSON body of each live answer by index; an entry without an answer in JSON is absent.

    Raises:
        MissingValue: when a live answer does not hold what the request needs.
    """
    places: dict[str, list[tuple[str, str]]] = {}
    for link in links:
        places.setdefault(link.place, []).append((link.recorded, _live_value(link, live)))
    for place, swaps in places.items():
        request = _replaced(request, split(place), swaps)
    return request


def _live_value(link: Link, live: Mapping[int, Any]) -> str:
    if link.source.index not in live:
        raise MissingValue(link)
    body = live[link.source.index]
    tokens = split(link.source.pointer)
    if any(token.isdecimal() for token in tokens) and link.recorded in _anywhere(body, tokens):
        return link.recorded
    try:
        text = value_text(follow(body, link.source.pointer))
    except LookupError:
        text = None
    if text is None:
        raise MissingValue(link)
    return text


def _anywhere(value: Any, tokens: Sequence[str]) -> Iterator[str]:
    """The texts at a pointer, whatever the positions in lists."""
    if not tokens:
        text = value_text(value)
        if text is not None:
            yield text
    elif isinstance(value, list):
        for item in value:
            yield from _anywhere(item, tokens[1:])
    elif isinstance(value, dict) and tokens[0] in value:
        yield from _anywhere(value[tokens[0]], tokens[1:])


def _replaced(request: Request, place: Sequence[str], swaps: Sequence[tuple[str, str]]) -> Request:
    kind, rest = place[0], place[1:]
    if kind == "header":
        headers = tuple((name, _swapped(value, swaps) if name.lower() == rest[0] else value) for name, value in request.headers)
        return replace(request, headers=headers)
    if kind == "body":
        return replace(request, body=_body(request, rest, swaps))
    parts = request.parts()
    if kind == "path":
        segments, index = parts.path.split("/"), int(rest[0]) + 1
        segments[index] = quote(_swapped(unquote(segments[index]), swaps), safe="!$&'()*+,;=:@~-._")
        return replace(request, url=parts._replace(path="/".join(segments)).geturl())
    pairs = parts.query.split("&")
    positions = [position for position, pair in enumerate(pairs) if pair]
    name, _, value = pairs[positions[int(rest[0])]].partition("=")
    pairs[positions[int(rest[0])]] = f"{name}={quote_plus(_swapped(unquote_plus(value), swaps))}"
    return replace(request, url=parts._replace(query="&".join(pairs)).geturl())


def _body(request: Request, tokens: Sequence[str], swaps: Sequence[tuple[str, str]]) -> bytes:
    value = json_body(request)
    if value is None:
        return _swapped(request.body.decode("utf-8"), swaps).encode()
    if not tokens:
        return _dumped(_swapped_leaf(value, swaps))
    owner = follow(value, join("", *tokens[:-1]))
    key = int(tokens[-1]) if isinstance(owner, list) else tokens[-1]
    owner[key] = _swapped_leaf(owner[key], swaps)
    return _dumped(value)


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _swapped_leaf(value: Any, swaps: Sequence[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        return _swapped(value, swaps)
    text = swaps[0][1]
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text


def _swapped(text: str, swaps: Sequence[tuple[str, str]]) -> str:
    for recorded, live in swaps:
        text = live if text == recorded else text.replace(recorded, live)
    return text


def _query(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]
