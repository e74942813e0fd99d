"""Shapes out of nodes: what a conjunction says together, keyword by keyword."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from conformance.diff.flat import Flat, Schemas, constants
from conformance.diff.shape import ANYTHING, BYTES, TYPES, Bound, Node, Shape, Union, common_types, joined_types, type_of
from conformance.spec.document import Document
from conformance.spec.pointer import join

_OBJECT = ("properties", "additionalProperties", "patternProperties", "required")
_ARRAY = ("items", "prefixItems")
_TEXT = ("contentEncoding", "contentMediaType")
_LEAST = {"minLength": "string", "minItems": "array", "minProperties": "object"}
_MOST = {"maxLength": "string", "maxItems": "array", "maxProperties": "object"}
_LIMITS = frozenset({*_LEAST, *_MOST, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_FLAGS = ("readOnly", "writeOnly", "deprecated")
_BRANCHES = 200
_SILENT = frozenset({"password", "string", "int", "integer", "number", "text"})
"""Formats that say nothing of the values."""
_ALIASES = {"url": "uri", "datetime": "date-time", "guid": "uuid"}
_CONTENTS = {"byte": ("base64", ""), "binary": BYTES}
"""Formats of 3.0 that 3.1 writes as ``contentEncoding`` and ``contentMediaType``."""


class Shapes:
    """The shapes of one document, made once each."""

    def __init__(self, document: Document) -> None:
        self.schemas = Schemas(document)
        self._made: dict[Node, Shape] = {}
        self._open: set[Node] = set()

    def shape(self, node: Node) -> Shape:
        """What a node says."""
        made = self._made.get(node)
        if made is not None:
            return made
        if node in self._open:  # a union that is a branch of itself
            return Shape(pointer=node.pointer)
        self._open.add(node)
        try:
            made = self._made[node] = self._make(node)
        finally:
            self._open.discard(node)
        return made

    def _make(self, node: Node) -> Shape:
        flat = self.schemas.flat(node)
        shape = Shape(pointer=flat.facets[-1][0] if flat.facets else node.pointer)
        _annotations(shape, flat)
        if flat.unions:
            united = self._united(node, flat, shape)
            if united is not None:
                return united
        _scalars(shape, flat)
        self._objects(shape, flat)
        self._arrays(shape, flat)
        self._logic(shape, flat)
        if flat.false:
            shape.types = frozenset()
        if node.only:
            shape.types = common_types(shape.types, frozenset({node.only}))
        _inferred(shape, flat)
        shape.null = not flat.false and self.schemas.node_null(node) and shape.null
        _without_effect(shape)
        return shape

    def _united(self, node: Node, flat: Flat, shape: Shape) -> Shape | None:
        """The shape of a union: everything else is moved into the branches."""
        (pointer, holder), *others = flat.unions
        base = tuple("!" + place for place, _ in flat.facets) + tuple("?" + place for place, _ in others)
        written = [Node((*base, atom), True) for atom in self.schemas.branches(pointer)]
        branches: dict[Node, None] = {}
        for branch in written:
            made = self.shape(branch)
            inner = made.union.branches if made.union is not None else (branch,)
            for part in inner:
                if not self.shape(part).never and len(branches) < _BRANCHES:
                    branches[part] = None
        null = self.schemas.node_null(node)
        if not branches:
            shape.types, shape.null = frozenset(), null
            return shape
        shapes = [self.shape(branch) for branch in branches]
        if len(shapes) == 1:
            return _with_notes(shapes[0], shape, null)
        if all(_bare_enum(made) for made in shapes):
            shape.enum = {key: value for made in shapes for key, value in (made.enum or {}).items()}
            shape.types = joined_types(frozenset(type_of(value) for value in shape.enum.values()))
            shape.null, shape.at["enum"], shape.formats = null, pointer, frozenset.intersection(*(m.formats for m in shapes))
            return shape
        shape.types = joined_types(frozenset().union(*(made.types for made in shapes)))
        shape.null = null
        shape.union = self._union(tuple(branches), pointer, holder)
        return shape

    def _union(self, branches: tuple[Node, ...], pointer: str, holder: Mapping[str, Any]) -> Union:
        union = Union(branches=branches, exclusive=pointer.endswith("/oneOf"), pointer=pointer)
        declared = holder.get("discriminator")
        if isinstance(declared, dict) and isinstance(declared.get("propertyName"), str):
            union.property = declared["propertyName"]
            mapping = declared.get("mapping")
            union.mapping = {
                str(value): self._mapped(pointer, str(name))
                for value, name in (mapping if isinstance(mapping, dict) else {}).items()
            }
        return union

    def _mapped(self, pointer: str, name: str) -> str:
        """The pointer of what a mapping names: by reference, or by the name of a component."""
        reference = name if "#" in name or "/" in name else join("#/components/schemas", name)
        return self.schemas.target(pointer, {"$ref": reference}) or name

    def _objects(self, shape: Shape, flat: Flat) -> None:
        own: list[tuple[str, Mapping[str, Any], str | None]] = []
        rest: list[str] = []
        for pointer, schema in flat.facets:
            closing = None
            for keyword in ("additionalProperties", "unevaluatedProperties"):
                if isinstance(schema.get(keyword), (dict, bool)) and schema[keyword] not in (True, {}):
                    atom = self.schemas.child(pointer, schema[keyword], keyword)
                    rest.append(atom)
                    shape.at.setdefault("additionalProperties", atom)
                    closing = atom if keyword == "additionalProperties" else closing
            own.append((pointer, schema, closing))
            _requires(shape, pointer, schema)
            if isinstance(schema.get("propertyNames"), (dict, bool)):
                shape.names = Node((*shape.names.atoms, self.schemas.child(pointer, schema["propertyNames"], "propertyNames")))
        names = dict.fromkeys(str(name) for _, schema, _ in own for name in _map(schema, "properties"))
        shape.properties = {name: self._member(name, "properties", own) for name in names}
        named = dict.fromkeys(str(name) for _, schema, _ in own for name in _map(schema, "patternProperties"))
        shape.named = {name: self._member(name, "patternProperties", own) for name in named}
        shape.additional = Node(tuple(rest))

    def _member(self, name: str, keyword: str, own: list[tuple[str, Mapping[str, Any], str | None]]) -> Node:
        """What all say of one property: those that do not name it by what they say of others."""
        atoms = []
        for pointer, schema, closing in own:
            held = _map(schema, keyword)
            if name in held:
                atoms.append(self.schemas.child(pointer, held[name], keyword, name))
            elif closing is not None and not _map(schema, "patternProperties"):
                atoms.insert(0, closing)
        return Node(tuple(atoms))

    def _arrays(self, shape: Shape, flat: Flat) -> None:
        prefixes: list[list[str]] = []
        for pointer, schema in flat.facets:
            if isinstance(schema.get("items"), (dict, bool)) and schema["items"] not in (True, {}):
                shape.items = Node((*shape.items.atoms, self.schemas.child(pointer, schema["items"], "items")))
                shape.at.setdefault("items", join(pointer, "items"))
            if isinstance(schema.get("prefixItems"), list):
                prefixes.append([self.schemas.child(pointer, item, "prefixItems", index)
                                 for index, item in enumerate(schema["prefixItems"])])  # fmt: skip
                shape.at.setdefault("prefixItems", join(pointer, "prefixItems"))
            if isinstance(schema.get("contains"), (dict, bool)):
                shape.contains = Node((self.schemas.child(pointer, schema["contains"], "contains"),))
                shape.at.setdefault("contains", join(pointer, "contains"))
                shape.least["minContains"] = schema.get("minContains", 1)
                if "maxContains" in schema:
                    shape.most["maxContains"] = schema["maxContains"]
            shape.unique = shape.unique or schema.get("uniqueItems") is True
        longest = max(map(len, prefixes), default=0)
        shape.prefix = tuple(Node(tuple(listed[index] for listed in prefixes if index < len(listed))) for index in range(longest))

    def _logic(self, shape: Shape, flat: Flat) -> None:
        nots, conditions = [], []
        for pointer, schema in flat.facets:
            if isinstance(schema.get("not"), (dict, bool)) and schema["not"] is not False:
                nots.append(Node((self.schemas.child(pointer, schema["not"], "not"),)))
                shape.at.setdefault("not", join(pointer, "not"))
            if "if" in schema and ("then" in schema or "else" in schema):
                parts = [Node((self.schemas.child(pointer, schema[word], word),)) if word in schema else None
                         for word in ("if", "then", "else")]  # fmt: skip
                conditions.append((parts[0], parts[1], parts[2]))
                shape.at.setdefault("if", join(pointer, "if"))
            for name, held in _map(schema, "dependentSchemas").items():
                conditions.append((None, Node((self.schemas.child(pointer, held, "dependentSchemas", name),)), None))
                shape.at.setdefault("if", join(pointer, "dependentSchemas"))
        shape.nots, shape.conditions = tuple(nots), tuple(conditions)


def _map(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    held = schema.get(keyword)
    return held if isinstance(held, dict) else {}


def _requires(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    required = schema.get("required")
    for name in required if isinstance(required, list) else ():
        shape.required.setdefault(str(name), join(pointer, "required"))
    for name, needs in _map(schema, "dependentRequired").items():
        shape.dependent |= {(str(name), str(need)) for need in (needs if isinstance(needs, list) else ())}
        shape.at.setdefault("dependentRequired", join(pointer, "dependentRequired"))


def _annotations(shape: Shape, flat: Flat) -> None:
    for pointer, schema in flat.facets:
        for flag in _FLAGS:
            if schema.get(flag) is True and flag not in shape.notes:
                shape.notes[flag], shape.at[flag] = True, join(pointer, flag)
        for keyword in ("default", "x-sunset"):
            if keyword in schema and keyword not in shape.notes:
                shape.notes[keyword], shape.at[keyword] = schema[keyword], join(pointer, keyword)


def _with_notes(made: Shape, outer: Shape, null: bool) -> Shape:
    """The only branch of a union, with what stands beside the union."""
    values = {name: getattr(made, name) for name in Shape.__slots__}
    return Shape(**{**values, "null": null, "notes": {**made.notes, **outer.notes}, "at": {**made.at, **outer.at}})


def _bare_enum(shape: Shape) -> bool:
    return bool(shape.enum) and not (shape.patterns or shape.lower or shape.upper or shape.properties or shape.nots)


def _scalars(shape: Shape, flat: Flat) -> None:
    types = TYPES
    for pointer, schema in flat.facets:
        if "type" in schema:
            listed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            types = common_types(types, frozenset(str(name) for name in listed) - {"null"})
            shape.at["type"] = join(pointer, "type")
        _listed(shape, pointer, schema)
        if not _LIMITS.isdisjoint(schema):
            _bounds(shape, pointer, schema)
            _sizes(shape, pointer, schema)
        _texts(shape, pointer, schema)
    shape.types = joined_types(types)


def _listed(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    values = constants(schema)
    if values is None:
        return
    shape.enum = values if shape.enum is None else {key: value for key, value in shape.enum.items() if key in values}
    shape.at.setdefault("enum", join(pointer, "enum" if "enum" in schema else "const"))


def _bounds(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    for keyword, excluded in (("minimum", False), ("exclusiveMinimum", True)):
        bound = _bound(schema, keyword, pointer, excluded=excluded)
        if bound is not None and (shape.lower is None or bound[:2] > shape.lower[:2]):
            shape.lower = bound
    for keyword, excluded in (("maximum", False), ("exclusiveMaximum", True)):
        bound = _bound(schema, keyword, pointer, excluded=excluded)
        if bound is not None and (shape.upper is None or (bound[0], not excluded) < (shape.upper[0], not shape.upper[1])):
            shape.upper = bound
    multiple = schema.get("multipleOf")
    if isinstance(multiple, (int, float)) and not isinstance(multiple, bool):
        shape.multiples |= {multiple}
        shape.at.setdefault("multipleOf", join(pointer, "multipleOf"))


def _bound(schema: Mapping[str, Any], keyword: str, pointer: str, *, excluded: bool) -> Bound | None:
    value = schema.get(keyword)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value, excluded, join(pointer, keyword)


def _sizes(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    for keywords, held, better in ((_LEAST, shape.least, max), (_MOST, shape.most, min)):
        for keyword in keywords:
            value = schema.get(keyword)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and not (held is shape.least and value <= 0):
                held[keyword] = better(int(value), held.get(keyword, int(value)))
                shape.at[keyword] = join(pointer, keyword)


def _texts(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    if isinstance(schema.get("pattern"), str):
        shape.patterns |= {schema["pattern"]}
        shape.at.setdefault("pattern", join(pointer, "pattern"))
    named = schema.get("format")
    if named in _CONTENTS:
        shape.contents |= {_CONTENTS[named]}
        shape.at.setdefault("contentEncoding", join(pointer, "format"))
    elif isinstance(named, str) and named not in _SILENT:
        shape.formats |= {_ALIASES.get(named, named)}
        shape.at.setdefault("format", join(pointer, "format"))
    coding, media = schema.get("contentEncoding"), schema.get("contentMediaType")
    if isinstance(coding, str) or isinstance(media, str):
        shape.contents |= {(str(coding or ""), str(media or ""))}
        shape.at.setdefault("contentEncoding", join(pointer, "contentEncoding" if coding else "contentMediaType"))


def _inferred(shape: Shape, flat: Flat) -> None:
    """Where no type is said, the keywords tell which one is meant; null is then meant only where ``nullable`` says so."""
    if shape.enum is not None:
        listed = frozenset(type_of(value) for value in shape.enum.values())
        shape.enum = {key: value for key, value in shape.enum.items() if common_types(frozenset({type_of(value)}), shape.types)}
        shape.types = joined_types(common_types(shape.types, listed))
        if shape.types == {"boolean"} and len(shape.enum) == 2:
            shape.enum = None
        return
    if "type" in shape.at or shape.types != TYPES:
        return
    keywords = {keyword for _, schema in flat.facets for keyword in schema}
    meant = {name for name, words in (("object", _OBJECT), ("array", _ARRAY), ("string", _TEXT)) if keywords & set(words)}
    if len(meant) == 1:
        shape.types = frozenset(meant)
        shape.null = any(schema.get("nullable") is True for _, schema in flat.facets)


def _without_effect(shape: Shape) -> None:
    """Keywords that say nothing of the types that are left are dropped, and limits of integers are said in one way."""
    types = shape.types
    if not types & {"number", "integer"}:
        shape.lower = shape.upper = None
        shape.multiples = frozenset()
    if shape.integral:
        shape.lower = _whole(shape.lower, 1)
        shape.upper = _whole(shape.upper, -1)
        shape.multiples -= {1}
    for held, keywords in ((shape.least, _LEAST), (shape.most, _MOST)):
        for keyword in [keyword for keyword in held if keyword in keywords and keywords[keyword] not in types]:
            del held[keyword]
    if "string" not in types:
        shape.patterns, shape.contents = frozenset(), frozenset()
    if "object" not in types:
        shape.properties, shape.required, shape.named = {}, {}, {}
        shape.additional = shape.names = ANYTHING
        shape.dependent = frozenset()
    if "array" not in types:
        shape.items, shape.prefix, shape.contains, shape.unique = ANYTHING, (), None, False
        for held, keyword in ((shape.least, "minContains"), (shape.most, "maxContains")):
            held.pop(keyword, None)
    if shape.enum is not None and len(shape.enum) > 0 and types <= {"string"}:
        shape.least.pop("minLength", None)
        shape.most.pop("maxLength", None)


def _whole(bound: Bound | None, step: int) -> Bound | None:
    if bound is None or not math.isfinite(bound[0]):
        return bound
    value, excluded, pointer = bound
    nearest = math.ceil(value) if step > 0 else math.floor(value)
    return (nearest + step if excluded and nearest == value else nearest), False, pointer
