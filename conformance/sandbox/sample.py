"""Values that satisfy a schema: from nothing, or from a value that says part of it.

The same seed, salt and schema always give the same value, and no value leaves here that the schema does not accept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.scalars import numbers, strings
from conformance.sandbox.shapes import NOTHING, Shape, shapes

_RICH_DEPTH = 6
_DEEPEST = 24
_BUDGET = 400
_TRICKY = frozenset({"not", "anyOf", "oneOf", "if", "contains", "dependentRequired", "dependentSchemas", "propertyNames", "uniqueItems",
                     "unevaluatedProperties", "unevaluatedItems", "minProperties", "maxProperties", "patternProperties"})  # fmt: skip
_OTHER_SIDE = {"request": "readOnly", "response": "writeOnly"}
_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object", type(None): "null"}


class Unsatisfiable(Exception):  # noqa: N818 - it is an answer, not a mistake
    """No value was found that the schema accepts."""


class Sampler:
    """Makes values for one direction (``request``, ``response`` or ``any``; see ``model.ports.Schema.errors``)."""

    def __init__(self, *, direction: str, seed: int = 0) -> None:
        self.direction, self.seed = direction, seed

    def sample(self, schema: Schema, *, salt: str = "", rich: bool = True) -> Any:
        """A value that the schema accepts; optional properties included when ``rich``.

        Raises:
            Unsatisfiable: when the schema is broken, or none was found.
        """
        return self.complete(schema, NOTHING, salt=salt, rich=rich)

    def complete(self, schema: Schema, partial: Any, *, salt: str = "", rich: bool = True, fresh: bool = False) -> Any:
        """A value that the schema accepts and that keeps as much of ``partial`` as fits.

        ``fresh`` leaves examples and defaults aside, so that different salts give different values.

        Raises:
            Unsatisfiable: when the schema is broken, or none was found.
        """
        if schema.problem() is not None:
            raise Unsatisfiable(schema.problem())
        for wealth, strict in ((rich, False), (rich, True), (False, True)):
            run = _Run(Random(f"{self.seed}/{salt}"), self.direction, rich=wealth, strict=strict, fresh=fresh)  # noqa: S311
            try:
                value = run.value((schema,), partial, 0, (), "")
            except Unsatisfiable:
                continue
            if schema.is_valid(value, direction=self.direction):
                return value
        raise Unsatisfiable(f"no value was found for {schema.pointer}")


class _Run:
    """One attempt. ``strict`` checks every part on its own, so that what does not fit is found where it is."""

    def __init__(self, random: Random, direction: str, *, rich: bool, strict: bool, fresh: bool) -> None:
        self.random, self.direction, self.rich, self.strict, self.fresh = random, direction, rich, strict, fresh
        self.skipped = _OTHER_SIDE.get(direction, "")
        self.budget = _BUDGET

    def value(self, nodes: tuple[Schema, ...], hint: Any, depth: int, stack: tuple[str, ...], name: str) -> Any:
        """A value for schemas that must hold together. ``stack`` are the pointers above, to cut recursion."""
        self.budget -= 1
        if depth > _DEEPEST or any(node.value is False for node in nodes):
            raise Unsatisfiable
        check = self.strict or any(isinstance(node.value, Mapping) and _TRICKY & node.value.keys() for node in nodes)
        failure = Unsatisfiable()
        for shape in shapes(nodes, hint):
            try:
                value = self.of_shape(shape, hint, depth, (*stack, *(node.pointer for node in nodes)), name)
            except Unsatisfiable as raised:
                failure = raised
                continue
            if not check or self.accepted(nodes, value):
                return value
        raise failure

    def accepted(self, nodes: Sequence[Schema], value: Any) -> bool:
        return all(node.is_valid(value, direction=self.direction) for node in nodes)

    def of_shape(self, shape: Shape, hint: Any, depth: int, stack: tuple[str, ...], name: str) -> Any:
        if any(node.value is False for node in shape.nodes):
            raise Unsatisfiable
        for candidate in self.given(shape, hint):
            if not isinstance(candidate, (dict, list)) and self.accepted(shape.nodes, candidate):
                return candidate
        listed = _enumerated(shape)
        if listed is not None:
            if self.fresh:
                self.random.shuffle(listed)
            for candidate in sorted(listed, key=lambda value: value is None):
                if self.accepted(shape.nodes, candidate):
                    return candidate
            raise Unsatisfiable
        if not isinstance(hint, (dict, list)):
            hint = next((value for value in self.given(shape, NOTHING) if isinstance(value, (dict, list))), NOTHING)
        return self.of_type(shape, self.pick(shape.types(), hint), hint, depth, stack, name)

    def given(self, shape: Shape, hint: Any) -> Iterator[Any]:
        """Values that somebody wrote for this place: the caller's first, then the document's."""
        if hint is not NOTHING:
            yield hint
        if self.fresh:
            return
        for node in shape.nodes:
            if isinstance(node.value, Mapping):
                if "example" in node.value and node.value["example"] is not None:
                    yield node.value["example"]
                examples = node.value.get("examples")
                if isinstance(examples, list):
                    yield from (example for example in examples[:3] if example is not None)
                if node.value.get("default") is not None:
                    yield node.value["default"]

    def pick(self, types: tuple[str, ...], hint: Any) -> str:
        if hint is not NOTHING:
            kind = _KINDS.get(type(hint), "")
            if kind in types or not types:
                return kind
        return next((kind for kind in types if kind != "null"), "null" if types else "object")

    def of_type(self, shape: Shape, kind: str, hint: Any, depth: int, stack: tuple[str, ...], name: str) -> Any:
        if kind == "object":
            return self.object(shape, hint if isinstance(hint, dict) else {}, depth, stack)
        if kind == "array":
            return self.array(shape, hint, depth, stack, name)
        if kind == "string":
            return self.first(strings(shape.nodes, name, self.random), shape)
        if kind in {"integer", "number"}:
            return self.first(numbers(shape.nodes, self.random, whole=kind == "integer"), shape)
        return self.first(iter((True, False)) if kind == "boolean" else iter((None,)), shape)

    def first(self, candidates: Iterator[Any], shape: Shape) -> Any:
        for candidate in candidates:
            if self.accepted(shape.nodes, candidate):
                return candidate
        raise Unsatisfiable

    # Objects

    def object(self, shape: Shape, hint: Mapping[str, Any], depth: int, stack: tuple[str, ...]) -> dict[str, Any]:
        required = dict.fromkeys(name for node in shape.nodes for name in _names(node.get("required")))
        declared = dict.fromkeys(name for node in shape.nodes for name in node.properties())
        hint = {**hint, **shape.forced}
        found: dict[str, Any] = {}
        for name in declared:
            children = _at(shape, name)
            if self.skipped and any(child.get(self.skipped) is True for child in children):
                continue
            self.property(found, name, children, hint, required=name in required, depth=depth, stack=stack)
        for name in required:
            if name not in declared:
                found[name] = self.value(_at(shape, name), hint.get(name, NOTHING), depth + 1, stack, name)
        self.extras(found, shape, hint, declared, depth, stack)
        self.dependents(found, shape, depth, stack)
        return _trimmed(found, shape, required)

    def property(
        self, found: dict[str, Any], name: str, children: tuple[Schema, ...], hint: Mapping[str, Any],
        *, required: bool, depth: int, stack: tuple[str, ...],
    ) -> None:  # fmt: skip
        if not required and name not in hint:
            again = any(child.pointer in stack for child in children)
            if not self.rich or again or depth >= _RICH_DEPTH or self.budget < 0:
                return
        try:
            found[name] = self.value(children, hint.get(name, NOTHING), depth + 1, stack, name)
        except Unsatisfiable:
            if required:
                raise

    def extras(
        self,
        found: dict[str, Any],
        shape: Shape,
        hint: Mapping[str, Any],
        declared: Mapping[str, Any],
        depth: int,
        stack: tuple[str, ...],
    ) -> None:
        """Properties that have no declaration of their own: the hint's where they are welcome, and as many as are asked for."""
        closed = any(node.get("additionalProperties") is False for node in shape.nodes)
        welcome = not declared or any(node.get("additionalProperties") not in (None, False) for node in shape.nodes)
        for name, value in hint.items():
            if name in found or name in declared or not isinstance(name, str):
                continue
            children = _at(shape, name)
            if (welcome and not closed) or _by_pattern(shape, name):
                try:
                    found[name] = self.value(children, value, depth + 1, stack, name)
                except Unsatisfiable:
                    continue
        wanted = max((node.get("minProperties") or 0 for node in shape.nodes), default=0)
        typed = any(isinstance(node.get("additionalProperties"), Mapping) for node in shape.nodes)
        if self.rich and not declared and typed and not hint and depth < _RICH_DEPTH:
            wanted = max(wanted, 1)
        for index in range(len(found), wanted):
            name = self.fresh_name(shape, index)
            try:
                found[name] = self.value(_at(shape, name), NOTHING, depth + 1, stack, name)
            except Unsatisfiable:
                return

    def fresh_name(self, shape: Shape, index: int) -> str:
        for node in shape.nodes:
            names = node.child("propertyNames")
            if names is not None:
                return str(self.first(strings((names,), f"key{index}", self.random), Shape(nodes=(names,))))
            patterns = node.get("patternProperties")
            if isinstance(patterns, Mapping) and patterns and node.get("additionalProperties") is False:
                from conformance.sandbox.patterns import matching

                return next(matching(str(next(iter(patterns))), self.random), f"key{index}")
        return f"key{index}"

    def dependents(self, found: dict[str, Any], shape: Shape, depth: int, stack: tuple[str, ...]) -> None:
        for node in shape.nodes:
            needs = node.get("dependentRequired")
            for trigger, names in needs.items() if isinstance(needs, Mapping) else ():
                for name in _names(names) if trigger in found else ():
                    if name not in found:
                        found[name] = self.value(_at(shape, name), NOTHING, depth + 1, stack, name)

    # Arrays

    def array(self, shape: Shape, hint: Any, depth: int, stack: tuple[str, ...], name: str) -> list[Any]:
        low = max((node.get("minItems") or 0 for node in shape.nodes), default=0)
        high = min((node.get("maxItems") for node in shape.nodes if node.get("maxItems") is not None), default=2**31)
        unique = any(node.get("uniqueItems") is True for node in shape.nodes)
        prefix = max((len(node.branches("prefixItems")) for node in shape.nodes), default=0)
        held = tuple(child for node in shape.nodes if (child := node.child("contains")) is not None)
        least = max((_count(node, "minContains", 1) for node in shape.nodes if node.get("contains") is not None), default=0)
        given = hint if isinstance(hint, list) else []
        found: list[Any] = []
        for index, value in enumerate(given[: int(high)]):
            try:
                found.append(self.value(_item(shape, index), value, depth + 1, stack, name))
            except Unsatisfiable:
                continue
        wanted = max(int(low), least, min(prefix, 8))
        if self.rich and depth < _RICH_DEPTH and self.budget > 0 and not isinstance(hint, list):
            wanted = max(wanted, 1)
        while len(found) < min(wanted, high):
            nodes = _item(shape, len(found)) + (held if len(found) < least else ())
            again = not low and any(node.pointer in stack for node in nodes)
            try:
                if again:
                    raise Unsatisfiable
                found.append(self.another(nodes, found if unique else [], depth, stack, name))
            except Unsatisfiable:
                if len(found) < low:
                    raise
                break
        return found

    def another(self, nodes: tuple[Schema, ...], others: list[Any], depth: int, stack: tuple[str, ...], name: str) -> Any:
        """An item that is not among ``others``."""
        before = self.fresh
        try:
            for _ in range(20):
                value = self.value(nodes, NOTHING, depth + 1, stack, name)
                if value not in others:
                    return value
                self.fresh = True
        finally:
            self.fresh = before
        raise Unsatisfiable


def _enumerated(shape: Shape) -> list[Any] | None:
    for node in shape.nodes:
        if isinstance(node.value, Mapping) and "const" in node.value:
            return [node.value["const"]]
    listed: list[list[Any]] = [node.get("enum") for node in shape.nodes if isinstance(node.get("enum"), list)]
    return list(min(listed, key=len)) if listed else None


def _names(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _count(node: Schema, keyword: str, otherwise: int) -> int:
    value = node.get(keyword)
    return int(value) if isinstance(value, (int, float)) else otherwise


def _at(shape: Shape, name: str) -> tuple[Schema, ...]:
    """What a property must satisfy: its declarations, and ``additionalProperties`` of the schemas that do not declare it."""
    found: list[Schema] = []
    for node in shape.nodes:
        child = node.properties().get(name) or _by_own_pattern(node, name) or node.child("additionalProperties")
        if child is not None and child not in found:
            found.append(child)
    return tuple(found)


def _by_own_pattern(node: Schema, name: str) -> Schema | None:
    import re

    patterns = node.get("patternProperties")
    for pattern in patterns if isinstance(patterns, Mapping) else ():
        try:
            if re.search(pattern, name):
                return node.child("patternProperties", pattern)
        except re.error:
            continue
    return None


def _by_pattern(shape: Shape, name: str) -> bool:
    return any(_by_own_pattern(node, name) is not None for node in shape.nodes)


def _item(shape: Shape, index: int) -> tuple[Schema, ...]:
    found: list[Schema] = []
    for node in shape.nodes:
        prefix = node.branches("prefixItems") if node.get("prefixItems") else ()
        child = prefix[index] if index < len(prefix) else node.child("items")
        if child is not None and child not in found:
            found.append(child)
    return tuple(found)


def _trimmed(found: dict[str, Any], shape: Shape, required: Mapping[str, Any]) -> dict[str, Any]:
    most = min(
        (node.get("maxProperties") for node in shape.nodes if isinstance(node.get("maxProperties"), int)), default=len(found)
    )
    for name in [name for name in reversed(found) if name not in required]:
        if len(found) <= most:
            break
        del found[name]
    return found
