"""What the paths and schemas of a document say about its resources: collections, items, singletons, actions.

A path parameter is the id of a resource only when some operation lets a client learn the ids: one that
creates or lists. Every other path parameter (a country code, a file name) takes any value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope, folded, is_object
from conformance.sandbox.identity import likely_id, own_ids
from conformance.sandbox.joins import Joins
from conformance.sandbox.lifecycle import verb_of
from conformance.sandbox.likeness import single
from conformance.sandbox.overlay import NO_OVERLAY, Overlay
from conformance.sandbox.plans import (
    TEMPLATE,
    Plan,
    Resource,
    called,
    list_bodies,
    plain_path,
    request_properties,
    required_properties,
    shape_of,
    success_envelope,
)
from conformance.sandbox.roles import Role
from conformance.sandbox.totals import usual_words
from conformance.spec.document import template_names

__all__ = ["Plan", "Resource", "Resources", "called", "request_properties", "shape_of", "success_envelope"]

_COPIES = frozenset({"clone", "copy", "duplicate", "fork", "import", "purchase", "register"})
_LOOKS = frozenset({"search", "validate", "preview", "check", "lookup", "query", "test", "verify", "estimate", "calculate"})


def _told(schema: Schema) -> str:
    """What a schema says: the same for two of them that are written alike, as path parameters often are."""
    text = repr(schema.value)
    return schema.pointer if "$" in text else text


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
        self._shown: dict[str, tuple[Schema, ...]] = {}
        homes = [shape for shape, methods in self._at.items() if "post" in methods and self.is_collection(shape)
                 and (not shape.endswith("/{}") or self._is_keyed(shape))]  # fmt: skip
        self._joins = Joins(self.shown, homes, self._given, self._parameters)
        self._open = self._without_create()

    def _note_collections(self, operation: Operation) -> None:
        schemas = {parameter.name: parameter.content.schema if parameter.content else parameter.schema
                   for parameter in operation.parameters_in("path")}  # fmt: skip
        segments = plain_path(operation.path).split("/")
        for index, segment in enumerate(segments):
            if TEMPLATE.fullmatch(segment):
                shape, schema = shape_of("/".join(segments[:index])), schemas.get(segment[1:-1])
                self._parameters.setdefault(shape, {})[segment[1:-1]] = None
                if schema is not None:
                    self._id_schemas.setdefault(shape, {}).setdefault(_told(schema), schema)

    def envelope(self, operation: Operation | None) -> Envelope | None:
        """``success_envelope``, remembered."""
        if operation is None:
            return None
        if operation.label not in self._envelopes:
            self._envelopes[operation.label] = success_envelope(operation)
        return self._envelopes[operation.label]

    def shown(self, shape: str) -> tuple[Schema, ...]:
        """The schemas by which the collection at a shape shows its things: where it makes, lists and reads them."""
        if shape not in self._shown:
            at, below = self._at.get(shape, {}), self._at.get(shape + "/{}", {})
            listed = self.envelope(at.get("get"))
            read = next((found for method in ("get", "patch", "put", "post", "delete")
                         if (found := self.envelope(below.get(method))) is not None), None)  # fmt: skip
            places = (self.envelope(at.get("post")), listed if listed is not None and listed.many else None, read)
            self._shown[shape] = tuple({place.item.pointer: place.item for place in places if place is not None}.values())
        return self._shown[shape]

    @cached_property
    def usual(self) -> Mapping[str, Sequence[str]]:
        """The words by which most lists of the document number their pages; see ``totals.usual_words``."""
        return usual_words(list_bodies(operation for methods in self._at.values() for operation in methods.values()))

    def _given(self, shape: str) -> Iterable[str]:
        create = self._at.get(shape, {}).get("post")
        return request_properties(create) if create is not None else ()

    def _without_create(self) -> dict[str, list[str]]:
        """Shapes of the collections at the top, by the kinds of what their lists and items show."""
        found: dict[str, list[str]] = {}
        for shape in self._parameters:
            if "{}" not in shape:
                for kind in self._joins.likeness.marks(self.shown(shape), shape):
                    found.setdefault(kind, []).append(shape)
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
        made, listed = self.envelope(create), self.envelope(listing)
        if listed is not None and not listed.many:
            listed = None
        items = self.shown(shape)
        fields = self._id_fields(shape, items, create) or self._ids_below(shape, items, create)
        learnable = any(field in found.item.all_properties() for found in (made, listed) if found is not None for field in fields)
        family = self._joins.home(shape)
        if family != shape and family.count("{}") <= shape.count("{}"):
            family = self.collection(family).family
        return Resource(
            shape=shape,
            family=family,
            id_fields=fields,
            id_schemas=tuple(self._id_schemas.get(shape, {}).values()),
            strict=learnable,
            seeded=create is None and listed is not None and family == shape and not self._is_fed(shape),
            item=self._main(listed, items),
            keys=self._joins.keys(shape),
            shows=items,
            members=self._joins.members(shape) if family == shape else (),
        )

    def _ids_below(self, shape: str, items: Sequence[Schema], create: Operation | None) -> tuple[str, ...]:
        """The id fields of a collection whose items are found on a path below it: ``/plan`` and ``/plan/steps/{id}``."""
        below = (known for known in self._parameters if known.startswith(f"{shape}/") and self._joins.home(known) == shape)
        return next((fields for known in below if (fields := self._id_fields(known, items, create))), ())

    @staticmethod
    def _main(listed: Envelope | None, items: tuple[Schema, ...]) -> Schema | None:
        """The schema that says the most usual of things: the list's, else the item's own, else what a create answers."""
        return listed.item if listed is not None else items[-1] if items else None

    def _is_fed(self, shape: str) -> bool:
        """Whether a sibling of the collection makes its things: ``POST /message`` for ``/messages``."""
        head, _, tail = shape.rpartition("/")
        return self._feeder(head, tail) is not None

    def _feeder(self, head: str, tail: str) -> Operation | None:
        word = single(tail)
        return next((methods["post"] for shape, methods in self._at.items()
                     if "post" in methods and shape.rpartition("/")[0] == head and shape.rpartition("/")[2] != tail
                     and folded(shape.rpartition("/")[2]) == word and not self.is_collection(shape)), None)  # fmt: skip

    def _id_fields(self, shape: str, items: Sequence[Schema], create: Operation | None) -> tuple[str, ...]:
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
        found = found or list(likely_id(names, shape, properties))
        # One operation may call the id otherwise than another.
        for known in (item.all_properties() for item in items):
            own = own_ids(shape, known)
            found += own if len(own) == 1 and not known.keys() & set(found) else []
        return tuple(dict.fromkeys(found))

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
        above = self._above(operation.path)
        acts = role in {Role.SHOW, Role.CALL, Role.CREATE} and operation.method != "get" and not self.is_collection(shape)
        return self._overlaid(
            Plan(operation=operation, role=role, resource=resource, parents=parents, scope=scope,
                 actor=above if acts else None, verb=verb_of(shape) if acts and above is not None else "",
                 copies=role is Role.CREATE and above is not None and resource is above[0],
                 merges=role is Role.REPLACE and resource is not None and self._leaves_out(operation, resource),
                 inside=self.collection(shape.rpartition("/")[0]) if role is Role.LIST and shape.endswith("/{}") else None)
        )  # fmt: skip

    def _leaves_out(self, operation: Operation, resource: Resource) -> bool:
        """Whether a PUT need not say what a create must."""
        create = self._at.get(resource.shape, {}).get("post")
        return create is not None and bool(required_properties(create) - required_properties(operation))

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
            if method == "post" and self._is_keyed(shape):
                return Role.CREATE, self.collection(shape), count
            if method == "get" and shown is not None and shown.many and not self._is_item(operation, shown.item):
                return Role.LIST, self.collection(shape), count
            return _ITEM_ROLES[method], self.collection(head), count - 1
        if self.is_collection(shape) and (method == "post" or (method == "get" and shown is not None and shown.many)):
            return (Role.CREATE if method == "post" else Role.LIST), self.collection(shape), count
        above, made_for = self._above(operation.path), self._made_for(operation, shape, shown)
        if shown is not None and above is not None and not shown.many and self._is_one_of(shown.item, above[0]):
            return (Role.CREATE if tail in _COPIES else Role.SHOW), *above
        if made_for is not None:
            return Role.CREATE, self.collection(made_for), made_for.count("{}")
        if "get" in self._at.get(shape, {}) and method in _ITEM_ROLES and not self.is_collection(shape):
            return _ITEM_ROLES[method], self.singleton(shape), count
        return Role.CALL, None, count

    def _is_keyed(self, shape: str) -> bool:
        """Whether what is posted to a thing's path is there by one more id then, and nothing is by this one alone."""
        made, read = (
            self.envelope(self._at.get(at, {}).get(method)) for at, method in ((shape, "post"), (f"{shape}/{{}}", "get"))
        )
        return made is not None and read is not None and made.item.pointer == read.item.pointer and not self._at.get(shape[:-3])

    @staticmethod
    def _is_item(operation: Operation, item: Schema) -> bool:
        """Whether a list below an id holds the thing that the id names, rather than things that belong to it."""
        name = folded(template_names(operation.path)[-1])
        return any(folded(known) in {name, "id"} for known in item.all_properties())

    def _is_one_of(self, item: Schema, resource: Resource) -> bool:
        return any(self._joins.likeness.same(item, known) for known in resource.shows)

    def _made_for(self, operation: Operation, shape: str, shown: Envelope | None) -> str | None:
        """The collection that an operation with a path of its own (``/campaign_builder``) makes things for."""
        if operation.method != "post":
            return None
        head, _, tail = shape.rpartition("/")
        for word in (tail + "s", tail + "es", tail.removesuffix("y") + "ies"):
            beside = f"{head}/{word}"
            if beside in self._at and "post" not in self._at[beside] and self.is_collection(beside):
                return beside
        words = set(re.split(r"[/_-]", shape.lower()))
        if shown is None or words & _LOOKS:
            return None
        kinds = self._joins.likeness.marks((shown.item,), shape)
        if "{}" in shape:
            kinds = frozenset(kind for kind in kinds if kind.startswith("type "))
        shapes = list(dict.fromkeys(found for kind in kinds for found in self._open.get(kind, ())))
        if len(shapes) != 1:
            return None
        return shapes[0] if "post" not in self._at.get(shapes[0], {}) or words & _COPIES else None

    def _above(self, path: str) -> tuple[Resource, int] | None:
        """The resource of the nearest item that a path goes through, and how many parameters stand before its own."""
        segments = plain_path(path).split("/")
        for index in range(len(segments) - 2, 0, -1):
            if TEMPLATE.fullmatch(segments[index]):
                resource = self.collection(shape_of("/".join(segments[:index])))
                before = len(template_names("/".join(segments[:index])))
                return (resource, before) if resource.item is not None and resource.strict else None
        return None

    def _parents(self, path: str) -> tuple[tuple[int, Resource], ...]:
        segments, found, position = plain_path(path).split("/"), [], 0
        for index, segment in enumerate(segments):
            names = template_names(segment)
            if names and TEMPLATE.fullmatch(segment):
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
