"""By what a path names a thing, as the thing is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.run.lifecycle.collection import Collection
from conformance.sandbox.envelope import folded
from conformance.sandbox.roles import Role
from conformance.spec.document import template_names
from conformance.spec.ids import ENDS_IN_ID


def identity(collection: Collection, thing: Mapping[str, Any]) -> str | None:
    """What a path names a thing by, as it is shown: by the field that the document has for it."""
    fields = collection.resource.id_fields or _exact(collection, thing)
    return next((str(thing[name]) for name in fields if _is_id(thing.get(name))), None)


def names(collection: Collection, thing: Mapping[str, Any]) -> Iterator[str]:
    """What a path may name a thing by, the likeliest first: only a read shows whether it does."""
    sure = identity(collection, thing)
    if sure is not None:
        yield sure
        return
    if collection.is_singleton:
        return
    plain = folded(parameter(collection))
    ids = [name for name, value in thing.items() if ENDS_IN_ID.search(name) and _is_id(value)]
    near = [name for name in ids if plain and (folded(name).endswith(plain) or plain.endswith(folded(name)))]
    for likely in (near, ids):
        if len(likely) == 1:
            yield str(thing[likely[0]])
            return


def _exact(collection: Collection, thing: Mapping[str, Any]) -> tuple[str, ...]:
    plain = folded(parameter(collection))
    return tuple(name for name in thing if name == "id" or folded(name) == plain) if not collection.is_singleton else ()


def parameter(collection: Collection) -> str:
    """The name of the path parameter that names one of the things; empty when no operation has one."""
    items = [*(collection.operations.get(role) for role in (Role.READ, Role.DELETE)), *(way.operation for way in collection.ways)]
    for operation in items:
        names = template_names(operation.path) if operation is not None else ()
        if len(names) > collection.scope:
            return names[collection.scope]
    return ""


def _is_id(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and bool(str(value))
