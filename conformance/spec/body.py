"""Bodies as values: JSON, forms, multipart and text, by the media type that the document lists."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from conformance.model.operation import MediaType
from conformance.model.ports import Schema
from conformance.spec.lately import Lately
from conformance.spec.leeway import GREAT, RANGE, WRITTEN, is_great
from conformance.spec.values import structure, tree, wire_types

# What it logs of a malformed body is a finding of ours, or what a fuzzer meant to send.
logging.getLogger("python_multipart").addHandler(logging.NullHandler())
logging.getLogger("python_multipart").propagate = False

_STRUCTURES = frozenset({"object", "array", "null"})
_LONG = re.compile(r"[0-9]{16}")

T = TypeVar("T")

ABSENT = object()
"""What a body that was not sent reads as."""

OPAQUE = object()
"""What a body reads as when its media type has no value that a schema could judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyReading:
    """A decoded body. ``error`` says why it could not be decoded; ``oddities`` are what servers differ on.

    ``noted`` is what was worked out of the value alone, such as how it fits a schema, for whoever meets the same body again.
    """

    value: Any
    error: str | None = None
    oddities: tuple[str, ...] = ()
    noted: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def note(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """What is noted under a key, worked out when it is not."""
        if key not in self.noted:
            self.noted[key] = work_out()
        found: T = self.noted[key]
        return found


# Whoever looks at an exchange reads its bodies: the guard, the checks, the coverage. Much of what services say, they say again.
_READ: Lately[BodyReading] = Lately(most=2 << 20, largest=1 << 18)
_EACH = 256


def media_type_for(content: Mapping[str, MediaType], given: str | None) -> MediaType | None:
    """The entry of a content map that applies to a media type: exact, then ranges, the most specific first."""
    if given is None:
        return None
    if len(content) == 1 and given in content:
        return content[given]
    wanted = given.partition(";")[0].strip().lower()
    by_name = {name.partition(";")[0].strip().lower(): media for name, media in content.items()}
    if wanted in by_name:
        return by_name[wanted]
    main, _, sub = wanted.partition("/")
    suffix = f"{main}/*+{sub.rpartition('+')[2]}" if "+" in sub else ""
    return next((by_name[name] for name in (suffix, f"{main}/*", "*/*", "*") if name in by_name), None)


@lru_cache(maxsize=4096)
def is_json(media_type: str) -> bool:
    """Whether a media type is JSON (RFC 8259, RFC 6839 section 3.1)."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence in {"application/json", "text/json"} or essence.endswith("+json")


def read_body(body: bytes, content_type: str, media: MediaType) -> BodyReading:
    """A body decoded by its media type."""
    essence = content_type.partition(";")[0].strip().lower()
    if is_json(essence):
        return read_json(body)
    if essence == "application/x-www-form-urlencoded":
        return _form(body, media)
    if essence.startswith("multipart/"):
        return _multipart(body, content_type, media)
    if essence.startswith("text/"):
        try:
            return BodyReading(value=body.decode("utf-8"))
        except UnicodeDecodeError:
            return BodyReading(value=OPAQUE, oddities=("the text is not UTF-8",))
    return BodyReading(value=OPAQUE)


def read_json(body: bytes) -> BodyReading:
    """Strict JSON (RFC 8259): UTF-8, no NaN, no trailing bytes; repeated names are an oddity (section 4).

    Who reads the same body next may get the same value: it is not to be changed.
    """
    found = _READ.get(body)
    if found is None:
        found = _read_json(body)
        _READ.put(body, found, size=len(body) + _EACH)
    return found


def _read_json(body: bytes) -> BodyReading:
    oddities: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            oddities.append("a name stands twice in an object")
        return found

    def number(text: str) -> float:
        value = float(text)
        if value.is_integer():
            oddities.append(WRITTEN)
        if value in {float("inf"), float("-inf")}:
            oddities.append(RANGE)
        return value

    def constant(text: str) -> Any:
        raise ValueError(f"{text} is not JSON")

    try:
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=pairs, parse_float=number, parse_constant=constant)
    except UnicodeDecodeError:
        return BodyReading(value=ABSENT, error="the body is not UTF-8")
    except (ValueError, RecursionError) as raised:
        return BodyReading(value=ABSENT, error=f"the body is not JSON: {raised}")
    if _LONG.search(text) is not None and is_great(value):
        oddities.append(GREAT)
    return BodyReading(value=value, oddities=tuple(dict.fromkeys(oddities)))


def _form(body: bytes, media: MediaType) -> BodyReading:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return BodyReading(value=ABSENT, error="the form is not UTF-8")
    return BodyReading(value=_object(pairs, media))


def _object(pairs: list[tuple[str, Any]], media: MediaType) -> dict[str, Any]:
    """Form fields as the object that the schema describes; ``a[b]`` nests, a repeated name is a list."""
    properties = media.schema.all_properties() if media.schema is not None else {}
    texts: list[tuple[list[str], str]] = []
    ready: dict[str, Any] = {}
    for name, value in pairs:
        if not isinstance(value, str):
            ready[name] = value[0] if name not in ready else [*_listed(ready[name]), value[0]]
        elif name in properties or "[" not in name:
            texts.append(([name], value))
        else:
            texts.append((name.replace("]", "").split("["), value))
    value = structure(tree(texts), media.schema)
    for name, schema in properties.items():
        if name in value:
            value[name] = _written_out(value[name], schema)
        if name in ready and wire_types(schema) == {"array"}:
            ready[name] = _listed(ready[name])  # a list of one is sent as one part
    return {**value, **ready}


def _written_out(value: Any, schema: Schema) -> Any:
    """A form field that holds an object or a list as JSON (OpenAPI 3.1 section 4.8.15.1), or a list of such."""
    if isinstance(value, str) and wire_types(schema) <= _STRUCTURES:
        parsed = read_json(value.encode("utf-8", "surrogatepass"))
        return parsed.value if parsed.error is None else value
    items = schema.child("items") if isinstance(value, list) else None
    return [_written_out(held, items) for held in value] if items is not None else value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _multipart(body: bytes, content_type: str, media: MediaType) -> BodyReading:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        return BodyReading(value=ABSENT, error="the multipart body has no boundary")
    parts = _Parts()
    parser = MultipartParser(boundary, parts.callbacks())
    try:
        parser.write(body)
        parser.finalize()
    except FormParserError as raised:
        return BodyReading(value=ABSENT, error=f"the multipart body cannot be read: {raised}")
    if not parts.found and body.strip():
        if body.strip() != b"--" + boundary + b"--":
            return BodyReading(value=ABSENT, error="the multipart body has no part")
        return BodyReading(value={}, oddities=("the multipart body has no part",))
    return BodyReading(value=_object(parts.found, media))


class _Parts:
    """Collects the parts of a multipart body; a file or a JSON part is a one-tuple of its ready value."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Any]] = []
        self._headers: dict[str, str] = {}
        self._name = self._value = self._data = b""

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin, "on_header_field": self._field, "on_header_value": self._header_value,
            "on_header_end": self._header_end, "on_part_data": self._part_data, "on_part_end": self._end,
        }  # fmt: skip

    def _begin(self) -> None:
        self._headers, self._data, self._name, self._value = {}, b"", b"", b""

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name = self._value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        kind = self._headers.get("content-type", "text/plain")
        if b"filename" in options or not (is_json(kind) or kind.startswith("text/plain")):
            self.found.append((name, (self._data.decode("latin-1"),)))
        elif is_json(kind):
            parsed = read_json(self._data)
            self.found.append((name, (parsed.value if parsed.error is None else self._data.decode("latin-1"),)))
        else:
            self.found.append((name, self._data.decode("utf-8", "replace")))
