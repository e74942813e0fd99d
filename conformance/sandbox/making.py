"""One attempt at a value that satisfies a schema, from nothing or from what a caller says of it, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.apart import told_apart
from conformance.sandbox.keywords import (
    children_at,
    children_of_item,
    count_of,
    enumerated,
    has_pattern_for,
    names_of,
    shown_as_null,
    trimmed,
    written_for,
)
from conformance.sandbox.moulds import Drawn, Path, Trace
from conformance.sandbox.patterns import matching
from conformance.sandbox.scalars import Candidates, numbers, strings
from conformance.sandbox.shapes import NOTHING, Shape, kinds, shapes, torn, unsaid
from conformance.spec.dialect import UNLISTED

_RICH_DEPTH = 6
_DEEPEST = 24
_BUDGET = 400
_MOST_MADE = 1000
_MOST_WORK = 20_000
_NAME_ATTEMPTS = 8
# fmt: off
_TRICKY = frozenset({"not", "anyOf", "oneOf", "if", "contains", "dependentRequired", "dependentSchemas", "propertyNames",
                     "uniqueItems", "unevaluatedProperties", "unevaluatedItems", "minProperties", "maxProperties",
                     "patternProperties"})
# fmt: on
_OTHER_SIDE = {"request": "readOnly", "response": "writeOnly"}


class Unsatisfiable(Exception):
    """No value was found that the schema accepts."""


def attempted(
    schema: Schema, hint: Any, random: Random, direction: str, trace: Trace, *, rich: bool, strict: bool, fresh: bool
) -> Any:  # fmt: skip
    """A value that should satisfy a schema, with what it came of noted in ``trace``; see ``sample.Sampler.complete``.

    Raises:
        Unsatisfiable: when a part of it cannot be made.
    """
    return _Run(random, direction, trace, rich=rich, strict=strict, fresh=fresh).value((schema,), hint, _At())


@dataclass(frozen=True, slots=True)
class _At:
    """Where in the value an attempt is: how deep, below which schemas (to cut recursion), and under which name.

    ``asked`` are the sets of schemas that a value is being made for from nothing: the smallest value never needs
    one inside itself.
    """

    depth: int = 0
    path: Path = ()
    stack: tuple[str, ...] = ()
    name: str = ""
    asked: frozenset[frozenset[str]] = frozenset()

    def below(self, name: str, step: str | int | None = None) -> _At:
        return _At(self.depth + 1, (*self.path, name if step is None else step), self.stack, name, self.asked)

    def inside(self, nodes: Sequence[Schema]) -> _At:
        return _At(self.depth, self.path, (*self.stack, *(node.pointer for node in nodes)), self.name, self.asked)

    def asking(self, wanted: frozenset[str]) -> _At:
        return _At(self.depth, self.path, self.stack, self.name, self.asked | {wanted})


class _Run:
    """One attempt. ``strict`` checks every part on its own, so that what does not fit is found where it is."""

    def __init__(self, random: Random, direction: str, trace: Trace, *, rich: bool, strict: bool, fresh: bool) -> None:
        self.random, self.direction, self.rich, self.strict, self.fresh = random, direction, rich, strict, fresh
        self.trace = trace
        self.skipped = _OTHER_SIDE.get(direction, "")
        self.budget = _BUDGET

    def value(self, nodes: tuple[Schema, ...], hint: Any, at: _At) -> Any:
        """A value for schemas that must hold together."""
        self.budget -= 1
        if at.depth > _DEEPEST or self.budget < -_MOST_WORK or any(node.value is False for node in nodes):
            raise Unsatisfiable
        if hint is NOTHING and nodes:
            wanted = frozenset(node.pointer for node in nodes)
            if wanted in at.asked:
                raise Unsatisfiable
            at = at.asking(wanted)
        check = self.strict or any(isinstance(node.value, dict) and _TRICKY & node.value.keys() for node in nodes)
        failure = Unsatisfiable()
        if isinstance(hint, (dict, list)) and hint and torn(nodes, hint):
            self.trace.decisive.append(at.path)
        for shape in shapes(nodes, hint):
            try:
                value = self.of_shape(shape, hint, at.inside(nodes))
            except Unsatisfiable as raised:
                failure = raised
                continue
            if not check or self.accepted(nodes, value):
                return value
            for other in told_apart(value, nodes, self.direction):
                if self.accepted(nodes, other):
                    return other
        raise failure

    def accepted(self, nodes: Sequence[Schema], value: Any) -> bool:
        if value is None and self.direction == "response" and any(node.get(UNLISTED) for node in nodes):
            return False
        return all(node.is_valid(value, direction=self.direction) for node in nodes)

    def of_shape(self, shape: Shape, hint: Any, at: _At) -> Any:
        if any(node.value is False for node in shape.nodes):
            raise Unsatisfiable
        # Without a type, items or properties still tell that a list or an object is meant.
        scalar = shape.types() not in {("array",), ("object",)}
        for candidate in self.given(shape, hint):
            if (
                not isinstance(candidate, (dict, list))
                and (scalar or candidate is None)
                and self.accepted(shape.nodes, candidate)
            ):
                return candidate
        listed = enumerated(shape)
        if listed is not None:
            if self.fresh:
                self.random.shuffle(listed)
            for candidate in sorted(listed, key=lambda value: value is None):
                if self.accepted(shape.nodes, candidate):
                    return candidate
            raise Unsatisfiable
        if not isinstance(hint, (dict, list)):
            hint = next((value for value in self.given(shape, NOTHING) if isinstance(value, (dict, list))), NOTHING)
        return self.of_kinds(shape, hint, at)

    def given(self, shape: Shape, hint: Any) -> Iterator[Any]:
        """Values that somebody wrote for this place: the caller's first, then the document's."""
        if isinstance(hint, float) and hint.is_integer() and "integer" in shape.types():
            yield int(hint)  # a whole number is written without fraction and exponent (OpenAPI 3.0 section 4.4)
        if hint is not NOTHING:
            yield hint
        if self.fresh:
            return
        for node in shape.nodes:
            yield from written_for(node)

    def of_kinds(self, shape: Shape, hint: Any, at: _At) -> Any:
        """A value of the likeliest type that has one."""
        *likelier, last = kinds(shape.types(), hint, at.name if at.path[-1:] == (at.name,) else "")
        for kind in likelier:
            try:
                value = self.of_type(shape, kind, hint, at)
            except Unsatisfiable:
                continue
            if (last == "null" and len(likelier) == 1) or self.accepted(shape.nodes, value):
                return value
        return self.of_type(shape, last, hint, at)

    def of_type(self, shape: Shape, kind: str, hint: Any, at: _At) -> Any:
        if kind == "object":
            return self.object(shape, hint if isinstance(hint, dict) else {}, at)
        if kind == "array":
            return self.array(shape, hint, at)
        if kind == "string":
            return self.drawn(strings(shape.nodes, at.name), shape, at)
        if kind in {"integer", "number"}:
            return self.drawn(numbers(shape.nodes, whole=kind == "integer"), shape, at)
        truths = (False, True) if self.fresh and self.random.random() < 0.5 else (True, False)
        return self.first(iter(truths) if kind == "boolean" else iter((None,)), shape)

    def first(self, candidates: Iterator[Any], shape: Shape) -> Any:
        for candidate in candidates:
            if self.accepted(shape.nodes, candidate):
                return candidate
        raise Unsatisfiable

    def drawn(self, candidates: Candidates, shape: Shape, at: _At) -> Any:
        """The first good one of what chance proposes."""
        for index, candidate in enumerate(candidates(self.random)):
            if self.accepted(shape.nodes, candidate):
                self.trace.drawn[at.path] = Drawn(value=candidate, candidates=candidates, index=index)
                return candidate
        raise Unsatisfiable

    # Objects

    def object(self, shape: Shape, hint: Mapping[str, Any], at: _At) -> dict[str, Any]:
        required = dict.fromkeys(name for node in shape.nodes for name in names_of(node.get("required")))
        declared = dict.fromkeys(name for node in shape.nodes for name in node.properties())
        hint, absent = {**hint, **shape.forced}, shown_as_null(shape)
        found: dict[str, Any] = {}
        for name in declared:
            children = children_at(shape, name)
            flags = [child.get(self.skipped) is True for child in children] if self.skipped else ()
            # What one branch flags, another may declare again and require.
            if any(flags) and (name not in required or all(flags)):
                continue
            said = hint.get(name, None if name in absent else NOTHING)
            if said is None and name not in required and not self.accepted(children, None):
                continue
            if name in required or name in hint or self.generous(children, at):
                self.try_at(found, name, children, hint.get(name, NOTHING), at, required=name in required)
        for name in required:
            if name not in declared:
                found[name] = self.value(children_at(shape, name), hint.get(name, NOTHING), at.below(name))
        self.welcome(
            found, shape, {name: value for name, value in hint.items() if name not in declared}, at, open_ended=not declared
        )
        self.fill(found, shape, at, bare=not declared and not hint)
        self.dependents(found, shape, at)
        return trimmed(found, shape, required)

    def generous(self, nodes: Sequence[Schema], at: _At) -> bool:
        """Whether to make what nobody asked for: not too deep, not too much, nothing (or a list of it) in itself, no guess."""
        held = (*nodes, *(child for node in nodes if (child := node.child("items")) is not None))
        within = self.rich and at.depth < _RICH_DEPTH and self.budget > 0
        return within and not unsaid(nodes) and not any(node.pointer in at.stack for node in held)

    def try_at(
        self, found: dict[str, Any], name: str, nodes: tuple[Schema, ...], hint: Any, at: _At, *, required: bool
    ) -> None:  # fmt: skip
        try:
            found[name] = self.value(nodes, hint, at.below(name))
        except Unsatisfiable:
            if required:
                raise
            self.trace.decisive += [at.below(name).path] if hint is not NOTHING else []

    def welcome(self, found: dict[str, Any], shape: Shape, hint: Mapping[str, Any], at: _At, *, open_ended: bool) -> None:
        """The hint's properties that have no declaration, where the schema clearly means to take such."""
        closed = any(node.get("additionalProperties") is False for node in shape.nodes)
        stated = any(node.get("additionalProperties") or node.get("additionalProperties") == {} for node in shape.nodes)
        for name, value in hint.items():
            if name in found or not isinstance(name, str):
                continue
            if ((open_ended or stated) and not closed) or has_pattern_for(shape, name):
                self.try_at(found, name, children_at(shape, name), value, at, required=False)

    def fill(self, found: dict[str, Any], shape: Shape, at: _At, *, bare: bool) -> None:
        """As many properties as ``minProperties`` asks for; one at least in a map that would be empty."""
        wanted = max((count_of(node, "minProperties", 0) for node in shape.nodes), default=0)
        if bare and any(isinstance(node.get("additionalProperties"), dict) for node in shape.nodes) and self.generous((), at):
            wanted = max(wanted, 1)
        barren: list[tuple[Schema, ...]] = []
        for name in islice(self.new_names(shape, found, at), _MOST_MADE if len(found) < wanted else 0):
            children = children_at(shape, name)
            if name not in found and children not in barren:
                self.try_at(found, name, children, NOTHING, at, required=False)
                barren += [children] if name not in found else []
            if len(found) >= wanted or len(barren) > _NAME_ATTEMPTS:
                return

    def new_names(self, shape: Shape, found: Mapping[str, Any], at: _At) -> Iterator[str]:
        """Names for properties that nobody declared."""
        patterns = [str(pattern) for node in shape.nodes for pattern in node.get("patternProperties") or ()
                    if isinstance(node.get("patternProperties"), dict)]  # fmt: skip
        named = tuple(child for node in shape.nodes if (child := node.child("propertyNames")) is not None)
        if named:
            with suppress(Unsatisfiable):
                while True:
                    yield str(self.another(named, [*found], at.below(at.name, -1)))
        for _ in range(_NAME_ATTEMPTS if patterns else 0):
            yield from (name for pattern in patterns for name in islice(matching(pattern, self.random), 3))
        yield from (f"key{index}" for index in range(len(found), _MOST_MADE))

    def dependents(self, found: dict[str, Any], shape: Shape, at: _At) -> None:
        for node in shape.nodes:
            needs = node.get("dependentRequired")
            for trigger, names in needs.items() if isinstance(needs, dict) else ():
                for name in names_of(names) if trigger in found else ():
                    if name not in found:
                        found[name] = self.value(children_at(shape, name), NOTHING, at.below(name))

    # Arrays

    def array(self, shape: Shape, hint: Any, at: _At) -> list[Any]:
        low = max((count_of(node, "minItems", 0) for node in shape.nodes), default=0)
        high = min((count_of(node, "maxItems", 2**31) for node in shape.nodes), default=2**31)
        if low > _MOST_MADE:
            raise Unsatisfiable
        found: list[Any] = []
        for value in hint[:high] if isinstance(hint, list) else ():
            try:
                found.append(self.value(children_of_item(shape, len(found)), value, at.below(at.name, len(found))))
            except Unsatisfiable:
                self.trace.decisive.append(at.path)
        self.lengthen(found, shape, low, high, at, bare=not isinstance(hint, list))
        return found

    def lengthen(self, found: list[Any], shape: Shape, low: int, high: int, at: _At, *, bare: bool) -> None:
        """As many items as the schema asks for, and one at least where nobody said that there are none."""
        held = tuple(child for node in shape.nodes if (child := node.child("contains")) is not None)
        least = max((count_of(node, "minContains", 1) for node in shape.nodes if node.get("contains") is not None), default=0)
        unique = any(node.get("uniqueItems") is True for node in shape.nodes)
        wanted = max(low, least, max((len(node.branches("prefixItems")) for node in shape.nodes), default=0) if bare else 0)
        while len(found) < min(max(wanted, 1 if bare else 0), high):
            nodes = children_of_item(shape, len(found)) + (held if len(found) < least else ())
            if len(found) >= low and not (nodes and self.generous(nodes, at)):
                return
            try:
                found.append(self.another(nodes, found if unique else [], at.below(at.name, len(found))))
            except Unsatisfiable:
                if len(found) < low:
                    raise
                return

    def another(self, nodes: tuple[Schema, ...], others: list[Any], at: _At) -> Any:
        """An item that is not among ``others``."""
        before = self.fresh
        try:
            for _ in range(20 + 4 * len(others)):
                value = self.value(nodes, NOTHING, at)
                if value not in others:
                    return value
                self.fresh = True
        finally:
            self.fresh = before
        raise Unsatisfiable
