"""Discriminators compared: the property that tells alternatives apart, and the values that lead to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.diff.change import Fact, Places
from conformance.diff.facts import Edge, Pair, Seen, shown
from conformance.diff.shape import Node, Shape, Union
from conformance.diff.shaping import Shapes
from conformance.spec.pointer import join

_SAYING = frozenset({"enum", "const", "default", "example", "examples", "pattern"})
"""Keywords that say what a property is in a branch, so that the name of its schema is not meant."""


def declared(old: Shape, new: Shape) -> Iterator[Fact]:
    """The facts about the discriminators of two shapes: the property that tells them apart."""
    one, other = old.notes.get("discriminator"), new.notes.get("discriminator")
    places: Places = {"old": old.place("discriminator"), "new": new.place("discriminator")}
    if one and not other:
        yield Fact(kind="discriminator-removed", text=f"the discriminator {shown(one)} was removed", **places)
    elif other and not one:
        yield Fact(kind="discriminator-added", text=f"the discriminator {shown(other)} was added", **places)
    elif one != other:
        yield Fact(kind="discriminator-changed", text=f"the discriminator {shown(one)} became {shown(other)}", **places)
    else:
        yield from _inherited(old, new)


def _inherited(old: Shape, new: Shape) -> Iterator[Fact]:
    ones, others = old.notes.get("heirs", {}), new.notes.get("heirs", {})
    if not ones or not others:
        return
    for value in sorted(ones.keys() ^ others.keys()):
        verb = "added" if value in others else "removed"
        places: Places = {
            "old": join(old.place("heirs"), value) if value in ones else old.place("heirs"),
            "new": join(new.place("heirs"), value) if value in others else new.place("heirs"),
        }
        yield Fact(kind=f"discriminator-value-{verb}", text=f"the discriminator's value {shown(value)} was {verb}", **places)


def heirs(old: Shape, new: Shape) -> list[Edge]:
    """The pairs of schemas that the values of a discriminator lead to, where they build on the one that has it."""
    ones, others = old.notes.get("heirs", {}), new.notes.get("heirs", {})
    return [
        Edge(f"({value})", Pair(Node((ones[value],)), Node((others[value],)))) for value in sorted(ones.keys() & others.keys())
    ]


def listed(old: Shape, new: Shape, pairs: list[Pair], seen: Seen) -> Iterator[Fact]:
    """The facts about the values that the mappings of two unions list, or names in the place of those."""
    one, other = old.union, new.union
    if one is None or other is None or not one.property or one.property != other.property:
        return
    one, other = _with_names(one, other, pairs, seen)
    if one.mapping and other.mapping:
        yield from _mappings(one, other, seen)


def _with_names(old: Union, new: Union, pairs: list[Pair], seen: Seen) -> tuple[Union, Union]:
    """The unions with the names of those branches in their mappings that only the other one's mapping lists."""
    before, after = dict(old.mapping), dict(new.mapping)
    for pair in pairs:
        one, other = _unlisted(pair.old, old, seen.old), _unlisted(pair.new, new, seen.new)
        if one and any(leads_to(pair.new, pointer, seen.new) for pointer in new.mapping.values()):
            before.setdefault(one, pair.old.pointer)
        if other and any(leads_to(pair.old, pointer, seen.old) for pointer in old.mapping.values()):
            after.setdefault(other, pair.new.pointer)
    return replace(old, mapping=before), replace(new, mapping=after)


def _mappings(one: Union, other: Union, seen: Seen) -> Iterator[Fact]:
    for value in sorted(one.mapping.keys() - other.mapping.keys()):
        text = f"the discriminator's value {shown(value)} was removed"
        yield Fact(kind="discriminator-value-removed", text=text, old=_mapping(one, value), new=_mapping(other))
    for value in sorted(other.mapping.keys() - one.mapping.keys()):
        text = f"the discriminator's value {shown(value)} was added"
        yield Fact(kind="discriminator-value-added", text=text, old=_mapping(one), new=_mapping(other, value))
    for value in sorted(one.mapping.keys() & other.mapping.keys()):
        before = {key for key, pointer in one.mapping.items() if pointer == one.mapping[value]}
        after = {key for key, pointer in other.mapping.items() if pointer == other.mapping[value]}
        if before & other.mapping.keys() != after & one.mapping.keys() or _swapped(value, one, other, seen):
            text = f"the discriminator's value {shown(value)} leads to another alternative"
            yield Fact(kind="discriminator-value-moved", text=text, old=_mapping(one, value), new=_mapping(other, value))


def _mapping(union: Union, value: str | None = None) -> str:
    """Where the values of a discriminator stand, or one of them: at the branch, for a name; the discriminator where none is."""
    place = join(union.pointer.rpartition("/")[0], "discriminator")
    names = {name for name, pointer in union.mapping.items() if pointer.startswith(f"{union.pointer}/")}
    if value in names:
        return union.mapping[value]
    place = join(place, "mapping") if union.mapping.keys() - names else place
    return place if value is None else join(place, value)


def implicit(old: Shape, new: Shape, pairs: list[Pair], seen: Seen) -> Iterator[Fact]:
    """Values of a discriminator that nobody lists are the names of components (OpenAPI 3.1 section 4.8.25)."""
    one, other = old.union, new.union
    if one is None or other is None or not one.property or one.property != other.property:
        return
    for pair in pairs:
        before, after = _unlisted(pair.old, one, seen.old), _unlisted(pair.new, other, seen.new)
        if before and after and before != after:
            text = f"the discriminator's value {shown(before)}, the name of the schema, became {shown(after)}"
            yield Fact(kind="discriminator-name-changed", text=text, old=pair.old.pointer, new=pair.new.pointer)


def _unlisted(node: Node, union: Union, shapes: Shapes) -> str:
    """The value that leads to a branch by its name: it has the property as a text, and nothing says which one."""
    held = shapes.shape(node).properties.get(union.property)
    if held is None or shapes.shape(held).types != {"string"}:
        return ""
    if any(not _SAYING.isdisjoint(schema) for _, schema in shapes.schemas.flat(held).facets):
        return ""
    return "" if any(leads_to(node, pointer, shapes) for pointer in union.mapping.values()) else label(node, shapes)


def _swapped(value: str, one: Union, other: Union, seen: Seen) -> bool:
    """Whether a value leads to what another value led to, by the names of the components."""
    before, after = one.mapping[value], other.mapping[value]
    if before.rpartition("/")[2] == after.rpartition("/")[2] or before.rpartition("/")[2] not in {
        pointer.rpartition("/")[2] for pointer in other.mapping.values()
    }:
        return False
    return not seen.equal(Pair(Node((before,)), Node((after,))))


def leads_to(node: Node, pointer: str, shapes: Shapes) -> bool:
    """Whether a node is what a pointer names, itself or by reference."""
    schemas, atom = shapes.schemas, node.pointer
    for _ in range(8):
        if atom == pointer:
            return True
        schema = schemas.value(atom)
        target = schemas.target(atom, schema) if isinstance(schema, dict) else None
        if target is None:
            return False
        atom = target
    return False


def pinned(node: Node, name: str, shapes: Shapes) -> Iterator[str]:
    """The values that a branch takes for a property."""
    held = shapes.shape(node).properties.get(name)
    if held is not None:
        yield from sorted(str(value) for value in (shapes.shape(held).enum or {}).values())


def label(node: Node, shapes: Shapes) -> str:
    """The name of the component that a branch refers to."""
    schema = shapes.schemas.value(node.pointer)
    target = shapes.schemas.target(node.pointer, schema) if isinstance(schema, dict) else None
    return target.rpartition("/")[2] if target else ""
