"""Things as answers show them: their ids, and the fields that can be written and read."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from second_bodies import body_schema
from second_site import Answer, Behaviour, Fault, Site, Turn, holds_list, is_there, loaded, success, thing, things, with_body

from conformance.model.message import Response
from conformance.model.operation import Operation


def shows(operation: Operation | None) -> frozenset[str]:
    """The names of the properties of the thing that an operation answers."""
    media = success(operation)[1] if operation is not None else None
    if media is None or media.schema is None:
        return frozenset()
    known = media.schema.all_properties()
    inner = known.get("data")
    if inner is not None and inner.child("items") is not None:
        inner = inner.child("items")
    return frozenset(inner.all_properties() if inner is not None and inner.all_properties() else known)


def kept_fields(operation: Operation | None, read: Operation | None) -> list[str]:
    """Plain properties that can be written by one operation and read by another, in order of name."""
    schema = body_schema(operation) if operation is not None else None
    if schema is None:
        return []
    plain = {name for name, held in schema.all_properties().items()
             if held.types() and held.types() <= {"string", "integer", "number", "boolean", "null"}}  # fmt: skip
    return sorted(name for name in plain & shows(read) if name != "id")


def nested_fields(operation: Operation | None, read: Operation | None) -> list[tuple[str, str]]:
    """The same, of objects inside: texts that can be any, where there are such."""
    schema = body_schema(operation) if operation is not None else None
    if schema is None:
        return []
    known, plain, found = shows(read), {"string", "integer", "number", "boolean", "null"}, []
    for name, held in schema.all_properties().items():
        for inner, node in held.all_properties().items() if name in known else ():
            if inner not in held.required() and node.types() and node.types() <= plain:
                found.append((node.types() != {"string"} or node.get("enum") is not None, name, inner))
    return [(name, inner) for is_hard, name, inner in sorted(found) if is_hard == min(found)[0]]


def text_fields(operation: Operation | None, read: Operation | None) -> list[str]:
    """Those of them that hold any text."""
    schema = body_schema(operation) if operation is not None else None
    known = schema.all_properties() if schema is not None else {}
    return [name for name in kept_fields(operation, read)
            if known[name].types() <= {"string",
            "null"} and not known[name].get("enum") and not known[name].get("format")]  # fmt: skip


def changed_in_list(turn: Turn, answer: Answer, change: Callable[[str, dict[str, Any]], dict[str, Any] | None]) -> Answer:
    """The same answer, whose things are changed by their ids; left out where nothing is left of them."""
    if not isinstance(answer, Response) or answer.status != 200:
        return answer
    body = loaded(answer.body)
    listed = things(body) if turn.role == "listing" else None
    if listed is not None:
        listed[:] = [
            new for one in listed if (new := change(name_of(one, turn.site), one) if isinstance(one, dict) else one) is not None
        ]
        return with_body(answer, body)
    if turn.role not in {"read", "update", "replace"}:
        return answer
    shown = thing(body)
    new = change(turn.name, deepcopy(shown)) if shown is not None else None
    if new is None or shown is None:
        return answer
    shown.clear()
    shown.update(new)
    return with_body(answer, body)


def name_of(shown: dict[str, Any], site: Site) -> str:
    """The id of a thing as a path has it."""
    item = site.read or site.update or site.replace or site.delete
    parameter = item.path.rpartition("{")[2].rstrip("}") if item is not None else "id"
    return str(next((shown[name] for name in (parameter, "id") if name in shown), ""))


def created_name(turn: Turn, answer: Answer) -> str:
    """The id of what was just created."""
    shown = thing(loaded(answer.body)) if isinstance(answer, Response) and is_there(loaded(answer.body)) else None
    return name_of(shown, turn.site) if shown is not None else ""


def is_role(*roles: str, also: Callable[[Site], object] = lambda _site: True) -> Callable[[Site], bool]:
    return lambda site: site.role in roles and bool(also(site))


def is_readable(site: Site) -> bool:
    return site.read is not None and site.create is not None


def is_writable(site: Site) -> bool:
    return is_readable(site) and bool(kept_fields(site.operation, site.read))


def has_texts(count: int = 1) -> Callable[[Site], bool]:
    return lambda site: is_readable(site) and len(text_fields(site.operation, site.read)) >= count


def is_listable(site: Site) -> bool:
    return site.listing is not None and site.create is not None and holds_list(site.listing)


def keeps_optional(site: Site) -> bool:
    schema = body_schema(site.operation)
    return is_readable(site) and schema is not None and bool(set(kept_fields(site.operation, site.read)) - schema.required())


def memory(
    name: str, promise: str, source: str, applies: Callable[[Site], bool], behave: Callable[[Site], Behaviour], proof: str
) -> Fault:
    return Fault(id=f"m-{name}", promise=promise, source=source, applies=applies, behave=behave, proof=proof)


def always(respond: Behaviour) -> Callable[[Site], Behaviour]:
    return lambda _site: respond


def optional_fields(operation: Operation | None, read: Operation | None) -> list[Any]:
    schema = body_schema(operation) if operation is not None else None
    return [name for name in kept_fields(operation, read) if schema is not None and name not in schema.required()]
