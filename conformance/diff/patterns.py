"""How the texts that two regular expressions take relate: equal, wider, narrower, apart.

Both are read as ECMA-262 writes them and made into automata over ASCII and one symbol for everything else. What an automaton
cannot say (look-around, back references, word boundaries) is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

_STATES = 1500
_PAIRS = 3000
_SYMBOLS = 129
_ALL = (1 << _SYMBOLS) - 1


def _mask(text: str) -> int:
    return sum(1 << min(ord(letter), _SYMBOLS - 1) for letter in set(text))


_DIGITS = _mask("0123456789")
_WORDS = _mask("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_SPACES = _mask(" \t\n\r\v\f")
_CLASSES = {"d": _DIGITS, "D": _ALL & ~_DIGITS, "w": _WORDS, "W": _ALL & ~_WORDS, "s": _SPACES, "S": _ALL & ~_SPACES}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "f": "\f", "0": "\0"}
_LINE_ENDS = _mask("\n\r")


class _UnknownError(Exception):
    """The expression says what an automaton cannot."""


@dataclass(slots=True)
class _Automaton:
    """States with steps: by no symbol at all, or by one of a set."""

    free: list[list[int]] = field(default_factory=list)
    steps: list[list[tuple[int, int]]] = field(default_factory=list)

    def state(self) -> int:
        if len(self.free) >= _STATES:
            raise _UnknownError
        self.free.append([])
        self.steps.append([])
        return len(self.free) - 1

    def closure(self, states: frozenset[int]) -> frozenset[int]:
        seen, stack = set(states), list(states)
        while stack:
            for other in self.free[stack.pop()]:
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        return frozenset(seen)

    def after(self, states: frozenset[int], symbol: int) -> frozenset[int]:
        return self.closure(frozenset(to for state in states for symbols, to in self.steps[state] if symbols >> symbol & 1))


class _Reader:
    """Reads an expression into an automaton, from left to right; each part leads from a state to a new one."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.made = _Automaton()

    def read(self) -> tuple[_Automaton, int, int]:
        """The automaton with where it starts and ends; unanchored ends take anything."""
        start, end = self.made.state(), self.made.state()
        while True:
            state = self.made.state()
            self.made.free[start].append(state)
            if self._take("^"):
                pass
            else:
                self.made.steps[state].append((_ALL, state))
            state = self._sequence(state)
            if self._take("$"):
                self.made.free[state].append(end)
            else:
                tail = self.made.state()
                self.made.free[state].append(tail)
                self.made.steps[tail].append((_ALL, tail))
                self.made.free[tail].append(end)
            if self.at == len(self.text):
                return self.made, start, end
            if not self._take("|"):
                raise _UnknownError

    def _take(self, letter: str) -> bool:
        if self.text.startswith(letter, self.at):
            self.at += len(letter)
            return True
        return False

    def _sequence(self, state: int) -> int:
        while self.at < len(self.text) and self.text[self.at] not in "|)$":
            state = self._repeated(state)
        return state

    def _repeated(self, state: int) -> int:
        place = self.at
        first = self.made.state()
        self.made.free[state].append(first)
        last = self._atom(first)
        after = self.at
        least, most = self._count()
        end = self.at
        if (least, most) == (1, 1):
            return last
        out = self.made.state()
        if least == 0:
            self.made.free[first].append(out)
        # What is repeated is read again for each time that is counted.
        for time in range(2, max(least, most or 1) + 1):
            if time > least:
                self.made.free[last].append(out)
            self.at, begin = place, self.made.state()
            self.made.free[last].append(begin)
            first, last = begin, self._atom(begin)
        if most is None:
            self.made.free[last].append(first)
        self.made.free[last].append(out)
        self.at = max(end, after)
        return out

    def _count(self) -> tuple[int, int | None]:
        counts: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        found: tuple[int, int | None] = (1, 1)
        letter = self.text[self.at : self.at + 1]
        if letter in counts and letter:
            found = counts[letter]
            self.at += 1
        elif letter == "{":
            end = self.text.find("}", self.at)
            low, comma, high = self.text[self.at + 1 : end].partition(",")
            if end < 0 or not low.isdecimal() or (high and not high.isdecimal()):
                raise _UnknownError
            found = (int(low), int(high) if high else None if comma else int(low))
            self.at = end + 1
            if found[1] == 0:
                raise _UnknownError
        else:
            return found
        self._take("?")
        if self.text[self.at : self.at + 1] in {"*", "+", "{", "?"} and self.at < len(self.text):
            raise _UnknownError
        return found

    def _atom(self, state: int) -> int:
        if self._take("("):
            return self._group(state)
        letter = self.text[self.at]
        if letter in "*+?{^":
            raise _UnknownError
        self.at += 1
        symbols = self._set() if letter == "[" else self._escaped() if letter == "\\" else (
            _ALL & ~_LINE_ENDS if letter == "." else _mask(self._plain(letter)))  # fmt: skip
        end = self.made.state()
        self.made.steps[state].append((symbols, end))
        return end

    def _group(self, state: int) -> int:
        if self._take("?") and not self._take(":"):
            raise _UnknownError
        end = self.made.state()
        while True:
            begin = self.made.state()
            self.made.free[state].append(begin)
            self.made.free[self._sequence(begin)].append(end)
            if self._take(")"):
                return end
            if not self._take("|"):
                raise _UnknownError

    def _plain(self, letter: str) -> str:
        if not letter.isascii():
            raise _UnknownError
        return letter

    def _escaped(self) -> int:
        if self.at >= len(self.text):
            raise _UnknownError
        letter = self.text[self.at]
        self.at += 1
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in _CONTROLS:
            return _mask(_CONTROLS[letter])
        if letter.isalnum() or not letter.isascii():
            raise _UnknownError
        return _mask(letter)

    def _set(self) -> int:
        negated, found = self._take("^"), 0
        while not self._take("]"):
            low = self._member()
            if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                first, last = low.bit_length() - 1, self._member().bit_length() - 1
                if low.bit_count() != 1 or last < first:
                    raise _UnknownError
                low = sum(1 << code for code in range(first, last + 1))
            found |= low
        return _ALL & ~found if negated else found

    def _member(self) -> int:
        if self.at >= len(self.text):
            raise _UnknownError
        letter = self.text[self.at]
        self.at += 1
        return self._escaped() if letter == "\\" else _mask(self._plain(letter))


@lru_cache(maxsize=256)
def relation(old: str, new: str) -> str:
    """``equal``, ``wider``, ``narrower`` or ``apart`` for the new expression; ``unknown`` where it cannot be told."""
    if old == new:
        return "equal"
    try:
        more, less = _compared(_Reader(old).read(), _Reader(new).read())
    except _UnknownError:
        return "unknown"
    return {(False, False): "equal", (True, False): "wider", (False, True): "narrower"}.get((more, less), "apart")


def _compared(old: tuple[_Automaton, int, int], new: tuple[_Automaton, int, int]) -> tuple[bool, bool]:
    """Whether the new automaton takes more than the old one, and whether it takes less."""
    (one, start, end), (other, begin, stop) = old, new
    symbols = _symbols(one, other)
    pair = one.closure(frozenset({start})), other.closure(frozenset({begin}))
    seen, stack, more, less = {pair}, [pair], False, False
    while stack and not (more and less):
        left, right = stack.pop()
        more, less = more or (stop in right and end not in left), less or (end in left and stop not in right)
        for symbol in symbols:
            pair = one.after(left, symbol), other.after(right, symbol)
            if pair not in seen:
                seen.add(pair)
                stack.append(pair)
        if len(seen) > _PAIRS:
            raise _UnknownError
    return more, less


def _symbols(one: _Automaton, other: _Automaton) -> list[int]:
    """One symbol of each kind that the two tell apart."""
    masks = {symbols for made in (one, other) for steps in made.steps for symbols, _ in steps}
    kinds: dict[tuple[bool, ...], int] = {}
    for symbol in range(_SYMBOLS):
        kinds.setdefault(tuple(bool(symbols >> symbol & 1) for symbols in sorted(masks)), symbol)
    return list(kinds.values())
