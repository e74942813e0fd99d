"""Requests with one thing changed, on the wire: a field of the body, a parameter, a segment of the path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.spec.body import is_json

Path = tuple[str | int, ...]
_NAME = re.compile(r"\{([^{}]*)\}")
_PLAIN = "!$&'()*+,;=:@-._~%"  # what a segment may hold as it is (RFC 3986 section 3.3)
FORM = "application/x-www-form-urlencoded"


def with_path(operation: Operation, request: Request, values: Mapping[str, Any]) -> Request:
    """The request with other path parameters, each with the mark of its style (RFC 6570)."""
    if not values:
        return request
    parts = request.parts()
    sent = parts.path.split("/")
    for index, segment in _segments(operation, sent):
        held = _held(segment, sent[index])
        if held.keys() & values.keys():
            texts = {name: _marked(operation, name, values[name]) if name in values else text for name, text in held.items()}
            sent[index] = _NAME.sub(lambda found, texts=texts: texts[found[1]], segment)  # type: ignore[misc]
    path = "/".join(sent)
    return request if path == parts.path else replace(request, url=parts._replace(path=path).geturl())


def path_texts(operation: Operation, request: Request) -> dict[str, str]:
    """The path parameters as they stand on the wire."""
    sent = request.parts().path.split("/")
    return {name: text for index, segment in _segments(operation, sent) for name, text in _held(segment, sent[index]).items()}


def _segments(operation: Operation, sent: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Where the segments of a path that hold parameters stand in a request's."""
    template = operation.path.split("/")[1:]
    first = len(sent) - len(template)
    if first >= 1:
        yield from ((index, segment) for index, segment in enumerate(template, first) if "{" in segment)


def _held(segment: str, sent: str) -> dict[str, str]:
    """What stands for the names of a segment (``{name}.csv``); nothing where it is not of its form."""
    names = _NAME.findall(segment)
    if segment == f"{{{names[0]}}}" if names else False:
        return {names[0]: sent}
    between = [quote(piece, safe=_PLAIN) for piece in _NAME.split(segment)[::2]]
    found = re.fullmatch("(.*)".join(map(re.escape, between)), sent)
    return dict(zip(names, found.groups(), strict=True)) if found is not None else {}


def _marked(operation: Operation, name: str, value: Any) -> str:
    text = quote(str(value), safe="", errors="surrogatepass")
    style = next((one.style for one in operation.parameters_in("path") if one.name == name), "simple")
    return f".{text}" if style == "label" else f";{name}={text}" if style == "matrix" else text


def with_query(request: Request, name: str, text: str | None) -> Request:
    """The request with one text for a query parameter, or without it and what belongs to it (``name[part]``) for ``None``."""
    parts = request.parts()
    pairs = [pair for pair in parts.query.split("&") if pair]
    kept: list[str] = []
    place = len(pairs)
    for pair in pairs:
        held = unquote_plus(pair.partition("=")[0])
        if held == name or (text is None and held.startswith(f"{name}[")):
            place = min(place, len(kept))
        else:
            kept.append(pair)
    if text is not None:
        kept.insert(place, urlencode({name: text}, quote_via=quote, safe="[]", errors="surrogatepass"))
    return replace(request, url=parts._replace(query="&".join(kept)).geturl())


def with_header(request: Request, name: str, text: str | None) -> Request | None:
    """The request with another header, or without; ``None`` when it cannot be written."""
    if text is not None and not (text.isascii() and text.isprintable() and text == text.strip()):
        return None
    return request.with_header(name, text)


def can_hold(request: Request) -> bool:
    """Whether the body is one that ``with_value`` can write."""
    kind = _kind(request)
    return is_json(kind) or kind == FORM


def with_value(request: Request, value: Any) -> Request | None:
    """The request with another value for a body, in the same media type; ``None`` when it cannot be written."""
    kind = _kind(request)
    try:
        if is_json(kind):
            return replace(request, body=json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        if kind == FORM and isinstance(value, dict):
            pairs = {name: _texts(held) for name, held in value.items()}
            return replace(request, body=urlencode(pairs, doseq=True, errors="surrogatepass").encode())
    except (ValueError, RecursionError):
        return None
    return None


def _kind(request: Request) -> str:
    return (request.header("content-type") or "").partition(";")[0].strip().lower()


def _texts(value: Any) -> str | list[str]:
    if isinstance(value, list):
        return [_text(held) for held in value]
    return _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def value_at(value: Any, path: Path) -> Any:
    """What stands at a place of a JSON value; ``None`` where there is nothing."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None
    return value


def changed(value: Any, path: Path, new: Any) -> Any:
    """A copy of a JSON value with another at a place; what is not on the way is shared."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(step, int):
        return [changed(held, rest, new) if index == step else held for index, held in enumerate(value)]
    if isinstance(value, dict):
        return {**value, step: changed(value.get(step), rest, new)}
    return value


def dropped(value: Any, path: Path) -> Any:
    """A copy of a JSON value without what stands at a place."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(step, int):
        if not rest:
            return value[:step] + value[step + 1 :]
        return [dropped(held, rest) if index == step else held for index, held in enumerate(value)]
    if isinstance(value, dict) and step in value:
        if not rest:
            return {name: held for name, held in value.items() if name != step}
        return {**value, step: dropped(value[step], rest)}
    return value
