"""The places of a JSON value that its schema speaks of, those that are empty included."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.cases.rewriting import GONE
from conformance.model.ports import Schema

_MOST = 400
_ITEMS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in a value. ``held`` is what stands there, ``GONE`` for nothing; ``holder`` is the schema of what is around it."""

    path: tuple[str | int, ...]
    schema: Schema
    held: Any
    holder: Schema | None = None

    @property
    def is_required(self) -> bool:
        """Whether the object around it has to have it."""
        return self.holder is not None and bool(self.path) and self.path[-1] in self.holder.required()


def spots(value: Any, schema: Schema) -> Iterator[Spot]:
    """The places of a value, the shallow ones first; what a client leaves to the service is none of them."""
    left = deque([Spot(path=(), schema=schema, held=value)])
    count = 0
    while left and count < _MOST:
        spot = left.popleft()
        count += 1
        yield spot
        if isinstance(spot.held, dict):
            flagged = spot.schema.flagged("readOnly")
            for name, child in spot.schema.all_properties().items():
                if name not in flagged:
                    held = spot.held.get(name, GONE)
                    left.append(Spot(path=(*spot.path, name), schema=child, held=held, holder=spot.schema))
        elif isinstance(spot.held, list):
            items = spot.schema.child("items")
            for index, held in enumerate(spot.held[:_ITEMS] if items is not None else ()):
                assert items is not None
                left.append(Spot(path=(*spot.path, index), schema=items, held=held))


def changed(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """A copy of a value with another one at a place; ``GONE`` takes it out."""
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, list):
        assert isinstance(head, int)
        return [changed(held, rest, new) if index == head else held for index, held in enumerate(value)]
    if not rest and new is GONE:
        return {name: held for name, held in value.items() if name != head}
    return {**value, head: changed(value.get(head), rest, new)}
