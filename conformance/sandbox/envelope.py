"""Where the thing itself stands in a body: bare, under ``data`` or another name, or as items of a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conformance.model.ports import Schema
from conformance.spec.values import wire_types

# fmt: off
_WRAPPERS = ("data", "result", "results", "items", "records", "values", "entries", "objects", "list", "content", "elements",
             "response")
_AROUND = frozenset({"meta", "links", "link", "pagination", "paging", "page", "paginginfo", "pageinfo", "total", "count", "next",
                     "previous", "prev", "cursor", "cursors", "hasmore", "success", "ok", "status", "message", "messages",
                     "warnings", "errors", "error", "requestid", "object", "recordtype", "version", "limit", "offset", "size",
                     "pages"})
# fmt: on
_AROUND_PART = re.compile(r"^(total|page|next|prev|has|per|current|num|first|last|request)[a-z0-9]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """``path`` leads from the body to the item, or to the list of items when ``many``; ``item`` is one item's schema."""

    path: tuple[str, ...]
    many: bool
    item: Schema

    def wrap(self, value: Any) -> Any:
        """A body that says nothing but ``value``."""
        for name in reversed(self.path):
            value = {name: value}
        return value

    def find(self, body: Any) -> Any:
        """The item or list in a body; ``None`` when it is not there."""
        for name in self.path:
            body = body.get(name) if isinstance(body, dict) else None
        return body


@lru_cache(maxsize=65536)
def folded(name: str) -> str:
    """A name without case and punctuation, so that ``brandId`` and ``brand_id`` are the same."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def envelope(schema: Schema, *, names: Iterable[str] = ()) -> Envelope | None:
    """Where the thing is in bodies of ``schema``, or ``None`` when they are no objects. ``names`` are what it may be called."""
    items = list_items(schema)
    if items is not None:
        return Envelope(path=(), many=True, item=items)
    properties = schema.all_properties()
    if not properties:
        return None
    wrappers = [*_WRAPPERS, *(folded(name) for name in names)]
    ranked = sorted(properties, key=lambda name: wrappers.index(folded(name)) if folded(name) in wrappers else len(wrappers))
    own = [name for name in properties if not _is_around(name)]
    for name in ranked:
        known = folded(name) in wrappers
        if not known and len(own) != 1:
            continue
        if "id" in properties or (name not in own and not known):
            continue
        inside = properties[name]
        items = list_items(inside)
        if items is not None:
            return Envelope(path=(name,), many=True, item=items)
        if is_object(inside) and ((known and len(own) <= 2) or own == [name]):
            return Envelope(path=(name,), many=False, item=inside)
    return Envelope(path=(), many=False, item=schema)


def list_items(schema: Schema) -> Schema | None:
    """The schema of the objects that an array holds, or ``None`` when it is no array of objects."""
    if "array" not in wire_types(schema) or len(wire_types(schema)) > 2:
        return None
    for node in _views(schema):
        items = node.child("items")
        if items is not None and (is_object(items) or items.types() == {"object"}):
            return items
    return None


def is_object(schema: Schema) -> bool:
    """Whether a schema describes objects with declared properties."""
    return bool(schema.all_properties()) and "object" in wire_types(schema)


def _views(schema: Schema) -> Iterator[Schema]:
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield from schema.branches(keyword)


def _is_around(name: str) -> bool:
    plain = folded(name)
    return plain in _AROUND or _AROUND_PART.match(plain) is not None


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """``change`` over ``base``, objects merged at every depth (RFC 7396, but null stays a value)."""
    found = dict(base)
    for name, value in change.items():
        held = found.get(name)
        found[name] = merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return found
