"""Schemas that navigate and validate, with references followed and validators compiled once.

A ``SchemaNode`` stands for the place its references lead to. A reference with siblings (allowed since
3.1) is one node whose ``allOf`` holds the target, which is what JSON Schema says it means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import jsonschema_rs

from conformance.model.ports import SchemaError
from conformance.spec.places import Place
from conformance.spec.pointer import follow, from_fragment, from_parts, join, split
from conformance.spec.validators import Validators, deepest

_ANNOTATIONS = frozenset({"description", "summary", "title", "deprecated", "example", "examples", "default",
                          "readOnly", "writeOnly", "$comment", "externalDocs", "xml", "nullable"})  # fmt: skip


class UnresolvableReference(LookupError):
    """A ``$ref`` that leads nowhere."""

    def __init__(self, *, reference: str, pointer: str) -> None:
        self.reference, self.pointer = reference, pointer
        super().__init__(f"{reference!r} at {pointer} leads nowhere")


class SchemaSet:
    """All schemas of one document: finds, navigates and compiles them.

    ``tree`` is the document in JSON Schema 2020-12 terms.
    """

    def __init__(self, tree: dict[str, Any], *, written: Callable[[str], str] = lambda pointer: pointer) -> None:
        self.tree = tree
        self.validators = Validators(tree, written=written, flagged=self._flags)
        self._nodes: dict[str, SchemaNode] = {}

    def resolve(self, reference: str, pointer: str) -> str:
        """The pointer that an internal reference at ``pointer`` leads to.

        Raises:
            UnresolvableReference: when it leads nowhere, or out of the document.
        """
        if reference.startswith("#") and (reference == "#" or reference[1] == "/") and not self.validators.names.resources:
            target: str | None = from_parts(_tokens(reference[1:]))
            try:
                follow(self.tree, target or "")
            except (LookupError, TypeError):
                target = None
        else:
            target = self.validators.names.target(Place("schema", pointer, {"$ref": reference}), "$ref")
        if target is None:
            raise UnresolvableReference(reference=reference, pointer=pointer)
        return target

    def node(self, pointer: str) -> SchemaNode:
        """The schema at a pointer, references followed.

        Raises:
            UnresolvableReference: when a reference on the way leads nowhere or in a circle.
        """
        if pointer in self._nodes:
            return self._nodes[pointer]
        seen = [pointer]
        value = follow(self.tree, pointer)
        while isinstance(value, dict) and _reference(value) is not None and not _siblings(value):
            reference = str(_reference(value))
            target = self.resolve(reference, seen[-1])
            if target in seen:
                raise UnresolvableReference(reference=reference, pointer=seen[-1])
            seen.append(target)
            value = follow(self.tree, target)
        # Another thread may have been faster: there is one node a place.
        node = self._nodes.setdefault(seen[-1], SchemaNode(self, seen[-1], value))
        for place in seen:
            self._nodes[place] = node
        return node

    def _flags(self, pointer: str, flag: str) -> frozenset[str]:
        with suppress(LookupError):
            return self.node(pointer).flagged(flag)
        return frozenset()

    def has_flag(self, place: str, flag: str) -> bool:
        """Whether the property at ``place`` is flagged: beside a reference, or behind it."""
        try:
            written = follow(self.tree, place)
            return (isinstance(written, dict) and written.get(flag) is True) or self.node(place).get(flag) is True
        except (LookupError, TypeError):
            return False


class SchemaNode:
    """A schema of the document; see ``model.ports.Schema``."""

    __slots__ = ("_all_properties", "_branches", "_flagged", "_holds", "_problem", "_properties", "_required", "_set",
                 "_validators", "notes", "pointer", "value")  # fmt: skip

    def __init__(self, owner: SchemaSet, pointer: str, value: Any) -> None:
        self._set = owner
        self.pointer = pointer
        self.value: Mapping[str, Any] | bool = value if isinstance(value, (dict, bool)) else {}
        self._properties: dict[str, SchemaNode] | None = None
        self._all_properties: dict[str, SchemaNode] | None = None
        self._required: frozenset[str] | None = None
        self._branches: dict[str, tuple[SchemaNode, ...]] = {}
        self._flagged: dict[str, frozenset[str]] = {}
        self._holds: dict[str, bool] = {}
        self._validators: dict[str, Any] = {}
        self._problem: str | None = None
        self.notes: dict[Any, Any] = {}

    def __repr__(self) -> str:
        return f"SchemaNode({self.pointer!r})"

    def get(self, keyword: str, default: Any = None) -> Any:
        """A keyword that holds no schema."""
        return self.value.get(keyword, default) if isinstance(self.value, dict) else default

    def types(self) -> frozenset[str]:
        """What ``type`` allows; empty when it does not say."""
        declared = self.get("type")
        if isinstance(declared, str):
            return frozenset({declared})
        return frozenset(name for name in declared if isinstance(name, str)) if isinstance(declared, list) else frozenset()

    def child(self, *path: str | int) -> SchemaNode | None:
        """The sub-schema at ``path``, references followed; ``None`` when absent or unresolvable."""
        value: Any = self.value
        for token in path:
            try:
                value = value[token]
            except (LookupError, TypeError):
                return None
        if not isinstance(value, (dict, bool)):
            return None
        try:
            return self._set.node(join(self.pointer, *path))
        except LookupError:
            return None

    def branches(self, keyword: str) -> tuple[SchemaNode, ...]:
        """The sub-schemas of a list keyword; the target of a ``$ref`` with siblings counts under ``allOf``."""
        branches = self._branches.get(keyword)
        if branches is None:
            branches = self._branches[keyword] = tuple(self._branching(keyword))
        return branches

    def _branching(self, keyword: str) -> Iterator[SchemaNode]:
        reference = _reference(self.value) if isinstance(self.value, Mapping) else None
        if keyword == "allOf" and reference is not None:
            target = None
            with suppress(LookupError):
                target = self._set.node(self._set.resolve(reference, self.pointer))
            if target is not None:
                yield target
        listed = self.get(keyword)
        for index in range(len(listed) if isinstance(listed, list) else 0):
            node = self.child(keyword, index)
            if node is not None:
                yield node

    def properties(self) -> Mapping[str, SchemaNode]:
        """Declared properties of this schema alone."""
        if self._properties is None:
            declared = self.get("properties")
            names = declared if isinstance(declared, dict) else {}
            children = ((name, self.child("properties", name)) for name in names)
            self._properties = {name: node for name, node in children if node is not None}
        return self._properties

    def all_properties(self) -> Mapping[str, SchemaNode]:
        """Declared properties, those of every branch included; the schema's own win."""
        if self._all_properties is None:
            found: dict[str, SchemaNode] = {}
            for node in self._united():
                for name, child in node.properties().items():
                    found.setdefault(name, child)
            self._all_properties = found
        return self._all_properties

    def _united(self) -> list[SchemaNode]:
        """The schema and every branch of its ``allOf``, ``anyOf`` and ``oneOf``, theirs too."""
        found: dict[str, SchemaNode] = {}
        stack: list[SchemaNode] = [self]
        while stack:
            node = stack.pop(0)
            if node.pointer not in found:
                found[node.pointer] = node
                for keyword in ("allOf", "anyOf", "oneOf"):
                    stack.extend(node.branches(keyword))
        return list(found.values())

    def flagged(self, flag: str) -> frozenset[str]:
        """Names of the properties that are ``readOnly`` or ``writeOnly``, those of every branch included.

        Not the ones that a branch declares again, without the flag, and requires: a thing's ``type`` that its base reads only.
        """
        if flag not in self._flagged:
            found: set[str] = set()
            again: set[str] = set()
            for node in self._united():
                needed = node.get("required")
                for name in node.properties():
                    if self._set.has_flag(join(node.pointer, "properties", name), flag):
                        found.add(name)
                    elif isinstance(needed, list) and name in needed:
                        again.add(name)
            self._flagged[flag] = frozenset(found - again)
        return self._flagged[flag]

    def holds(self, flag: str) -> bool:
        """Whether a property here, or anywhere below, is flagged."""
        if flag not in self._holds:
            stack, seen, found = [self], {self.pointer}, False
            while stack and not found:
                node = stack.pop()
                found = bool(node.flagged(flag))
                items = node.child("items")
                below = [*node.all_properties().values(), *((items,) if items is not None else ())]
                stack.extend(child for child in below if child.pointer not in seen)
                seen.update(child.pointer for child in below)
            self._holds[flag] = found
        return self._holds[flag]

    def required(self) -> frozenset[str]:
        """Names of required properties, those from ``allOf`` included."""
        if self._required is None:
            found: set[str] = set()
            stack, seen = [self], set()
            while stack:
                node = stack.pop()
                if node.pointer in seen:
                    continue
                seen.add(node.pointer)
                names = node.get("required")
                found.update(name for name in names if isinstance(name, str)) if isinstance(names, list) else None
                stack.extend(node.branches("allOf"))
            self._required = frozenset(found)
        return self._required

    def _validator(self, direction: str) -> Any:
        """The compiled schema; ``None`` when it cannot be compiled. Each costs memory, so only those asked for are made."""
        found = self._validators.get(direction)
        if found is None and not self._problem:
            try:
                found = self._validators[direction] = self._set.validators.get(self.pointer, direction)
                self._problem = ""
            except (ValueError, jsonschema_rs.ReferencingError) as raised:
                self._problem = str(raised).partition("\n")[0] or type(raised).__name__
        return found

    def problem(self, *, direction: str = "any") -> str | None:
        """Why the schema cannot be compiled, or ``None`` when it can; ``direction`` is the one that it is wanted for."""
        if self._problem is None:
            self._validator(direction)
        return self._problem or None

    def errors(self, instance: Any, *, direction: str = "any") -> tuple[SchemaError, ...]:
        """What is wrong with a JSON value; nothing when the schema itself is broken (see ``problem``)."""
        validator = self._validator(direction)
        if validator is None:
            return ()
        try:
            if validator.is_valid(instance):
                return ()
            return tuple(
                self._set.validators.error(cause) for raised in validator.iter_errors(instance) for cause in deepest(raised)
            )
        except (ValueError, TypeError, OverflowError) as unusual:
            # A value that is not JSON (a lone surrogate, a huge number) cannot satisfy any schema.
            return (SchemaError(message=str(unusual), instance_pointer="", schema_pointer=self.pointer, keyword="json"),)

    def is_valid(self, instance: Any, *, direction: str = "any") -> bool:
        """Whether a JSON value satisfies the schema; true when the schema is broken (see ``problem``)."""
        validator = self._validators.get(direction) or self._validator(direction)
        if validator is None:
            return True
        try:
            return bool(validator.is_valid(instance))
        except (ValueError, TypeError, OverflowError):
            return False


def _reference(value: Mapping[str, Any]) -> str | None:
    for keyword in ("$ref", "$dynamicRef"):
        if isinstance(value.get(keyword), str):
            return str(value[keyword])
    return None


def _siblings(value: Mapping[str, Any]) -> bool:
    return any(key not in {"$ref", "$dynamicRef"} and key not in _ANNOTATIONS and not key.startswith("x-") for key in value)


def _tokens(fragment: str) -> tuple[str, ...]:
    return split(from_fragment(fragment))
