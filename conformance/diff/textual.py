"""Types where values are written as text: a service that takes any text takes every number too, and one text is a list of one."""

from __future__ import annotations

from dataclasses import replace

from conformance.diff.change import Fact
from conformance.diff.facts import Edge, Pair
from conformance.diff.shape import Shape, key_of

TYPED = frozenset({"type-changed", "type-narrowed", "type-widened"})
"""The classes of change that depend on how values are written."""
_PLAIN = frozenset({"string", "number", "integer", "boolean"})


def as_text(fact: Fact, old: Shape, new: Shape) -> Fact:
    """A fact about the types of two shapes, as it is where both are written as text."""
    if not (_is_plain(old) and _is_plain(new)):
        return fact
    before, after = _texts(old), _texts(new)
    if _any_text(new) or (before is not None and after is not None and before <= after):
        return replace(fact, kind="type-widened")
    if _any_text(old) or (before is not None and after is not None and before >= after):
        return replace(fact, kind="type-narrowed")
    return fact


def into_list(pair: Pair, old: Shape, new: Shape) -> Edge | None:
    """The step from a value to the items of a list that the value is alone in, where lists of one are written alike."""
    if not _is_plain(old) or new.types != {"array"} or new.contains is not None:
        return None
    if new.least.get("minItems", 0) > 1 or new.most.get("maxItems", 1) < 1:
        return None
    return Edge("[]", Pair(pair.old, new.prefix[0] if new.prefix else new.items))


def _is_plain(shape: Shape) -> bool:
    return bool(shape.types) and shape.types <= _PLAIN


def _texts(shape: Shape) -> frozenset[str] | None:
    """All that may be written; ``None`` where that is not listed."""
    if shape.enum is None:
        return frozenset({"true", "false"}) if shape.types == {"boolean"} else None
    return frozenset(value if isinstance(value, str) else key_of(value).lower() for value in shape.enum.values())


def _any_text(shape: Shape) -> bool:
    """Whether every text is taken that stands for a number or a boolean."""
    said = shape.enum is not None or shape.patterns or shape.formats or shape.contents or shape.nots or shape.union
    return "string" in shape.types and not said and shape.least.get("minLength", 0) <= 1 and "maxLength" not in shape.most
