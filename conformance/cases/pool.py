"""Ids that answers have shown, for the path parameters that ask for them.

Ids that led somewhere come before those that were only seen, and those that led nowhere are dropped.

An id is known by its place (``/things`` shows ids for ``/things/{thing_id}``, together with the parents it was
seen under), or by its name (a field ``campaignId`` anywhere shows values for a parameter of that name).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.spec.body import read_json

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_WORDS = re.compile(r"[_\-.]|(?<=[a-z0-9])(?=[A-Z])")
_KEPT = 20
_FEW = 3
_DEEPEST = 6


class Pool:
    """Known ids, the newest last. ``paths`` are the path templates that ask for ids."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = set(paths)
        self._names = {_plain(name) for path in self._paths for name in _TEMPLATE.findall(path)} - {"id"}
        # Item templates by their collection: ``/a/{x}/b`` to the name in ``/a/{x}/b/{y}``.
        self._items: dict[str, list[tuple[str, str]]] = {}
        for path in self._paths:
            for end in (found.end() for found in _TEMPLATE.finditer(path)):
                item = path[:end]
                collection, _, last = item.rpartition("/")
                if last.startswith("{"):
                    self._items.setdefault(_shape(collection), []).append((_shape(item), last[1:-1]))
        self._by_place: dict[str, list[tuple[str, ...]]] = {}
        self._proven: dict[str, list[tuple[str, ...]]] = {}
        self._by_name: dict[str, list[str]] = {}

    def learn(self, path: str, values: Mapping[str, Any], body: bytes) -> None:
        """Take ids from the JSON answer to a request with these path values."""
        read = read_json(body)
        if read.error is not None:
            return
        answer = read.value
        parents = tuple(str(values.get(name, "")) for name in _TEMPLATE.findall(path))
        for item, name in dict.fromkeys(self._items.get(_shape(path), ())):
            for thing in _things(answer):
                identity = next((thing[field] for field in _called(name) if field in thing), None)
                if _is_id(identity):
                    _add(self._by_place.setdefault(item, []), (*parents, str(identity)))
        for name, value in _fields(answer, 0):
            if _plain(name) in self._names and _is_id(value):
                _add(self._by_name.setdefault(_plain(name), []), str(value))

    def forget(self, path: str, values: Mapping[str, Any]) -> None:
        """Something was deleted: its id is of no more use."""
        gone = tuple(str(values.get(name, "")) for name in _TEMPLATE.findall(path))
        for known in (*self._by_place.values(), *self._proven.values()):
            known[:] = [ids for ids in known if ids[: len(gone)] != gone]
        for name in _TEMPLATE.findall(path)[-1:]:
            held = self._by_name.get(_plain(name), [])
            held[:] = [value for value in held if value != gone[-1]]

    def worked(self, path: str, values: Mapping[str, Any]) -> None:
        """A request with these path values was accepted: what they name is there."""
        names, ids = _TEMPLATE.findall(path), [str(values.get(name, "")) for name in _TEMPLATE.findall(path)]
        for count, found in enumerate(_TEMPLATE.finditer(path), 1):
            if all(ids[:count]) and len(ids) == len(names):
                _add(self._proven.setdefault(_shape(path[: found.end()]), []), tuple(ids[:count]))

    def fill(self, path: str, turn: int) -> dict[str, str]:
        """Values for the parameters of a path, as far as they are known; ``turn`` picks among several."""
        names = _TEMPLATE.findall(path)
        ends = [found.end() for found in _TEMPLATE.finditer(path)]
        for count in range(len(names), 0, -1):
            shape = _shape(path[: ends[count - 1]])
            known = self._proven.get(shape, [])[-_FEW:] or self._by_place.get(shape)
            if known:
                found = dict(zip(names, known[-1 - turn % len(known)], strict=False))
                break
        else:
            found = {}
        for name in names:
            values = self._by_name.get(_plain(name))
            if name not in found and values:
                found[name] = values[-1 - turn % len(values)]
        return found


def _called(parameter: str) -> tuple[str, ...]:
    """What a thing may call that by which a path parameter (``task_gid``, ``taskGid``) names it, the likeliest first."""
    last = _WORDS.split(parameter)[-1]
    return tuple(dict.fromkeys((parameter, last, last.lower(), "id")))


def _shape(path: str) -> str:
    return _TEMPLATE.sub("{}", path)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _is_id(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and str(value) != ""


def _add(known: list[Any], value: Any) -> None:
    if value in known:
        known.remove(value)
    known.append(value)
    del known[:-_KEPT]


def _things(answer: Any) -> Iterator[Mapping[str, Any]]:
    """The objects an answer may be about: itself, what its fields hold, and the items of lists in these places."""
    level = [answer]
    for _ in range(2):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                yield value
                below.extend(value.values())
            elif isinstance(value, list):
                yield from (item for item in value[:_KEPT] if isinstance(item, dict))
        level = below
    for value in level:
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value[:_KEPT] if isinstance(item, dict))


def _fields(value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, held in value.items():
            if isinstance(held, (dict, list)):
                yield from _fields(held, depth + 1)
            else:
                yield name, held
    elif isinstance(value, list):
        for item in value[:_KEPT]:
            yield from _fields(item, depth + 1)
