"""How the texts that two patterns take relate: equal, wider, narrower, apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from conformance.spec.patterns.automaton import Automaton
from conformance.spec.patterns.regular import OTHER, UnusualError, searched

_STATES = 1500
_PAIRS = 3000
# What the one symbol for all letters beyond ASCII does not tell apart.
_BEYOND = re.compile(r"[^\x00-\x7f]|\\[uxpP]")
_START = frozenset({-1})
States = frozenset[int]


@lru_cache(maxsize=256)
def relation(old: str, new: str) -> str:
    """``equal``, ``wider``, ``narrower`` or ``apart`` for the new pattern; ``unknown`` where it cannot be told."""
    if old == new:
        return "equal"
    trees = searched(old), searched(new)
    if trees[0] is None or trees[1] is None or _BEYOND.search(old) or _BEYOND.search(new):
        return "unknown"
    try:
        one, other = (Automaton(tree, exact=True, most=_STATES) for tree in trees if tree is not None)
        more, less = _compared(one, other)
    except (UnusualError, RecursionError):
        return "unknown"
    return {(False, False): "equal", (True, False): "wider", (False, True): "narrower"}.get((more, less), "apart")


def _compared(old: Automaton, new: Automaton) -> tuple[bool, bool]:
    """Whether the new automaton takes more than the old one, and whether it takes less."""
    symbols = _symbols((*old.chars, *new.chars))
    seen, stack, more, less = {(_START, _START)}, [(_START, _START)], False, False
    while stack and not (more and less):
        left, right = stack.pop()
        was, is_now = _ends(old, left), _ends(new, right)
        more, less = more or (is_now and not was), less or (was and not is_now)
        for symbol in symbols:
            pair = _after(old, left, symbol), _after(new, right, symbol)
            if pair not in seen:
                seen.add(pair)
                stack.append(pair)
        if len(seen) > _PAIRS:
            raise UnusualError
    return more, less


def _ends(automaton: Automaton, states: States) -> bool:
    if states == _START:
        return automaton.whole.empty
    return any(state in automaton.whole.last for state in states)


def _after(automaton: Automaton, states: States, symbol: int) -> States:
    following: Iterable[int] = (
        automaton.whole.first if states == _START else {after for state in states for after in automaton.follow.get(state, ())}
    )
    return frozenset(state for state in following if automaton.chars[state] & symbol)


def _symbols(masks: Iterable[int]) -> list[int]:
    """One symbol of each kind that the automata tell apart."""
    distinct = sorted(set(masks))
    kinds: dict[tuple[bool, ...], int] = {}
    for at in range(OTHER.bit_length()):
        kinds.setdefault(tuple(bool(mask >> at & 1) for mask in distinct), 1 << at)
    return list(kinds.values())
