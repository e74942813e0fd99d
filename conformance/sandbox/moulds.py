"""Values made again and again: a mould is taken of one, and others are cast from it.

What a value is made of has three sources: what the caller said, what chance said, and the rest, which is the same every
time. A mould keeps the rest, and where the other two go in. It fits callers that say the same names with values of the same
types; where a value itself decided something (which branch of a union, whether it could be kept), it is part of what the
mould is known by. So a cast is what would have been made without a mould, and whoever casts checks it as if it had been.

Casts share the parts that are the same: nobody may change a value in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

from conformance.sandbox.shapes import NOTHING

Path = tuple[str | int, ...]
Cast = Callable[[Any, Random], Any]

_MOST = 512
# Things differ in what they say themselves; what is inside that is the same in all of them, and kept once.
_VARIED_DEPTH = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What chance put in one place: the candidate at ``index`` of those that it proposed."""

    value: Any
    candidates: Callable[[Random], Iterator[Any]]
    index: int

    def another(self, random: Random) -> Any:
        """One of the same make."""
        return next(islice(self.candidates(random), self.index, None), self.value)


@dataclass(slots=True)
class Trace:
    """What is noted while a value is made.

    ``drawn`` are the places that chance filled; ``decisive`` are the places where what the caller said decided something.
    """

    drawn: dict[Path, Drawn] = field(default_factory=dict)
    decisive: list[Path] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mould:
    """Makes values. ``varied`` are the properties in which they differ, ``None`` when they differ as a whole.

    ``weight`` is how many values there are in what is the same.
    """

    cast: Cast
    varied: tuple[str, ...] | None
    weight: int


@dataclass(slots=True)
class _Family:
    """The moulds for callers that say the same names: apart from each other by the values at the decisive places."""

    decisive: tuple[Path, ...] = ()
    moulds: dict[tuple[Any, ...], Mould] = field(default_factory=dict)


class Moulds:
    """The moulds of one sampler; the oldest go when there are too many."""

    def __init__(self) -> None:
        self._families: dict[Any, _Family] = {}

    def find(self, key: Any, hint: Any) -> Mould | None:
        """The mould for what a caller said (``hint``); ``key`` is for what, and for which names and types."""
        family = self._families.get(key)
        return family.moulds.get(_values(hint, family.decisive)) if family is not None else None

    def keep(self, key: Any, hint: Any, value: Any, trace: Trace) -> Mould:
        """A new mould, taken of a value that was made for ``hint``."""
        family = self._families.get(key)
        if family is None:
            if len(self._families) >= _MOST:
                del self._families[next(iter(self._families))]
            family = self._families[key] = _Family()
        decisive = tuple(dict.fromkeys((*family.decisive, *trace.decisive, *_lost(hint, value, ()))))
        if decisive != family.decisive or len(family.moulds) >= _MOST:
            family.decisive = decisive
            family.moulds.clear()
        found = family.moulds[_values(hint, decisive)] = _mould(value, hint, trace)
        return found


def outline(hint: Any) -> Any:
    """The names and types in what a caller said: equal for callers that may share a mould."""
    if isinstance(hint, dict):
        return tuple([(name, outline(held)) for name, held in hint.items()])
    return (list, *map(outline, hint)) if isinstance(hint, list) else type(hint)


def _values(hint: Any, paths: tuple[Path, ...]) -> tuple[Any, ...]:
    return tuple([repr(_at(hint, path)) for path in paths]) if paths else ()


def _at(value: Any, path: Path) -> Any:
    """What stands at a path; nothing where the caller said nothing, and the document's own example was looked at."""
    try:
        for step in path:
            value = value[step]
    except (LookupError, TypeError):
        return NOTHING
    return value


def _lost(hint: Any, value: Any, path: Path) -> Iterator[Path]:
    """The places in ``hint`` that the value has something else at; what it has nothing at is for the maker to say."""
    if isinstance(hint, dict) and isinstance(value, dict):
        for name, held in hint.items():
            if name in value:
                yield from _lost(held, value[name], (*path, name))
    elif isinstance(hint, list) and isinstance(value, list) and len(hint) <= len(value):
        for index, held in enumerate(hint):
            yield from _lost(held, value[index], (*path, index))
    elif hint is not NOTHING and not _is_kept(value, hint):
        yield path


def _is_kept(value: Any, hint: Any) -> bool:
    if isinstance(value, dict) and isinstance(hint, dict):
        return value.keys() == hint.keys() and all(_is_kept(held, hint[name]) for name, held in value.items())
    if isinstance(value, list) and isinstance(hint, list):
        return len(value) == len(hint) and all(map(_is_kept, value, hint))
    return value is hint or (type(value) is type(hint) and bool(value == hint))


# Casting


def _mould(value: Any, hint: Any, trace: Trace) -> Mould:
    cast = _cast(value, hint, (), trace)
    if cast is None or not isinstance(value, dict) or cast is _given:
        return Mould(cast or _same(value), () if cast is None else None, 0)
    named = hint if isinstance(hint, Mapping) else {}
    varied = tuple(name for name in value if _cast(value[name], named.get(name, NOTHING), (name,), trace) is not None)
    return Mould(cast, varied, sum(_weight(held) for name, held in value.items() if name not in varied))


def _weight(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_weight, value.values()))
    return 1 + sum(map(_weight, value)) if isinstance(value, list) else 1


def _same(value: Any) -> Cast:
    return lambda _hint, _random: value


def _given(hint: Any, _random: Random) -> Any:
    return hint


def _cast(value: Any, hint: Any, path: Path, trace: Trace) -> Cast | None:
    """How to cast one place; ``None`` when it is the same every time."""
    if hint is not NOTHING and _is_kept(value, hint):
        return _given
    if isinstance(value, dict):
        named = hint if isinstance(hint, Mapping) else {}
        parts = [(name, name in named, part) for name, held in value.items()
                 if (part := _cast(held, named.get(name, NOTHING), (*path, name), trace)) is not None]  # fmt: skip
        return _compound(value, parts) if parts else None
    if isinstance(value, list):
        listed = hint if isinstance(hint, list) and len(hint) <= len(value) else []
        given = [*listed, *(NOTHING for _ in value[len(listed) :])]
        items = [(index, index < len(listed), part) for index, held in enumerate(value)
                 if (part := _cast(held, given[index], (*path, index), trace)) is not None]  # fmt: skip
        return _compound(value, items) if items else None
    drawn = trace.drawn.get(path)
    if drawn is None or drawn.value is not value or sum(isinstance(step, str) for step in path) > _VARIED_DEPTH:
        return None
    if drawn.index:
        return lambda _hint, random: drawn.another(random)
    candidates = drawn.candidates
    return lambda _hint, random: next(candidates(random))


def _compound(value: Any, parts: list[tuple[Any, bool, Cast]]) -> Cast:
    def cast(hint: Any, random: Random) -> Any:
        found = value.copy()
        for key, is_said, part in parts:
            found[key] = part(hint[key] if is_said else NOTHING, random)
        return found

    return cast
