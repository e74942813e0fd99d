"""Parameters taken off the wire by their declared style (OpenAPI 3.1 section 4.8.12, RFC 6570)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, unquote_plus

from conformance.model.message import Headers
from conformance.model.operation import Operation, Parameter
from conformance.spec.values import array, scalar, structure, tree, wire_types

MISSING = object()
"""What a parameter that was not sent reads as."""

Pairs = Sequence[tuple[str, str]]
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_DELIMITERS = {"form": (",", "%2C", "%2c"), "spaceDelimited": ("%20", "+", " "), "pipeDelimited": ("|", "%7C", "%7c")}
# These header parameters are ignored when declared (OpenAPI 4.8.12.1).
IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})


def query_pairs(query: str) -> list[tuple[str, str]]:
    """The raw pairs of a query string; names decoded, values still percent-encoded."""
    return [(_name(name), value) for name, _, value in [part.partition("=") for part in query.split("&") if part]]


@lru_cache(maxsize=4096)
def _name(raw: str) -> str:
    """A name in a query; there are few of them, and they come again and again."""
    return unquote_plus(raw)


def bracketed(name: str, base: str) -> list[str] | None:
    """The keys of ``base[a][b]``, or ``None`` when the name is not of that shape."""
    if not name.startswith(base + "[") or not name.endswith("]"):
        return None
    rest = name[len(base) :]
    keys = _BRACKETS.findall(rest)
    return keys if "".join(f"[{key}]" for key in keys) == rest else None


def from_query(parameter: Parameter, pairs: Pairs, operation: Operation) -> tuple[Any, set[str]]:
    """The value of a query parameter and the names in the query that it is made of."""
    own = [(name, value) for name, value in pairs if name == parameter.name]
    if parameter.content is not None:
        return (_parsed(unquote_plus(own[0][1])), {parameter.name}) if own else (MISSING, set())
    if "object" in wire_types(parameter.schema):
        found = _object(parameter, pairs, operation)
        if found is not None:
            return found
    return _plain(parameter, pairs, own)


def _object(parameter: Parameter, pairs: Pairs, operation: Operation) -> tuple[Any, set[str]] | None:
    """An object in the query, unless it stands under its own name as one value."""
    others = {other.name for other in operation.parameters_in("query")}  # what is declared as a whole is no part of this one
    keyed = [(bracketed(name, parameter.name), name, value) for name, value in pairs if name not in others]
    inside = [(keys, unquote_plus(value)) for keys, _, value in keyed if keys]
    if inside:
        return structure(tree(inside), parameter.schema), {name for keys, name, _ in keyed if keys}
    if wire_types(parameter.schema) == {"object"} and parameter.style == "form" and parameter.explode:
        return _spread(parameter, pairs, operation)
    return (MISSING, set()) if parameter.style == "deepObject" else None


def _plain(parameter: Parameter, pairs: Pairs, own: Pairs) -> tuple[Any, set[str]]:
    """A value, a list or a flat object under the parameter's own name."""
    schema, types = parameter.schema, wire_types(parameter.schema)
    if not own:
        # PHP and Rails clients write lists as name[]; the declared name is meant.
        own = [(name, value) for name, value in pairs if name == f"{parameter.name}[]"] if "array" in types else []
        if not own:
            return MISSING, set()
    names = {own[0][0]}
    if types == {"object"}:
        parts = _split(own[0][1], parameter.style)
        return structure(dict(zip(parts[::2], parts[1::2], strict=False)), schema), names
    if "array" in types and (types == {"array"} or len(own) > 1):
        texts = [unquote_plus(value) for _, value in own]
        if not parameter.explode and len(own) == 1:
            texts = _split(own[0][1], parameter.style)
        return array(texts, schema), names
    return scalar(unquote_plus(own[0][1]), schema), names


def _spread(parameter: Parameter, pairs: Pairs, operation: Operation) -> tuple[Any, set[str]]:
    """An exploded form object: its properties are query parameters of their own."""
    others = {other.name for other in operation.parameters_in("query")} - {parameter.name}
    properties = parameter.schema.all_properties() if parameter.schema else {}
    open_ended = parameter.schema is not None and parameter.schema.get("additionalProperties", not properties) is not False
    taken = [(name, unquote_plus(value)) for name, value in pairs
             if name not in others and (name in properties or (open_ended and not properties))]  # fmt: skip
    if not taken:
        return MISSING, set()
    return structure(tree([((name,), value) for name, value in taken]), parameter.schema), {name for name, _ in taken}


def _split(raw: str, style: str) -> list[str]:
    literal, *encoded = _DELIMITERS.get(style, _DELIMITERS["form"])
    pieces = raw.split(literal)
    # A client that encodes the delimiter means it as one all the same, when there is no bare one.
    for other in encoded:
        if len(pieces) == 1:
            pieces = raw.split(other)
    return [unquote_plus(piece) for piece in pieces] if raw else []


def from_path(parameter: Parameter, raw: str) -> Any:
    """The value of a path parameter from its raw segment."""
    if parameter.style == "label":
        return _simple(parameter, raw.removeprefix("."), unquote, between="." if parameter.explode else ",")
    if parameter.style != "matrix":
        return _simple(parameter, raw, unquote)
    if parameter.explode and wire_types(parameter.schema) == {"object"}:
        return _simple(parameter, raw.removeprefix(";"), unquote, between=";")
    between = f";{parameter.name}=" if parameter.explode else ","
    return _simple(parameter, raw.removeprefix(f";{parameter.name}="), unquote, between=between)


def is_unmarked(parameter: Parameter, raw: str) -> bool:
    """Whether a path segment is without the mark of its parameter's style (RFC 6570 sections 3.2.5 and 3.2.7)."""
    if parameter.style == "matrix":
        named = parameter.explode and wire_types(parameter.schema) == {"object"}
        return not raw.startswith(";" if named else f";{parameter.name}")
    return parameter.style == "label" and not raw.startswith(".")


def is_bracketed(parameter: Parameter, names: set[str]) -> bool:
    """Whether an object was read from bracketed names although its declared style has none."""
    return parameter.style != "deepObject" and any(any(bracketed(name, parameter.name) or ()) for name in names)


def path_text(parameter: Parameter | None, raw: str) -> str:
    """What a path parameter's raw segment names: its text, without the marks of its style or of JSON."""
    if parameter is None or (parameter.style == "simple" and parameter.content is None):
        return unquote(raw)
    value = from_path(parameter, raw)
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else unquote(raw)


def from_headers(parameter: Parameter, headers: Headers) -> Any:
    """The value of a header parameter, or ``MISSING``; repeated fields are one list (RFC 9110 section 5.2)."""
    found = [value.strip() for name, value in headers if name.lower() == parameter.name.lower()]
    # White space around the members of a list is no part of them (RFC 9110 section 5.6.1).
    return _simple(parameter, ",".join(found), str.strip) if found else MISSING


def from_cookies(parameter: Parameter, headers: Headers) -> Any:
    """The value of a cookie parameter, or ``MISSING`` (RFC 6265 section 4.2.1)."""
    for name, value in headers:
        for crumb in value.split(";") if name.lower() == "cookie" else ():
            key, mark, raw = crumb.strip().partition("=")
            if mark and key == parameter.name:
                return _cookie(parameter, raw.strip('"'))
    return MISSING


def _cookie(parameter: Parameter, raw: str) -> Any:
    if "array" in wire_types(parameter.schema):
        if parameter.explode and f"&{parameter.name}=" in raw:
            return _simple(parameter, raw, unquote, between=f"&{parameter.name}=")
        if "," not in raw:  # a delimiter that is none of a cookie's characters, so clients encode it
            return _simple(parameter, raw, unquote, between="%2C" if "%2C" in raw else "%2c")
    return _simple(parameter, raw, unquote)


def _simple(parameter: Parameter, raw: str, decode: Any, *, between: str = ",") -> Any:
    if parameter.content is not None:
        return _parsed(decode(raw))
    types = wire_types(parameter.schema)
    if types == {"array"}:
        return array([decode(piece) for piece in raw.split(between)] if raw else [], parameter.schema)
    if types == {"object"}:
        pieces = [decode(piece) for piece in raw.split(between)]
        pairs = (
            [piece.partition("=")[::2] for piece in pieces]
            if parameter.explode
            else list(zip(pieces[::2], pieces[1::2], strict=False))
        )
        return structure(dict(pairs), parameter.schema)
    return scalar(decode(raw), parameter.schema)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def undeclared(pairs: Pairs, claimed: set[str]) -> list[str]:
    """Names in the query that belong to no declared parameter."""
    return list(dict.fromkeys(name for name, _ in pairs if name not in claimed))


def repeated(pairs: Pairs, parameters: Mapping[str, Parameter]) -> list[str]:
    """Names sent more than once whose style has one value: services take the first, the last or all of them."""
    counts: dict[str, int] = {}
    for name, _ in pairs:
        counts[name] = counts.get(name, 0) + 1
    return [name for name, count in counts.items()
            if count > 1 and name in parameters and not _may_repeat(parameters[name])]  # fmt: skip


def _may_repeat(parameter: Parameter) -> bool:
    return parameter.explode and parameter.content is None and "array" in wire_types(parameter.schema)
