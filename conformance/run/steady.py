"""Values that should be the same again, and are not.

Most values of an answer may be others next time, and nobody can tell from one recording which may not. So a value is
looked at only where something says that it stays:

- *Told back.* The recorded answer has a value as the request, or an earlier write to the same thing, had it, under the
  same name. Then the fresh answer has what was sent this time.
- *Default.* A created thing shows the ``default`` of the document's schema for a field that was not sent.
- *Fixed.* Other takes of the same call gave the same value, and the same service is asked again: another makes up values of
  its own. One more take is enough for a free text; what has few values to choose from takes more. Names and forms that
  stand for what moves (ids, times, counters, states) are left out.

Where a sandbox of its own answers each recording, nobody else has changed anything, and nothing is late. There all that other
takes repeated is fixed, whatever its name, and so is the length of lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.run.forms import form_differences
from conformance.run.identity import is_strong, is_time, value_text
from conformance.run.listed import Lists, aligned
from conformance.run.matchers import Matchers
from conformance.run.restated import restated
from conformance.run.shapes import Difference, items_of, property_of
from conformance.run.volatile import EPOCH, is_volatile
from conformance.run.written import Told, Write, holds, is_place_of, same, written_to
from conformance.spec.pointer import join, split

_NOWHERE: Any = object()
_PAGING = frozenset({"page_size", "per_page", "page_number", "pagesize", "perpage", "pagenumber", "limit"})
_TAKES = 5
_MORE = re.compile(r"pages|more|next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is known beside two answers.

    ``writes`` are this request, when it has a body, and those before it, the newest first. ``ids`` are what recorded
    values are called this time. ``volatile`` and ``takes`` are those of the recorded exchange. ``is_kin`` says that both answers
    are a real service's or both the sandbox's, ``is_same_service`` that it is the same one, ``is_fresh`` that nobody but this
    chain has ever asked it for anything, ``is_prompt`` that it is the sandbox, where nothing is late, and
    ``is_new`` that the answer shows what its request created.
    """

    writes: tuple[Write, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    volatile: frozenset[str] | None = None
    takes: int = 1
    is_kin: bool = True
    is_same_service: bool = False
    is_fresh: bool = False
    is_prompt: bool = False
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
    writes = written_to(operation, beside.writes)
    told = [one for write in writes for one in write.told]
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
    if beside.is_kin:
        pairs = [(pair.pointer, pair.was, pair.now) for pair in _pairs(was, now, schema, beside.ids, "")]
        for place, how in restated(pair for pair in pairs if value_text(pair[1]) not in beside.ids and pair[0] not in seen):
            if place not in seen:
                seen.add(place)
                yield Difference(id="recording-value-changed", message=f"{place or 'the body'} {how}", detail=place or "/")
    lists = list(_lists_told(was, now, [one for write in writes for one in write.lists], ""))
    yield from lists
    yield from form_differences(was, now, is_same=beside.is_same_service, settled=seen) if beside.is_kin else ()
    steady = beside.is_fresh and beside.takes >= _TAKES and beside.volatile is not None
    known = Lists(
        ids=beside.ids,
        goes_on=_goes_on(was, now),
        steady=steady,
        prompt=beside.is_prompt,
        volatile=beside.volatile or frozenset(),
    )
    told_back = {one.detail for one in lists}
    yield from (one for one in known.differences(was, now) if one.detail not in told_back)


def _lists_told(was: Any, now: Any, told: Sequence[Told], pointer: str) -> Iterator[Difference]:
    """Lists that were told back as they were sent, and are not any more."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in was:
            if name in now:
                yield from _lists_told(was[name], now[name], told, join(pointer, name))
    elif isinstance(was, list) and isinstance(now, list):
        # The newest write that has it.
        _, before, after = next((one for one in told if is_place_of(pointer, one[0])), ("", None, None))
        if before is not None and holds(was, before) and not holds(now, after):
            message = f"{pointer} was told back as it was sent, and is something else now"
            yield Difference(id="recording-value-changed", message=message, detail=pointer)


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
        for before, after in aligned(was, now, ids) if isinstance(now, list) else ():
            yield from _pairs(before, after, items_of(schema), ids, f"{pointer}/*", listed=True)
    elif not isinstance(now, (dict, list)):
        yield _Pair(pointer=pointer, was=was, now=now, schema=schema, is_listed=listed)


def _why(pair: _Pair, told: Sequence[tuple[str, Any, Any]], beside: Beside) -> str:
    """Why the value should be another, empty when it may be what it is."""
    for place, before, after in told if not pair.is_listed else ():
        if is_place_of(pair.pointer, place):  # the newest write that has it
            is_so = not same(before, pair.was) or same(after, pair.now)
            return "" if is_so else "was told back as it was sent, and is something else now"
    if same(pair.was, pair.now):
        return ""
    default = pair.schema.get("default", _NOWHERE) if pair.schema is not None else _NOWHERE
    if beside.is_new and not pair.is_listed and default is not _NOWHERE and default is not None and same(default, pair.was):
        return "had the default of the document, and has another value now"
    return "is the same in every recording, and is another now" if _is_fixed(pair, beside) else ""


def _is_fixed(pair: _Pair, beside: Beside) -> bool:
    if not beside.is_same_service or beside.volatile is None or value_text(pair.was) in beside.ids or pair.was is None:
        return False
    if any(place in {"", pair.pointer} or pair.pointer.startswith(place + "/") for place in beside.volatile):
        return False
    if beside.is_fresh:
        return beside.takes >= _TAKES and not _is_made_up(pair.was)
    is_free = isinstance(pair.was, str) and (pair.schema is None or pair.schema.get("enum") is None)
    if beside.takes < (2 if is_free else _TAKES):
        return False
    name = next((name for name in reversed(split(pair.pointer)) if name != "*"), "")
    return name.lower().replace("-", "_") in _PAGING or not is_volatile(name, pair.was)


def _is_made_up(value: Any) -> bool:
    """Whether a value is a time, or may stand in a recording for one that had to go."""
    if isinstance(value, str):
        return is_time(value) or is_strong(value)
    return isinstance(value, (int, float)) and value >= EPOCH
