"""Compiled validators for the schemas of a document, by direction, and their errors in our terms."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from conformance.model.ports import SchemaError
from conformance.spec.formats import FORMATS
from conformance.spec.places import Place, schemas
from conformance.spec.pointer import from_fragment, from_parts, join, split

BASE = "urn:conformance:document"
_DIRECTION_FLAG = {"request": "readOnly", "response": "writeOnly"}


class Validators:
    """Compiles the schemas of one tree on demand.

    Args:
        tree: the document in JSON Schema 2020-12 terms.
        written: from a pointer into the tree to one into the document as its author wrote it.
        has_flag: whether the property at a pointer is ``readOnly`` or ``writeOnly``.
    """

    def __init__(self, tree: dict[str, Any], *, written: Callable[[str], str], has_flag: Callable[[str, str], bool]) -> None:
        self._tree, self._written, self._has_flag = tree, written, has_flag
        self._judged: dict[str, Any] | None = None
        self._registries: dict[str, Any] = {}

    @cached_property
    def places(self) -> list[Place]:
        """Every schema of the tree."""
        return schemas(self._tree)

    def get(self, pointer: str, direction: str) -> Any:
        """A compiled validator for the schema at ``pointer``."""
        reference = f"{BASE}#{quote(pointer, safe='/~')}"
        return jsonschema_rs.Draft202012Validator(
            {"$ref": reference}, registry=self._registry(direction), validate_formats=True, formats=FORMATS
        )

    def _registry(self, direction: str) -> Any:
        if direction not in self._registries:
            flag = _DIRECTION_FLAG.get(direction)
            tree = self._without_required(flag) if flag else self._compilable()
            if tree is self._compilable() and direction != "any":
                self._registries[direction] = self._registry("any")
            else:
                self._registries[direction] = jsonschema_rs.Registry([(BASE, tree)], draft=jsonschema_rs.Draft202012)
        return self._registries[direction]

    def _compilable(self) -> dict[str, Any]:
        """The tree without the patterns that the validator cannot compile, so that each costs its own promise alone.

        Some of them are wrong, and the linter says so; others are ECMA-262 that the validator does not know.
        """
        if self._judged is None:
            self._judged = self._tree
            for place in self.places:
                pointer, schema = place.pointer, place.value
                if not isinstance(schema, dict):
                    continue
                if isinstance(schema.get("pattern"), str) and not _compiles(schema["pattern"]):
                    self._judged = _replaced(self._judged, (*split(pointer), "pattern"), ".*")
                named = schema.get("patternProperties")
                if isinstance(named, dict) and not all(_compiles(pattern) for pattern in named):
                    kept = {pattern: value for pattern, value in named.items() if _compiles(pattern)}
                    self._judged = _replaced(self._judged, (*split(pointer), "patternProperties"), kept)
        return self._judged

    def _without_required(self, flag: str) -> dict[str, Any]:
        """The tree with properties flagged for the other direction no longer required (OpenAPI 4.8.24)."""
        tree = self._compilable()
        for place in self.places:
            pointer, schema = place.pointer, place.value
            if not isinstance(schema, dict) or not isinstance(schema.get("required"), list):
                continue
            if not isinstance(schema.get("properties"), dict):
                continue
            exempt = {name for name in schema["required"] if self._has_flag(join(pointer, "properties", name), flag)}
            if exempt:
                kept = [name for name in schema["required"] if name not in exempt]
                tree = _replaced(tree, (*split(pointer), "required"), kept)
        return tree

    def error(self, raised: Any) -> SchemaError:
        """A validator's error at its deepest cause, in our terms."""
        location = raised.absolute_keyword_location or ""
        pointer = self._written(from_parts(split(from_fragment(location.partition("#")[2]))))
        return SchemaError(
            message=raised.message,
            instance_pointer=from_parts(raised.instance_path),
            schema_pointer=pointer,
            keyword=str(raised.kind.name),
        )


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


def _replaced(tree: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of ``tree`` with one place replaced; what is not on the way is shared."""
    if not path:
        return value
    if isinstance(tree, list):
        index = int(path[0])
        return [*tree[:index], _replaced(tree[index], path[1:], value), *tree[index + 1 :]]
    return {**tree, path[0]: _replaced(tree[path[0]], path[1:], value)}
