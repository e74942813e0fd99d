"""Unions compared branch by branch, each with the one that stands for it in the other document.

Branches are matched by the value of the discriminator, then by equal meaning, then by likeness. What is not a union is one
with a branch for each of its types. A branch without a counterpart widens or narrows, unless others accept the same anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from conformance.diff.change import Fact
from conformance.diff.discriminators import implicit, label, leads_to, listed, pinned
from conformance.diff.facts import Edge, Pair, Seen
from conformance.diff.shape import TYPES, Node, Shape, common_types
from conformance.diff.shaping import Shapes
from conformance.spec.pointer import join

_ALIKE = 0.4
"""The least likeness of branches that are taken for the same one."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What the comparison of two unions gives."""

    facts: tuple[Fact, ...]
    edges: tuple[Edge, ...]


def compare(pair: Pair, old: Shape, new: Shape, seen: Seen) -> Matched:
    """The facts about two shapes of which at least one is a union, and the pairs of their branches."""
    before, after = _branches(pair.old, old), _branches(pair.new, new)
    pairs = _match(old, new, before, after, seen)
    facts = [*listed(old, new, pairs, seen), *implicit(old, new, pairs, seen)]
    gone = [node for node in before if node not in {pair.old for pair in pairs}]
    come = [node for node in after if node not in {pair.new for pair in pairs}]
    for node in gone:
        if not any(seen.within(Pair(node, other)) for other in after):
            name = _name(node, seen.old)
            facts.append(Fact(kind="union-branch-removed", text=f"the alternative {name} was removed", old=node.pointer,
                              new=_list_of(pair.new, new, seen.new)))  # fmt: skip
    for node in come:
        if not any(seen.covers(Pair(other, node)) for other in before):
            name = _name(node, seen.new)
            facts.append(Fact(kind="union-branch-added", text=f"the alternative {name} was added", new=node.pointer,
                              old=_list_of(pair.old, old, seen.old)))  # fmt: skip
    facts += _exclusiveness(old, new, before, after, seen)
    edges = tuple(Edge(f"({_name(pair.new, seen.new)})" if len(pairs) > 1 or gone or come else "", pair) for pair in pairs)
    return Matched(tuple(facts), edges)


def _list_of(node: Node, shape: Shape, shapes: Shapes) -> str:
    """Where alternatives are listed; the schema, where they are not."""
    if shape.union is not None:
        return shape.union.pointer
    pointer = node.pointer
    for _ in range(8):
        schema = shapes.schemas.value(pointer)
        if not isinstance(schema, dict):
            break
        for keyword in ("oneOf", "anyOf", "type"):
            if keyword in schema:
                return join(pointer, keyword)
        target = shapes.schemas.target(pointer, schema)
        if target is None:
            break
        pointer = target
    return shape.pointer


def _branches(node: Node, shape: Shape) -> list[Node]:
    """The branches of a shape; one that is no union has one for each of its types."""
    if shape.union is not None:
        return list(shape.union.branches)
    if 1 < len(shape.types) < len(TYPES):
        return [Node(node.atoms, True, name) for name in sorted(shape.types)]
    return [Node(node.atoms, True)]


def _match(old: Shape, new: Shape, before: list[Node], after: list[Node], seen: Seen) -> list[Pair]:
    """Which branch stands for which, each used once, in the order of the new document's branches."""
    pairs: list[Pair] = []
    left, right = list(before), list(after)

    def take(one: Node, other: Node) -> None:
        pairs.append(Pair(one, other))
        left.remove(one)
        right.remove(other)

    ones, others = _by_value(old, before, seen.old), _by_value(new, after, seen.new)
    labels = {label(node, seen.new) for node in right} - {""}
    for value in sorted(ones.keys() & others.keys()):
        one, other = ones[value], others[value]
        name = label(one, seen.old)
        if one in left and other in right and not (name in labels and name != label(other, seen.new)):
            take(one, other)
    if left and right:
        for one in list(left):
            likely = sorted(right, key=partial(_unlikeness, one, seen))
            twin = next((other for other in likely if seen.equal(Pair(one, other))), None)
            if twin is not None:
                take(one, twin)
    scored = sorted(
        ((_likeness(one, other, seen), -i, -j, one, other) for i, one in enumerate(left) for j, other in enumerate(right)),
        key=lambda row: row[:3], reverse=True,
    )  # fmt: skip
    for score, _, _, one, other in scored:
        if one in left and other in right and (score >= _ALIKE or (len(left) == len(right) == 1 and score > 0)):
            take(one, other)
    order = {node: index for index, node in enumerate(after)}
    return sorted(pairs, key=lambda pair: order[pair.new])


def _by_value(shape: Shape, branches: list[Node], shapes: Shapes) -> dict[str, Node]:
    """The branches by the value of the discriminator that leads to them."""
    union = shape.union
    if union is None or not union.property:
        return {}
    found: dict[str, Node] = {}
    for node in branches:
        for value in pinned(node, union.property, shapes):
            found.setdefault(value, node)
    known = set(found.values())
    for value, pointer in union.mapping.items():
        for node in branches:
            if node not in known and leads_to(node, pointer, shapes):
                found.setdefault(value, node)
    return found


def _likeness(one: Node, other: Node, seen: Seen) -> float:
    """How much two branches have in common, from 0 to 1."""
    old, new = seen.old.shape(one), seen.new.shape(other)
    if not common_types(old.types, new.types):
        return 0.0
    score = 0.2 if old.types == new.types else 0.1
    if label(one, seen.old) == label(other, seen.new) != "":
        score += 0.5
    for mine, theirs in ((set(old.properties), set(new.properties)), (set(old.enum or ()), set(new.enum or ())),
                         (set(old.formats), set(new.formats)), (set(old.required), set(new.required))):  # fmt: skip
        if mine or theirs:
            score += 0.3 * len(mine & theirs) / len(mine | theirs)
    if not (old.properties or new.properties or old.enum or new.enum or old.formats or new.formats):
        score += 0.3
    return min(score, 1.0) if not _contradict(old, new, seen) else 0.05


def _unlikeness(one: Node, seen: Seen, other: Node) -> float:
    return -_likeness(one, other, seen)


def _contradict(old: Shape, new: Shape, seen: Seen) -> bool:
    """Whether a property has values in one that the other never has."""
    for name in old.properties.keys() & new.properties.keys():
        mine, theirs = seen.old.shape(old.properties[name]).enum, seen.new.shape(new.properties[name]).enum
        if mine and theirs and len(mine) == 1 and len(theirs) == 1 and not mine.keys() & theirs.keys():
            return True
    return False


def _name(node: Node, shapes: Shapes) -> str:
    schema = shapes.schemas.value(node.pointer)
    title = schema.get("title") if isinstance(schema, dict) else None
    shape = shapes.shape(node)
    return label(node, shapes) or (str(title) if title else "") or " or ".join(sorted(shape.types))


def _exclusiveness(old: Shape, new: Shape, before: list[Node], after: list[Node], seen: Seen) -> Iterator[Fact]:
    """``oneOf`` and ``anyOf`` are the same where the branches exclude each other."""
    one, other = old.union, new.union
    if one is None or other is None or one.exclusive == other.exclusive:
        return
    if _disjoint(before, seen.old) or _disjoint(after, seen.new):
        return
    kind, text = (
        ("union-became-exclusive", "anyOf became oneOf") if other.exclusive else ("union-became-inclusive", "oneOf became anyOf")
    )
    yield Fact(kind=kind, text=f"{text}, and values may fit several alternatives", old=one.pointer, new=other.pointer)


def _disjoint(branches: list[Node], shapes: Shapes) -> bool:
    made = [shapes.shape(node) for node in branches]
    return all(
        not common_types(one.types, other.types) or _told_apart(one, other, shapes)
        for index, one in enumerate(made) for other in made[:index]
    )  # fmt: skip


def _told_apart(one: Shape, other: Shape, shapes: Shapes) -> bool:
    if one.enum is not None and other.enum is not None:
        return not one.enum.keys() & other.enum.keys()
    for name in one.properties.keys() & other.properties.keys():
        mine, theirs = shapes.shape(one.properties[name]).enum, shapes.shape(other.properties[name]).enum
        if mine and theirs and not mine.keys() & theirs.keys() and (name in one.required or name in other.required):
            return True
    return False
