"""Which operation of the new document is which of the old one.

They are the same when method and path are, whatever path parameters are called and however the path is divided between
servers and paths; else when they have one operationId.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from conformance.model.operation import Operation

_NAME = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Operations of two documents: those in both, moved ones, and those in one only, in document order."""

    kept: tuple[tuple[Operation, Operation], ...]
    moved: tuple[tuple[Operation, Operation], ...]
    removed: tuple[Operation, ...]
    added: tuple[Operation, ...]


def match(old: Iterable[Operation], new: Iterable[Operation]) -> Matches:
    """The operations of two documents, matched."""
    before, after = list(old), list(new)
    kept = []
    for key in (_exact, _template, _address):
        kept += _take(before, after, key)
    moved = _take(before, after, _id)
    order = {id(operation): index for index, operation in enumerate(new)}
    return Matches(
        kept=tuple(sorted(kept, key=lambda pair: order.get(id(pair[1]), 0))),
        moved=tuple(moved),
        removed=tuple(before),
        added=tuple(after),
    )


def _take(
    before: list[Operation], after: list[Operation], key: Callable[[Operation], Hashable]
) -> list[tuple[Operation, Operation]]:
    """Pairs with one key; they leave the lists."""
    keyed: dict[Hashable, Operation] = {}
    for operation in after:
        if key(operation) is not None:
            keyed.setdefault(key(operation), operation)
    pairs = []
    for operation in list(before):
        twin = keyed.pop(key(operation), None)
        if twin is not None:
            pairs.append((operation, twin))
            before.remove(operation)
            after.remove(twin)
    return pairs


def template(path: str) -> str:
    """A path without the names of its parameters."""
    return _NAME.sub("{}", path)


def _exact(operation: Operation) -> Hashable:
    return operation.method, operation.path


def _template(operation: Operation) -> Hashable:
    return operation.method, template(operation.path)


def _address(operation: Operation) -> Hashable:
    base = urlsplit(operation.servers[0]).path.rstrip("/") if operation.servers else ""
    return operation.method, base + template(operation.path)


def _id(operation: Operation) -> Hashable:
    return operation.operation_id


def renamed(old: Operation, new: Operation) -> dict[str, str]:
    """What path parameters are called now, by what they were called; from the end, where paths are alike."""
    names = [[name[1:-1] for name in _NAME.findall(operation.path)] for operation in (old, new)]
    return {before: after for before, after in zip(reversed(names[0]), reversed(names[1]), strict=False) if before != after}
