"""Mutants: requests that a service took, with a few things in them changed by chance, though not without sense.

What is changed and into what comes from the schema at its place, from values that are known to be awkward, and from other
requests. Whether a mutant keeps the contract is not asked here.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from conformance.cases.breaches import DROP, Later, Several, others
from conformance.cases.changes import Base, applied
from conformance.cases.places import Place, types
from conformance.model.message import Request
from conformance.spec.body import ABSENT

_MOST_CHANGES = 3
_TRIES = 4
_MOST_BODY, _MOST_HEAD = 1 << 16, 1 << 11
"""Bytes that a value may grow to: what is longer in a URL or a header is refused before the service sees it."""
_TEXTS = (
    "", " ", "\t\n", "null", "true", "0", "-1", "1e400", "NaN", "'", '"', "\\", "'\"`;--", "<b>&amp;</b>", "${7*7}", "{{7*7}}",
    "%s%n", "%00", "%2e%2e%2f", "../../etc/passwd", "\x00", "\x01\x1b\x7f", "é", "e\u0301", "日本語", "😀",
    "\u202eabc", "\ufeffabc", "ß", "A" * 256, "A" * 5000, "2026-02-30", "0000-00-00T00:00:00Z", "+", "+1", "@",
    "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
_NUMBERS = (0, -1, 1, -(2**31), 2**31 - 1, 2**31, 2**32, 2**53, 2**63, -(2**63) - 1, 1e300, -1e300, 0.1, 1e-9)

_Change = Callable[[Random, Place, Base], Any]


def _from_the_schema(random: Random, place: Place, _base: Base) -> Any:
    """One of the values that are tried one by one too, here together with others."""
    found = [value for _, value, _ in others(place)]
    value = random.choice(found) if found else ABSENT
    return value.value() if isinstance(value, (Later, Several)) else value


def _awkward(random: Random, place: Place, _base: Base) -> Any:
    """A value of the right type that is seldom thought of."""
    kinds = types(place.schema)
    if kinds & {"integer", "number"} and random.random() < 0.8:
        number = random.choice(_NUMBERS)
        return int(number) if kinds == {"integer"} and abs(number) < 1e18 else number
    if "string" in kinds or not kinds:
        text = random.choice(_TEXTS)
        return text if random.random() < 0.5 or not isinstance(place.value, str) else place.value + text
    return ABSENT


def _left_out(_random: Random, place: Place, _base: Base) -> Any:
    return DROP if place.path and place.location != "path" and place.value is not ABSENT else ABSENT


def _swapped(random: Random, place: Place, base: Base) -> Any:
    """What stands at another place of the same request."""
    found = [one.value for one in base.places if one.value is not ABSENT and one.name != place.name]
    return copy.copy(random.choice(found)) if found else ABSENT


def _grown(random: Random, place: Place, _base: Base) -> Any:
    """More of the same: a longer list, a longer text, a deeper object; no more than any service reads."""
    value = place.value
    if not isinstance(value, (list, str, dict)) or not value:
        return ABSENT
    size, most = len(json.dumps(value, default=str)), _MOST_BODY if place.location == "body" else _MOST_HEAD
    if isinstance(value, dict):
        return {**value, random.choice(sorted(value)): value} if 2 * size <= most else ABSENT
    times = random.choice((2, 10, 100) if isinstance(value, list) else (2, 50, 1000))
    return value * times if times * size <= most else ABSENT


def _shifted(random: Random, place: Place, _base: Base) -> Any:
    """Nearly what stands there."""
    value = place.value
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + random.choice((-1, 1, 10, -10))
    if isinstance(value, str) and value:
        index = random.randrange(len(value))
        return random.choice((value[:index] + value[index + 1 :], value[:index] + random.choice("0aZ_ é'") + value[index:],
                              value.upper(), value[::-1]))  # fmt: skip
    if isinstance(value, list) and value:
        return random.choice((value[1:], value[::-1], [*value, value[0]]))
    return ABSENT


_CHANGES: tuple[tuple[int, _Change], ...] = (
    (6, _from_the_schema), (5, _awkward), (2, _left_out), (1, _swapped), (2, _grown), (3, _shifted),
)  # fmt: skip


def mutants(
    bases: Callable[[], Sequence[Base]], random: Random, *, reread: Callable[[Request], Base]
) -> Iterator[tuple[Request, tuple[str, ...]]]:
    """Mutants, each with the places that were changed (none where chance found nothing); without end while there is a base.

    Args:
        bases: the requests to start from, as they are by then.
        random: decides everything.
        reread: how a request reads, for a second change on top of a first.
    """
    weights, chosen = zip(*_CHANGES, strict=True)
    while True:
        known = bases()
        if not known:
            return
        base = random.choice(known)
        words: list[str] = []
        for _ in range(random.choices(range(1, _MOST_CHANGES + 1), (6, 3, 1))[0]):
            request, where = _changed(base, random, weights, chosen)
            if request is not None:
                words.append(where)
                base = reread(request)
        yield base.request, tuple(words)


def _changed(base: Base, random: Random, weights: Sequence[int], chosen: Sequence[_Change]) -> tuple[Request | None, str]:
    found = base.places
    for _ in range(_TRIES if found else 0):
        # What is there is changed more often than what is not.
        place = random.choice(found)
        if place.value is ABSENT and random.random() < 0.5:
            continue
        (change,) = random.choices(chosen, weights)
        value = change(random, place, base)
        if value is ABSENT:
            continue
        request = applied(base, place, value)
        if request is not None and request != base.request:
            return request, place.name
    return None, ""
