"""Which operations count when only what changed since an earlier document does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from conformance.model.operation import Operation
from conformance.spec.document import Document

_WORDS = frozenset({"description", "summary", "title", "example", "examples", "externalDocs", "tags", "x-codeSamples"})


def changed(old: Document, new: Document) -> frozenset[str]:
    """The labels of the operations of ``new`` that ``old`` has not, or has with another contract. Words are no contract."""
    before, after = _Closures(old), _Closures(new)
    return frozenset(
        operation.label
        for operation in new.operations
        if operation.label not in old.by_label or before(old.by_label[operation.label]) != after(operation)
    )


def removed(old: Document, new: Document) -> tuple[Operation, ...]:
    """The operations of ``old`` that ``new`` has not."""
    return tuple(operation for operation in old.operations if operation.label not in new.by_label)


class _Closures:
    """The digest of everything that an operation reaches in its document."""

    def __init__(self, document: Document) -> None:
        self._raw = document.raw

    def __call__(self, operation: Operation) -> str:
        item = self._at(operation.pointer.rpartition("/")[0])
        own = self._at(operation.pointer)
        shared = {name: item[name] for name in ("parameters", "servers") if isinstance(item, Mapping) and name in item}
        root = {name: self._raw[name] for name in ("security", "servers") if name in self._raw}
        seen: dict[str, Any] = {}
        parts = [self._bare(part, seen) for part in (own, shared, {**root, **self._overridden(own, shared)})]
        text = json.dumps([parts, seen], sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def _overridden(self, own: Any, shared: Mapping[str, Any]) -> dict[str, Any]:
        """What of the root does not reach the operation."""
        if not isinstance(own, Mapping):
            return {}
        return {name: "its own" for name in ("security", "servers") if name in own or name in shared}

    def _bare(self, value: Any, seen: dict[str, Any]) -> Any:
        """A value without its words; what it refers to comes into ``seen`` once."""
        stack: list[tuple[Any, Any]] = []
        holder: dict[str, Any] = {}
        stack.append((value, ("root", holder)))
        while stack:
            held, (key, into) = stack.pop()
            if isinstance(held, Mapping):
                made: Any = {}
                for name, inner in held.items():
                    if name in _WORDS and key != "properties":  # there it is the name of a property
                        continue
                    stack.append((inner, (str(name), made)))
                reference = held.get("$ref")
                if isinstance(reference, str) and reference.startswith("#/") and reference not in seen:
                    seen[reference] = None
                    stack.append((self._at(reference[1:]), (reference, seen)))
            elif isinstance(held, list):
                made = {}
                stack.extend((inner, (str(index), made)) for index, inner in enumerate(held))
            else:
                made = held
            into[key] = made
        return holder["root"]

    def _at(self, pointer: str) -> Any:
        value: Any = self._raw
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(value, Mapping):
                value = value.get(name)
            elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
                value = value[int(name)]
            else:
                return None
        return value
