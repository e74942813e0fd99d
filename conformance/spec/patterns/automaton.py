"""What the trees of patterns do as automata: whether two of them share a text, and whether one can take forever.

The automaton is Glushkov's: a state for each character of the pattern. An engine that backtracks needs time that doubles
with each character when a state comes back to itself on one text in two ways, and something after it can fail.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from conformance.spec.patterns.regular import Chars, Edge, Either, Repeat, Row, Tree, UnusualError, lengths, searched, tree

_STATES = 600
_COPIES = 12
_PAIRS = 60


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part may begin and end, by state and in how many ways, and whether it may be empty."""

    empty: bool
    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)


class Automaton:
    """The automaton of a tree: ``chars`` are the states' characters, ``follow`` what comes after each, in how many ways.

    Args:
        whole: the tree.
        exact: whether long repetitions are told apart by how often they repeat.
        most: how many states it may have.

    Raises:
        UnusualError: when it would have more.
    """

    def __init__(self, whole: Tree, *, exact: bool, most: int = _STATES) -> None:
        self._most = most
        self.chars: list[int] = []
        self.follow: dict[int, Counter[int]] = {}
        self._exact = exact
        self.whole = self._of(whole)

    def _of(self, part: Tree) -> Part:
        if isinstance(part, Chars):
            if len(self.chars) > self._most:
                raise UnusualError
            self.chars.append(part.chosen)
            state = len(self.chars) - 1
            return Part(False, Counter([state]), Counter([state]))
        if isinstance(part, Edge):
            return Part(True)
        if isinstance(part, Either):
            found = [self._of(inner) for inner in part.parts]
            firsts, lasts = Counter[int](), Counter[int]()
            for inner in found:
                firsts.update(inner.first)
                lasts.update(inner.last)
            return Part(any(inner.empty for inner in found), firsts, lasts)
        if isinstance(part, Row):
            return self._row([self._of(inner) for inner in part.parts])
        return self._repeat(part)

    def _row(self, parts: list[Part]) -> Part:
        whole = Part(True)
        for part in parts:
            self._join(whole.last, part.first)
            whole = Part(
                whole.empty and part.empty,
                whole.first + part.first if whole.empty else whole.first,
                whole.last + part.last if part.empty else part.last,
            )
        return whole

    def _repeat(self, part: Repeat) -> Part:
        if part.most == 0:
            return Part(True)
        if part.most is None or (not self._exact and part.most > _COPIES):
            copies = [self._of(part.part) for _ in range(max(1, part.least if self._exact else min(part.least, 1)))]
            self._join(copies[-1].last, copies[-1].first)
            whole = self._row(copies)
            return Part(whole.empty or part.least == 0, whole.first, whole.last)
        rest = Part(True)
        for index in reversed(range(part.most)):
            # What is past the least may be left out only with all that follows it.
            held = self._row([self._of(part.part), rest])
            rest = held if index < part.least else Part(True, held.first, held.last)
        return rest

    def _join(self, lasts: Counter[int], firsts: Counter[int]) -> None:
        for state, ways in lasts.items():
            follow = self.follow.setdefault(state, Counter())
            for following, more in firsts.items():
                follow[following] += ways * more


@lru_cache(maxsize=1024)
def disjoint(one: str, other: str) -> bool:
    """Whether no text is found by both patterns; false when that cannot be told."""
    trees = searched(one), searched(other)
    try:
        first, second = (Automaton(found, exact=True) for found in trees if found is not None)
    except (ValueError, RecursionError):
        return False
    if first.whole.empty and second.whole.empty:
        return False
    stack = [(a, b) for a in first.whole.first for b in second.whole.first if first.chars[a] & second.chars[b]]
    seen = set(stack)
    while stack:
        a, b = stack.pop()
        if a in first.whole.last and b in second.whole.last:
            return False
        for following in first.follow.get(a, ()):
            for other_following in second.follow.get(b, ()):
                pair = following, other_following
                if pair not in seen and first.chars[following] & second.chars[other_following]:
                    seen.add(pair)
                    stack.append(pair)
    return True


@lru_cache(maxsize=1024)
def text_lengths(pattern: str) -> tuple[int, int | None]:
    """The least and the largest length of a text that has the pattern; ``(0, None)`` when that cannot be told."""
    found = searched(pattern)
    return lengths(found) if found is not None else (0, None)


@lru_cache(maxsize=4096)
def catastrophic(pattern: str) -> bool:
    """Whether an engine that backtracks can need time exponential in the length of the text."""
    if not any(sign in pattern for sign in ("+", "*", ",}", "{")):
        return False
    found = tree(pattern)
    if found is None:
        return False
    return any(_explodes(part) for part in (found.parts if isinstance(found, Either) else (found,)))


def _explodes(alternative: Tree) -> bool:
    try:
        automaton = Automaton(alternative, exact=False)
    except UnusualError:
        return False
    is_closed = isinstance(alternative, Row) and alternative.parts[-1:] == (Edge(is_start=False),)
    for state in _looping(automaton):
        # Where the match may end, an engine stops at its first success, and nothing has to be tried again.
        if (is_closed or state not in automaton.whole.last) and _is_ambiguous(automaton, state):
            return True
    return False


def _looping(automaton: Automaton) -> list[int]:
    return [state for state in range(len(automaton.chars)) if state in _reached(automaton, state)]


def _reached(automaton: Automaton, start: int) -> set[int]:
    seen: set[int] = set()
    stack = list(automaton.follow.get(start, ()))
    while stack:
        state = stack.pop()
        if state not in seen:
            seen.add(state)
            stack.extend(automaton.follow.get(state, ()))
    return seen


def _is_ambiguous(automaton: Automaton, state: int) -> bool:
    """Whether a state comes back to itself on one text in two ways."""
    around = {other for other in _reached(automaton, state) if state in _reached(automaton, other)}
    if any(ways > 1 and following in around for inner in around for following, ways in automaton.follow.get(inner, {}).items()):
        return True
    if len(around) > _PAIRS:
        return False
    stack, seen = [(state, state, False)], set()
    while stack:
        a, b, parted = stack.pop()
        for x in automaton.follow.get(a, ()):
            for y in automaton.follow.get(b, ()):
                if x not in around or y not in around or not automaton.chars[x] & automaton.chars[y]:
                    continue
                if x == y == state and parted:
                    return True
                pair = (x, y, parted or x != y)
                if pair not in seen:
                    seen.add(pair)
                    stack.append(pair)
    return False
