"""Header fields of answers: values written by the declared style, and said in the way that the declaration takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from conformance.model.operation import Parameter
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.shapes import NOTHING
from conformance.spec.parameters import from_headers

_ATTEMPTS = 6


def sampled(header: Parameter, sampler: Sampler) -> str | None:
    """A value that the declaration of a header takes, ``None`` when there is none that can be sent."""
    schema = header.content.schema if header.content is not None else header.schema
    if schema is None:
        return json.dumps({}) if header.content is not None else "1"
    for attempt in range(_ATTEMPTS):
        salt = f"{header.name}{attempt or ''}"
        try:
            example = header.examples[0] if header.examples else NOTHING
            text = _written(header, sampler.complete(schema, example, salt=salt, fresh=attempt > 0))
        except Unsatisfiable:
            return None
        if fits(header, text):
            return text
    return None


def fits(header: Parameter, text: str) -> bool:
    """Whether a header may have a value."""
    if not (text.isascii() and text.isprintable()):
        return False
    schema = header.content.schema if header.content is not None else header.schema
    value = from_headers(header, ((header.name, text),))
    return schema is None or schema.is_valid(value, direction="response")


def said(header: Parameter, text: str) -> str | None:
    """What is true of an answer as the header's declaration takes it; ``None`` when it does not."""
    return next((way for way in _ways(header, text) if fits(header, way)), None)


def _ways(header: Parameter, text: str) -> Iterator[str]:
    """The value as it is; a place also relative to the host, the base path, the collection (RFC 9110 section 10.2.2)."""
    yield text
    if header.name.lower() in {"location", "content-location"} and "://" in text:
        parts = urlsplit(text)
        segments = (parts.path + (f"?{parts.query}" if parts.query else "")).split("/")[1:]
        for lead in ("/", ""):
            yield from (lead + "/".join(segments[index:]) for index in range(len(segments)))


def _written(header: Parameter, value: Any) -> str:
    if header.content is not None:
        return json.dumps(value)
    return _simple(value, explode=header.explode)


def _simple(value: Any, *, explode: bool = False) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}{'=' if explode else ','}{_simple(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ",".join(_simple(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)
