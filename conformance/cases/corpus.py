"""The requests that a service took, a few for each operation: what further ones are made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.cases.changes import Base
from conformance.model.message import Request
from conformance.spec.reading import RequestReading

_KEPT = 6
_DEEPEST = 8


class Corpus:
    """A few requests of one operation that differ in what they hold, the richest first."""

    def __init__(self) -> None:
        self._bases: dict[frozenset[str], Base] = {}
        self._plain: set[frozenset[str]] = set()

    def __bool__(self) -> bool:
        return bool(self._bases)

    def add(self, request: Request, reading: RequestReading, *, is_plain: bool) -> bool:
        """Take in a request that was accepted; whether it is the richest from now on.

        ``is_plain`` says that its values are such as anybody would send.
        """
        held = frozenset(_held(reading))
        if held in self._bases and (held in self._plain or not is_plain):
            return False
        if is_plain:
            self._plain.add(held)
        sizes = [len(one) for one in self._bases]
        if len(sizes) >= _KEPT and min(sizes) <= len(held) <= max(sizes) and not is_plain:
            return False
        self._bases[held] = Base.of(request, reading)
        if len(sizes) >= _KEPT:
            # The richest and the poorest stay; of the others the oldest goes.
            order = sorted(self._bases, key=len)
            del self._bases[next(one for one in self._bases if one not in {order[0], order[-1]})]
        return self.richest is self._bases.get(held)

    @property
    def richest(self) -> Base | None:
        """The request that holds most, a plain one where there is any."""
        found = self._bases.keys() & self._plain or self._bases.keys()
        return self._bases[max(found, key=lambda held: (len(held), sorted(held)))] if found else None

    def bases(self) -> list[Base]:
        """Every request that is kept."""
        return list(self._bases.values())


def _held(reading: RequestReading) -> Iterator[str]:
    """What a request holds, whatever the values are."""
    yield from (f"{location}:{name}" for location, name in reading.values)
    if reading.has_body:
        yield from _fields(reading.body, "body:", 0)


def _fields(value: Any, path: str, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for name, held in value.items():
            yield f"{path}/{name}"
            yield from _fields(held, f"{path}/{name}", depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for held in value[:1]:
            yield f"{path}/*"
            yield from _fields(held, f"{path}/*", depth + 1)
