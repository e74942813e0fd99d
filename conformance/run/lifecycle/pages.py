"""Lists, walked page by page as a client walks them: by links, by cursors, by numbers, by what was seen last."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from conformance.checks.meaning import is_moving
from conformance.model.operation import Operation
from conformance.run.lifecycle.collection import Collection
from conformance.run.lifecycle.counts import Said, named, said_by
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.teller import Teller, Told
from conformance.sandbox.envelope import Envelope, folded
from conformance.sandbox.listing import Knob, Paging, paging
from conformance.sandbox.totals import LAST_ID, NEXT

MOST_PAGES = 12
_ENOUGH = 4
# No page is usually shorter than this.
_FEW = 10
_SIZES = (2, 1, 3, 5, 10, 20, 25, 50, 100)
_WIDE = (100, 50, 250, 25, 200, 20, 10)
# Parameters that take the id of the thing after which a page begins, not a cursor that an answer gives.
_LAST_SEEN = frozenset({"startingafter", "startafter", "afterid", "sinceid"})
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*!-]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s\";,]+))?)*)")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\";,]+))", re.IGNORECASE)
_OVER = frozenset({400, 404, 410, 416, 422})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Where a list is: its operation, the values of its path, where it stands in an answer, and how it is paged."""

    collection: Collection
    operation: Operation
    scope: tuple[str, ...]
    place: Envelope
    how: Paging

    @classmethod
    def of(cls, collection: Collection, operation: Operation, scope: tuple[str, ...], place: Envelope) -> Listed:
        """The list of an operation."""
        return cls(collection=collection, operation=operation, scope=scope, place=place, how=paging(operation, place))

    @property
    def has_ids(self) -> bool:
        """Whether what is listed says what it goes by."""
        return any(name in self.place.item.all_properties() for name in self.collection.resource.id_fields)

    def name(self, thing: Mapping[str, Any]) -> str | None:
        """What sets a listed thing apart from all others: its id, or else all that does not move."""
        own = identity(self.collection, thing)
        if own is not None or self.has_ids:
            return own
        kept = {key: value for key, value in thing.items() if not is_moving(key) or isinstance(value, str)}
        return json.dumps(kept, sort_keys=True, default=str) if kept else None

    def conditions(self) -> frozenset[str]:
        """The query parameters that every request must have, those of pages left out."""
        needed = {parameter.name for parameter in self.operation.parameters_in("query") if parameter.required}
        return frozenset(needed - {wire.partition("[")[0] for wire in self.how.wires} - self.how.wires)

    def beginning(self) -> dict[str, str]:
        """What must be said to begin with the first page, where the document wants a page to be named."""
        required = {parameter.name for parameter in self.operation.parameters_in("query") if parameter.required}
        knobs = ((self.how.number, str(self.first)), (self.how.offset, "0"))
        return {knob.wire: text for knob, text in knobs if knob is not None and knob.name in required}

    def wide(self) -> dict[str, str]:
        """A request for as much at once as the document lets one ask for, within reason."""
        size = _allowed(self.how.size, _WIDE)
        return {**self.beginning(), **({self.how.size.wire: str(size)} if self.how.size is not None and size else {})}

    @property
    def first(self) -> int:
        """The number of the first page."""
        return 0 if self.how.number is not None and self.how.number.number("default") == 0 else 1


@dataclass(slots=True, kw_only=True)
class Walk:
    """Pages in order, with the names of what they show.

    ``numbers`` are the numbers by which the pages were asked for. ``complete`` is whether the end was reached; ``denied`` is an
    answer that says that nothing follows where something does.
    """

    size: int | None
    pages: list[Told] = field(default_factory=list)
    ids: list[list[str]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    complete: bool = False
    denied: Told | None = None

    @property
    def seen(self) -> list[str]:
        """All names, in order."""
        return [name for page in self.ids for name in page]

    @property
    def before(self) -> set[str]:
        """The names on all pages but the last."""
        return {name for page in self.ids[:-1] for name in page}

    @property
    def query(self) -> dict[str, str]:
        """What the first page was asked by."""
        return dict(parse_qsl(urlsplit(self.pages[0].exchange.request.url).query))

    @property
    def things(self) -> list[Mapping[str, Any]]:
        """All things, in order."""
        return [thing for page in self.pages for thing in page.things or ()]

    @property
    def is_whole(self) -> bool:
        """Whether every thing has a name, and no page shows two of one."""
        return all(len(page.things or ()) == len(ids) == len(set(ids)) for page, ids in zip(self.pages, self.ids, strict=True))


def _allowed(knob: Knob | None, sizes: tuple[int, ...]) -> int | None:
    if knob is None or knob.schema is None:
        return None
    return next((size for size in sizes if knob.schema.is_valid(size, direction="request")), None)


def walk(teller: Teller, listed: Listed) -> Walk | None:
    """Walk a list to its end, or to a limit; ``None`` when it cannot be read.

    Pages are small, for what they promise shows where there are many; of a long list only some are.
    """
    return _walk(teller, listed, _allowed(listed.how.size, _SIZES))


def longer(teller: Teller, listed: Listed, found: Walk) -> Walk | None:
    """Walk a list that small pages do not come to the end of by larger ones; ``None`` where none are large enough."""
    total = next((said.total or (said.pages or 0) * (found.size or 1) for said in found.said if said.total or said.pages), 0)
    schema = listed.how.size.schema if listed.how.size is not None else None
    sizes = [size for size in sorted(_WIDE) if size * MOST_PAGES > total and schema is not None
             and schema.is_valid(size, direction="request")]  # fmt: skip
    return _walk(teller, listed, sizes[0]) if total and sizes and not found.complete else None


def _walk(teller: Teller, listed: Listed, size: int | None) -> Walk | None:
    how = listed.how
    always = {how.size.wire: str(size)} if how.size is not None and size is not None else {}
    found, asked = Walk(size=size), {**always, **listed.beginning()}
    for turn in range(MOST_PAGES):
        told = teller.send(listed.operation, listed.scope, why=f"Page {turn + 1} of the list", query=asked, place=listed.place)
        if told is None or not told.succeeded or told.things is None:
            found.complete = bool(found.pages) and told is not None and told.status in _OVER and _ended(found)
            return found if found.pages else None
        said = said_by(told.body, listed.place, listed.operation)
        found.pages.append(told)
        found.said.append(said)
        found.ids.append([name for thing in told.things if (name := listed.name(thing)) is not None])
        found.numbers.append(listed.first + turn if how.number is not None else None)
        if turn and set(found.ids[-1]) - found.before and _denies(found.said[-2], how):
            found.denied = found.pages[-2]
        following = _following(told, said, listed, turn, found)
        if turn + 1 >= _ENOUGH and _is_long(found):
            return found
        if following is None:
            reached = size is None or len(told.things) < size or said.is_last
            would_lead = turn > 0 or how.number is not None or how.offset is not None or (how.after is not None and leads(listed))
            found.complete = (
                not _is_full(told.things, listed)
                and said.more is not True
                and (would_lead or (reached and (said.pages or 1) <= len(found.pages)))
            )
            return found
        if not told.things or (found.ids[-1] and turn and set(found.ids[-1]) <= found.before):
            found.complete = True
            return found
        asked = {**always, **following}
    return found


def _is_full(things: Sequence[Any], listed: Listed) -> bool:
    """Whether an answer shows as many as the document lets it, so that it may have left out some."""
    medias = (media for status, spec in listed.operation.responses.items() if status[0] == "2" for media in spec.content.values())
    for held in (media.schema for media in medias):
        for name in listed.place.path:
            held = held.all_properties().get(name) if held is not None else None
        most = held.get("maxItems") if held is not None else None
        if isinstance(most, int) and len(things) >= most:
            return True
    return False


def is_all(said: Said, count: int, listed: Listed) -> bool:
    """Whether one answer shows all that there is, as far as it says."""
    if said.more or (said.following is not None and said.more is None) or (said.pages or 1) > 1:
        return False
    if said.total is not None and not said.is_rough:
        return said.total <= count
    return said.is_last or said.pages == 1 or not listed.how.goes_on or count < _FEW


def is_said_whole(told: Told, listed: Listed) -> bool:
    """Whether an answer says that it shows all there is, or there is no way to ask for more."""
    said = said_by(told.body, listed.place, listed.operation)
    if said.more or said.following is not None or "next" in (told.header("link") or ""):
        return False
    counted = said.total is not None and not said.is_loose and said.total <= len(told.things or ())
    return said.pages == 1 or said.is_last or counted or not listed.how.goes_on


def leads(listed: Listed) -> bool:
    """Whether the document names something in an answer that leads on, so that the end is where it is missing."""
    answers = [spec for status, spec in listed.operation.responses.items() if status.startswith("2")]
    if any(folded(name) == "link" or folded(name).removeprefix("x") in NEXT for spec in answers for name in spec.headers):
        return True
    bodies = (media.schema for spec in answers for media in spec.content.values() if media.schema is not None)
    return any(next(named(body, listed.place, NEXT | LAST_ID), None) is not None for body in bodies)


def _is_long(found: Walk) -> bool:
    """Whether the end is out of reach."""
    said, size = found.said[-1], found.size or 1
    return (said.pages or 0) > MOST_PAGES or (said.total or 0) > MOST_PAGES * size


def _denies(said: Said, how: Paging) -> bool:
    """Whether a page says that none follows; where pages have numbers too, a cursor may be missing for that alone."""
    return said.more is False or (said.is_last and how.after is None)


def _ended(found: Walk) -> bool:
    """Whether the last page is one that nothing follows, by its size or by what it says."""
    said, count = found.said[-1], len(found.pages[-1].things or ())
    return said.is_last or said.pages == len(found.pages) or (found.size is not None and count < found.size)


def _following(told: Told, said: Said, listed: Listed, turn: int, found: Walk) -> dict[str, str] | None:
    """What asks for the next page; ``None`` when this is the last, or there is no way on."""
    how, count, size = listed.how, len(told.things or ()), found.size
    link = _linked(told)
    if link is not None:
        return link or None
    if how.after is not None:
        if said.following is not None:
            return _pointed(str(said.following), how.after, told)
        last = identity(listed.collection, told.things[-1]) if told.things and listed.has_ids else None
        says_last = last is not None and str(said.last) == last
        if (says_last or folded(how.after.wire) in _LAST_SEEN) and said.more is not False:
            return {how.after.wire: last} if last is not None and (said.more or count == size) else None
    elif isinstance(said.following, str) and "?" in said.following:
        return _asked_by(said.following, told)
    # A full page may have another after it, whatever it says.
    full = size is not None and count >= size
    if not count or (said.is_last and not full):
        return None
    if how.number is not None:
        goes_on = size is not None or said.pages or said.more or (said.total or 0) > len(found.things)
        return {how.number.wire: str(listed.first + turn + 1)} if goes_on else None
    if how.offset is not None and (size is not None or said.more or said.total):
        return {how.offset.wire: str(len(found.things))}
    return None


def _linked(told: Told) -> dict[str, str] | None:
    """What Link asks for next (RFC 8288); empty when it has links to pages, and none to the next; ``None`` without any."""
    relations = {
        relation.lower(): match[1]
        for match in _LINK.finditer(told.header("link") or "")
        for rel in _RELATION.findall(match[2])
        for relation in (rel[0] or rel[1]).split()
    }
    if "next" in relations:
        return _asked_by(relations["next"], told)
    return {} if relations.keys() & {"prev", "previous", "first"} else None


def _asked_by(link: str, told: Told) -> dict[str, str] | None:
    """The query of a link to another page of the same list; ``None`` when it leads elsewhere, or asks for the same."""
    here = urlsplit(told.exchange.request.url)
    there = urlsplit(urljoin(told.exchange.request.url, link))
    query = dict(parse_qsl(there.query))
    same = there.path.rstrip("/").endswith(here.path.rstrip("/").rpartition("/")[2])
    return query if query and same and query != dict(parse_qsl(here.query)) else None


def _pointed(text: str, knob: Knob, told: Told) -> dict[str, str] | None:
    if "?" not in text and not text.startswith(("http://", "https://", "/")):
        return {knob.wire: text} if text not in dict(parse_qsl(urlsplit(told.exchange.request.url).query)).values() else None
    found = _asked_by(text, told)
    return found if found is not None and any(name in found for name in knob.names) else None
