"""Pages: which part of a list a request asks for, by number, by offset or by a cursor.

A cursor says after which thing a page begins, with what that thing was sorted by. So a client that follows cursors sees
everything once, whatever is created or deleted meanwhile. One that counts sees what counting gives it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope, folded
from conformance.spec.body import is_json
from conformance.spec.reading import RequestReading
from conformance.spec.values import wire_types

# fmt: off
_NUMBER = frozenset({"pagenumber", "page", "pageno", "pagenum", "pageindex", "currentpage", "p"})
_SIZE = frozenset({"pagesize", "perpage", "limit", "pagelimit", "recordsperpage", "itemsperpage", "resultsperpage", "maxresults",
                   "maxitems", "maxpagesize", "maxrecords", "top", "first", "count", "size", "take", "filterlimit", "filtercount",
                   "pagecount", "results", "last"})
_OFFSET = frozenset({"offset", "skip", "start", "pageoffset", "startindex", "from", "filteroffset"})
_AFTER = frozenset({"pageafter", "after", "cursor", "pagecursor", "pagetoken", "nexttoken", "startingafter", "continuationtoken",
                    "continuation", "nextcursor", "nextpagetoken", "nextpage", "next", "marker", "startafter", "sinceid",
                    "afterid", "exclusivestartkey", "aftercursor", "cursornext"})
_BEFORE = frozenset({"pagebefore", "before", "endingbefore", "beforecursor", "beforeid", "previouscursor", "prevcursor",
                     "prev"})
# Words that mean a page only where the things themselves have no such property.
_WEAK = frozenset({"size", "count", "top", "first", "start", "take", "number", "cursor", "after", "before", "next", "from",
                   "last", "p", "marker", "results", "filterlimit", "filtercount", "filteroffset", "prev"})
# fmt: on
_KINDS = {"number": _NUMBER, "size": _SIZE, "offset": _OFFSET, "after": _AFTER, "before": _BEFORE}
_DEFAULT_SIZE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """A parameter that chooses a page. ``wire`` is its name in a query; ``key`` is set when it stands in an object."""

    name: str
    key: str | None
    wire: str
    schema: Schema | None

    @property
    def names(self) -> tuple[str, ...]:
        """The names in a query that clients may use: that of the declared style, and with brackets."""
        return (self.wire,) if self.key is None else tuple(dict.fromkeys((self.wire, f"{self.name}[{self.key}]")))

    def value(self, reading: RequestReading) -> Any:
        """What was sent, if anything."""
        value = reading.values.get(("query", self.name))
        return value.get(self.key) if self.key is not None and isinstance(value, Mapping) else None if self.key else value

    def number(self, keyword: str) -> int | None:
        """A keyword of the schema that is a whole number."""
        value = self.schema.get(keyword) if self.schema is not None else None
        return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """The parameters by which an operation's list is paged, each where there is one.

    ``others`` are further ones of the same kinds. ``most`` is what a list can hold.
    """

    number: Knob | None = None
    size: Knob | None = None
    offset: Knob | None = None
    after: Knob | None = None
    before: Knob | None = None
    others: tuple[tuple[str, Knob], ...] = ()
    most: int | None = None

    @property
    def wires(self) -> frozenset[str]:
        """The names in a query that are about pages."""
        knobs = (self.number, self.size, self.offset, self.after, self.before, *(knob for _, knob in self.others))
        return frozenset(name for knob in knobs if knob is not None for name in knob.names)

    def sent(self, kind: str, reading: RequestReading) -> Any:
        """What a request says by a parameter of a kind: ``number``, ``size``, ``offset``, ``after`` or ``before``."""
        first: Knob | None = getattr(self, kind)
        knobs = (first, *(knob for other, knob in self.others if other == kind))
        return next((value for knob in knobs if knob is not None and (value := knob.value(reading)) is not None), None)

    @property
    def goes_on(self) -> bool:
        """Whether a client can ask for what comes after the first page."""
        return any(knob is not None for knob in (self.number, self.offset, self.after))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list.

    ``start`` counts from 0, ``number`` from 1; ``total`` is of what the filters left. ``first`` is the number that the
    service gives its first page. ``after`` and ``before`` are cursors to what follows and precedes; ``ends`` are the ids of the
    first and the last thing. ``things`` is what the page is cut from.
    """

    items: tuple[Any, ...]
    total: int
    start: int
    size: int
    number: int
    first: int = 1
    after: str | int | None = None
    before: str | int | None = None
    ends: tuple[str, ...] = ()
    paging: Paging = field(default_factory=Paging)
    things: Sequence[Any] = ()

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def more(self) -> bool:
        """Whether something comes after this part."""
        return self.start + len(self.items) < self.total and bool(self.items)


def paging(operation: Operation, place: Envelope | None) -> Paging:
    """How the operation's list is paged; ``place`` is where its answer holds the list."""
    own = {folded(name) for name in place.item.all_properties()} if place is not None else set()
    found: dict[str, Knob] = {}
    others: list[tuple[str, Knob]] = []
    for knob in _knobs(operation):
        kind = next(
            (kind for kind, words in _KINDS.items() for name in reversed(knob.names) if _means(folded(name), words, own)), None
        )
        if kind is not None and found.setdefault(kind, knob) is not knob:
            others.append((kind, knob))
    return Paging(**found, others=tuple(others), most=_most(operation, place))


def _means(plain: str, words: frozenset[str], own: set[str]) -> bool:
    return plain in words and not (plain in _WEAK and plain.removeprefix("filter") in own)


def _knobs(operation: Operation) -> Iterator[Knob]:
    for parameter in operation.parameters_in("query"):
        schema = parameter.content.schema if parameter.content is not None else parameter.schema
        properties = schema.all_properties() if schema is not None and "object" in wire_types(schema) else {}
        if not properties:
            yield Knob(name=parameter.name, key=None, wire=parameter.name, schema=schema)
        spread = parameter.style == "form" and parameter.explode and parameter.content is None
        for key, child in properties.items():
            yield Knob(name=parameter.name, key=key, wire=key if spread else f"{parameter.name}[{key}]", schema=child)


def _most(operation: Operation, place: Envelope | None) -> int | None:
    """How many things an answer has room for, where the document bounds it."""
    bodies = [media.schema for status, spec in operation.responses.items() if status.startswith("2")
              for media in spec.content.values() if media.schema is not None and is_json(media.name)]  # fmt: skip
    bounds = []
    for body in bodies if place is not None else ():
        inside: Schema | None = body
        for name in place.path if place is not None else ():
            inside = inside.all_properties().get(name) if inside is not None else None
        most = inside.get("maxItems") if inside is not None else None
        if isinstance(most, int) and not isinstance(most, bool) and most > 0:
            bounds.append(most)
    return min(bounds, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a thing stands in a list: ``serial`` is its place among all that were made, ``by`` what it is sorted by."""

    key: str
    serial: int
    by: tuple[Any, ...] = ()

    def cursor(self, knob: Knob) -> str | int:
        """The mark as the parameter takes it: opaque where it may be, else the plain key or number."""
        packed = json.dumps([self.serial, self.key, *self.by], separators=(",", ":"), default=str).encode()
        opaque = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        known: tuple[str | int, ...] = (opaque, self.key, self.serial, str(self.serial))
        types = wire_types(knob.schema)
        return next((text for text in known if (isinstance(text, str) if "string" in types else isinstance(text, int))
                     and (knob.schema is None or knob.schema.is_valid(text, direction="request"))), opaque)  # fmt: skip


def mark_of(cursor: Any) -> Mark | str | int | None:
    """What a cursor that a client sent says: a mark, the bare key or serial of a thing, or nothing."""
    if isinstance(cursor, bool) or not isinstance(cursor, (str, int)):
        return None
    if isinstance(cursor, int):
        return cursor
    try:
        serial, key, *by = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return cursor
    if isinstance(serial, int) and isinstance(key, str):
        return Mark(key=key, serial=serial, by=tuple(by))
    return cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a request asks for: ``size`` things from ``start``, or after or before what a cursor names."""

    size: int | None
    start: int = 0
    number: int | None = None
    first: int = 1
    after: Mark | str | int | None = None
    before: Mark | str | int | None = None


def window(reading: RequestReading, how: Paging) -> Window:
    """What the request asks for."""
    size = _size(reading, how)
    number = _whole(how.sent("number", reading))
    first = 0 if how.number is not None and how.number.number("default") == 0 else 1
    before = mark_of(how.sent("before", reading))
    after = mark_of(how.sent("after", reading))
    if after is None and number is None and how.number is not None:
        # A parameter called page may hold a token.
        after = mark_of(how.number.value(reading))
    if number is not None:
        number = max(number - first + 1, 1)
        return Window(size=size, start=(number - 1) * (size or 0), number=number, first=first)
    if after is not None or before is not None:
        return Window(size=size, after=after, before=before if after is None else None, first=first)
    offset = _whole(how.sent("offset", reading))
    return Window(size=size, start=max(offset or 0, 0), first=first)


def _size(reading: RequestReading, how: Paging) -> int | None:
    """How many things a page holds; ``None`` for all of them."""
    asked = _whole(how.sent("size", reading))
    if asked is None or asked <= 0:
        asked = how.size.number("default") if how.size is not None else None
    if (asked is None or asked <= 0) and how.goes_on:
        asked = _DEFAULT_SIZE
    bounds = (asked, how.most, how.size.number("maximum") if how.size is not None and asked is not None else None)
    return min((bound for bound in bounds if bound is not None and bound > 0), default=None)


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def page_of(things: Sequence[Any], mark: Callable[[Any], Mark], wish: Window, how: Paging, at: int = 0) -> Page:
    """The page of ``things`` that was wished for.

    Args:
        things: everything that there is, in order.
        mark: where a thing stands.
        wish: what was asked for.
        how: how the operation pages.
        at: where the cursor of the wish stands: what comes after begins here, what comes before ends here.
    """
    size = wish.size or max(len(things), 1)
    start = at if wish.after is not None else max(at - size, 0) if wish.before is not None else wish.start
    items = tuple(things[start : at if wish.before is not None else start + size])
    after = mark(items[-1]).cursor(how.after) if items and how.after is not None else None
    back = how.before or how.after
    before = mark(items[0]).cursor(back) if items and back is not None else None
    return Page(items=items, total=len(things), start=start, size=size, number=wish.number or start // size + 1, first=wish.first,
                after=after, before=before, ends=tuple(mark(item).key for item in (*items[:1], *items[-1:])), paging=how,
                things=things)  # fmt: skip
