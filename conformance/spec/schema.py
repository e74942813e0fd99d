"""Schemas that navigate and validate, with references followed and validators compiled once.

A ``SchemaNode`` stands for the place its references lead to. A reference with siblings (allowed since
3.1) is one node whose ``allOf`` holds the target, which is what JSON Schema says it means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from conformance.model.ports import SchemaError
from conformance.spec.formats import FORMATS
from conformance.spec.places import Place, schemas
from conformance.spec.pointer import follow, from_fragment, from_parts, join, split

BASE = "urn:conformance:document"
_ANNOTATIONS = frozenset({"description", "summary", "title", "deprecated", "example", "examples", "default",
                          "readOnly", "writeOnly", "$comment", "externalDocs", "xml", "nullable"})  # fmt: skip
_DIRECTION_FLAG = {"request": "readOnly", "response": "writeOnly"}


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
        self._written = written
        self._schemas: list[Place] | None = None
        self._judged: dict[str, Any] | None = None
        self._registries: dict[str, Any] = {}
        self._nodes: dict[str, SchemaNode] = {}
        self._anchors: dict[str, str] | None = None

    def resolve(self, reference: str, pointer: str) -> str:
        """The pointer that an internal reference at ``pointer`` leads to.

        Raises:
            UnresolvableReference: when it leads nowhere, or out of the document.
        """
        _, hash_mark, fragment = reference.partition("#")
        if reference.startswith("#") and (not fragment or fragment.startswith("/")):
            target = from_parts(token for token in _tokens(fragment))
            try:
                follow(self.tree, target)
            except (LookupError, TypeError):
                raise UnresolvableReference(reference=reference, pointer=pointer) from None
            return target
        found = self._named().get(reference.removesuffix("#") if hash_mark else reference)
        if found is None:
            raise UnresolvableReference(reference=reference, pointer=pointer)
        return found

    def _named(self) -> dict[str, str]:
        """Pointers by ``#anchor`` and by ``$id``."""
        if self._anchors is None:
            self._anchors = {}
            for place in self._all():
                if isinstance(place.value, dict):
                    for keyword in ("$anchor", "$dynamicAnchor"):
                        if isinstance(place.value.get(keyword), str):
                            self._anchors[f"#{place.value[keyword]}"] = place.pointer
                    if isinstance(place.value.get("$id"), str):
                        self._anchors[place.value["$id"].removesuffix("#")] = place.pointer
        return self._anchors

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
        node = self._nodes.get(seen[-1]) or SchemaNode(self, seen[-1], value)
        for place in seen:
            self._nodes[place] = node
        return node

    def validator(self, pointer: str, direction: str) -> Any:
        """A compiled validator for the schema at ``pointer``."""
        reference = f"{BASE}#{quote(pointer, safe='/~')}"
        return jsonschema_rs.Draft202012Validator(
            {"$ref": reference}, registry=self._registry(direction), validate_formats=True, formats=FORMATS
        )

    def _registry(self, direction: str) -> Any:
        if direction not in self._registries:
            flag = _DIRECTION_FLAG.get(direction)
            tree = self._without_required(flag) if flag else self._compilable()
            if tree is self._compilable() and direction != "any":
                self._registries[direction] = self._registry("any")
            else:
                self._registries[direction] = jsonschema_rs.Registry([(BASE, tree)], draft=jsonschema_rs.Draft202012)
        return self._registries[direction]

    def _all(self) -> list[Place]:
        if self._schemas is None:
            self._schemas = schemas(self.tree)
        return self._schemas

    def _compilable(self) -> dict[str, Any]:
        """The tree without the patterns that the validator cannot compile, so that each costs its own promise alone.

        Some of them are wrong, and the linter says so; others are ECMA-262 that the validator does not know.
        """
        if self._judged is None:
            self._judged = self.tree
            for place in self._all():
                pointer, schema = place.pointer, place.value
                if not isinstance(schema, dict):
                    continue
                if isinstance(schema.get("pattern"), str) and not _compiles(schema["pattern"]):
                    self._judged = _replaced(self._judged, (*_tokens(pointer), "pattern"), ".*")
                named = schema.get("patternProperties")
                if isinstance(named, dict) and not all(_compiles(pattern) for pattern in named):
                    kept = {pattern: value for pattern, value in named.items() if _compiles(pattern)}
                    self._judged = _replaced(self._judged, (*_tokens(pointer), "patternProperties"), kept)
        return self._judged

    def _without_required(self, flag: str) -> dict[str, Any]:
        """The tree with properties flagged for the other direction no longer required (OpenAPI 4.8.24)."""
        tree = self._compilable()
        for place in self._all():
            pointer, schema = place.pointer, place.value
            if not isinstance(schema, dict) or not isinstance(schema.get("required"), list):
                continue
            if not isinstance(schema.get("properties"), dict):
                continue
            exempt = {name for name in schema["required"] if self._flagged(join(pointer, "properties"), name, flag)}
            if exempt:
                kept = [name for name in schema["required"] if name not in exempt]
                tree = _replaced(tree, (*_tokens(pointer), "required"), kept)
        return tree

    def _flagged(self, properties: str, name: Any, flag: str) -> bool:
        place = join(properties, name)
        try:
            # Beside a reference the flag speaks of the property, and behind it of the target: both count.
            written = follow(self.tree, place)
            return (isinstance(written, dict) and written.get(flag) is True) or self.node(place).get(flag) is True
        except (LookupError, TypeError):
            return False

    def error(self, raised: Any) -> SchemaError:
        """A validator's error at its deepest cause, in our terms."""
        location = raised.absolute_keyword_location or ""
        pointer = self._written(from_parts(_tokens(location.partition("#")[2])))
        return SchemaError(
            message=raised.message,
            instance_pointer=from_parts(raised.instance_path),
            schema_pointer=pointer,
            keyword=str(raised.kind.name),
        )


class SchemaNode:
    """A schema of the document; see ``model.ports.Schema``."""

    __slots__ = ("_all_properties", "_problem", "_properties", "_required", "_set", "_validators", "pointer", "value")

    def __init__(self, owner: SchemaSet, pointer: str, value: Any) -> None:
        self._set = owner
        self.pointer = pointer
        self.value: Mapping[str, Any] | bool = value if isinstance(value, (dict, bool)) else {}
        self._properties: dict[str, SchemaNode] | None = None
        self._all_properties: dict[str, SchemaNode] | None = None
        self._required: frozenset[str] | None = None
        self._validators: dict[str, Any] = {}
        self._problem: str | None = None

    def __repr__(self) -> str:
        return f"SchemaNode({self.pointer!r})"

    def get(self, keyword: str, default: Any = None) -> Any:
        """A keyword that holds no schema."""
        return self.value.get(keyword, default) if isinstance(self.value, Mapping) else default

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
        found = []
        reference = _reference(self.value) if isinstance(self.value, Mapping) else None
        if keyword == "allOf" and reference is not None:
            with suppress(LookupError):
                found.append(self._set.node(self._set.resolve(reference, self.pointer)))
        listed = self.get(keyword)
        for index in range(len(listed) if isinstance(listed, list) else 0):
            node = self.child(keyword, index)
            if node is not None:
                found.append(node)
        return tuple(found)

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
            stack, seen = [self], set()
            while stack:
                node = stack.pop(0)
                if node.pointer in seen:
                    continue
                seen.add(node.pointer)
                for name, child in node.properties().items():
                    found.setdefault(name, child)
                for keyword in ("allOf", "anyOf", "oneOf"):
                    stack.extend(node.branches(keyword))
            self._all_properties = found
        return self._all_properties

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
        if direction not in self._validators:
            self._validators[direction] = self._set.validator(self.pointer, direction)
        return self._validators[direction]

    def problem(self) -> str | None:
        """Why the schema cannot be compiled, or ``None`` when it can."""
        if self._problem is None:
            try:
                self._validator("any")
                self._problem = ""
            except (ValueError, jsonschema_rs.ReferencingError) as raised:
                self._problem = str(raised).partition("\n")[0] or type(raised).__name__
        return self._problem or None

    def errors(self, instance: Any, *, direction: str = "any") -> tuple[SchemaError, ...]:
        """What is wrong with a JSON value; nothing when the schema itself is broken (see ``problem``)."""
        if self.problem() is not None:
            return ()
        validator = self._validator(direction)
        try:
            if validator.is_valid(instance):
                return ()
            return tuple(self._set.error(cause) for raised in validator.iter_errors(instance) for cause in _deepest(raised))
        except (ValueError, TypeError, OverflowError) as unusual:
            # A value that is not JSON (a lone surrogate, a huge number) cannot satisfy any schema.
            return (SchemaError(message=str(unusual), instance_pointer="", schema_pointer=self.pointer, keyword="json"),)

    def is_valid(self, instance: Any, *, direction: str = "any") -> bool:
        """Whether a JSON value satisfies the schema; true when the schema is broken (see ``problem``)."""
        if self.problem() is not None:
            return True
        try:
            return bool(self._validator(direction).is_valid(instance))
        except (ValueError, TypeError, OverflowError):
            return False


@cache
def _compiles(pattern: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def _deepest(raised: Any) -> list[Any]:
    """The causes inside a union: those of the branch that came furthest, when one clearly did."""
    context = getattr(raised.kind, "context", None)
    if not context or raised.kind.name not in {"anyOf", "oneOf"}:
        return [raised]
    failing = [branch for branch in context if branch]
    if not failing or len(failing) < len(context):
        return [raised]
    # A branch of the wrong type fails at the union itself; one that failed inside was meant.
    base = len(raised.instance_path)
    meant = [
        branch for branch in failing if all(len(error.instance_path) > base or error.kind.name != "type" for error in branch)
    ]
    if len(meant) != 1:
        return [raised]
    return [cause for error in meant[0] for cause in _deepest(error)]


def _reference(value: Mapping[str, Any]) -> str | None:
    for keyword in ("$ref", "$dynamicRef"):
        if isinstance(value.get(keyword), str):
            return str(value[keyword])
    return None


def _siblings(value: Mapping[str, Any]) -> bool:
    return any(key not in {"$ref", "$dynamicRef"} and key not in _ANNOTATIONS and not key.startswith("x-") for key in value)


def _tokens(fragment: str) -> tuple[str, ...]:
    return split(from_fragment(fragment))


def _replaced(tree: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of ``tree`` with one place replaced; what is not on the way is shared."""
    if not path:
        return value
    if isinstance(tree, list):
        index = int(path[0])
        return [*tree[:index], _replaced(tree[index], path[1:], value), *tree[index + 1 :]]
    return {**tree, path[0]: _replaced(tree[path[0]], path[1:], value)}
