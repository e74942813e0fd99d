"""Requests with other values: parameters written by their declared style, bodies as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit

from conformance.model.message import Request
from conformance.model.operation import Operation, Parameter
from conformance.spec.document import template_names

GONE = object()
"""In place of a value: there is to be none."""

_BETWEEN = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}


def with_query(operation: Operation, request: Request, changes: Mapping[str, Any]) -> Request:
    """The request with other values for query parameters; ``GONE`` takes one out."""
    parts = urlsplit(request.url)
    parameters = {parameter.name: parameter for parameter in operation.parameters_in("query")}
    others = parameters.keys() - changes.keys()
    pairs = [pair for pair in parts.query.split("&") if pair and not _is_of(pair, changes, parameters, others)]
    for name, value in changes.items():
        if value is not GONE:
            pairs.extend(f"{quote(key, safe='[]')}={text}" for key, text in _written(parameters[name], value))
    return replace(request, url=parts._replace(query="&".join(pairs)).geturl())


def _is_of(pair: str, changes: Mapping[str, Any], parameters: Mapping[str, Parameter], others: set[str]) -> bool:
    """Whether a pair of the query belongs to a parameter that changes."""
    name = unquote_plus(pair.partition("=")[0])
    if name in others:
        return False
    if name in changes or any(name.startswith(f"{changed}[") for changed in changes):
        return True
    spread = (parameters[changed] for changed in changes if _is_spread(parameters[changed]))
    return any(parameter.schema is not None and name in parameter.schema.all_properties() for parameter in spread)


def _is_spread(parameter: Parameter) -> bool:
    return parameter.style == "form" and parameter.explode and parameter.schema is not None and parameter.content is None


def _written(parameter: Parameter, value: Any) -> Iterator[tuple[str, str]]:
    """The pairs of a query parameter (OpenAPI 3.1 section 4.8.12.3), values percent-encoded."""
    if parameter.content is not None:
        yield parameter.name, _escaped(json.dumps(value))
    elif isinstance(value, dict):
        for key, held in value.items():
            if parameter.style == "deepObject":
                yield from _deep(f"{parameter.name}[{key}]", held)
            else:
                yield key, _escaped(_text(held))
    elif isinstance(value, list):
        texts = [_escaped(_text(held)) for held in value]
        if parameter.explode:
            yield from ((parameter.name, text) for text in texts)
        elif texts:
            yield parameter.name, _BETWEEN.get(parameter.style, ",").join(texts)
    else:
        yield parameter.name, _escaped(_text(value))


def _deep(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, held in value.items():
            yield from _deep(f"{name}[{key}]", held)
    elif isinstance(value, list):
        for held in value:
            yield from _deep(f"{name}[]", held)
    else:
        yield name, _escaped(_text(value))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _escaped(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def with_json(request: Request, value: Any) -> Request:
    """The request with another JSON body."""
    return replace(request, body=json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def path_values(operation: Operation, request: Request) -> tuple[str, ...] | None:
    """The segments of a request's path that stand for its parameters, as on the wire; ``None`` where they are no segments."""
    wanted, given = operation.path.split("/"), urlsplit(request.url).path.split("/")
    if len(given) < len(wanted):
        return None
    found = []
    for pattern, segment in zip(wanted[1:], given[len(given) - len(wanted) + 1 :], strict=True):
        if "{" in pattern:
            if not (pattern.startswith("{") and pattern.endswith("}") and pattern.count("{") == 1):
                return None
            found.append(segment)
    return tuple(found)


def with_path(operation: Operation, request: Request, values: Sequence[str]) -> Request:
    """The request with other path values, percent-encoded already, in the path's order."""
    parts = urlsplit(request.url)
    given, wanted = parts.path.split("/"), operation.path.split("/")
    left = iter(values)
    before = given[: len(given) - len(wanted) + 1]
    filled = [next(left) if "{" in pattern else pattern for pattern in wanted[1:]]
    literal = given[len(before) :]
    filled = [one if "{" in pattern else there for one, there, pattern in zip(filled, literal, wanted[1:], strict=True)]
    return replace(request, url=parts._replace(path="/".join((*before, *filled))).geturl())


def path_parameters(operation: Operation) -> tuple[Parameter, ...]:
    """The path parameters in the path's order."""
    known = {parameter.name: parameter for parameter in operation.parameters_in("path")}
    return tuple(known[name] for name in template_names(operation.path) if name in known)
