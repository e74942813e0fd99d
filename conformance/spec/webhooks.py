"""The messages that a service sends of its own accord: the document's webhooks, and the callbacks of its operations.

Each is read like an operation of the service, for its path item is written like one; only the roles are swapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import METHODS, Operation
from conformance.spec.pointer import follow, join

Follow = Callable[[Any, str], tuple[Any, str]]
"""A value and its pointer with Reference Objects followed; raises ``LookupError``."""

Read = Callable[[str, str, dict[str, Any], str], Operation]
"""The operation for a name, a method, a path item and the item's pointer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A message that the service sends.

    ``operation`` says what it looks like: its method, parameters and body, with ``name`` as the path. ``expression`` says
    where it goes (see ``spec.expressions``); it is empty where the document ties the message to no operation.
    """

    name: str
    operation: Operation
    expression: str = ""


def webhooks(tree: dict[str, Any], follow_reference: Follow, read: Read) -> Iterator[Webhook]:
    """What stands in ``webhooks`` (3.1) and ``x-webhooks`` (3.0, by convention), in the document's order."""
    for member in ("webhooks", "x-webhooks"):
        for name, item, pointer in _items(tree.get(member), join("", member), follow_reference):
            for method in _methods(item):
                yield Webhook(name=name, operation=read(name, method, item, pointer))


def callbacks(
    tree: dict[str, Any], operations: Iterable[Operation], follow_reference: Follow, read: Read
) -> dict[str, tuple[Webhook, ...]]:
    """The callbacks of each operation that has any, by its label (OpenAPI 3.1 section 4.8.18)."""
    found = {}
    for operation in operations:
        declared = follow(tree, operation.pointer)
        declared = declared.get("callbacks") if isinstance(declared, dict) else None
        held = tuple(
            Webhook(name=name, expression=expression, operation=read(name, method, item, place))
            for name, callback, pointer in _items(declared, join(operation.pointer, "callbacks"), follow_reference)
            for expression, item, place in _items(callback, pointer, follow_reference)
            for method in _methods(item)
        )
        if held:
            found[operation.label] = held
    return found


def _items(declared: Any, pointer: str, follow_reference: Follow) -> Iterator[tuple[str, dict[str, Any], str]]:
    for name, written in (declared if isinstance(declared, dict) else {}).items():
        if not isinstance(name, str) or name.startswith("x-"):
            continue
        try:
            item, place = follow_reference(written, join(pointer, name))
        except LookupError:
            continue
        if isinstance(item, dict):
            yield name, item, place


def _methods(item: dict[str, Any]) -> Iterator[str]:
    return (method for method in METHODS if isinstance(item.get(method), dict))
