"""What the paths and schemas of a document say about its resources: collections, items, singletons, actions.

A path parameter is the id of a resource only when some operation lets a client learn the ids: one that
creates or lists. Every other path parameter (a country code, a file name) takes any value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope, envelope, is_object
from conformance.sandbox.identity import likely_id
from conformance.sandbox.overlay import NO_OVERLAY, Overlay
from conformance.sandbox.roles import Role
from conformance.spec.body import is_json
from conformance.spec.document import template_names

_TEMPLATE = re.compile(r"\{[^{}]*\}")
_COPIES = frozenset({"clone", "copy", "duplicate", "fork", "import", "purchase", "register"})
_LOOKS = frozenset({"search", "validate", "preview", "check", "lookup", "query", "test", "verify", "estimate", "calculate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A collection of things, or a singleton.

    ``shape`` is its path with every parameter written ``{}``. ``id_fields`` are the properties that hold the id.
    ``strict`` means that an unknown id is unknown; ``seeded`` that things are there before anybody creates one.
    ``family`` is shared by collections that show the same things.
    """

    shape: str
    family: str
    id_fields: tuple[str, ...] = ()
    id_schemas: tuple[Schema, ...] = ()
    strict: bool = False
    seeded: bool = False
    singleton: bool = False
    item: Schema | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How an operation is answered.

    ``parents`` are the resources whose ids must exist, by position among the path's parameters. ``scope`` is how many
    leading parameters choose the collection. ``sets`` is what becomes of the thing besides.
    """

    operation: Operation
    role: Role
    resource: Resource | None = None
    parents: tuple[tuple[int, Resource], ...] = ()
    scope: int = 0
    sets: Mapping[str, Any] = field(default_factory=dict)


def shape_of(path: str) -> str:
    """A path with its parameters unnamed, so that ``/a/{id}`` and ``/a/{a_id}`` are one."""
    return _TEMPLATE.sub("{}", path)


def success_envelope(operation: Operation) -> Envelope | None:
    """Where the thing is in the operation's first successful JSON answer."""
    for status, spec in operation.responses.items():
        if status.startswith("2") or status == "default":
            for media in spec.content.values():
                if media.schema is not None and is_json(media.name):
                    return envelope(media.schema, names=called(operation.path))
    return None


def called(path: str) -> tuple[str, ...]:
    """What the thing at a path may be called in a body."""
    words = [segment for segment in path.split("/") if segment and not segment.startswith("{")]
    last = words[-1] if words else ""
    return (last, last.removesuffix("s"), last.removesuffix("es"), last.removesuffix("ies") + "y")


def request_properties(operation: Operation) -> Mapping[str, Schema]:
    """The properties that the operation's body may have."""
    content = operation.request_body.content.values() if operation.request_body else ()
    return {name: child for media in content if media.schema is not None for name, child in media.schema.all_properties().items()}


class Resources:
    """The resources of a set of operations, and the plan of each."""

    def __init__(self, operations: Iterable[Operation], overlay: Overlay = NO_OVERLAY) -> None:
        self._overlay = overlay
        self._at: dict[str, dict[str, Operation]] = {}
        self._parameters: dict[str, dict[str, None]] = {}
        self._id_schemas: dict[str, dict[str, Schema]] = {}
        for operation in operations:
            self._at.setdefault(shape_of(operation.path), {}).setdefault(operation.method, operation)
            self._note_collections(operation)
        self._found: dict[str, Resource] = {}
        self._envelopes: dict[str, Envelope | None] = {}
        self._owners = self._creators()
        self._showing = self._shown()

    def _note_collections(self, operation: Operation) -> None:
        schemas = {parameter.name: parameter.content.schema if parameter.content else parameter.schema
                   for parameter in operation.parameters_in("path")}  # fmt: skip
        segments = operation.path.split("/")
        for index, segment in enumerate(segments):
            if _TEMPLATE.fullmatch(segment):
                shape, schema = shape_of("/".join(segments[:index])), schemas.get(segment[1:-1])
                self._parameters.setdefault(shape, {})[segment[1:-1]] = None
                if schema is not None:
                    self._id_schemas.setdefault(shape, {})[schema.pointer] = schema

    def envelope(self, operation: Operation | None) -> Envelope | None:
        """``success_envelope``, remembered."""
        if operation is None:
            return None
        if operation.label not in self._envelopes:
            self._envelopes[operation.label] = success_envelope(operation)
        return self._envelopes[operation.label]

    def _creators(self) -> dict[str, list[str]]:
        """Shapes of the collections that have a create, by the schema of what they create."""
        found: dict[str, list[str]] = {}
        for shape, methods in self._at.items():
            made = self.envelope(methods.get("post"))
            if made is not None and self.is_collection(shape) and made.item.pointer.startswith("/components/"):
                found.setdefault(made.item.pointer, []).append(shape)
        return found

    def _shown(self) -> dict[str, list[str]]:
        """Shapes of the collections at the top, by the schemas of what their lists and items show."""
        found: dict[str, list[str]] = {}
        for shape in self._parameters:
            if "{}" in shape:
                continue
            shown = (self.envelope(self._at.get(path, {}).get("get")) for path in (shape, shape + "/{}"))
            for pointer in {place.item.pointer for place in shown if place is not None}:
                if pointer.startswith("/components/"):
                    found.setdefault(pointer, []).append(shape)
        return found

    def is_collection(self, shape: str) -> bool:
        """Whether things live below a path: items by id, or a list."""
        if shape in self._parameters:
            return True
        listed = self.envelope(self._at.get(shape, {}).get("get"))
        return listed is not None and listed.many

    def collection(self, shape: str) -> Resource:
        """The collection at a shape."""
        if shape not in self._found:
            self._found[shape] = self._noted(self._collection(shape))
        return self._found[shape]

    def _noted(self, resource: Resource) -> Resource:
        note = self._overlay.collections.get(resource.shape)
        if note is None:
            return resource
        if note.same_as is not None and note.same_as != resource.shape:
            resource = replace(resource, family=self.collection(note.same_as).family, seeded=False)
        return replace(resource, id_fields=note.id, strict=True) if note.id else resource

    def _collection(self, shape: str) -> Resource:
        create, listing = self._at.get(shape, {}).get("post"), self._at.get(shape, {}).get("get")
        below = self._at.get(shape + "/{}", {})
        made, listed = self.envelope(create), self.envelope(listing)
        if listed is not None and not listed.many:
            listed = None
        read = next((self.envelope(below[method]) for method in ("get", "patch", "put", "post", "delete")
                     if method in below and self.envelope(below[method]) is not None), None)  # fmt: skip
        shown = listed or read or made
        fields = self._id_fields(shape, [found.item for found in (made, listed, read) if found is not None], create)
        learnable = any(field in found.item.all_properties() for found in (made, listed) if found is not None for field in fields)
        owners = self._owners.get(shown.item.pointer, []) if shown is not None else []
        joined = create is None and len(owners) == 1 and "{}" not in owners[0] and "{}" not in shape
        return Resource(
            shape=shape,
            family=owners[0] if joined else shape,
            id_fields=fields,
            id_schemas=tuple(self._id_schemas.get(shape, {}).values()),
            strict=learnable,
            seeded=create is None and listed is not None and not joined,
            item=shown.item if shown is not None else None,
        )

    def _id_fields(self, shape: str, items: list[Schema], create: Operation | None) -> tuple[str, ...]:
        properties: dict[str, Schema] = {}
        for item in items:
            for name, child in item.all_properties().items():
                properties.setdefault(name, child)
        properties = {name: child for name, child in properties.items() if not is_object(child)}
        names = tuple(self._parameters.get(shape, {}))
        given = request_properties(create) if create is not None else {}
        found = [name for name in names if name in properties or name in given]
        if "id" in properties:
            found.append("id")
        return tuple(dict.fromkeys(found)) or likely_id(names, shape, properties)

    def singleton(self, shape: str) -> Resource:
        """The one thing at a path."""
        shown = self.envelope(self._at.get(shape, {}).get("get"))
        return Resource(shape=shape, family=shape, singleton=True, item=shown.item if shown is not None else None)

    def plan(self, operation: Operation) -> Plan:
        """What the operation does."""
        shape, count = shape_of(operation.path), len(template_names(operation.path))
        role, resource, scope = self._role(operation, shape, count)
        parents = self._parents(operation.path)
        if role in _ITEM_ROLES.values() and resource is not None and not resource.singleton:
            # Whether the thing itself is there is for the operation to say: it may be the one that makes it.
            parents = tuple(parent for parent in parents if parent[0] != count - 1)
        return self._overlaid(Plan(operation=operation, role=role, resource=resource, parents=parents, scope=scope))

    def _overlaid(self, plan: Plan) -> Plan:
        note = self._overlay.operations.get(plan.operation.label)
        if note is None:
            return plan
        if note.does is not None:
            resource = self.collection(note.to) if note.to is not None else None
            scope = resource.shape.count("{}") if resource is not None else 0
            plan = replace(plan, role=note.does, resource=resource, scope=min(scope, len(template_names(plan.operation.path))))
        return replace(plan, sets=note.sets)

    def _role(self, operation: Operation, shape: str, count: int) -> tuple[Role, Resource | None, int]:
        method, shown = operation.method, self.envelope(operation)
        head, _, tail = shape.rpartition("/")
        if tail == "{}" and method in _ITEM_ROLES:
            return _ITEM_ROLES[method], self.collection(head), count - 1
        if self.is_collection(shape) and (method == "post" or (method == "get" and shown is not None and shown.many)):
            return (Role.CREATE if method == "post" else Role.LIST), self.collection(shape), count
        if shown is not None:
            above, made_for = self._above(operation.path), self._made_for(operation, shape, shown)
            if above is not None and shown.item.pointer == above[1].pointer and not shown.many:
                return (Role.CREATE if tail in _COPIES else Role.SHOW), above[0], above[2]
            if made_for is not None:
                return Role.CREATE, self.collection(made_for), 0
        if "get" in self._at.get(shape, {}) and method in _ITEM_ROLES and not self.is_collection(shape):
            return _ITEM_ROLES[method], self.singleton(shape), count
        return Role.CALL, None, count

    def _made_for(self, operation: Operation, shape: str, shown: Envelope) -> str | None:
        """The collection that an operation with a path of its own (``/campaign_builder``) makes things for."""
        if operation.method != "post" or "{}" in shape:
            return None
        shapes = self._showing.get(shown.item.pointer, [])
        words = set(re.split(r"[/_-]", shape.lower()))
        if len(shapes) != 1 or words & _LOOKS:
            return None
        return shapes[0] if "post" not in self._at.get(shapes[0], {}) or words & _COPIES else None

    def _above(self, path: str) -> tuple[Resource, Schema, int] | None:
        """The resource of the nearest item that a path goes through."""
        segments = path.split("/")
        for index in range(len(segments) - 2, 0, -1):
            if _TEMPLATE.fullmatch(segments[index]):
                resource = self.collection(shape_of("/".join(segments[:index])))
                before = len(template_names("/".join(segments[:index])))
                return (resource, resource.item, before) if resource.item is not None and resource.strict else None
        return None

    def _parents(self, path: str) -> tuple[tuple[int, Resource], ...]:
        segments, found, position = path.split("/"), [], 0
        for index, segment in enumerate(segments):
            names = template_names(segment)
            if names and _TEMPLATE.fullmatch(segment):
                resource = self.collection(shape_of("/".join(segments[:index])))
                if resource.strict:
                    found.append((position, resource))
            position += len(names)
        return tuple(found)


_ITEM_ROLES = {
    "get": Role.READ,
    "head": Role.READ,
    "put": Role.REPLACE,
    "patch": Role.UPDATE,
    "post": Role.UPDATE,
    "delete": Role.DELETE,
}
