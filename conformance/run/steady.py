"""Values that should be the same again, and are not.

Most values of an answer may be others next time, and nobody can tell from one recording which may not. So a value is
looked at only where something says that it stays:

- *Told back.* The recorded answer has a value as the request, or an earlier write to the same thing, had it, under the
  same name. Then the fresh answer has what was sent this time.
- *Default.* A created thing shows the ``default`` of the document's schema for a field that was not sent.
- *Fixed.* Other takes of the same call gave the same value, and the same service is asked again: another makes up values of
  its own. One more take is enough for a free text; what has few values to choose from takes more. Names and forms that
  stand for what moves (ids, times, counters, states) are left out.

Lists are compared by the ids of their items: of what the recording created it is known what it is called this time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.run.identity import json_body, value_text
from conformance.run.matchers import Matchers
from conformance.run.shapes import Difference, items_of, property_of
from conformance.run.volatile import is_volatile
from conformance.spec.pointer import join, split

_NOWHERE: Any = object()
_IDS = ("id", "uuid", "sid", "_id")
_PAGING = frozenset({"page_size", "per_page", "page_number", "pagesize", "perpage", "pagenumber", "limit"})
_TAKES = 5
_MORE = re.compile(r"pages|more|next|total")
_ENOUGH = 5
"""Things that have to be the other way round: fewer may be so by chance, where a list goes by ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A request that wrote something; ``path`` is its operation's.

    ``told`` are the scalars of its body, those in lists left out: the place, the recorded value, and the one sent this time.
    """

    path: str
    told: tuple[tuple[str, Any, Any], ...]

    @classmethod
    def of(cls, path: str, recorded: Request, sent: Request) -> Write:
        """The write that a request is, as recorded and as it was sent; of what is nested beyond measure, nothing."""
        was, now = json_body(recorded), json_body(sent)
        pairs = _pairs(was, now, None, {}, "") if isinstance(was, dict) and isinstance(now, dict) else ()
        try:
            return cls(path=path, told=tuple((pair.pointer, pair.was, pair.now) for pair in pairs if not pair.is_listed))
        except RecursionError:
            return cls(path=path, told=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is known beside two answers.

    ``writes`` are this request, when it has a body, and those before it, the newest first. ``ids`` are what recorded
    values are called this time. ``volatile`` and ``takes`` are those of the recorded exchange. ``is_same_service`` says that
    what gave the recorded answer is asked again, ``is_new`` that the answer shows what its request created.
    """

    writes: tuple[Write, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    volatile: frozenset[str] | None = None
    takes: int = 1
    is_same_service: bool = False
    matchers: Matchers = field(default_factory=Matchers)
    illustrative: bool = False
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A scalar in both bodies. ``pointer`` has ``*`` for an index; ``is_listed`` when it is in a list."""

    pointer: str
    was: Any
    now: Any
    schema: Schema | None
    is_listed: bool


def value_differences(
    was: Any, now: Any, schema: Schema | None, operation: Operation | None, beside: Beside
) -> Iterator[Difference]:
    """The values of a JSON body that should be the recorded ones and are not, each place once."""
    told = list(_told(operation, beside))
    seen: set[str] = set()
    for pair in _pairs(was, now, schema, beside.ids, ""):
        if pair.pointer in seen:
            continue
        why = _why(pair, told, beside)
        if why:
            seen.add(pair.pointer)
            yield Difference(
                id="recording-value-changed", message=f"{pair.pointer or 'the body'} {why}", detail=pair.pointer or "/"
            )
    yield from _lists(was, now, beside, "", goes_on=_goes_on(was, now))


def _goes_on(was: Any, now: Any) -> bool:
    """Whether a list says that there is more of it than it said then."""
    for pair in _pairs(was, now, None, {}, ""):
        name = pair.pointer.rpartition("/")[2].lower()
        if pair.is_listed or not _MORE.search(name):
            continue
        if pair.was is False and pair.now is True:
            return True
        if type(pair.was) is int and type(pair.now) is int and pair.now > pair.was:
            return True
        if pair.was in {None, ""} and isinstance(pair.now, str) and pair.now:
            return True
    return False


def _pairs(
    was: Any, now: Any, schema: Schema | None, ids: Mapping[str, str], pointer: str, *, listed: bool = False
) -> Iterator[_Pair]:
    if isinstance(was, dict):
        for name in was if isinstance(now, dict) else ():
            if name in now:
                yield from _pairs(was[name], now[name], property_of(schema, name), ids, join(pointer, name), listed=listed)
    elif isinstance(was, list):
        for before, after in _aligned(was, now, ids) if isinstance(now, list) else ():
            yield from _pairs(before, after, items_of(schema), ids, f"{pointer}/*", listed=True)
    elif not isinstance(now, (dict, list)):
        yield _Pair(pointer=pointer, was=was, now=now, schema=schema, is_listed=listed)


def _aligned(was: list[Any], now: list[Any], ids: Mapping[str, str]) -> Iterator[tuple[Any, Any]]:
    """The items of two lists that are the same thing; lists without ids go by position when they are equally long."""
    name = _identity_of(was)
    if name is not None:
        live = {value_text(item.get(name)): item for item in now if isinstance(item, dict)}
        for item in was:
            text = value_text(item[name])
            found = live.get(ids.get(text or "", text or ""))
            if found is not None:
                yield item, found
    elif len(was) == len(now):
        yield from zip(was, now, strict=True)


def _identity_of(items: list[Any]) -> str | None:
    """The name under which every item has its own id."""
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    for name in _IDS:
        texts = [value_text(item.get(name)) for item in items]
        if None not in texts and len(set(texts)) == len(texts):
            return name
    return None


def _why(pair: _Pair, told: Sequence[tuple[str, Any, Any]], beside: Beside) -> str:
    """Why the value should be another, empty when it may be what it is."""
    for place, before, after in told if not pair.is_listed else ():
        if _ends_with(pair.pointer, place):  # the newest write that has it
            is_so = not _same(before, pair.was) or _same(after, pair.now)
            return "" if is_so else "was told back as it was sent, and is something else now"
    if _same(pair.was, pair.now):
        return ""
    default = pair.schema.get("default", _NOWHERE) if pair.schema is not None else _NOWHERE
    if beside.is_new and not pair.is_listed and default is not _NOWHERE and default is not None and _same(default, pair.was):
        return "had the default of the document, and has another value now"
    return "is the same in every recording, and is another now" if _is_fixed(pair, beside) else ""


def _is_fixed(pair: _Pair, beside: Beside) -> bool:
    if not beside.is_same_service or beside.volatile is None or value_text(pair.was) in beside.ids or pair.was is None:
        return False
    if any(place in {"", pair.pointer} or pair.pointer.startswith(place + "/") for place in beside.volatile):
        return False
    is_free = isinstance(pair.was, str) and (pair.schema is None or pair.schema.get("enum") is None)
    if beside.takes < (2 if is_free else _TAKES):
        return False
    name = next((name for name in reversed(split(pair.pointer)) if name != "*"), "")
    return name.lower().replace("-", "_") in _PAGING or not is_volatile(name, pair.was)


def _told(operation: Operation | None, beside: Beside) -> Iterator[tuple[str, Any, Any]]:
    """What was written to the thing that an operation shows, the newest first."""
    for write in beside.writes:
        if operation is not None and (operation.path == write.path or operation.path.startswith(write.path + "/")):
            yield from write.told


def _ends_with(pointer: str, place: str) -> bool:
    """Whether a field of an answer is that of a request: at the same place, or at the same one within an envelope."""
    if pointer == place:
        return True
    return pointer.endswith(place) and pointer.removesuffix(place).count("/") == 1


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _lists(was: Any, now: Any, beside: Beside, pointer: str, *, goes_on: bool) -> Iterator[Difference]:
    """Lists of what the recording created: in another order, or without what was made first."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in was:
            if name in now:
                yield from _lists(was[name], now[name], beside, join(pointer, name), goes_on=goes_on)
    name = _identity_of(was) if isinstance(was, list) and isinstance(now, list) else None
    if name is None:
        return
    created = [text for item in was if (text := value_text(item[name])) in beside.ids]
    places = {value_text(item.get(name)): at for at, item in enumerate(now) if isinstance(item, dict)}
    order = [places[beside.ids[text]] for text in created if text is not None and beside.ids[text] in places]
    lost = [text for text in created if text is not None and beside.ids[text] not in places]
    age = {text: at for at, text in enumerate(beside.ids)} if created else {}
    if lost and order and len(now) < len(was):
        # What is new may be late in a list. What was made before something that is there is not, nor what is on another page.
        newest = max(age[text] for text in created if text is not None and beside.ids[text] in places)
        if goes_on or any(age[text] < newest for text in lost):
            message = f"{pointer or 'the list'} lacks some of what the recording created, and what it lacks is there"
            yield Difference(id="recording-item-lost", message=message, detail=pointer or "/")
    ages = [age[text] for text in created if text is not None]
    if len(order) >= _ENOUGH and ages in (sorted(ages), sorted(ages, reverse=True)) and order == sorted(order, reverse=True):
        message = f"{pointer or 'the list'} has what was created the other way round"
        yield Difference(id="recording-order-changed", message=message, detail=pointer or "/")
