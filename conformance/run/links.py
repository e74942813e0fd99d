"""Which values of a recorded chain came from an earlier answer.

A value that an earlier recorded answer held, and that stands in a later recorded request, is a link: in the
fresh run its place gets what the live answer holds at the same pointer. Coincidences are the danger, so:

- A *strong* value is unlikely to occur twice by chance: a UUID, or twelve characters and more that hold a digit
  and no space. It links wherever it stands, also inside a longer text (a URL, ``Bearer ...``).
- A *weak* one (``42``, ``abc``) must stand alone, at a key that names identity (``id``, ``message_id``, ``cursor``), and
  its new place must be a path parameter or such a key too. A whole number below 1000 must also fit by
  name: ``/pets/7`` takes the ``id`` that ``/pets`` gave, and ``pet_id`` the one of a pet.
- Booleans, null, fractions, dates and times, and what a request of the chain said before any answer did,
  never link: nobody but the client chose those.

Answers give values in their JSON bodies, in ``Location``, ``ETag``, ``Set-Cookie`` and headers that are named for an identity,
and inside the URLs of both. The first answer that held the value is its source, for an object is best known by whoever made
it. How a place in a list is found again is said in ``carrying``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, unquote_plus, urlsplit

from conformance.cases.recorded import RecordedExchange
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.run.coded import padded, plain_of
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
from conformance.spec.pointer import join, split

_TOKENS = re.compile(r"[^\s/?&=,;:\"'<>()\[\]{}|]+")
_LINK = re.compile(r"""<(?P<url>[^<>]*)>[^<>]*?;\s*rel\s*=\s*["']?(?P<relation>[^"'\s;,][^"';,]*)""")
# Not worth following: these say how a message was sent, not what it means.
_HEADERS = frozenset({"host", "content-length", "content-type", "accept", "user-agent", "connection", "date", "accept-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value came from: ``pointer`` in the JSON body of the answer of exchange ``index``, or one of its headers.

    ``header`` is its name in lower case. ``part`` is empty for all of the text there, ``path/-1`` for a segment of a URL
    (counted from its end, for the service may answer with more or less of it), ``query/cursor`` for a parameter of
    one, ``link/next/`` and one of these for the URL that a ``Link`` has for a relation, ``cookie/NAME`` for the pair of a
    ``Set-Cookie`` and ``value/NAME`` for its value.
    """

    index: int
    pointer: str = ""
    header: str = ""
    part: str = ""

    def __str__(self) -> str:
        place = f"the header {self.header!r}" if self.header else self.pointer or "/"
        relation, part = split_link(self.part)
        kind, _, name = part.partition("/")
        place = f"the link {relation!r} of {place}" if relation else place
        words = {"path": "in the path of", "query": f"in the query parameter {name!r} of"}
        return f"{words[kind]} {place}" if kind in words else place


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place in a request that takes a value from an earlier answer.

    ``place`` is a pointer into the message: ``/path/2`` (segments count from 0), ``/query/3`` (pairs count from 0),
    ``/header/authorization``, ``/body/data/id``, ``/form/1``, or ``/body`` for a body that is neither JSON nor a form.
    ``name`` is the place for a person. ``recorded`` is the value as recorded. ``coded`` is the base64 that it stands in, if it
    does.
    """

    target: int
    place: str
    name: str
    source: Source
    recorded: str
    coded: str = ""

    def __str__(self) -> str:
        return f"entry {self.source.index}, answer {self.source} -> entry {self.target}, {self.name}"


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
            # A value that stands for itself is a better source than one that is part of a URL.
            if text not in chosen and (text not in known or (known[text].source.index == index and not value.source.part)):
                known[text] = value if text not in known or known[text].source.part else known[text]
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
        elif part is None:
            for inner in dict.fromkeys(_TOKENS.findall(plain_of(token) or "")):
                held = known.get(inner)
                if held is not None and held.strong:
                    yield Link(target=index, place=slot.place, name=slot.name, source=held.source, recorded=inner,
                               coded=padded(token, slot.text))  # fmt: skip


def _values(index: int, exchange: RecordedExchange, operation: Operation | None) -> Iterator[tuple[str, _Known]]:
    """The values of an answer that are worth following, as text."""
    body = json_body(exchange.response)
    owner = collection(operation.path if operation is not None else exchange.request.parts().path)
    for pointer, value in leaves(body):
        keys = [token for token in split(pointer) if not token.isdecimal()]
        key = keys[-1] if keys else ""
        text = value_text(value)
        if text is None:
            continue
        hints = {stem(key), owner if len(keys) <= 2 else "", *(noun(name) for name in keys[-2:-1])} - {"", "data"}
        strong = isinstance(value, str) and is_strong(value)
        if strong or (is_identity(key) and not is_time(text)):
            yield text, _known(Source(index=index, pointer=pointer), text, hints, strong=strong)
        if "/" in text:
            yield from _url_parts(text, Source(index=index, pointer=pointer))
    for name, value in exchange.response.headers:
        yield from _header_values(name.lower(), value, index)


def _known(source: Source, text: str, hints: Iterable[str], *, strong: bool) -> _Known:
    return _Known(source=source, strong=strong, small=not strong and is_small(text), hints=frozenset(hints))


def _header_values(name: str, value: str, index: int) -> Iterator[tuple[str, _Known]]:
    source = Source(index=index, header=name)
    if name == "set-cookie":
        pair = value.partition(";")[0].strip()
        key, equals, held = pair.partition("=")
        if equals and held:
            yield pair, _known(replace(source, part=f"cookie/{key.strip()}"), pair, (), strong=True)
            if is_strong(held):
                yield held, _known(replace(source, part=f"value/{key.strip()}"), held, (), strong=True)
    elif name in {"location", "content-location"}:
        yield from _url_parts(value, source)
    elif name == "link":
        for relation, url in links_in(value):
            for text, known in _url_parts(url, source):
                yield text, replace(known, source=replace(known.source, part=f"link/{relation}/{known.source.part}"))
    elif name == "etag" or is_identity(name):
        yield value, _known(source, value, {stem(name) or name}, strong=is_strong(value))


def _url_parts(text: str, source: Source) -> Iterator[tuple[str, _Known]]:
    """What a URL names: what its last segment identifies, and the parameters that say where to go on."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return
    if not (parts.scheme in {"http", "https"} or text.startswith("/")) or " " in text:
        return
    segments = parts.path.split("/")
    for at, segment in enumerate(segments):
        value, before = unquote(segment), noun(segments[at - 1]) if at else ""
        is_last = at == len(segments) - 1 and source.header != "" and at > 1
        if value and (is_strong(value) or (is_last and not is_time(value))):
            found = replace(source, part=f"path/{at - len(segments)}")
            yield value, _known(found, value, {before} - {""}, strong=is_strong(value))
    for name, said in pairs_of(parts.query):
        key, value = unquote_plus(name), unquote_plus(said)
        if value and (is_strong(value) or (is_identity(key) and not is_time(value))):
            yield value, _known(replace(source, part=f"query/{key}"), value, {stem(key)} - {""}, strong=is_strong(value))


def _slots(request: Request, operation: Operation | None) -> Iterator[_Slot]:
    parts = request.parts()
    yield from _path_slots(parts.path, operation)
    for position, (name, value) in enumerate(pairs_of(parts.query)):
        key = unquote_plus(name)
        yield _slot(f"/query/{position}", f"the query parameter {key!r}", unquote_plus(value), key)
    for name, value in request.headers:
        yield from _header_slots(name, value)
    if not request.body:
        return
    body = json_body(request)
    if body is not None:
        for pointer, value in leaves(body):
            text = value_text(value)
            if text is not None:
                key = next((token for token in reversed(split(pointer)) if not token.isdecimal()), "")
                yield _slot("/body" + pointer, f"the body at {pointer or '/'}", text, key)
        return
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError:
        return
    if (request.header("content-type") or "").startswith("application/x-www-form-urlencoded"):
        for position, (name, value) in enumerate(pairs_of(text)):
            key = unquote_plus(name)
            yield _slot(f"/form/{position}", f"the form field {key!r}", unquote_plus(value), key)
    else:
        yield _slot("/body", "the body", text, "")


def _header_slots(name: str, value: str) -> Iterator[_Slot]:
    lower = name.lower()
    if lower == "cookie":
        for pair in value.split(";"):
            yield _slot("/header/cookie", f"the cookie {pair.partition('=')[0].strip()!r}", pair.strip(), "")
    elif lower in {"if-match", "if-none-match"}:
        slot = _slot(join("/header", lower), f"the header {name!r}", value, name)
        yield replace(slot, identity=True, hints=frozenset({"etag"}))
    elif lower not in _HEADERS:
        yield _slot(join("/header", lower), f"the header {name!r}", value, lower)


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


def links_in(value: str) -> list[tuple[str, str]]:
    """The relations and URLs of a ``Link`` header (RFC 8288)."""
    return [(found["relation"].split()[0].lower(), found["url"]) for found in _LINK.finditer(value)]


def split_link(part: str) -> tuple[str, str]:
    """The relation of a part of a ``Link``, and the part of its URL; without a relation, the part as it is."""
    kind, _, rest = part.partition("/")
    if kind != "link":
        return "", part
    relation, _, inner = rest.partition("/")
    return relation, inner


def pairs_of(query: str) -> list[tuple[str, str]]:
    """The pairs of a query or form as they are written, still encoded."""
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]
