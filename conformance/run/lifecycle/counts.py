"""What an answer says of its list beside the things themselves, and what of it cannot be true.

Whatever is judged here stands in one answer, so that nobody who writes at the same time can be the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope, folded
from conformance.sandbox.totals import LAST_ID, LEADS, MORE, NEXT, PAGES, TOTAL

_NUMBER = frozenset({"page", "pagenumber", "currentpage", "pageno", "pageindex"})
# Objects beside a list that speak of it. A total anywhere else may be one of money.
_SPEAKS = re.compile(r"meta|pag(e|in)|cursor|links?$|^summary$|^info$")
_ROUGH = re.compile(
    r"\b(approximat\w*|estimat\w*|roughly|(not|n't) (be |always |necessarily )?(exact|accurate|precise))", re.IGNORECASE
)
# Services that count no further say so much, and no more.
_CAPPED = 1000
_MOST_SCHEMAS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of a list: ``None`` where nothing is. ``number`` is that of the page, ``following`` what leads on.

    ``last`` is the id of the last thing on the page. ``ends`` means that there is a word for what leads on, and that it is empty.
    ``is_rough`` says that the document calls what is counted an estimate.
    """

    total: int | None = None
    pages: int | None = None
    number: int | None = None
    more: bool | None = None
    following: str | int | None = None
    last: str | int | None = None
    ends: bool = False
    is_rough: bool = False

    @property
    def is_last(self) -> bool:
        """Whether the answer says that nothing follows."""
        return self.more is False or (self.ends and self.more is None)

    @property
    def is_loose(self) -> bool:
        """Whether the total may be another than what there is: an estimate, or as far as the service counts."""
        return self.is_rough or (self.total is not None and self.total >= _CAPPED and self.total % _CAPPED == 0)


def said_by(body: Any, place: Envelope, operation: Operation) -> Said:
    """What a body says of the list in it, which an operation answered."""
    numbers = [[value for value in words(body, place, names) if _is_whole(value)] for names in (TOTAL, PAGES, _NUMBER)]
    more = [value for value in words(body, place, MORE) if isinstance(value, bool)]
    leads = [_link(value) for value in words(body, place, NEXT)]
    following = [value for value in leads if isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""]
    last = (value for value in words(body, place, LAST_ID) if isinstance(value, (str, int)) and value != "")
    total, pages, number = (found[0] if found else None for found in numbers)
    return Said(total=total, pages=pages, number=number, more=more[0] if more else None,
                following=following[0] if following else None, last=next(last, None),
                is_rough=(total is not None or pages is not None) and _is_rough(operation, place),
                ends=bool(leads) and not following and not any(isinstance(value, bool) for value in leads))  # fmt: skip


def _link(value: Any) -> Any:
    """What leads on, out of the object that it may stand in (HAL: ``next: {href}``); ``True`` when that has no word for it."""
    if not isinstance(value, Mapping):
        return value
    return next((held for name, held in value.items() if folded(str(name)) in LEADS), True)


def impossible(said: Said, count: int, *, is_first: bool, number: int | None, size: int | None) -> Iterator[str]:
    """What cannot be true of a page that shows ``count`` things, in words.

    Args:
        said: of the list.
        count: of the things on the page.
        is_first: whether nothing was asked for but the beginning.
        number: of the page that was asked for, from 1.
        size: of the page that was asked for.
    """
    if said.total is not None and said.total < count and not said.is_loose:
        yield f"the total is {said.total}, and {count} things are on the page"
    elif said.total is not None and is_first and said.is_last and said.total > count and not said.is_loose:
        yield f"the total is {said.total}, and the page has {count} things and says that nothing follows"
    elif said.total is not None and is_first and said.pages == 1 and said.total > max(count, size or 0):
        yield f"the total is {said.total} on one page, and it has {count} things"
    at = said.number if said.number is not None else number
    if (
        said.pages is not None
        and not said.is_rough
        and at is not None
        and number is not None
        and count
        and said.pages < min(at, number)
    ):
        yield f"it says {said.pages} pages, and page {number} shows {count} things"


def words(body: Any, place: Envelope, names: frozenset[str]) -> Iterator[Any]:
    """What an answer says beside its list under any of some names, case and punctuation aside; the outermost first."""
    level = [(body, place.path)]
    while level:
        value, path = level.pop(0)
        if not isinstance(value, Mapping):
            continue
        for name, held in value.items():
            on_way = bool(path) and name == path[0]
            if on_way and len(path) == 1:
                continue
            if isinstance(held, Mapping) and (on_way or _SPEAKS.search(folded(str(name)))):
                level.append((held, path[1:] if on_way else ()))
            elif folded(str(name)) in names:
                yield held


def _is_rough(operation: Operation, place: Envelope) -> bool:
    """Whether the document calls the total or the number of pages an estimate; found out once."""
    key = "rough", operation.label, place.path
    if key not in place.item.notes:
        answers = (spec.content.values() for status, spec in operation.responses.items() if status.startswith("2"))
        bodies = (media.schema for content in answers for media in content if media.schema is not None)
        place.item.notes[key] = any(
            _ROUGH.search(str(schema.get("description") or "")) is not None
            for body in bodies
            for _, schema in named(body, place, TOTAL | PAGES)
        )
    return bool(place.item.notes[key])


def named(schema: Schema, place: Envelope, names: frozenset[str]) -> Iterator[tuple[str, Schema]]:
    """The properties beside a list that the document has under any of some names, as ``words`` finds their values."""
    level, deep = [(schema, place.path)], 0
    while level and deep < _MOST_SCHEMAS:
        deep += 1
        inside, path = level.pop(0)
        for name, child in inside.all_properties().items():
            on_way = bool(path) and name == path[0]
            if on_way and len(path) == 1:
                continue
            if child.all_properties() and (on_way or _SPEAKS.search(folded(name))):
                level.append((child, path[1:] if on_way else ()))
            elif folded(name) in names:
                yield name, child


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
