"""Bodies put together from texts that are written already, where a body is right as soon as its parts are.

That is so where the schemas on the way from a body to the things in it say what their parts are and nothing else. Each thing
is checked and written once, then; what stands around it is checked whenever it differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import MediaType
from conformance.model.ports import Schema
from conformance.sandbox.content import written
from conformance.sandbox.envelope import Envelope
from conformance.sandbox.keywords import is_plain

_JSON = "application/json"
_MARK = "\x01the thing itself\x01"
_MARK_WRITTEN = written(_MARK, _JSON)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before and after a thing in a body, as it is written."""

    head: bytes
    tail: bytes

    def around(self, text: bytes) -> bytes:
        """The body with a thing, or with things and commas between them."""
        return b"".join((self.head, text, self.tail))


def is_open(media: MediaType, place: Envelope) -> bool:
    """Whether a body is right when the rest of it is and the thing, or every thing of its list, is."""
    if media.schema is None:
        return False
    key = ("open", place.path, place.many)
    if key not in media.schema.notes:
        media.schema.notes[key] = _leads_to(media.schema, place)
    return bool(media.schema.notes[key])


def _leads_to(schema: Schema, place: Envelope) -> bool:
    node: Schema | None = schema
    for name in place.path:
        if node is None or not is_plain(node, "object"):
            return False
        node = node.properties().get(name)
    if place.many and node is not None:
        node = node.child("items") if is_plain(node, "array") else None
    return node is not None and node.pointer == place.item.pointer


def frame(body: Any, path: Sequence[str], *, many: bool) -> Frame | None:
    """The frame of a body with whatever it holds at ``path``; ``None`` when it cannot be told from the rest."""
    head, mark, tail = written(_with(body, tuple(path), _MARK), _JSON).partition(_MARK_WRITTEN)
    if not mark or _MARK_WRITTEN in tail:
        return None
    return Frame(head + b"[", b"]" + tail) if many else Frame(head, tail)


def _with(body: Any, path: tuple[str, ...], value: Any) -> Any:
    return {**body, path[0]: _with(body.get(path[0]), path[1:], value)} if path and isinstance(body, dict) else value
