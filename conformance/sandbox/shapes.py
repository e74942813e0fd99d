"""The ways to satisfy a schema: ``allOf`` flattened, one branch of every union chosen, the likeliest choice first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from conformance.model.ports import Schema

NOTHING = object()
"""What a hint is when there is none."""

_OBJECT = ("properties", "required", "additionalProperties", "minProperties", "patternProperties", "propertyNames")
_ARRAY = ("items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems")
_STRING = ("pattern", "minLength", "maxLength", "format")
_NUMBER = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_COMPOSITE = frozenset({"allOf", "anyOf", "oneOf", "if", "$ref", "$dynamicRef"})
_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object", type(None): "null"}
_ANY = ("object", "string", "integer", "boolean", "array", "number", "null")
# What a schema may hold and still say nothing; an example says what is meant.
_ANNOTATIONS = frozenset({"title", "description", "summary", "deprecated", "readOnly", "writeOnly", "nullable", "externalDocs",
                          "xml", "$comment"})  # fmt: skip
_TELLING = ((re.compile(r"^(is|has|can)(_|[A-Z])"), "boolean"),
            (re.compile(r"(^|_)(id|at|url|uri|name|email|code)$|[a-z](Id|At|Url|Name)$"), "string"))  # fmt: skip
_NO_PLURAL = ("ss", "us", "is", "address", "https", "sms", "mms", "dns", "gps")
_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Schemas that must hold together, none of them with a choice left; ``forced`` are values that a discriminator asks for."""

    nodes: tuple[Schema, ...]
    forced: Mapping[str, Any] = field(default_factory=dict)

    def types(self) -> tuple[str, ...]:
        """The JSON types that all of the schemas allow, in the document's order; guessed when it does not say."""
        found: list[str] | None = None
        for node in self.nodes:
            declared = node.get("type")
            listed = [declared] if isinstance(declared, str) else [name for name in declared or () if isinstance(name, str)]
            if listed:
                found = listed if found is None else _both(found, listed)
        if found is not None:
            return tuple(found)
        return next((kind for kind in map(_implied, self.nodes) if kind), ())


def kinds(types: Sequence[str], hint: Any, name: str = "") -> list[str]:
    """The JSON types to try for a value, the likeliest first: the hint's own, what the name tells, then what is not null."""
    given, told = _KINDS.get(type(hint), ""), "" if types else _told(name)
    return sorted(types or _ANY, key=lambda kind: (kind != given, kind != told, kind == "null"))


def _told(name: str) -> str:
    """What a property of which nothing else is known most likely holds: one that is called by a plural, a list."""
    word = name.lower()
    if word.endswith("s") and not word.endswith(_NO_PLURAL):
        return "array"
    return next((kind for pattern, kind in _TELLING if pattern.search(name)), "")


def unsaid(nodes: Sequence[Schema]) -> bool:
    """Whether the document says nothing of a place: any value will do, and which one is meant is anybody's guess."""
    return bool(nodes) and all(map(_is_unsaid, nodes))


def _is_unsaid(node: Schema, depth: int = 0) -> bool:
    if not isinstance(node.value, Mapping):
        return node.value is True
    said = {keyword for keyword in node.value if keyword not in _ANNOTATIONS and not keyword.startswith("x-")}
    if depth > 2 or not said <= {"anyOf", "oneOf"}:
        return False
    # A union with a branch that takes everything says nothing either.
    return all(any(_is_unsaid(branch, depth + 1) for branch in node.branches(keyword)) for keyword in said)


def _both(one: list[str], other: list[str]) -> list[str]:
    kept = [name for name in one if name in other or (name == "integer" and "number" in other)]
    return kept + ["integer" for name in one if name == "number" and "integer" in other and "integer" not in kept]


def _implied(node: Schema) -> tuple[str, ...]:
    if not isinstance(node.value, Mapping):
        return ()
    for keywords, kind in ((_OBJECT, "object"), (_ARRAY, "array"), (_STRING, "string"), (_NUMBER, "number")):
        if any(keyword in node.value for keyword in keywords):
            return (kind,)
    return ()


@dataclass(slots=True)
class _Choice:
    options: list[tuple[tuple[Schema, ...], dict[str, Any]]]


def shapes(nodes: Sequence[Schema], hint: Any = NOTHING) -> Iterator[Shape]:
    """Every way to satisfy ``nodes`` together, up to a dozen; those that keep more of ``hint`` come first."""
    if not any(isinstance(node.value, dict) and not _COMPOSITE.isdisjoint(node.value) for node in nodes):
        yield Shape(nodes=tuple(nodes))
        return
    yield from islice(_expand(list(nodes), [], set(), {}, hint), _MOST)


def torn(nodes: Sequence[Schema], hint: Any) -> bool:
    """Whether what the hint says decides between several ways to satisfy the schemas."""
    kind = "object" if isinstance(hint, dict) else "array"
    return sum(kind in types or not types for types in (shape.types() for shape in shapes(nodes, hint))) > 1


def _expand(
    pending: list[Schema | _Choice], flat: list[Schema], seen: set[str], forced: dict[str, Any], hint: Any
) -> Iterator[Shape]:
    pending, flat, seen = list(pending), list(flat), set(seen)
    while pending:
        item = pending.pop(0)
        if isinstance(item, _Choice):
            for nodes, force in item.options:
                yield from _expand([*nodes, *pending], flat, seen, {**forced, **force}, hint)
            return
        if item.pointer in seen:
            continue
        seen.add(item.pointer)
        flat.append(item)
        if isinstance(item.value, Mapping):
            pending.extend(item.branches("allOf"))
            pending.extend(_choices(item, hint))
    yield Shape(nodes=tuple(flat), forced=forced)


def _choices(node: Schema, hint: Any) -> Iterator[_Choice]:
    for keyword in ("oneOf", "anyOf"):
        branches = node.branches(keyword) if node.get(keyword) else ()
        if branches:
            keys = _discriminator(node, branches)
            ordered = sorted(enumerate(branches), key=lambda pair: (_rank(pair[1], keys[pair[0]], hint), pair[0]))
            yield _Choice([((branch,), keys[index]) for index, branch in ordered])
    if node.get("if") is not None:
        condition, then, otherwise = node.child("if"), node.child("then"), node.child("else")
        yes = tuple(child for child in (condition, then) if child is not None)
        yield _Choice([(yes, {}), ((otherwise,) if otherwise is not None else (), {})])


def _discriminator(node: Schema, branches: Sequence[Schema]) -> list[dict[str, Any]]:
    """For each branch, the property and value that name it (OpenAPI 3.1 section 4.8.25)."""
    declared = node.get("discriminator")
    name = declared.get("propertyName") if isinstance(declared, Mapping) else None
    if not isinstance(name, str):
        return [{} for _ in branches]
    mapping = declared.get("mapping")
    found = []
    for branch in branches:
        tail = branch.pointer.rpartition("/")[2]
        keys = [key for key, target in (mapping.items() if isinstance(mapping, Mapping) else ())
                if isinstance(target, str) and target.rpartition("/")[2] == tail]  # fmt: skip
        inside = branch.all_properties().get(name)
        tied = inside is not None and _is_tied(inside)
        found.append({name: keys[0]} if keys else {} if tied or "/components/schemas/" not in branch.pointer else {name: tail})
    return found


def _is_tied(node: Schema) -> bool:
    return node.get("enum") is not None or node.get("const") is not None


def _rank(branch: Schema, force: Mapping[str, Any], hint: Any) -> int:
    """Lower is likelier: what keeps the hint, then what has substance, then null."""
    types = branch.types()
    if _is_unsaid(branch) and hint is not None:
        return 60 if hint is NOTHING else 1
    if hint is not NOTHING and hint is not None:
        if isinstance(hint, Mapping):
            if any(name in hint and hint[name] != value for name, value in force.items()):
                return 90
            declared = branch.all_properties()
            lost = sum(name not in declared or not declared[name].is_valid(value) for name, value in hint.items())
            missing = sum(name not in hint for name in branch.required())
            # What a branch says of a kind counts for more than all that things of two kinds may have.
            tied = ((name, inside) for name, inside in declared.items() if name in hint and _is_tied(inside))
            other = any(not inside.is_valid(hint[name]) for name, inside in tied)
            return min(lost * 2 + missing, 40) + 41 * other if "object" in types or declared else 85
        return 0 if branch.is_valid(hint) else 50
    if hint is None:
        return 0 if "null" in types else 1
    return 70 if types == {"null"} else 0
