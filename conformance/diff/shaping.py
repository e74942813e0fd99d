"""Shapes out of nodes: what a conjunction says together, keyword by keyword."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.diff.facets import inferred, scalars, without_effect
from conformance.diff.flat import UNIONS, Flat, Schemas, twice_denied
from conformance.diff.shape import ANYTHING, Condition, Node, Shape, Union, common_types, joined_types, type_of
from conformance.spec.document import Document
from conformance.spec.pointer import join

_FLAGS = ("readOnly", "writeOnly", "deprecated")
_BRANCHES = 200
_CHAIN = 8


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
        places = tuple(place for place, _ in flat.facets)
        shape = Shape(pointer=places[-1] if places else node.pointer, facets=places)
        _annotations(shape, flat)
        if not node.plain:
            _discriminator(shape, flat)
            self._heirs(shape, node)
        if flat.unions:
            united = self._united(node, flat, shape)
            if united is not None:
                return united
        scalars(shape, flat)
        self._objects(shape, flat)
        self._arrays(shape, flat)
        self._logic(shape, flat)
        if flat.false:
            shape.types = frozenset()
        if node.only:
            shape.types = common_types(shape.types, frozenset({node.only}))
        inferred(shape, flat)
        shape.null = not flat.false and self.schemas.node_null(node) and shape.null
        without_effect(shape)
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

    def _heirs(self, shape: Shape, node: Node) -> None:
        """What a discriminator leads to, where no union lists it: schemas that build on this one (3.1 section 4.8.25.2)."""
        pointer = node.pointer
        for _ in range(_CHAIN):
            schema = self.schemas.value(pointer)
            declared = schema.get("discriminator") if isinstance(schema, dict) else None
            mapping = declared.get("mapping") if isinstance(declared, dict) else None
            if isinstance(mapping, dict) and not any(word in schema for word in UNIONS):
                shape.notes["heirs"] = {str(value): self._mapped(pointer, str(name)) for value, name in mapping.items()}
                shape.at["heirs"] = join(pointer, "discriminator", "mapping")
                return
            target = self.schemas.target(pointer, schema) if isinstance(schema, dict) else None
            if target is None:
                return
            pointer = target

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
                self._contains(shape, pointer, schema)
            shape.unique = shape.unique or schema.get("uniqueItems") is True
        word = _rest_of(flat)
        if word == "unevaluatedItems":
            for pointer, schema in flat.facets:
                if isinstance(schema.get(word), (dict, bool)) and schema[word] not in (True, {}):
                    shape.items = Node((*shape.items.atoms, self.schemas.child(pointer, schema[word], word)))
                    shape.at.setdefault("items", join(pointer, word))
        longest = max(map(len, prefixes), default=0)
        shape.prefix = tuple(Node(tuple(listed[index] for listed in prefixes if index < len(listed))) for index in range(longest))
        for pointer, schema in flat.facets:
            if schema.get(word) is False:  # no more than the prefix, which is a limit
                _limit(shape.most, shape, ("maxItems", longest, join(pointer, word)))
                shape.items = Node(tuple(atom for atom in shape.items.atoms if atom != join(pointer, word)))

    def _contains(self, shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
        least = _whole(schema.get("minContains"), 1)
        if schema["contains"] in (True, {}):  # any item is one of the kind, so that it is their number that counts
            _limit(
                shape.least, shape, ("minItems", least, join(pointer, "minContains" if "minContains" in schema else "contains"))
            )
            if "maxContains" in schema:
                _limit(shape.most, shape, ("maxItems", _whole(schema["maxContains"], 1), join(pointer, "maxContains")))
        elif least > 0 or "maxContains" in schema:
            shape.contains = Node((self.schemas.child(pointer, schema["contains"], "contains"),))
            shape.at.setdefault("contains", join(pointer, "contains"))
            shape.least["minContains"] = least
            if "maxContains" in schema:
                shape.most["maxContains"] = _whole(schema["maxContains"], 1)

    def _logic(self, shape: Shape, flat: Flat) -> None:
        nots, conditions = [], []
        for pointer, schema in flat.facets:
            if isinstance(schema.get("not"), (dict, bool)) and schema["not"] is not False and not twice_denied(schema):
                denied = self.schemas.child(pointer, schema["not"], "not")
                if not self.schemas.only_null(denied) and schema["not"] not in (True, {}):  # else said by what is taken at all
                    nots.append(Node((denied,)))
                    shape.at.setdefault("not", join(pointer, "not"))
            if "if" in schema and ("then" in schema or "else" in schema) and schema["if"] not in (True, False, {}):
                when, then, otherwise = (Node((self.schemas.child(pointer, schema[word], word),)) if word in schema else ANYTHING
                                         for word in ("if", "then", "else"))  # fmt: skip
                conditions.append(Condition(when=when, then=then, otherwise=otherwise))
                shape.at.setdefault("if", join(pointer, "if"))
            for name, held in _map(schema, "dependentSchemas").items():
                if isinstance(held, dict) and held.keys() == {"required"}:
                    continue  # said by what is required
                then = Node((self.schemas.child(pointer, held, "dependentSchemas", name),))
                conditions.append(Condition(name=str(name), then=then))
                shape.at.setdefault("if", join(pointer, "dependentSchemas"))
        shape.nots, shape.conditions = tuple(nots), tuple(conditions)


def _map(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    held = schema.get(keyword)
    return held if isinstance(held, dict) else {}


def _rest_of(flat: Flat) -> str:
    """The keyword that speaks of the items after the prefix: nothing is unevaluated where others speak of all."""
    keywords = {keyword for _, schema in flat.facets for keyword in schema}
    return "items" if keywords & {"items", "contains"} else "unevaluatedItems"


def _requires(shape: Shape, pointer: str, schema: Mapping[str, Any]) -> None:
    required = schema.get("required")
    for name in required if isinstance(required, list) else ():
        shape.required.setdefault(str(name), join(pointer, "required"))
    for name, needs in _map(schema, "dependentRequired").items():
        shape.dependent |= {(str(name), str(need)) for need in (needs if isinstance(needs, list) else ())}
        shape.at.setdefault("dependentRequired", join(pointer, "dependentRequired"))
    for name, held in _map(schema, "dependentSchemas").items():
        if isinstance(held, dict) and isinstance(held.get("required"), list):
            shape.dependent |= {(str(name), str(need)) for need in held["required"]}
            shape.at.setdefault("dependentRequired", join(pointer, "dependentSchemas"))


def _annotations(shape: Shape, flat: Flat) -> None:
    for pointer, schema in flat.facets:
        for flag in _FLAGS:
            if schema.get(flag) is True and flag not in shape.notes:
                shape.notes[flag], shape.at[flag] = True, join(pointer, flag)
        for keyword in ("default", "x-sunset", "xml"):
            if keyword in schema and keyword not in shape.notes:
                shape.notes[keyword], shape.at[keyword] = schema[keyword], join(pointer, keyword)


def _discriminator(shape: Shape, flat: Flat) -> None:
    """The discriminator of a schema that others build on with ``allOf``."""
    for pointer, schema in flat.facets:
        declared = schema.get("discriminator")
        if isinstance(declared, dict) and isinstance(declared.get("propertyName"), str):
            shape.notes["discriminator"] = declared["propertyName"]
            shape.at["discriminator"] = join(pointer, "discriminator")


def _limit(held: dict[str, int], shape: Shape, said: tuple[str, int, str]) -> None:
    """A limit that another keyword comes down to; the tighter one holds."""
    keyword, value, pointer = said
    better = max if held is shape.least else min
    if (held is shape.most or value > 0) and (keyword not in held or better(held[keyword], value) != held[keyword]):
        held[keyword], shape.at[keyword] = value, pointer


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _with_notes(made: Shape, outer: Shape, null: bool) -> Shape:
    """The only branch of a union, with what stands beside the union."""
    values = {name: getattr(made, name) for name in Shape.__slots__}
    return Shape(**{**values, "null": null, "notes": {**made.notes, **outer.notes}, "at": {**made.at, **outer.at}})


def _bare_enum(shape: Shape) -> bool:
    return bool(shape.enum) and not (shape.patterns or shape.lower or shape.upper or shape.properties or shape.nots)
