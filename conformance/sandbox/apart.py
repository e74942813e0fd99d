"""Values that more than one branch of a ``oneOf`` takes, changed until one branch alone does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.model.ports import Schema

_DEEPEST = 3
_FOREIGN: tuple[Any, ...] = ("text", 7, 0.5, True, None, [], {}, "", -1)


def told_apart(value: Any, nodes: Sequence[Schema], direction: str) -> Iterator[Any]:
    """Values near ``value`` that one branch alone takes, for each ``oneOf`` of ``nodes`` where several do."""
    for node in nodes:
        branches = node.branches("oneOf")
        taking = [branch for branch in branches if branch.is_valid(value, direction=direction)]
        for kept in taking if len(taking) > 1 else ():
            found = _without(value, kept, [branch for branch in branches if branch is not kept], direction)
            if found is not None:
                yield found[0]


def _without(value: Any, kept: Schema, others: Sequence[Schema], direction: str) -> tuple[Any] | None:
    """``value`` changed so that ``kept`` takes it and none of ``others`` does, in a tuple; ``None`` when that fails."""
    for other in others:
        if not other.is_valid(value, direction=direction):
            continue
        found = next(
            ((near,) for near in _near(value, kept, other, 0)
             if kept.is_valid(near, direction=direction) and not other.is_valid(near, direction=direction)), None,
        )  # fmt: skip
        if found is None:
            return None
        (value,) = found
    return (value,)


def _near(value: Any, mine: Schema, theirs: Schema, depth: int) -> Iterator[Any]:
    """Values that differ from ``value`` in one place, the least surprising first: where both schemas say something."""
    if isinstance(value, list) and value and depth < _DEEPEST:
        mine_inside, their_inside = mine.child("items"), theirs.child("items")
        if mine_inside is not None and their_inside is not None:
            yield from ([near, *value[1:]] for near in _near(value[0], mine_inside, their_inside, depth + 1))
    if not isinstance(value, Mapping):
        return
    own, foreign = mine.all_properties(), theirs.all_properties()
    shared = [name for name in foreign if name in own]
    for name in shared:
        yield from ({**value, name: other} for other in _listed(own[name]))
    for name in value:
        yield {held: inside for held, inside in value.items() if held != name}
    for name in shared:
        yield from ({**value, name: other} for other in _FOREIGN)
        if name in value and depth < _DEEPEST:
            yield from ({**value, name: near} for near in _near(value[name], own[name], foreign[name], depth + 1))
    for name in foreign:
        if name not in own:
            yield from ({**value, name: other} for other in _FOREIGN)


def _listed(schema: Schema) -> list[Any]:
    listed = schema.get("enum")
    if isinstance(schema.value, Mapping) and "const" in schema.value:
        return [schema.value["const"]]
    return listed if isinstance(listed, list) else []
