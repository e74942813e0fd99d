"""Two nodes compared: the facts about them, and the pairs beneath them.

What is beneath is not gone into here. So each pair is compared once, however many operations reach it, and recursion is a
circle of pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.diff import conditions, discriminators, scalars, unions
from conformance.diff.change import Direction, Fact, Places
from conformance.diff.facts import Edge, Pair, Seen, shown
from conformance.diff.shape import ANYTHING, Node, Shape, common_types, joined_types
from conformance.spec.pointer import join


@dataclass(slots=True)
class Compared:
    """What is known of a pair."""

    facts: tuple[Fact, ...]
    edges: tuple[Edge, ...] = ()
    reached: set[Pair] = field(default_factory=set)


def compare(pair: Pair, seen: Seen) -> Compared:
    """The facts of one pair, and what is beneath it."""
    old, new = seen.old.shape(pair.old), seen.new.shape(pair.new)
    facts: list[Fact] = []
    edges: list[Edge] = []
    facts += scalars.noted(old, new)
    facts += discriminators.declared(old, new)
    edges += discriminators.heirs(old, new)
    if old.never or new.never:
        facts += _never(old, new)
        return Compared(tuple(facts))
    facts += _null(pair, old, new, seen)
    if old.union is not None or new.union is not None:
        found = unions.compare(pair, old, new, seen)
        return Compared((*facts, *found.facts), (*edges, *found.edges))
    facts += _types(old, new)
    if not common_types(old.types, new.types):
        return Compared(tuple(facts))
    facts += scalars.differences(old, new)
    _objects(old, new, facts, edges, seen)
    _arrays(old, new, facts, edges)
    facts += conditions.differences(old, new, seen)
    return Compared(tuple(facts), tuple(edges))


def _never(old: Shape, new: Shape) -> list[Fact]:
    if old.never == new.never:
        return []
    kind, text = ("schema-forbidden", "nothing is accepted any more") if new.never else ("schema-allowed", "it is accepted now")
    return [Fact(kind=kind, text=text, old=old.pointer, new=new.pointer)]


def _null(pair: Pair, old: Shape, new: Shape, seen: Seen) -> list[Fact]:
    if old.null == new.null or old.anything or new.anything:
        return []
    ones, others = seen.old.schemas.value(pair.old.pointer), seen.new.schemas.value(pair.new.pointer)
    if isinstance(ones, dict) and isinstance(others, dict) and ones != others:
        places: Places = {"old": _null_place(pair.old, ones), "new": _null_place(pair.new, others)}
    else:
        places = {"old": old.place("type"), "new": new.place("type")}
    if new.null:
        return [Fact(kind="null-allowed", text="it may be null now", **places)]
    return [Fact(kind="null-refused", text="it must not be null any more", **places)]


def _null_place(node: Node, schema: Mapping[str, Any]) -> str:
    """Where a schema says whether null is taken."""
    keyword = next((word for word in ("nullable", "type", "anyOf", "oneOf", "enum", "const") if word in schema), None)
    return node.pointer if keyword is None else join(node.pointer, keyword)


def _types(old: Shape, new: Shape) -> list[Fact]:
    if old.types == new.types:
        return []
    both = joined_types(common_types(old.types, new.types))
    text = f"the type {_type(old)} became {_type(new)}"
    kind = "type-widened" if both == old.types else "type-narrowed" if both == new.types else "type-changed"
    return [Fact(kind=kind, text=text, old=old.place("type"), new=new.place("type"))]


def _type(shape: Shape) -> str:
    return "(any)" if shape.anything else " or ".join(sorted(shape.types)) or "(none)"


def _objects(old: Shape, new: Shape, facts: list[Fact], edges: list[Edge], seen: Seen) -> None:
    if "object" not in old.types or "object" not in new.types:
        return
    for name, node in old.properties.items():
        if name in new.properties:
            _kept(name, old, new, facts, edges, seen)
        else:
            facts += _removed(name, seen.old.shape(node), old, new, seen)
    for name, node in new.properties.items():
        if name not in old.properties:
            facts += _added(name, seen.new.shape(node), old, new, seen)
    for name in sorted(set(old.required) ^ set(new.required)):
        if name not in old.properties and name not in new.properties:
            facts.append(_requiredness(name, old, new, None))
    _additional(old, new, facts, edges, seen)
    _patterned(old, new, facts, edges)


def _patterned(old: Shape, new: Shape, facts: list[Fact], edges: list[Edge]) -> None:
    """What is said of properties by other things than their names."""
    if old.names != ANYTHING or new.names != ANYTHING:
        edges.append(Edge("{name}", Pair(old.names, new.names)))
    edges += [
        Edge(f"/{pattern}/", Pair(old.named.get(pattern, old.additional), new.named.get(pattern, new.additional)))
        for pattern in sorted({*old.named, *new.named})
    ]
    for name, need in sorted(old.dependent ^ new.dependent):
        places: Places = {"old": old.place("dependentRequired"), "new": new.place("dependentRequired")}
        if (name, need) in new.dependent:
            facts.append(Fact(kind="dependency-added", text=f"{shown(name)} now needs {shown(need)} beside it", **places))
        else:
            facts.append(Fact(kind="dependency-removed", text=f"{shown(name)} needs no {shown(need)} any more", **places))


def _kept(name: str, old: Shape, new: Shape, facts: list[Fact], edges: list[Edge], seen: Seen) -> None:
    before, after = seen.old.shape(old.properties[name]), seen.new.shape(new.properties[name])
    only = None
    if before.notes.get("readOnly") and after.notes.get("readOnly"):
        only = Direction.RESPONSE
    elif before.notes.get("writeOnly") and after.notes.get("writeOnly"):
        only = Direction.REQUEST
    edges.append(Edge(name, Pair(old.properties[name], new.properties[name]), only))
    if (name in old.required) != (name in new.required):
        facts.append(_requiredness(name, old, new, _seen_in(after if name in new.required else before)))
    for flag, word in (("readOnly", "read-only"), ("writeOnly", "write-only")):
        if bool(before.notes.get(flag)) != bool(after.notes.get(flag)):
            facts += _flagged(name, word, old, new, before.place(flag), after.place(flag), gone=not after.notes.get(flag))


def _flagged(name: str, word: str, old: Shape, new: Shape, before: str, after: str, *, gone: bool) -> list[Fact]:
    """A property that is for one direction alone now, or for both; it is told in both, as only one of them feels it."""
    places: Places = {"old": before, "new": after}
    if gone:
        text, kind = f"{shown(name)} is {word} no more", f"property-no-longer-{word}"
        if word == "read-only" and name in new.required:
            needed = Fact(kind="property-became-required", text=f"{text}, and required", only=Direction.REQUEST, **places)
            return [needed, Fact(kind=kind, text=text, only=Direction.RESPONSE, **places)]
    else:
        text, kind = f"{shown(name)} became {word}", f"property-became-{word}"
        if word == "write-only" and name in old.required:
            missed = Fact(kind=f"required-{kind}", text=text, only=Direction.RESPONSE, **places)
            return [missed, Fact(kind=kind, text=text, only=Direction.REQUEST, **places)]
    return [Fact(kind=kind, text=text, **places)]


def _seen_in(shape: Shape) -> Direction | None:
    """The only direction that a property is in, when it is one."""
    if shape.notes.get("readOnly"):
        return Direction.RESPONSE
    return Direction.REQUEST if shape.notes.get("writeOnly") else None


def _requiredness(name: str, old: Shape, new: Shape, only: Direction | None) -> Fact:
    places: Places = {"old": old.required.get(name, old.pointer), "new": new.required.get(name, new.pointer)}
    if name in new.required:
        return Fact(kind="property-became-required", text=f"{shown(name)} became required", only=only, **places)
    return Fact(kind="property-became-optional", text=f"{shown(name)} became optional", only=only, **places)


def _removed(name: str, before: Shape, old: Shape, new: Shape, seen: Seen) -> list[Fact]:
    places: Places = {"old": old.properties[name].pointer, "new": new.place("properties")}
    only, required = _seen_in(before), name in old.required
    still = name in new.required
    facts = []
    kind, text = ("required-property-removed" if required else "property-removed"), f"the property {shown(name)} was removed"
    if only is not Direction.RESPONSE and seen.new.shape(new.additional).never:
        closed = f"the property {shown(name)} was removed from an object that takes no others"
        facts.append(Fact(kind="property-refused", text=closed, only=Direction.REQUEST, **places))
        only = Direction.RESPONSE if only is None else only
        if only is Direction.REQUEST:
            return facts
    facts.append(Fact(kind=kind, text=text, only=only, **places))
    if still and not required:
        facts.append(_requiredness(name, old, new, _seen_in(before)))
    return facts


def _added(name: str, after: Shape, old: Shape, new: Shape, seen: Seen) -> list[Fact]:
    del seen
    required, only = name in new.required, _seen_in(after)
    kind = "required-property-added" if required and name not in old.required else "property-added"
    text = f"the {'required ' if required else ''}property {shown(name)} was added"
    places: Places = {"old": old.place("properties"), "new": new.properties[name].pointer}
    twins = [other for other in new.properties if other != name and other.casefold() == name.casefold()]
    said = [(kind, text), *(("case-twin-added", f"{shown(name)} differs from {shown(other)} by case alone") for other in twins)]
    return [Fact(kind=kind, text=text, only=only, **places) for kind, text in said]


def _additional(old: Shape, new: Shape, facts: list[Fact], edges: list[Edge], seen: Seen) -> None:
    before, after = seen.old.shape(old.additional), seen.new.shape(new.additional)
    places: Places = {"old": old.place("additionalProperties"), "new": new.place("additionalProperties")}
    if before.never and after.never:
        return
    if after.never:
        facts.append(Fact(kind="object-closed", text="properties that are not listed are refused now", **places))
    elif before.never:
        facts.append(Fact(kind="object-opened", text="properties that are not listed are taken now", **places))
    elif old.additional != ANYTHING or new.additional != ANYTHING:
        edges.append(Edge("*", Pair(old.additional, new.additional)))


def _arrays(old: Shape, new: Shape, facts: list[Fact], edges: list[Edge]) -> None:
    if "array" not in old.types or "array" not in new.types:
        return
    ends = tuple(shape.most.get("maxItems", len(old.prefix) + len(new.prefix) + 1) for shape in (old, new))
    for index in range(min(max(len(old.prefix), len(new.prefix)), *ends)):
        before = old.prefix[index] if index < len(old.prefix) else old.items
        after = new.prefix[index] if index < len(new.prefix) else new.items
        edges.append(Edge(f"[{index}]", Pair(before, after)))
    if (old.items != ANYTHING or new.items != ANYTHING) and min(ends) > max(len(old.prefix), len(new.prefix)):
        edges.append(Edge("[]", Pair(old.items, new.items)))
    if old.contains is not None and new.contains is not None:
        edges.append(Edge("[contains]", Pair(old.contains, new.contains)))
    elif old.contains is not None or new.contains is not None:
        kind = "constraint-added" if new.contains is not None else "constraint-removed"
        text = "an item of a kind must be there now" if new.contains is not None else "no item of a kind need be there any more"
        facts.append(Fact(kind=kind, text=text, old=old.place("contains"), new=new.place("contains")))
