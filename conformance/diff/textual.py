"""Types where values are written as text, so that a service which takes any text takes every number too."""

from __future__ import annotations

from dataclasses import replace

from conformance.diff.change import Fact
from conformance.diff.shape import Shape

TYPED = frozenset({"type-changed", "type-narrowed", "type-widened"})
"""The classes of change that depend on how values are written."""
_PLAIN = frozenset({"string", "number", "integer", "boolean"})


def as_text(fact: Fact, old: Shape, new: Shape) -> Fact:
    """A fact about the types of two shapes, as it is where both are written as text."""
    if not (old.types and new.types and old.types <= _PLAIN and new.types <= _PLAIN):
        return fact
    if _any_text(new):
        return replace(fact, kind="type-widened")
    return replace(fact, kind="type-narrowed") if _any_text(old) else fact


def _any_text(shape: Shape) -> bool:
    """Whether every text is taken that stands for a number or a boolean."""
    said = shape.enum is not None or shape.patterns or shape.formats or shape.contents or shape.nots or shape.union
    return "string" in shape.types and not said and shape.least.get("minLength", 0) <= 1 and "maxLength" not in shape.most
