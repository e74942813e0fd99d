"""Lists: which part of the records a request asks for, and what the answer says about the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import Operation
from conformance.sandbox.envelope import folded
from conformance.spec.reading import RequestReading

# fmt: off
_NUMBER = frozenset({"pagenumber", "page", "pageno", "pageindex", "currentpage"})
_SIZE = frozenset({"pagesize", "perpage", "limit", "recordsperpage", "itemsperpage", "maxresults", "maxitems",
                   "top", "first", "count", "size", "take"})
_OFFSET = frozenset({"offset", "skip", "start", "pageoffset", "startindex"})
_AFTER = frozenset({"pageafter", "after", "cursor", "pagecursor", "pagetoken", "nexttoken", "startingafter",
                    "continuationtoken", "nextcursor"})
# fmt: on
# Words that mean a page only where the things themselves have no such property.
_WEAK = frozenset({"size", "count", "top", "first", "start", "take", "number", "cursor", "after"})
_SPECIAL = frozenset({"sort", "order", "fields", "include", "expand", "search", "q", "query", "format"})
_PAGING = ((_NUMBER | _SIZE | _OFFSET | _AFTER) - _WEAK) | _SPECIAL
_DEFAULT_SIZE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list. ``start`` counts from 0, ``number`` from 1; ``total`` is of what the filters left."""

    items: tuple[Any, ...]
    total: int
    start: int
    size: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def more(self) -> bool:
        """Whether something comes after this part."""
        return self.start + len(self.items) < self.total and bool(self.items)


def asked(reading: RequestReading) -> dict[str, Any]:
    """The query parameters by name, objects spread out: ``page[size]``."""
    found: dict[str, Any] = {}
    for (location, name), value in reading.values.items():
        if location != "query":
            continue
        if isinstance(value, dict):
            found.update({f"{name}[{key}]": item for key, item in value.items()})
        else:
            found[name] = value
    return found


def page_of(records: Sequence[Any], reading: RequestReading, key: Callable[[Any], str], names: Iterable[str] = ()) -> Page:
    """The part of ``records`` that the request asks for.

    ``key`` gives what a cursor would name a record by; ``names`` are the properties of the things.
    """
    own = _WEAK & {folded(name) for name in names}
    query = {folded(name): value for name, value in asked(reading).items() if folded(name) not in own}
    defaults = _defaults(reading.operation)
    size = _positive(query, _SIZE, _positive(defaults, _SIZE, _DEFAULT_SIZE))
    start, number = 0, 1
    if _first(query, _NUMBER) is not None and isinstance(_first(query, _NUMBER), int):
        lowest = 0 if _first(defaults, _NUMBER) == 0 else 1
        number = max(int(_first(query, _NUMBER)) - lowest + 1, 1)
        start = (number - 1) * size
    elif isinstance(_first(query, _OFFSET), int):
        start = max(int(_first(query, _OFFSET)), 0)
        number = start // size + 1
    elif isinstance(_first(query, _AFTER), str):
        after = str(_first(query, _AFTER))
        start = next((index + 1 for index, record in enumerate(records) if key(record) == after), 0)
        number = start // size + 1
    return Page(items=tuple(records[start : start + size]), total=len(records), start=start, size=size, number=number)


def _defaults(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for parameter in operation.parameters_in("query"):
        if parameter.schema is None:
            continue
        if parameter.schema.get("default") is not None:
            found[folded(parameter.name)] = parameter.schema.get("default")
        for name, child in parameter.schema.all_properties().items():
            if child.get("default") is not None:
                found[folded(parameter.name + name)] = child.get("default")
    return found


def _first(values: Mapping[str, Any], names: frozenset[str]) -> Any:
    return next((values[name] for name in values if name in names and not isinstance(values[name], bool)), None)


def _positive(values: Mapping[str, Any], names: frozenset[str], otherwise: int) -> int:
    value = _first(values, names)
    return value if isinstance(value, int) and value > 0 else otherwise


def wanted(reading: RequestReading, names: Sequence[str]) -> dict[str, Any]:
    """What the query asks of properties: ``?status=sent``, ``filter[status]=sent``, ``filter[status][eq]=sent``."""
    plain = {folded(name): name for name in names}
    found: dict[str, Any] = {}
    for (location, name), value in reading.values.items():
        if location != "query":
            continue
        if isinstance(value, dict) and folded(name) in {"filter", "filters", "where"}:
            found.update({plain[folded(key)]: item for key, item in value.items() if folded(key) in plain})
        elif name.startswith("filter[") and folded(name[7:].partition("]")[0]) in plain:
            rest = name[7:].partition("]")[2]
            if rest in {"", "[eq]"}:
                found[plain[folded(name[7:].partition("]")[0])]] = value
        elif folded(name) in plain and folded(name) not in _PAGING:
            found[plain[folded(name)]] = value
    return found


def fits(value: Mapping[str, Any], wishes: Mapping[str, Any]) -> bool:
    """Whether a thing is what the filters ask for; a filter that is not understood lets everything through."""
    return all(_fits(value.get(name), wish) for name, wish in wishes.items())


def _fits(held: Any, wish: Any) -> bool:
    if isinstance(wish, Mapping):
        return all(_OPERATORS[name](held, bound) for name, bound in wish.items() if name in _OPERATORS)
    if isinstance(wish, list):
        return any(_same(held, item) for item in wish) if wish else True
    return _same(held, wish)


def _same(held: Any, wish: Any) -> bool:
    if isinstance(held, list):
        return any(_same(item, wish) for item in held)
    return held == wish or _text(held) == _text(wish)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def judge(held: Any, bound: Any) -> bool:
        try:
            return held is not None and compare(held, bound)
        except TypeError:
            return False

    return judge


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _same,
    "ne": lambda held, wish: not _same(held, wish),
    "contains": lambda held, wish: _text(wish).lower() in _text(held).lower(),
    "starts_with": lambda held, wish: _text(held).lower().startswith(_text(wish).lower()),
    "ends_with": lambda held, wish: _text(held).lower().endswith(_text(wish).lower()),
    "in": lambda held, wish: _fits(held, wish if isinstance(wish, list) else _text(wish).split(",")),
    "gt": _ordered(lambda held, bound: held > bound),
    "gte": _ordered(lambda held, bound: held >= bound),
    "lt": _ordered(lambda held, bound: held < bound),
    "lte": _ordered(lambda held, bound: held <= bound),
}


def _says(words: str, say: Callable[[Page], Any]) -> dict[str, Callable[[Page], Any]]:
    return dict.fromkeys(words.split(), say)


_SAID = {
    **_says("total totalcount totalresults totalrecords totalitems totalelements count", lambda page: page.total),
    **_says("totalpages pagecount numpages lastpage pages", lambda page: page.pages),
    **_says("page pagenumber currentpage number", lambda page: page.number),
    **_says("pagesize perpage limit recordsperpage itemsperpage size", lambda page: page.size),
    **_says("offset skip start", lambda page: page.start),
    **_says("hasmore hasnext hasnextpage more", lambda page: page.more),
    **_says("hasprevious hasprev hasprevpage haspreviouspage", lambda page: page.start > 0),
}
# fmt: off
_NEXT = frozenset({"next", "nextcursor", "nextpagetoken", "nexttoken", "nextpage", "cursor", "after", "continuationtoken",
                   "endcursor", "nexturl"})
_PREVIOUS = frozenset({"previous", "prev", "previouscursor", "prevpage", "previouspage", "before", "previousurl", "prevcursor"})
# fmt: on


def told(body: dict[str, Any], page: Page, *, beside: str | None, cursor: str | None) -> dict[str, Any]:
    """The body with what it says about the list made true; ``beside`` is the property that holds the list."""
    found: dict[str, Any] = {}
    for name, value in body.items():
        plain = folded(name)
        if name == beside:
            found[name] = value
        elif isinstance(value, dict) and beside is not None:
            found[name] = told(value, page, beside="", cursor=cursor)
        elif plain in _SAID and isinstance(value, (int, float)):
            found[name] = _SAID[plain](page)
        elif plain in _NEXT:
            if page.more:
                found[name] = (
                    page.number + 1 if isinstance(value, int) else cursor if isinstance(value, str) and cursor else value
                )
        elif plain not in _PREVIOUS or page.start > 0:
            found[name] = value
    return found
