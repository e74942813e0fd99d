"""Lists beside those that were recorded: their items are found again by their ids, so that order and length are no matter.

Of what the recording created it is known what it is called this time. That must not be gone, listed twice, or listed the
other way round; what others made may be.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.run.identity import value_text
from conformance.run.shapes import Difference
from conformance.spec.pointer import join

_IDS = ("id", "uuid", "sid", "_id")
_SMALL = 2
_ENOUGH, _FEW = 5, 2
"""Things that have to be the other way round: fewer may be so by chance, where a list goes by ids. The sandbox's lists do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What is known of the lists of an answer.

    ``ids`` are what recorded ids are called this time, in the order in which they came up. ``goes_on`` says that there is more of
    the list than it shows, and than there was. ``steady`` that the length of a list stays unless ``volatile`` names it,
    ``prompt`` that what is new is in lists at once.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    goes_on: bool = False
    steady: bool = False
    prompt: bool = False
    volatile: frozenset[str] = frozenset()

    def differences(self, was: Any, now: Any, pointer: str = "") -> Iterator[Difference]:
        """What was lost, repeated or turned round in the lists of a body, and which fields an item lost."""
        if isinstance(was, dict) and isinstance(now, dict):
            for name in was:
                if name in now:
                    yield from self.differences(was[name], now[name], join(pointer, name))
        if not isinstance(was, list) or not isinstance(now, list):
            return
        if self.steady and len(now) < len(was) and not {"", pointer} & self.volatile:
            yield _lost(pointer, "is shorter than in every recording")
        name = identity_of(was)
        if name is not None:
            yield from self._things(was, now, name, pointer)
        elif _is_doubled(was, now):
            yield _repeated(pointer)

    def _things(self, was: list[Any], now: list[Any], name: str, pointer: str) -> Iterator[Difference]:
        texts = [value_text(item.get(name)) for item in now if isinstance(item, dict)]
        created = [text for item in was if (text := value_text(item[name])) is not None and text in self.ids]
        again = {text for text, count in Counter(texts).items() if count > 1 and text is not None}
        if again and (len(was) > 1 or again & {self.ids[text] for text in created} or _is_doubled(was, now)):
            yield _repeated(pointer)
        places = {text: at for at, text in enumerate(texts)}
        here = [text for text in created if self.ids[text] in places]
        lost = [text for text in created if self.ids[text] not in places]
        age = {text: at for at, text in enumerate(self.ids)} if created else {}
        # What is new may be late in a list. What is older than all that is there is not, nor what is on another page.
        is_old = len(here) > 1 and all(age[text] < min(age[text] for text in here) for text in lost)
        is_due = self.prompt or (bool(here) and self.goes_on) or is_old
        if lost and is_due and len(now) < len(was):
            yield _lost(pointer, "lacks some of what the recording created, and what it lacks is there")
        ages, order = [age[text] for text in created], [places[self.ids[text]] for text in here]
        is_sorted = ages in (sorted(ages), sorted(ages, reverse=True))
        if len(order) >= (_FEW if self.prompt else _ENOUGH) and is_sorted and order == sorted(order, reverse=True):
            message = f"{pointer or 'the list'} has what was created the other way round"
            yield Difference(id="recording-order-changed", message=message, detail=pointer or "/")
        for before, after in aligned(was, now, self.ids):
            is_odd = any(set(item) > set(after) for item in now)
            for field_ in sorted(
                name for name in before.keys() - after.keys() if is_odd or not any(name in item for item in now)
            ):
                place = join(f"{pointer}/*", field_)
                message = f"the recording has {place} of the same thing, the answer has not"
                yield Difference(id="recording-field-removed", message=message, detail=place)


def _lost(pointer: str, why: str) -> Difference:
    return Difference(id="recording-item-lost", message=f"{pointer or 'the list'} {why}", detail=pointer or "/")


def _repeated(pointer: str) -> Difference:
    return Difference(
        id="recording-item-repeated",
        detail=pointer or "/",
        message=f"{pointer or 'the list'} shows the same thing more than once",
    )


def _is_doubled(was: list[Any], now: list[Any]) -> bool:
    """Whether each item of a list is there as often as every other, and more than once, where none was.

    Numbers, a single word and small things may well stand in a list again.
    """
    if not all(isinstance(item, (dict, str)) for item in now):
        return False
    before, after = (Counter(json.dumps(item, sort_keys=True) for item in items) for items in (was, now))
    counts = set(after.values())
    is_telling = len(after) > 1 or all(isinstance(item, dict) and len(item) > _SMALL for item in now)
    return len(counts) == 1 and min(counts) > 1 and set(before.values()) == {1} and is_telling


def aligned(was: list[Any], now: list[Any], ids: Mapping[str, str]) -> Iterator[tuple[Any, Any]]:
    """The items of two lists that are the same thing; lists without ids go by position when they are equally long."""
    name = identity_of(was)
    if name is not None:
        live = {value_text(item.get(name)): item for item in now if isinstance(item, dict)}
        for item in was:
            text = value_text(item[name])
            found = live.get(ids.get(text or "", text or ""))
            if found is not None:
                yield item, found
    elif len(was) == len(now):
        yield from zip(was, now, strict=True)


def identity_of(items: list[Any]) -> str | None:
    """The name under which every item has its own id."""
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    for name in _IDS:
        texts = [value_text(item.get(name)) for item in items]
        if None not in texts and len(set(texts)) == len(texts):
            return name
    return None
