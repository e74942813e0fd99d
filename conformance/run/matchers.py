"""What a project says of single fields of recorded answers, in place of what replay would think of them itself.

```toml
[[recordings.match]]
field = "/data/price"          # a pointer, * for one name or index and ** for any number; or a name, wherever it stands
operation = "GET /orders/*"    # a label, an operation id, a path or a tag; without it, all of them
within = 0.5                   # and one of: equals, one-of, type, pattern, within, recorded, unordered, ignore
```
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from conformance.model.operation import Operation
from conformance.spec.pointer import split

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "number": (int, float), "integer": (int,), "boolean": (bool,), "array": (list,), "object": (dict,),
    "null": (type(None),),
}  # fmt: skip
KINDS = ("equals", "one-of", "type", "pattern", "within", "recorded", "unordered", "ignore")
_NOTHING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One entry: where it holds, and what has to be so. ``kind`` is one of ``KINDS``, ``value`` what stands beside it."""

    field: str
    kind: str
    value: Any
    operation: str = ""

    def holds_at(self, operation: Operation | None, pointer: str) -> bool:
        """Whether it is about a place in the answers of an operation."""
        if self.operation:
            names = (operation.label, operation.operation_id or "", operation.path, *operation.tags) if operation else ()
            if not any(name == self.operation or fnmatchcase(name, self.operation) for name in names if name):
                return False
        tokens = split(pointer)
        if not self.field.startswith("/"):
            return bool(tokens) and tokens[-1] == self.field
        return _leads(split(self.field), tokens)

    def refusal(self, recorded: Any, live: Any) -> str:
        """Why a value is not what it should be, empty when it is."""
        return _REFUSALS[self.kind](self.value, recorded, live)


def _leads(wanted: Sequence[str], tokens: Sequence[str]) -> bool:
    if not wanted:
        return not tokens
    if wanted[0] == "**":
        return any(_leads(wanted[1:], tokens[at:]) for at in range(len(tokens) + 1))
    return bool(tokens) and wanted[0] in {"*", tokens[0]} and _leads(wanted[1:], tokens[1:])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _equals(value: Any, _recorded: Any, live: Any) -> str:
    return "" if _same(value, live) else "is not what it has to be"


def _one_of(value: Any, _recorded: Any, live: Any) -> str:
    return "" if any(_same(one, live) for one in value) else f"is none of {len(value)} values that it may have"


def _type(value: Any, _recorded: Any, live: Any) -> str:
    is_it = isinstance(live, TYPES[value]) and (value == "boolean" or not isinstance(live, bool))
    return "" if is_it else f"is no {value}"


def _pattern(value: Any, _recorded: Any, live: Any) -> str:
    return "" if isinstance(live, str) and re.search(value, live) else f"does not match {value}"


def _within(value: Any, recorded: Any, live: Any) -> str:
    if not _is_number(live):
        return "is no number"
    return "" if not _is_number(recorded) or abs(live - recorded) <= value else f"is more than {value:g} from the recorded value"


def _recorded(_value: Any, recorded: Any, live: Any) -> str:
    return "" if _same(recorded, live) else "is not as recorded"


def _unordered(_value: Any, recorded: Any, live: Any) -> str:
    if not isinstance(live, list) or not isinstance(recorded, list):
        return "" if _same(recorded, live) else "is no list"
    left = list(live)
    for one in recorded:
        at = next((at for at, other in enumerate(left) if _same(one, other)), None)
        if at is None:
            return "has lost an item"
        del left[at]
    return "has another item" if left else ""


_REFUSALS: Mapping[str, Callable[[Any, Any, Any], str]] = {
    "equals": _equals, "one-of": _one_of, "type": _type, "pattern": _pattern, "within": _within, "recorded": _recorded,
    "unordered": _unordered, "ignore": lambda _value, _recorded, _live: "",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Matchers:
    """The entries of a project; of several that hold at a place, the first."""

    entries: tuple[Matcher, ...] = ()

    def at(self, operation: Operation | None, pointer: str) -> Matcher | None:
        """What holds at a place, if anything does."""
        return next((one for one in self.entries if one.holds_at(operation, pointer)), None) if self.entries else None

    def places(self, operation: Operation | None, recorded: Any, live: Any) -> Iterator[tuple[str, Matcher, Any, Any]]:
        """The places of two bodies that an entry holds at, with what is there; ``None`` of a side that has nothing."""
        for pointer, was, now in _both(recorded, live, "") if self.entries else ():
            found = self.at(operation, pointer)
            if found is not None and now is not _NOTHING:
                yield pointer, found, None if was is _NOTHING else was, now


def _both(was: Any, now: Any, pointer: str) -> Iterator[tuple[str, Any, Any]]:
    yield pointer, was, now
    if isinstance(now, dict):
        for name, item in now.items():
            before = was.get(name, _NOTHING) if isinstance(was, dict) else _NOTHING
            yield from _both(before, item, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(now, list):
        for at, item in enumerate(now):
            yield from _both(was[at] if isinstance(was, list) and at < len(was) else _NOTHING, item, f"{pointer}/*")


def entry(held: Any) -> Matcher | str:
    """An entry as ``conformance.toml`` has it, or what is wrong with it."""
    if not isinstance(held, dict):
        return "must be a table with field and what has to be so"
    field, operation = held.get("field"), held.get("operation", "")
    if not isinstance(field, str) or not field:
        return "has no field: a pointer such as /data/price, or a name"
    if not isinstance(operation, str):
        return "must have a text as its operation"
    kinds = [name for name in held if name not in {"field", "operation"}]
    if len(kinds) != 1 or kinds[0] not in KINDS:
        return f"must have exactly one of {', '.join(KINDS)}"
    (kind,) = kinds
    problem = _problem(kind, held[kind])
    return problem or Matcher(field=field, operation=operation, kind=kind, value=held[kind])


def _problem(kind: str, value: Any) -> str:
    if kind == "one-of" and not (isinstance(value, list) and value):
        return "must have a list of values as one-of"
    if kind == "type" and value not in TYPES:
        return f"must have a type of {', '.join(TYPES)}"
    if kind == "within" and not (_is_number(value) and value >= 0):
        return "must have a number that is not negative as within"
    if kind in {"recorded", "unordered", "ignore"} and value is not True:
        return f"must have true as {kind}"
    if kind == "pattern":
        try:
            re.compile(value)
        except (re.error, TypeError) as raised:
            return f"has a pattern that is no regular expression: {raised}"
    return ""
