"""Which schemas show the same kind of thing, however often the document wrote them down.

Two places show one kind when they share a component, when both say the same ``record_type``, or when their schemas are
copies of each other and their paths end in the same word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.envelope import folded

_TYPES = ("recordtype", "objecttype", "resourcetype", "object", "type", "kind", "typename")
_SURE = frozenset(_TYPES[:3])
_KEYWORDS = ("enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "required")
# Fewer properties are too little to tell one thing from another.
_FEWEST = 3
_DEEPEST = 3
_ERROR = re.compile(
    r"(error|errors|problem|problems|failure)([-_]?(response|result|object|list|schema|details?))?$", re.IGNORECASE
)


class Likeness:
    """Says what schemas have in common. Looks at every schema once."""

    def __init__(self) -> None:
        self._digests: dict[tuple[str, int], Any] = {}
        self._texts: dict[str, str] = {}

    def marks(self, schemas: Iterable[Schema], path: str) -> frozenset[str]:
        """What marks the kind of the things that a path shows with any of the schemas; one kind shares a mark."""
        word = single(path)
        found: set[str] = set()
        for schema in schemas:
            if _ERROR.search(schema.pointer):
                continue
            if schema.pointer.startswith("/components/"):
                found.add(f"component {schema.pointer}")
            found.update(f"type {name}" for name in _stated_types(schema, word, is_part="{" in path))
            if len(schema.all_properties()) >= _FEWEST:
                found.add(f"copy {word} {self._text(schema)}")
        return frozenset(found)

    def same(self, one: Schema, other: Schema) -> bool:
        """Whether two schemas are one, or copies of each other."""
        if one.pointer == other.pointer:
            return True
        if len(one.all_properties()) < _FEWEST or one.all_properties().keys() != other.all_properties().keys():
            return False
        return self._text(one) == self._text(other)

    def _text(self, schema: Schema) -> str:
        if schema.pointer not in self._texts:
            self._texts[schema.pointer] = json.dumps(self._digest(schema, _DEEPEST), sort_keys=True, default=str)
        return self._texts[schema.pointer]

    def _digest(self, schema: Schema, depth: int) -> Any:
        """What a schema demands, without words about it, references followed."""
        if (schema.pointer, depth) not in self._digests:
            found: dict[str, Any] = {"type": sorted(schema.types())}
            found.update((word, schema.get(word)) for word in _KEYWORDS if schema.get(word) is not None)
            if depth:
                properties = schema.all_properties()
                found["properties"] = {name: self._digest(child, depth - 1) for name, child in properties.items()}
                items = schema.child("items")
                found["items"] = self._digest(items, depth - 1) if items is not None else None
            self._digests[schema.pointer, depth] = found
        return self._digests[schema.pointer, depth]


def _stated_types(schema: Schema, word: str, *, is_part: bool) -> Iterator[str]:
    """What a thing says that it is; an example counts where it is what the path is about, or ends so for part of another."""
    plain = {folded(name): child for name, child in reversed(list(schema.all_properties().items()))}
    for name in _TYPES:
        child = plain.get(name)
        if child is None:
            continue
        stated = child.get("const") if isinstance(child.value, Mapping) else None
        listed = child.get("enum")
        if stated is None and isinstance(listed, list) and len(listed) == 1:
            stated = listed[0]
        example = child.get("example")
        if stated is None and name in _SURE and isinstance(example, str) and word:
            is_meant = folded(example) == word or (is_part and folded(example).endswith(word))
            stated = example if is_meant else None
        if isinstance(stated, str) and len(folded(stated)) > 2 and stated not in {"object", "list"}:
            yield folded(stated)


def single(path: str) -> str:
    """The last word of a path that is no parameter, folded, in the singular."""
    words = [segment for segment in path.split("/") if segment and "{" not in segment]
    word = folded(words[-1]) if words else ""
    return word[:-3] + "y" if word.endswith("ies") else word[:-2] if word.endswith(("sses", "xes")) else word.removesuffix("s")
