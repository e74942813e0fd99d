"""Compiled validators for the schemas of a document, by direction, and their errors in our terms."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from functools import cache, cached_property
from typing import Any

import jsonschema_rs

from conformance.model.ports import SchemaError
from conformance.spec.formats import FORMATS
from conformance.spec.named import BASE, Names, changed
from conformance.spec.places import Place, walked
from conformance.spec.pointer import follow, from_parts, split
from conformance.spec.relaxed import relaxed

_BITS = {"int32": 31, "int64": 63}
_LIMITS = ("minimum", "maximum")
_LOCK = threading.RLock()
"""Compiling a document takes long and much memory: no two threads do it at a time."""
_DIRECTION_FLAG = {"request": "readOnly", "response": "writeOnly"}


class Validators:
    """Compiles the schemas of one tree on demand.

    Args:
        tree: the document in JSON Schema 2020-12 terms.
        written: from a pointer into the tree to one into the document as its author wrote it.
        flagged: the names of the properties of a schema that are ``readOnly`` or ``writeOnly``, those of its branches included.
    """

    def __init__(
        self, tree: dict[str, Any], *, written: Callable[[str], str], flagged: Callable[[str, str], Collection[str]]
    ) -> None:
        self._tree, self._written, self._flagged = tree, written, flagged
        self._judged: dict[str, Any] | None = None
        self._registries: dict[str, Any] = {}

    @cached_property
    def places(self) -> list[Place]:
        """Every schema of the tree."""
        return [place for place in walked(self._tree) if place.kind == "schema"]

    @cached_property
    def names(self) -> Names:
        """The schemas that go by a name."""
        return Names(self._tree, self.places)

    def get(self, pointer: str, direction: str) -> Any:
        """A compiled validator for the schema at ``pointer``."""
        return jsonschema_rs.Draft202012Validator(
            {"$ref": self.names.reference(pointer)}, registry=self._registry(direction), validate_formats=True, formats=FORMATS
        )

    def _registry(self, direction: str) -> Any:
        with _LOCK:
            return self._made(direction)

    def _made(self, direction: str) -> Any:
        if direction not in self._registries:
            flag = _DIRECTION_FLAG.get(direction)
            tree = self._without_required(flag) if flag else self._compilable()
            if direction == "lenient":
                tree = relaxed(tree, self.places)
            if tree is self._compilable() and direction != "any":
                self._registries[direction] = self._registry("any")
            else:
                resources = [(BASE, tree), *((url, follow(tree, root)) for url, root in self.names.resources.items())]
                self._registries[direction] = jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)
        return self._registries[direction]

    def _compilable(self) -> dict[str, Any]:
        """The tree as the validator can take it.

        It is without the patterns that cannot be compiled, so that each costs its own promise alone: some of them are
        wrong, and the linter says so, others are ECMA-262 that the validator does not know. The formats of whole
        numbers, which the validator never asks about, are bounds; references to names lead to resources.
        """
        if self._judged is None:
            self._judged = self._tree
            for place in self.places:
                pointer, schema = place.pointer, place.value
                if not isinstance(schema, dict):
                    continue
                if isinstance(schema.get("pattern"), str) and not _compiles(schema["pattern"]):
                    self._judged = changed(self._judged, (*split(pointer), "pattern"), ".*")
                named = schema.get("patternProperties")
                if isinstance(named, dict) and not all(_compiles(pattern) for pattern in named):
                    kept = {pattern: value for pattern, value in named.items() if _compiles(pattern)}
                    self._judged = changed(self._judged, (*split(pointer), "patternProperties"), kept)
                for keyword, bound in _bounds(schema):
                    self._judged = changed(self._judged, (*split(pointer), keyword), bound)
            for pointer, keyword, value in self.names.changes():
                self._judged = changed(self._judged, (*split(pointer), keyword), value)
        return self._judged

    def _without_required(self, flag: str) -> dict[str, Any]:
        """The tree with properties flagged for the other direction no longer required (OpenAPI 4.8.24).

        One branch of an ``allOf`` may require what another one, or the schema around it, flags.
        """
        tree = self._compilable()
        for place in self.places:
            pointer, schema = place.pointer, place.value
            if not isinstance(schema, dict) or not isinstance(schema.get("required"), list) or not schema["required"]:
                continue
            whole = _whole(pointer)
            flagged = {*self._flagged(pointer, flag), *(self._flagged(whole, flag) if whole != pointer else ())}
            kept = [name for name in schema["required"] if not isinstance(name, str) or name not in flagged]
            if len(kept) < len(schema["required"]):
                tree = changed(tree, (*split(pointer), "required"), kept)
        return tree

    def error(self, raised: Any) -> SchemaError:
        """A validator's error at its deepest cause, in our terms."""
        pointer, keyword = from_parts(split(self.names.pointer(raised.absolute_keyword_location or ""))), str(raised.kind.name)
        if keyword in _LIMITS and keyword not in self._at(pointer.rpartition("/")[0]):
            pointer, keyword = f"{pointer.rpartition('/')[0]}/format", "format"
        return SchemaError(
            message=raised.message,
            instance_pointer=from_parts(raised.instance_path),
            schema_pointer=self._written(pointer),
            keyword=keyword,
            names=_names(raised.kind),
        )

    def _at(self, pointer: str) -> Any:
        try:
            return follow(self._tree, pointer)
        except LookupError:
            return ()


def _whole(pointer: str) -> str:
    """The schema that a branch of ``allOf``, or a branch of such a branch, is a part of."""
    parts = split(pointer)
    while len(parts) > 2 and parts[-2] == "allOf":
        parts = parts[:-2]
    return from_parts(parts)


def _names(kind: Any) -> tuple[str, ...]:
    """The properties that an error is about: one that is missing, or those that nothing allows."""
    missing = getattr(kind, "property", None)
    return (missing,) if isinstance(missing, str) else tuple(sorted(getattr(kind, "unexpected", None) or ()))


def _bounds(schema: dict[str, Any]) -> list[tuple[str, int]]:
    """The bounds that a format of whole numbers sets and the schema does not say."""
    bits = _BITS.get(str(schema.get("format")))
    if bits is None:
        return []
    return [(keyword, bound) for keyword, bound in zip(_LIMITS, (-(2**bits), 2**bits - 1), strict=True) if keyword not in schema]


@cache
def _compiles(pattern: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def deepest(raised: Any) -> list[Any]:
    """The causes inside a union: those of the branch that came furthest, when one clearly did."""
    context = getattr(raised.kind, "context", None)
    if not context or raised.kind.name not in {"anyOf", "oneOf"}:
        return [raised]
    failing = [branch for branch in context if branch]
    if not failing or len(failing) < len(context):
        return [raised]
    # A branch of the wrong type fails at the union itself; one that failed inside was meant.
    base = len(raised.instance_path)
    meant = [
        branch for branch in failing if all(len(error.instance_path) > base or error.kind.name != "type" for error in branch)
    ]
    if len(meant) != 1:
        return [raised]
    return [cause for error in meant[0] for cause in deepest(error)]
