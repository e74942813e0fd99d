"""What the user knows, put into a case of the engine's before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.cases.values import Values


def give(case: Any, values: Values, turn: int, *, tested: frozenset[str]) -> None:
    """Put known values into the query, headers, cookies and body of a case.

    Args:
        case: the engine's; it is changed.
        values: what is known.
        turn: picks among alternatives.
        tested: names that the case is about, which keep what was generated.
    """
    label = case.operation.label
    left = {name: known[turn % len(known)] for name, known in values.given(label).items() if name not in tested}
    for place in ("query", "headers", "cookies"):
        held = getattr(case, place)
        declared = {parameter.name for parameter in getattr(case.operation, place)}
        own = {name: left.pop(name) for name in list(left) if name in declared}
        if isinstance(held, Mapping) or own:
            filled = {**values.into(label, dict(held or {}), turn, without=tested), **own}
            if filled != held:
                setattr(case, place, filled)
    for name in case.path_parameters or {}:
        left.pop(name, None)
    if isinstance(case.body, (dict, list)):
        body = values.into(label, case.body, turn, without=tested)
        missing = {name: value for name, value in left.items() if not _has(body, name)}
        case.body = {**body, **missing} if isinstance(body, dict) else body


def _has(value: Any, name: str) -> bool:
    """Whether a value has a field of a name, at any depth."""
    if isinstance(value, dict):
        return name in value or any(_has(held, name) for held in value.values())
    return isinstance(value, list) and any(_has(held, name) for held in value)
