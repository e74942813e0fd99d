"""Parameters and headers compared: by place and name, those in paths by their position."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.diff.change import Medium
from conformance.diff.facts import Pair, shown, sunset
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.diff.matching import renamed
from conformance.diff.shape import ANYTHING, Node
from conformance.diff.shaping import Shapes
from conformance.model.operation import MediaType, Operation, Parameter
from conformance.spec.pointer import join

_IGNORED = {"accept", "content-type", "authorization"}
"""Names of header parameters that OpenAPI ignores (3.1 section 4.8.12.1)."""

Key = tuple[str, str]


def parameters(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    """Put down what differs between the parameters of two operations."""
    names = renamed(old, new)
    before, after = _keyed(old, names), _keyed(new, {})
    gone = [key for key in before if key not in after]
    come = [key for key in after if key not in before]
    for key, parameter in before.items():
        if key in after:
            _both(ledger, scope, parameter, after[key])
    for key in list(gone):
        twin = next((other for other in come if other[1].lower() == key[1].lower() and other[0] != key[0]), None)
        if twin is not None:
            gone.remove(key)
            come.remove(twin)
            text = f"the {key[0]} parameter {shown(key[1])} is sent in {twin[0]} now"
            ledger.put(scope, Entry(kind="parameter-moved", text=text, old=before[key].pointer, new=after[twin].pointer))
    for key in gone:
        place = _used(ledger.known.old, ledger.known.new, old, before[key])
        _one(ledger, scope, "parameter-removed", before[key], place, _list_of(place, old, new), "was removed")
    for key in come:
        parameter = after[key]
        kind = "required-parameter-added" if parameter.required else "parameter-added"
        place = _used(ledger.known.new, ledger.known.old, new, parameter)
        _one(ledger, scope, kind, parameter, _list_of(place, new, old), place, "was added")
        for place, name in after:
            if place == key[0] and name != key[1] and name.casefold() == key[1].casefold():
                text = f"the parameter {shown(key[1])} differs from {shown(name)} by case alone"
                ledger.put(scope, Entry(kind="case-twin-added", text=text, old=old.pointer, new=parameter.pointer))


def _used(shapes: Shapes, others: Shapes, operation: Operation, parameter: Parameter) -> str:
    """Where an operation or its path item lists a parameter, unless it lists the same reference in the other document."""
    for holder in (operation.pointer, operation.pointer.rpartition("/")[0]):
        value = shapes.schemas.value(holder)
        listed = value.get("parameters") if isinstance(value, dict) else None
        for index, written in enumerate(listed if isinstance(listed, list) else ()):
            place = join(holder, "parameters", index)
            if isinstance(written, dict) and shapes.schemas.target(place, written) == parameter.pointer:
                return parameter.pointer if others.schemas.value(place) == written else place
    return parameter.pointer


def _list_of(place: str, own: Operation, other: Operation) -> str:
    """Where a parameter would stand in the other document: at its operation, or at the item that holds it."""
    if place.startswith("/components/"):
        return place  # what it refers to says something else now
    shared = place.startswith(f"{own.pointer.rpartition('/')[0]}/parameters/")
    return other.pointer.rpartition("/")[0] if shared else other.pointer


def _keyed(operation: Operation, names: Mapping[str, str]) -> dict[Key, Parameter]:
    found: dict[Key, Parameter] = {}
    for parameter in operation.parameters:
        name = parameter.name
        if parameter.location == "header":
            name = name.lower()
            if name in _IGNORED:
                continue
        elif parameter.location == "path":
            name = names.get(name, name)
        found[parameter.location, name] = parameter
    return found


def _one(ledger: Ledger, scope: Scope, kind: str, parameter: Parameter, old: str, new: str, verb: str) -> None:
    required = "required " if kind.startswith("required") else ""
    text = f"the {required}{parameter.location} parameter {shown(parameter.name)} {verb}"
    ledger.put(scope, Entry(kind=kind, text=text, old=old, new=new))


def _both(ledger: Ledger, scope: Scope, old: Parameter, new: Parameter) -> None:
    where = f"{new.location} parameter {shown(new.name)}"
    if old.location == "path" and old.name != new.name:
        text = f"the path parameter {shown(old.name)} became {shown(new.name)}"
        ledger.put(scope, Entry(kind="path-parameter-renamed", text=text, old=old.pointer, new=new.pointer))
    if old.required != new.required:
        kind, text = ("required", "it became required") if new.required else ("optional", "it became optional")
        _put(ledger, scope, f"parameter-became-{kind}", text, old, new, where)
    serialisation(ledger, scope, old, new, where)
    if old.allow_reserved != new.allow_reserved and old.location == "query":
        kind, text = ("allowed", "reserved characters may be sent as they are") if new.allow_reserved else (
            "refused", "reserved characters must be encoded now")  # fmt: skip
        _put(ledger, scope, f"reserved-{kind}", text, old, new, where)
    if old.allow_empty_value != new.allow_empty_value and old.location == "query":
        kind, text = ("allowed", "it may be empty now") if new.allow_empty_value else ("refused", "it must have a value now")
        _put(ledger, scope, f"empty-{kind}", text, old, new, where)
    if old.deprecated != new.deprecated:
        kind, text = ("deprecated", "it was deprecated") if new.deprecated else ("reactivated", "it is deprecated no more")
        _put(ledger, scope, f"parameter-{kind}", text, old, new, where)
    ending = sunset(_ending(ledger.known.old, old), _ending(ledger.known.new, new), deprecated=new.deprecated)
    if ending is not None:
        _put(ledger, scope, *ending, old, new, where)
    _schemas(ledger, scope, old, new, where)


def _ending(shapes: Shapes, parameter: Parameter) -> str:
    """When a parameter is said to end."""
    declared = shapes.schemas.value(parameter.pointer)
    return str(declared.get("x-sunset") or "") if isinstance(declared, dict) else ""


def _schemas(ledger: Ledger, scope: Scope, old: Parameter, new: Parameter, where: str) -> None:
    """What differs between the values: as text, when no media type says otherwise."""
    medium = Medium.JSON if old.content or new.content else Medium.TEXT
    if medium is Medium.TEXT and _one_for_a_list(ledger, old, new):
        medium = Medium.REPEATED
    ledger.schemas(scope, Pair(_node(old), _node(new)), where, (old.pointer, new.pointer), medium)


def _one_for_a_list(ledger: Ledger, old: Parameter, new: Parameter) -> bool:
    """Whether a value is written as a list of one is: alike, and with nothing in it that would part a list."""
    if new.style == "deepObject" or (old.style != new.style and {old.style, new.style} & {"label", "matrix"}):
        return False
    whole = new.style == "form" and new.explode
    return whole or ledger.known.old.shape(_node(old)).types <= {"number", "integer", "boolean"}


def serialisation(ledger: Ledger, scope: Scope, old: Parameter, new: Parameter, where: str) -> None:
    """Put down whether the same value is written otherwise."""
    before, after = _media(old.content), _media(new.content)
    if before != after:
        text = f"it is written as {after or 'plain text'} now, not as {before or 'plain text'}"
        _put(ledger, scope, "parameter-media-type-changed", text, old, new, where)
        return
    if before or _scalar(ledger, old, new):
        return
    if old.style != new.style:
        _put(ledger, scope, "parameter-style-changed", f"the style {old.style} became {new.style}", old, new, where)
    elif old.explode != new.explode and old.style != "deepObject" and not _alike(ledger, old, new):
        text = f"explode became {str(new.explode).lower()}"
        _put(ledger, scope, "parameter-explode-changed", text, old, new, where)


def _alike(ledger: Ledger, old: Parameter, new: Parameter) -> bool:
    """Whether ``explode`` says nothing: in the simple style, lists are written in one way (RFC 6570 section 3.2.2)."""
    shapes = ledger.known.old.shape(_node(old)), ledger.known.new.shape(_node(new))
    return old.style == "simple" and not any("object" in shape.types for shape in shapes)


def _scalar(ledger: Ledger, old: Parameter, new: Parameter) -> bool:
    """Whether style says nothing: one is no list or object, and both styles write scalars alike."""
    shapes = ledger.known.old.shape(_node(old)), ledger.known.new.shape(_node(new))
    if all(shape.types & {"array", "object"} for shape in shapes):
        return False
    return {old.style, new.style}.isdisjoint({"label", "matrix"}) or old.style == new.style


def _put(ledger: Ledger, scope: Scope, kind: str, text: str, old: Parameter, new: Parameter, where: str) -> None:
    ledger.put(scope, Entry(kind=kind, text=text, old=old.pointer, new=new.pointer, where=where))


def _media(content: MediaType | None) -> str:
    """The media type of a value; nothing for what is plain text, which any type and a text are for a scalar."""
    name = content.name.partition(";")[0].strip().lower() if content is not None else ""
    return "" if name in {"*/*", "text/plain"} else name


def _node(parameter: Parameter) -> Node:
    schema = parameter.schema if parameter.schema is not None else parameter.content.schema if parameter.content else None
    return Node((schema.pointer,)) if schema is not None else ANYTHING


def headers(
    ledger: Ledger, scope: Scope, old: Mapping[str, Parameter], new: Mapping[str, Parameter], where: str, place: Key
) -> None:
    """Put down what differs between the headers of two answers; ``place`` is the pointers of the answers."""
    before, after = ({name.lower(): header for name, header in held.items()} for held in (old, new))
    for name, header in before.items():
        if name in after:
            _header(ledger, scope, header, after[name], where)
            continue
        kind = "required-header-removed" if header.required else "header-removed"
        text = f"the header {shown(header.name)} was removed"
        here = join(place[0], "headers", header.name)
        ledger.put(scope, Entry(kind=kind, text=text, old=here, new=place[1], where=where))
    for name, header in after.items():
        if name not in before:
            text = f"the header {shown(header.name)} was added"
            kind = "required-header-added" if header.required else "header-added"
            here = join(place[1], "headers", header.name)
            ledger.put(scope, Entry(kind=kind, text=text, old=place[0], new=here, where=where))


def _header(ledger: Ledger, scope: Scope, old: Parameter, new: Parameter, where: str) -> None:
    where = f"{where}, header {shown(new.name)}"
    if old.required != new.required:
        kind, text = ("required", "it is always there now") if new.required else ("optional", "it may be missing now")
        _put(ledger, scope, f"header-became-{kind}", text, old, new, where)
    if old.deprecated != new.deprecated:
        kind, text = ("deprecated", "it was deprecated") if new.deprecated else ("reactivated", "it is deprecated no more")
        _put(ledger, scope, f"parameter-{kind}", text, old, new, where)
    serialisation(ledger, scope, old, new, where)
    _schemas(ledger, scope, old, new, where)
