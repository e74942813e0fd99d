"""Words that are nearly others: what may be misspelt, and what generated code takes for one name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_PLAIN = re.compile(r"[^a-z0-9]")


def folded(name: str) -> str:
    """A name as generated code tells names apart at worst: letters and digits alone, in one case."""
    return _PLAIN.sub("", name.casefold()) or name


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a word is a misspelling of, or ``None``.

    One letter of a short word, or two of a long one, may be wrong, missing, too many or swapped; case and signs do not count.
    """
    return _nearest(word, tuple(known))


@lru_cache(maxsize=4096)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    if len(word) < 3:
        return None
    plain = folded(word)
    same = next((other for other in known if folded(other) == plain and other != word), None)
    if same is not None:
        return same
    found = [
        (_distance(word, other), other)
        for other in known
        if abs(len(other) - len(word)) <= 2 and other[:1].lower() == word[:1].lower()
    ]
    within = [(distance, other) for distance, other in found if 0 < distance <= (1 if len(other) < 8 else 2) and len(other) > 3]
    return min(within)[1] if within else None


def _distance(one: str, other: str) -> int:
    """Letters that are wrong, missing, too many, or swapped with the next."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        now = [index]
        for place, theirs in enumerate(other, 1):
            cost = min(row[place] + 1, now[place - 1] + 1, row[place - 1] + (letter != theirs))
            if index > 1 and place > 1 and letter == other[place - 2] and one[index - 2] == theirs:
                cost = min(cost, before[place - 2] + 1)
            now.append(cost)
        before, row = row, now
    return row[-1]
