"""Conditions compared: ``not``, ``if`` with what follows, and schemas that hold where a property is there."""

from __future__ import annotations

from conformance.diff.change import Effect, Fact
from conformance.diff.facts import Pair, Seen
from conformance.diff.shape import Condition, Node, Shape
from conformance.diff.table import kind

_PLAIN = {"property-added": Effect.NARROWER, "required-property-added": Effect.NARROWER,
          "property-removed": Effect.WIDER, "required-property-removed": Effect.WIDER}  # fmt: skip
"""What classes of change do to a schema of an open object, where nobody asks who writes it."""


def differences(old: Shape, new: Shape, seen: Seen) -> list[Fact]:
    """The facts about the conditions of two shapes."""
    facts: list[Fact] = []
    denied, also = _unmatched(old.nots, new.nots, seen)
    how = ""
    if len(denied) == len(also) == 1:
        how = {Effect.WIDER: "tightened", Effect.NARROWER: "loosened"}.get(_leaning([Pair(denied[0], also[0])], seen), "")
    _listed("not", old, new, (len(denied), len(also), how), facts)
    removed = []
    before, after = list(old.conditions), list(new.conditions)
    for condition in list(before):
        twin = next((other for other in after if _same(condition, other, seen)), None)
        if twin is None:
            removed.append(condition)
        else:
            after.remove(twin)
    how = _consequence(removed[0], after[0], seen) if len(removed) == len(after) == 1 else ""
    _listed("if", old, new, (len(removed), len(after), how), facts)
    return facts


def _consequence(old: Condition, new: Condition, seen: Seen) -> str:
    """How what follows from the same condition became tighter or looser; nothing when it cannot be told."""
    if old.name != new.name or not seen.equal(Pair(old.when, new.when)):
        return ""
    follows = [Pair(old.then, new.then), Pair(old.otherwise, new.otherwise)]
    return {Effect.NARROWER: "tightened", Effect.WIDER: "loosened"}.get(_leaning(follows, seen), "")


def _leaning(pairs: list[Pair], seen: Seen) -> Effect:
    """Whether all that differs makes schemas narrower, or wider; a property that a condition names is one constraint more."""
    effects = {_PLAIN.get(fact.kind, kind(fact.kind).effect) for pair in pairs for fact in seen.facts(pair)} - {Effect.NONE}
    return effects.pop() if len(effects) == 1 else Effect.OTHER


def _same(one: Condition, other: Condition, seen: Seen) -> bool:
    pairs = (Pair(one.when, other.when), Pair(one.then, other.then), Pair(one.otherwise, other.otherwise))
    return one.name == other.name and all(seen.equal(pair) for pair in pairs)


def _unmatched(old: tuple[Node, ...], new: tuple[Node, ...], seen: Seen) -> tuple[list[Node], list[Node]]:
    rest, removed = list(new), []
    for node in old:
        twin = next((other for other in rest if seen.equal(Pair(node, other))), None)
        if twin is None:
            removed.append(node)
        else:
            rest.remove(twin)
    return removed, rest


def _listed(keyword: str, old: Shape, new: Shape, unmatched: tuple[int, int, str], facts: list[Fact]) -> None:
    removed, added, how = unmatched
    if not removed and not added:
        return
    verb = (how or "changed") if removed and added else "added" if added else "removed"
    text = f"what {keyword!r} says was {verb}"
    facts.append(Fact(kind=f"constraint-{verb}", text=text, old=old.place(keyword), new=new.place(keyword)))
