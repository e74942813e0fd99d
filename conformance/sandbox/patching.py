"""What a change makes of a value: merged by name, by JSON Merge Patch (RFC 7396), or by JSON Patch (RFC 6902)."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.spec.pointer import split

_ABSENT = object()


def merge_patched(value: Any, patch: Any) -> Any:
    """RFC 7396 section 2: objects merge at every depth, and null takes away."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    found = dict(value) if isinstance(value, Mapping) else {}
    for name, change in patch.items():
        if change is None:
            found.pop(name, None)
        else:
            found[name] = merge_patched(found.get(name), change)
    return found


def patched(value: Mapping[str, Any], operations: Sequence[Any]) -> dict[str, Any]:
    """RFC 6902: all operations in order. One that cannot be done changes nothing, nor do those that follow it."""
    found: Any = copy.deepcopy(dict(value))
    for operation in operations:
        try:
            found = _done(found, operation)
        except (LookupError, TypeError, ValueError, AttributeError):
            break
    return found if isinstance(found, dict) else dict(value)


def _done(value: Any, operation: Mapping[str, Any]) -> Any:
    kind, path = operation["op"], split(operation["path"])
    if kind == "test":
        if _at(value, path) != operation["value"]:
            raise ValueError(path)
        return value
    if kind in {"copy", "move"}:
        origin = split(operation["from"])
        moving = copy.deepcopy(_at(value, origin))
        if kind == "move":
            value = _put(value, origin, _ABSENT, over=True)
        return _put(value, path, moving, over=False)
    if kind in {"replace", "remove"}:
        _at(value, path)
    return _put(value, path, _ABSENT if kind == "remove" else copy.deepcopy(operation["value"]), over=kind != "add")


def _at(value: Any, path: Sequence[str]) -> Any:
    for token in path:
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


def _put(value: Any, path: Sequence[str], held: Any, *, over: bool) -> Any:
    """The value with ``held`` at a path; ``over`` takes the place of a list's item rather than one before it."""
    if not path:
        return {} if held is _ABSENT else held
    place, last = _at(value, path[:-1]), path[-1]
    if isinstance(place, list):
        index = len(place) if last == "-" else int(last)
        place[index : index + over] = [] if held is _ABSENT else [held]
    elif held is _ABSENT:
        del place[last]
    else:
        place[last] = held
    return value
