"""Schemas of older dialects in a 3.1 document: which they are, and what they say in JSON Schema 2020-12.

``jsonSchemaDialect`` sets the dialect of all schemas, ``$schema`` that of one and what stands in it (OpenAPI 3.1.1
section 4.8.24.5). Only what 2020-12 would read otherwise is rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from conformance.spec.places import Place

_OLDER = re.compile(r"https?://json-schema\.org/draft(-0[467]|/2019-09)/schema#?")


def is_older(dialect: Any) -> bool:
    """Whether a dialect is a published one before 2020-12."""
    return isinstance(dialect, str) and _OLDER.fullmatch(dialect) is not None


def is_named(text: str) -> bool:
    """Whether the text of a document names an older dialect anywhere."""
    return _OLDER.search(text) is not None


class Dialects:
    """The dialect of each schema of a document: the nearest ``$schema`` around it, or the one of all."""

    def __init__(self, document: dict[str, Any], schemas: Iterable[Place]) -> None:
        self._roots = {
            place.pointer: place.value["$schema"]
            for place in schemas
            if isinstance(place.value, dict) and isinstance(place.value.get("$schema"), str)
        }
        self._usual = document.get("jsonSchemaDialect")

    def at(self, pointer: str) -> Any:
        """The dialect of the schema at a pointer; ``None`` when nothing is said."""
        around = [root for root in self._roots if pointer == root or pointer.startswith(root + "/")]
        return self._roots[max(around, key=len)] if around else self._usual


def modernise(schema: dict[str, Any]) -> None:
    """Say one schema of an older dialect in 2020-12, in place."""
    schema.pop("$schema", None)
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
        if "additionalItems" in schema:
            schema["items"] = schema.pop("additionalItems")
    wanted = schema.pop("dependencies", None)
    for name, value in (wanted if isinstance(wanted, dict) else {}).items():
        keyword = "dependentRequired" if isinstance(value, list) else "dependentSchemas"
        said = schema.get(keyword)
        schema[keyword] = {**(said if isinstance(said, dict) else {}), name: value}
    if schema.get("$recursiveRef") == "#" and "$ref" not in schema:
        del schema["$recursiveRef"]
