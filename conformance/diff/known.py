"""What is known of two documents' pairs of schemas: each compared once, and gone through from any of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.diff import pair as pairs
from conformance.diff.change import Direction, Effect, Fact, Medium
from conformance.diff.facts import Edge, Pair, path_of
from conformance.diff.sameness import Sameness
from conformance.diff.shaping import Shapes
from conformance.diff.table import kind
from conformance.diff.textual import TYPED, as_text, into_list
from conformance.spec.document import Document

_DEEPEST = 400


class Known:
    """The pairs of two documents."""

    def __init__(self, old: Document, new: Document) -> None:
        self.old, self.new = Shapes(old), Shapes(new)
        self._sameness = Sameness(self.old.schemas, self.new.schemas)
        self._compared: dict[Pair, pairs.Compared] = {}
        self._open: set[Pair] = set()
        self._clean: set[Pair] = set()
        self._soiled: set[Pair] = set()
        self._asked: dict[tuple[Pair, Effect], bool] = {}

    def compared(self, pair: Pair) -> pairs.Compared:
        """The facts of one pair, and the steps to those beneath."""
        known = self._compared.get(pair)
        if known is None:
            if self._is_same(pair):
                known = self._compared[pair] = pairs.Compared(())
                return known
            if pair in self._open:  # a union that has to know itself to match its branches
                return pairs.Compared(())
            self._open.add(pair)
            try:
                known = self._compared[pair] = pairs.compare(pair, self)
            finally:
                self._open.discard(pair)
        return known

    def _is_same(self, pair: Pair) -> bool:
        """Whether both are written alike, so that they need not be looked into."""
        old, new = pair.old, pair.new
        return (
            (old.plain, old.only, len(old.atoms)) == (new.plain, new.only, len(new.atoms))
            and all(one[:1] == other[:1] == "/" for one, other in zip(old.atoms, new.atoms, strict=True))
            and all(self._sameness.same(one, other) for one, other in zip(old.atoms, new.atoms, strict=True))
        )

    def facts(self, pair: Pair) -> Iterator[Fact]:
        """All that differs in a pair and beneath it."""
        seen, stack = {pair}, [pair]
        while stack:
            compared = self.compared(stack.pop())
            yield from compared.facts
            for edge in compared.edges:
                if edge.pair not in seen and edge.pair not in self._clean:
                    seen.add(edge.pair)
                    stack.append(edge.pair)

    def equal(self, pair: Pair) -> bool:
        """Whether both are the same in all."""
        return not self._has(pair, Effect.OTHER)

    def within(self, pair: Pair) -> bool:
        """Whether the new one accepts all that the old one does."""
        return not self._has(pair, Effect.NARROWER)

    def covers(self, pair: Pair) -> bool:
        """Whether the old one accepts all that the new one does."""
        return not self._has(pair, Effect.WIDER)

    def _has(self, pair: Pair, effect: Effect) -> bool:
        """Whether something differs in that way; ``OTHER`` is in any."""
        known = self._asked.get((pair, effect))
        if known is None:
            wanted = {*Effect} if effect is Effect.OTHER else {Effect.OTHER, effect}
            known = any(kind(fact.kind).effect in wanted for fact in self.facts(pair))
            self._asked[pair, effect] = known
        return known

    def walk(self, pair: Pair, direction: Direction, medium: Medium = Medium.JSON) -> Iterator[tuple[str, Fact]]:
        """Each fact of a pair and beneath it that exists in a direction and a medium, with the shortest path to it."""
        if self._is_clean(pair):
            return
        seen: set[Pair] = {pair}
        level: list[tuple[tuple[str, ...], Pair, tuple[str, str]]] = [((), pair, ("", ""))]
        for _ in range(_DEEPEST):
            following: list[tuple[tuple[str, ...], Pair, tuple[str, str]]] = []
            for path, held, above in level:
                here = self.old.shape(held.old).pointer or above[0], self.new.shape(held.new).pointer or above[1]
                compared = self.compared(held)
                edges = compared.edges
                for fact in compared.facts:
                    if fact.only in (None, direction) and (fact.kind != "xml-changed" or medium is Medium.XML):
                        if medium in (Medium.TEXT, Medium.REPEATED) and fact.kind in TYPED:
                            fact, more = self._in_text(fact, held, alone=medium is Medium.REPEATED and not path)
                            edges = (*edges, *more)
                        yield path_of(path), self._placed(fact, held, here)
                for edge in edges:
                    if edge.only in (None, direction) and edge.pair not in seen and not self._is_clean(edge.pair):
                        seen.add(edge.pair)
                        following.append((_further(path, edge), edge.pair, here))
            if not following:
                return
            level = following

    def _in_text(self, fact: Fact, pair: Pair, *, alone: bool) -> tuple[Fact, tuple[Edge, ...]]:
        """A fact about types as it is in text, and what is beneath it: an item, where a value stands for a list of one."""
        old, new = self.old.shape(pair.old), self.new.shape(pair.new)
        item = into_list(pair, old, new) if alone else None
        return (as_text(fact, old, new), ()) if item is None else (replace(fact, kind="type-widened"), (item,))

    def _placed(self, fact: Fact, pair: Pair, above: tuple[str, str]) -> Fact:
        """A fact with the best places: where nothing is written, the nearest above; beside a reference, where that stands."""
        one, other = self.old.shape(pair.old), self.new.shape(pair.new)
        old, new = fact.old or above[0], fact.new or above[1]
        if old == one.pointer:
            beside = pair.old.pointer if new.rpartition("/")[0] == pair.new.pointer else ""
            old = beside or _same_but_for(new, self.new, self.old) or _counterpart(new, other.facets, one.facets) or old
        elif new == other.pointer:
            beside = pair.new.pointer if old.rpartition("/")[0] == pair.old.pointer else ""
            new = beside or _same_but_for(old, self.old, self.new) or _counterpart(old, one.facets, other.facets) or new
        return fact if (old, new) == (fact.old, fact.new) else replace(fact, old=old, new=new)

    def _is_clean(self, pair: Pair) -> bool:
        """Whether nothing differs in a pair and beneath it."""
        if pair in self._clean:
            return True
        if pair in self._soiled:
            return False
        self._sort(pair)
        return pair in self._clean

    def _sort(self, root: Pair) -> None:
        """Tell which of the pairs beneath one lead to a difference: backwards from those that have one."""
        seen, stack = {root}, [root]
        back: dict[Pair, list[Pair]] = {}
        soiled: list[Pair] = []
        while stack:
            held = stack.pop()
            compared = self.compared(held)
            if compared.facts or held in self._soiled:
                soiled.append(held)
            for edge in compared.edges:
                if edge.pair in self._clean:
                    continue
                back.setdefault(edge.pair, []).append(held)
                if edge.pair not in seen:
                    seen.add(edge.pair)
                    stack.append(edge.pair)
        found = set(soiled)
        while soiled:
            for held in back.get(soiled.pop(), ()):
                if held not in found:
                    found.add(held)
                    soiled.append(held)
        self._soiled |= found
        self._clean |= seen - found


def _same_but_for(pointer: str, own: Shapes, others: Shapes) -> str:
    """The schema that holds a keyword, where the other document has the same schema without it."""
    holder, _, word = pointer.rpartition("/")
    mine, theirs = own.schemas.value(holder), others.schemas.value(holder)
    if not isinstance(mine, dict) or not isinstance(theirs, dict) or word in theirs or len(mine) != len(theirs) + 1:
        return ""
    return holder if all(mine.get(name) == said for name, said in theirs.items()) else ""


def _counterpart(pointer: str, own: tuple[str, ...], others: tuple[str, ...]) -> str:
    """The schema of an ``allOf`` that says something, where the other document has one at the same place."""
    holder = max((facet for facet in own if pointer.startswith(f"{facet}/")), key=len, default="")
    return holder if holder in others else ""


def _further(path: tuple[str, ...], edge: Edge) -> tuple[str, ...]:
    return (*path, edge.step) if edge.step else path
