"""Values compared as filters and sorting mean it: numbers as numbers, moments as moments, the rest as text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from conformance.sandbox.envelope import folded

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


@lru_cache(maxsize=8192)
def moment(text: str) -> tuple[float, float] | None:
    """When a text says, from and to (a whole day for a date), in seconds since 1970; ``None`` when it is neither."""
    try:
        if _DAY.fullmatch(text):
            start = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return start.timestamp(), (start + timedelta(days=1)).timestamp()
        if _MOMENT.match(text):
            # A space where a plus was meant is a query that was not encoded.
            at = datetime.fromisoformat(re.sub(r" (?=\d{2}:?\d{2}$)", "+", text))
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
            return at.timestamp(), at.timestamp()
    except (ValueError, OverflowError):
        return None
    return None


def text_of(value: Any) -> str:
    """A value as it stands in a query."""
    return value if isinstance(value, str) else json.dumps(value)


def rank(value: Any) -> tuple[int, Any]:
    """A key that puts values of any kinds in one order; null comes last."""
    if value is None or isinstance(value, (dict, list)):
        return 4, 0
    if isinstance(value, bool):
        return 0, value
    if isinstance(value, (int, float)):
        return 1, value
    when = moment(value) if isinstance(value, str) else None
    return (2, when[0]) if when is not None else (3, text_of(value))


def same(held: Any, wish: Any) -> bool:
    """Whether a value is the one that is asked for, however either is written."""
    if held == wish and isinstance(held, bool) == isinstance(wish, bool):
        return True
    one, other = text_of(held), text_of(wish)
    if one == other or (isinstance(held, bool) and one == other.lower()):
        return True
    if isinstance(held, str) and isinstance(wish, str):
        then, asked = moment(held), moment(wish)
        return then is not None and asked is not None and _within(then[0], asked)
    numbers = _number(held), _number(wish)
    return numbers[0] is not None and numbers[0] == numbers[1]


def _within(at: float, span: tuple[float, float]) -> bool:
    return at == span[0] or span[0] <= at < span[1]


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) and len(value) < 300 else None


def _compared(held: Any, bound: Any, *, above: bool, even: bool) -> bool:
    """Whether ``held`` is above (or below) a bound, or even with it; a day as a bound means the whole of it."""
    if held is None or isinstance(held, (bool, dict, list)):
        return False
    numbers = _number(held), _number(bound)
    if numbers[0] is not None and numbers[1] is not None:
        return _beyond(numbers[0], (numbers[1], numbers[1]), above=above, even=even)
    then, asked = (moment(held), moment(bound)) if isinstance(held, str) and isinstance(bound, str) else (None, None)
    if then is None and numbers[0] is not None and isinstance(bound, str) and (asked := moment(bound)) is not None:
        then = (numbers[0], numbers[0])
    if then is not None and asked is not None:
        return _beyond(then[0], asked, above=above, even=even)
    one, other = text_of(held), text_of(bound)
    return (even and one == other) or (one > other if above else one < other)


def _beyond(at: float, span: tuple[float, float], *, above: bool, even: bool) -> bool:
    if even and _within(at, span):
        return True
    return (at >= span[1] and not (span[0] == span[1] == at)) if above else at < span[0]


def _listed(bound: Any) -> list[Any]:
    if isinstance(bound, list):
        return [part for item in bound for part in (_listed(item) if isinstance(item, str) and "," in item else [item])]
    return [part.strip() for part in bound.split(",")] if isinstance(bound, str) else [bound]


def _any(held: Any, bound: Any) -> bool:
    return any(same(held, item) for item in bound) if isinstance(bound, list) else same(held, bound)


def _exists(held: Any, bound: Any) -> bool:
    return (held is not None) == (text_of(bound).lower() not in {"false", "0", "no"})


def _like(held: Any, bound: Any) -> bool:
    text = text_of(bound)
    pattern = re.escape(text).replace("%", ".*").replace(r"\*", ".*")
    return re.fullmatch(pattern, text_of(held), re.IGNORECASE | re.DOTALL) is not None


def _lower(value: Any) -> str:
    return text_of(value).lower()


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": _any,
    "ne": lambda held, bound: not _any(held, bound),
    "in": lambda held, bound: _any(held, bound) or _any(held, _listed(bound)),
    "notin": lambda held, bound: not (_any(held, bound) or _any(held, _listed(bound))),
    "contains": lambda held, bound: held is not None and any(_lower(part) in _lower(held) for part in _each(bound)),
    "startswith": lambda held, bound: held is not None and any(_lower(held).startswith(_lower(part)) for part in _each(bound)),
    "endswith": lambda held, bound: held is not None and any(_lower(held).endswith(_lower(part)) for part in _each(bound)),
    "like": lambda held, bound: held is not None and _like(held, bound),
    "gt": lambda held, bound: _compared(held, bound, above=True, even=False),
    "gte": lambda held, bound: _compared(held, bound, above=True, even=True),
    "lt": lambda held, bound: _compared(held, bound, above=False, even=False),
    "lte": lambda held, bound: _compared(held, bound, above=False, even=True),
    "exists": _exists,
    "empty": lambda held, bound: (held in (None, "", [], {})) == (text_of(bound).lower() not in {"false", "0", "no"}),
}  # fmt: skip
"""What filters can ask, by the operator's name without punctuation: a held value and the bound give the verdict."""

_OTHER_NAMES = {
    "equals": "eq", "equal": "eq", "is": "eq", "value": "eq", "exact": "eq", "neq": "ne", "not": "ne",
    "notequals": "ne", "noteq": "ne", "nin": "notin", "any": "in", "anyof": "in", "oneof": "in",
    "includes": "contains", "icontains": "contains", "match": "contains", "matches": "contains",
    "istartswith": "startswith", "iendswith": "endswith", "prefix": "startswith", "suffix": "endswith",
    "beginswith": "startswith", "ilike": "like", "greaterthan": "gt", "after": "gt", "greaterthanorequal": "gte",
    "ge": "gte", "from": "gte", "since": "gte", "start": "gte", "min": "gte", "lessthan": "lt", "before": "lt",
    "lessthanorequal": "lte", "le": "lte", "to": "lte", "until": "lte", "end": "lte", "max": "lte",
    "exist": "exists", "present": "exists", "isnull": "empty", "null": "empty", "isempty": "empty",
}  # fmt: skip


def _each(bound: Any) -> list[Any]:
    return bound if isinstance(bound, list) else [bound]


def operator_of(name: str) -> str | None:
    """The operator that a word means, as a key of ``OPERATORS``."""
    plain = folded(name)
    plain = _OTHER_NAMES.get(plain, plain)
    return plain if plain in OPERATORS else None


def fulfils(operator: str, held: Any, bound: Any) -> bool:
    """Whether a held value is what an operator and a bound ask for."""
    return OPERATORS[operator](held, bound)
