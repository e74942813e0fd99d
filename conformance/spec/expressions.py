"""Runtime expressions (OpenAPI 3.1 section 4.8.20.4): places in a request and its answer, and texts that name them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.model.message import Request, Response
from conformance.spec.body import ABSENT, read_json
from conformance.spec.pointer import follow, from_fragment

_EMBEDDED = re.compile(r"\{(\$[^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What expressions speak of. ``path`` are the path parameters by name, decoded; ``body`` is the request's, decoded."""

    request: Request
    response: Response
    path: Mapping[str, str] = field(default_factory=dict)
    body: Any = ABSENT


def evaluate(text: str, said: Said) -> str | None:
    """A text with the expressions in it replaced by what they name, or ``None`` when one names nothing.

    An expression stands alone (``$request.body#/url``) or in braces, between constants or not (``{$url}?done``).
    """
    found = [_text(_value(expression, said)) for expression in expressions(text)]
    if any(value is None for value in found):
        return None
    if text.startswith("$"):
        return found[0]
    values = iter(found)
    return _EMBEDDED.sub(lambda _: next(values) or "", text)


def expressions(text: str) -> tuple[str, ...]:
    """The expressions in a text, each beginning with ``$``."""
    return (text,) if text.startswith("$") else tuple(_EMBEDDED.findall(text))


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (bool, int, float)) else None


def _value(expression: str, said: Said) -> Any:
    whole = {"$url": said.request.url, "$method": said.request.method, "$statusCode": said.response.status}
    if expression in whole:
        return whole[expression]
    side, _, source = expression.partition(".")
    if side not in {"$request", "$response"}:
        return None
    message = said.request if side == "$request" else said.response
    if source == "body" or source.startswith("body#"):
        body = said.body if side == "$request" else read_json(said.response.body).value
        return _at(body, from_fragment(source.removeprefix("body").removeprefix("#")))
    place, _, name = source.partition(".")
    if place == "header":
        return message.header(name)
    if side == "$request" and place == "query":
        pairs = parse_qsl(urlsplit(said.request.url).query, keep_blank_values=True)
        return next((value for key, value in pairs if key == name), None)
    return said.path.get(name) if side == "$request" and place == "path" else None


def _at(body: Any, pointer: str) -> Any:
    if body is ABSENT:
        return None
    try:
        return follow(body, pointer)
    except LookupError:
        return None
