"""Lists, walked page by page as a client walks them, and what pages promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.model.operation import Operation
from conformance.run.lifecycle.collection import Collection
from conformance.run.lifecycle.teller import Teller, Told
from conformance.run.lifecycle.things import identity
from conformance.sandbox.envelope import Envelope, folded
from conformance.sandbox.listing import Knob, Paging
from conformance.sandbox.totals import MORE, NEXT, PAGES, TOTAL

_MOST_PAGES = 12
_SIZES = (2, 1, 3, 5, 10, 20, 25, 50, 100)


@dataclass(slots=True, kw_only=True)
class Walk:
    """Pages in order, with the ids that they show. ``complete`` is whether the end was reached."""

    size: int | None
    pages: list[Told] = field(default_factory=list)
    ids: list[list[str]] = field(default_factory=list)
    complete: bool = False

    @property
    def seen(self) -> list[str]:
        """All ids, in order."""
        return [name for page in self.ids for name in page]

    @property
    def before(self) -> set[str]:
        """The ids on all pages but the last."""
        return {name for page in self.ids[:-1] for name in page}


def size_for(knob: Knob | None) -> int | None:
    """A small page that the parameter allows."""
    if knob is None or knob.schema is None:
        return None
    return next((size for size in _SIZES if knob.schema.is_valid(size, direction="request")), None)


def beginning(operation: Operation, how: Paging) -> dict[str, str]:
    """What must be said to begin with the first page, where the document wants a page to be named."""
    required = {parameter.name for parameter in operation.parameters_in("query") if parameter.required}
    knobs = ((how.number, "0" if how.number is not None and how.number.number("default") == 0 else "1"), (how.offset, "0"))
    return {knob.wire: text for knob, text in knobs if knob is not None and knob.name in required}


def walk(
    teller: Teller, collection: Collection, operation: Operation, scope: tuple[str, ...], place: Envelope, how: Paging
) -> Walk | None:
    """Walk a list to its end, or to a limit; ``None`` when it cannot be read."""
    size = size_for(how.size)
    first = {how.size.wire: str(size)} if how.size is not None and size is not None else {}
    found, query = Walk(size=size), {**beginning(operation, how), **first}
    for number in range(_MOST_PAGES):
        told = teller.send(operation, scope, why=f"Page {number + 1} of the list", query=query, place=place)
        if told is None or not told.succeeded or told.things is None:
            return found if found.pages else None
        found.pages.append(told)
        found.ids.append([name for thing in told.things if (name := identity(collection, thing)) is not None])
        following = _following(told, how, place, number, size, query)
        if following is None and size is not None and not how.goes_on and len(told.things) >= size:
            # The rest of the list cannot be asked for.
            return found
        if following is None or not told.things or (found.ids[-1] and number and set(found.ids[-1]) <= found.before):
            found.complete = True
            return found
        query = {**first, **following}
    return found


def _following(
    told: Told, how: Paging, place: Envelope, number: int, size: int | None, query: Mapping[str, str]
) -> dict[str, str] | None:
    """What asks for the next page; ``None`` when this is the last."""
    count = len(told.things or ())
    if how.after is not None:
        said = (value for value in words(told.body, place, NEXT) if isinstance(value, (str, int)))
        cursor = next((value for value in said if value != ""), None)
        if cursor is not None and not isinstance(cursor, bool):
            return _cursor(str(cursor), how.after, query)
        if how.number is None and how.offset is None:
            return None
    if any(value is False for value in words(told.body, place, MORE)) or (size is None and how.number is None):
        return None
    if how.number is not None:
        start = 0 if how.number.number("default") == 0 else 1
        return {how.number.wire: str(number + 1 + start)} if count else None
    if how.offset is not None:
        return {how.offset.wire: str((number + 1) * (size or count))} if count else None
    return None


def _cursor(text: str, knob: Knob, query: Mapping[str, str]) -> dict[str, str] | None:
    if "?" not in text:
        return {knob.wire: text}
    found = dict(parse_qsl(urlsplit(text).query))
    return found if knob.wire in found and found != dict(query) else None


def words(body: Any, place: Envelope, names: frozenset[str]) -> Iterator[Any]:
    """What an answer says beside its list under any of some names, case and punctuation aside."""
    level = [(body, place.path)]
    while level:
        value, path = level.pop(0)
        if not isinstance(value, Mapping):
            continue
        for name, held in value.items():
            if path and name == path[0] and (len(path) == 1):
                continue
            if isinstance(held, Mapping):
                level.append((held, path[1:] if path and name == path[0] else ()))
            elif folded(str(name)) in names:
                yield held


def judge(teller: Teller, found: Walk) -> bool:
    """Pages are disjoint and come to an end; whether they do, so that things can be counted."""
    last, before = found.pages[-1], found.before
    if not found.complete and len(found.pages) == _MOST_PAGES and all(page.things == last.things for page in found.pages[-3:]):
        # Things without an id may be alike, but hardly page after page.
        teller.report("page-endless", last, "page after page shows the same")
        return False
    again = [name for name in found.ids[-1] if name in before]
    if again and len(again) == len(found.ids[-1]) and len(found.ids) > 1:
        short = found.size is not None and len(found.ids[-2]) < found.size
        if len(found.ids) > 2 and (short or set(found.ids[-1]) <= set(found.ids[-2])):
            teller.report("page-endless", last, f"the page after the last one shows {again[0]} again")
        else:
            teller.report("page-overlap", last, f"{again[0]} is on two pages")
        return False
    twice = next((name for index, name in enumerate(found.seen) if name in found.seen[:index]), None)
    if twice is not None:
        teller.report("page-overlap", last, f"{twice} is on two pages")
    return twice is None and found.complete


def wrong_total(found: Walk, place: Envelope) -> tuple[Told, str] | None:
    """An answer that says another number of things than all pages show, and that in words.

    Whoever else works on the same service changes the number between two pages: it is wrong only when it is on all.
    """
    count = len(found.seen)
    if not count or any(len(page.things or ()) != len(ids) for page, ids in zip(found.pages, found.ids, strict=True)):
        return None
    said = [value for page in found.pages for value in words(page.body, place, TOTAL) if _is_whole(value)]
    if said and count not in said:
        return found.pages[0], f"the total is {said[0]}, and all pages together show {count}"
    pages = [value for page in found.pages for value in words(page.body, place, PAGES) if _is_whole(value)]
    if pages and found.size and not said and -(-count // found.size) not in pages:
        return found.pages[0], f"it says {pages[0]} pages of {found.size}, and {count} things are shown"
    return None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
