"""Known values for parameters and fields, which the user gave: generated cases take them where their names fit.

A value is known for a name anywhere, for a name in one operation, or for a place in paths (``/things/{thing_id}``). What
holds for an operation is always taken, what holds for a name mostly, so that other values are tried too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_DEEPEST = 12
_OTHER = 4
"""Every so manieth time a value that is known for a name is left out."""

Alternatives = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Known values, each with its alternatives. ``operations`` are by label, ``places`` by path template."""

    names: Mapping[str, Alternatives] = field(default_factory=dict)
    operations: Mapping[str, Mapping[str, Alternatives]] = field(default_factory=dict)
    places: Mapping[str, Alternatives] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.names or self.operations or self.places)

    def knowing(self, names: Mapping[str, Any]) -> Values:
        """The same with a value for each of some names; what is known of them already comes first."""
        return replace(self, names={**{name: (value,) for name, value in names.items()}, **self.names})

    def knowing_at(self, label: str, names: Mapping[str, Any]) -> Values:
        """The same with a value for each of some names in one operation."""
        own = {**{name: (value,) for name, value in names.items()}, **self.given(label)}
        return replace(self, operations={**self.operations, label: own})

    def path(self, label: str, turn: int) -> dict[str, Any]:
        """Values for the parameters of an operation's path, as far as they are known; ``turn`` picks among several."""
        path = label.partition(" ")[2]
        found = {}
        for template in _TEMPLATE.finditer(path):
            own = self.operations.get(label, {}).get(template[1])
            known = own or self.places.get(path[: template.end()]) or self.names.get(template[1])
            if known:
                found[template[1]] = known[turn % len(known)]
        return found

    def given(self, label: str) -> Mapping[str, Alternatives]:
        """What is known for one operation."""
        return self.operations.get(label, {})

    def into(self, label: str, value: Any, turn: int, *, without: frozenset[str] = frozenset()) -> Any:
        """A copy of a value (a body, or parameters by name) with what is known in its place, at every depth.

        Args:
            label: the operation.
            value: what was generated.
            turn: picks among several, and the times when a value that is known for a name is left out.
            without: names that keep what was generated.
        """
        names = {} if turn % _OTHER == _OTHER - 1 else self.names
        known = {name: held for name, held in {**names, **self.given(label)}.items() if name not in without}
        return _filled(value, known, turn, 0) if known else value


def _filled(value: Any, known: Mapping[str, Alternatives], turn: int, depth: int) -> Any:
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {
            name: _fitted(held, known[name], turn) if name in known else _filled(held, known, turn, depth + 1)
            for name, held in value.items()
        }
    if isinstance(value, list):
        return [_filled(held, known, turn, depth + 1) for held in value]
    return value


def _fitted(old: Any, known: Alternatives, turn: int) -> Any:
    """One of the alternatives; in a list where a list stood."""
    value = known[turn % len(known)]
    return [value] if isinstance(old, list) and not isinstance(value, list) else value
