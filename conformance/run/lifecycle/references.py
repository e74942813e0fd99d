"""What the fields of a body refer to, by what they are called: ``author_id`` is of ``/authors``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.run.lifecycle.bodies import json_media
from conformance.run.lifecycle.collection import Collection
from conformance.sandbox.envelope import folded
from conformance.sandbox.likeness import single
from conformance.sandbox.roles import Role
from conformance.spec.ids import ENDS_IN_IDS

_DEEPEST = 4
_SHORTEST = 4


def references(operation: Operation, collections: Mapping[str, Collection]) -> dict[str, Collection]:
    """The collections that a body names things of, by the name of the field that does, at whatever depth.

    Args:
        operation: what takes the body.
        collections: by shape; those at the top, in which something can be made or looked up, are meant.
    """
    media = json_media(operation)
    if media is None or media.schema is None:
        return {}
    known = {
        single(shape): collection
        for shape, collection in collections.items()
        if "{" not in shape and (collection.makers or Role.LIST in collection.operations)
    }
    found: dict[str, Collection] = {}
    for name in _names(media.schema, 0):
        meant = _meant(folded(ENDS_IN_IDS.sub("", name)), known)
        if meant is not None and operation.label not in meant.labels:
            found.setdefault(name, meant)
    return found


def _meant(stem: str, known: Mapping[str, Collection]) -> Collection | None:
    """The collection of a name; failing that, the only one of which it is a kind (``billing_author_id``)."""
    if stem in known:
        return known[stem]
    ends = [collection for word, collection in known.items() if len(word) >= _SHORTEST and stem.endswith(word)]
    return ends[0] if len(ends) == 1 else None


def _names(schema: Schema, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    for name, held in schema.all_properties().items():
        if ENDS_IN_IDS.search(name):
            yield name
        else:
            yield from _names(held, depth + 1)
    items = schema.child("items")
    if items is not None:
        yield from _names(items, depth + 1)
