"""Values that are the recorded ones said otherwise: in a unit of another size, or in letters of another case.

Hardly anything that happens to a thing multiplies its numbers by exactly a hundred or a thousand, or turns ``new`` into
``NEW``. So no second recording is needed to tell that it was the service that changed. Three figures are asked of a number,
or two where another number of the same answer went the same way, for a quota may well be raised from 10 to 1,000.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import isclose
from typing import Any

from conformance.run.identity import is_identity

_FACTORS = {100.0: "100 times", 1000.0: "1,000 times", 0.01: "a hundredth of", 0.001: "a thousandth of"}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,11})(?:\.\d{1,6})?")
_WORD = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)*")
_SURE, _FEW = 3, 2
_NEAR = 1e-9
_SECONDS, _MILLISECONDS = range(10**9, 10**10), range(10**12, 10**13)


def restated(pairs: Iterable[tuple[str, Any, Any]]) -> Iterator[tuple[str, str]]:
    """The places at which a value is the recorded one said otherwise, and in which way.

    Args:
        pairs: a place, ``*`` for an index, the recorded value and the fresh one.
    """
    scaled: list[tuple[str, int, str]] = []
    for place, was, now in pairs:
        name = place.rpartition("/")[2]
        if name == "*" or is_identity(name):
            continue  # what stands in a list by itself has no name to be known by
        if isinstance(was, str) and isinstance(now, str) and was != now and was.casefold() == now.casefold():
            if _WORD.fullmatch(was) and len(was) > 1:
                yield place, "is written in letters of another case"
        elif type(was) is int and type(now) is int and was in _SECONDS and now in _MILLISECONDS:
            yield place, "is in seconds in the recording, in milliseconds in the answer"
        elif found := _scaled(was, now):
            scaled.append((place, *found))
    ways = Counter(way for place, way in {(place, way) for place, _, way in scaled})
    for place, figures, way in scaled:
        if figures >= _SURE or (figures >= _FEW and ways[way] > 1):
            yield place, f"is exactly {way} what it was"


def _scaled(was: Any, now: Any) -> tuple[int, str] | None:
    """How many figures a number had, and by what it has become another."""
    before, after = _number(was), _number(now)
    if not before or not after or isinstance(was, str) is not isinstance(now, str):
        return None
    way = next(
        (words for factor, words in _FACTORS.items() if isclose(float(before) * factor, float(after), rel_tol=_NEAR)), None
    )
    return (len(before.normalize().as_tuple().digits), way) if way is not None else None


def _number(value: Any) -> Decimal | None:
    text = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    return Decimal(text) if isinstance(text, str) and _NUMBER.fullmatch(text) else None
