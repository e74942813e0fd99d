"""How the parts of a form are written, compared: media types, styles, headers of parts (OpenAPI 3.1 section 4.8.15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.diff.facts import shown
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.diff.shaping import Shapes
from conformance.model.operation import MediaType
from conformance.spec.pointer import join

_STYLE = {"style": "form", "allowReserved": False}


def encodings(ledger: Ledger, scope: Scope, old: MediaType, new: MediaType, where: str) -> None:
    """Put down which parts of a form are written otherwise."""
    before, after = dict(old.encoding), dict(new.encoding)
    for name in sorted(before.keys() | after.keys()):
        ones, others = before.get(name), after.get(name)
        place = join(old.pointer, "encoding", name), join(new.pointer, "encoding", name)
        places = place[0] if ones is not None else old.pointer, place[1] if others is not None else new.pointer
        one, other = (held if isinstance(held, dict) else {} for held in (ones, others))
        _media(ledger, scope, name, one, other, places, where)
        for key in ("style", "explode", "allowReserved"):
            if _style(one, key) != _style(other, key):
                text = f"the part {shown(name)} is encoded otherwise"
                _put(ledger, scope, "encoding-changed", text, _at(one, key, places[0]), _at(other, key, places[1]), where)
                break
        _headers(ledger, scope, name, (one, other), places, where)


def _media(
    ledger: Ledger, scope: Scope, name: str, old: Mapping[str, Any], new: Mapping[str, Any], places: tuple[str, str], where: str
) -> None:
    before, after = _types(old), _types(new)
    if before == after:
        return
    spots = _at(old, "contentType", places[0]), _at(new, "contentType", places[1])
    wider, narrower = _within(before, after), _within(after, before)
    if wider and narrower:
        return
    kind = "encoding-widened" if wider else "encoding-narrowed" if narrower else "encoding-changed"
    text = f"the part {shown(name)} is {_told(after)} now, not {_told(before)}"
    _put(ledger, scope, kind, text, *spots, where)


def _types(held: Mapping[str, Any]) -> frozenset[str]:
    listed = held.get("contentType")
    return frozenset(part.strip().lower() for part in str(listed).split(",") if part.strip()) if listed else frozenset()


def _within(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether all media types are among others, of which some may be ranges."""
    return bool(some and others) and all(
        any(other in (name, "*/*") or (other.endswith("/*") and name.startswith(other[:-1])) for other in others) for name in some
    )


def _told(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "what its type says"


def _style(held: Mapping[str, Any], key: str) -> object:
    if key == "explode":
        return held.get("explode", held.get("style", "form") == "form")
    return held.get(key, _STYLE[key])


def _headers(
    ledger: Ledger,
    scope: Scope,
    name: str,
    held: tuple[Mapping[str, Any], Mapping[str, Any]],
    places: tuple[str, str],
    where: str,
) -> None:
    shapes = ledger.known.old, ledger.known.new
    before, after = (_demanded(one, part, place) for one, part, place in zip(shapes, held, places, strict=True))
    for header in sorted(after.keys() - before.keys()):
        text = f"the part {shown(name)} needs the header {shown(header)} now"
        _put(ledger, scope, "encoding-narrowed", text, places[0], after[header], where)
    for header in sorted(before.keys() - after.keys()):
        text = f"the part {shown(name)} needs no header {shown(header)} any more"
        _put(ledger, scope, "encoding-widened", text, before[header], places[1], where)


def _demanded(shapes: Shapes, held: Mapping[str, Any], place: str) -> dict[str, str]:
    """The headers that a part must have, with their places; its own media type is no header of it."""
    found = {}
    listed = held.get("headers")
    for name, header in (listed if isinstance(listed, dict) else {}).items():
        pointer = join(place, "headers", name)
        target = shapes.schemas.target(pointer, header) if isinstance(header, dict) else None
        declared = shapes.schemas.value(target) if target is not None else header
        if isinstance(declared, dict) and declared.get("required") is True and str(name).lower() != "content-type":
            found[str(name).lower()] = pointer
    return found


def _at(held: Mapping[str, Any], key: str, place: str) -> str:
    return join(place, key) if key in held else place


def _put(ledger: Ledger, scope: Scope, kind: str, text: str, old: str, new: str, where: str) -> None:
    ledger.put(scope, Entry(kind=kind, text=text, old=old, new=new, where=where))
