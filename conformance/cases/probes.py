"""Requests made from one that was accepted: what the engine does not send, and what chance seldom sends.

Extremes keep the contract: every free string and number of the request takes an unusual value that its schema
allows, all at once, so that a handful of requests asks what a service makes of NUL, quotes, emoji, blanks or huge
numbers. Damages break the body below its schema. Echoes ask again for what was just made or deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode, urlsplit

from conformance.model.message import Request, Response
from conformance.model.operation import Operation, SecurityScheme
from conformance.model.ports import Schema
from conformance.model.record import Intent
from conformance.spec.body import is_json, read_json
from conformance.spec.reading import BODILESS, RequestReading

_LONG = 4000
# Reads as a token, and as "nobody:never given out" in base64.
_NOBODYS = "bm9ib2R5Om5ldmVyIGdpdmVuIG91dA=="


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A request and why it is sent.

    ``operation`` is the label of the one that it is for. ``refused_by`` is the id of the check that a success breaks,
    where the exchange alone does not show it.
    """

    operation: str
    intent: Intent
    description: str
    request: Request
    refused_by: str = ""


@dataclass(frozen=True, slots=True)
class _Extreme:
    name: str
    text: str
    numbers: tuple[float, ...]


_EXTREMES = (
    _Extreme("quotes, markup and letters of the world", "'\"`\\<b>&;--%s${{7*7}} é\u0301\u202e\ufeff日本😀", (-1,)),
    _Extreme("control characters", "\x00\x01\x1b\x7f", (0,)),
    _Extreme("blanks", " \t\n ", (2**31, 2**31 - 1)),
    _Extreme("nothing", "", (2**53, 1e300, 0.1)),
    _Extreme("great length", "x" * _LONG, (-(2**53), -1e300)),
)


def probes(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """What to send after a request that was read without a fault and answered with success."""
    if operation.needs_auth and _is_left_alone(operation):
        yield Probe(operation=operation.label, intent=Intent.NEGATIVE, request=_anonymous(operation, request),
                    description="Without any credentials")  # fmt: skip
    if operation.needs_auth and all(_in_header(scheme) for any_of in operation.security for scheme in any_of):
        yield Probe(operation=operation.label, intent=Intent.PROBE, request=_mistaken(operation, request),
                    description="With credentials that were never given out", refused_by="auth-unverified")  # fmt: skip
    for extreme in _EXTREMES:
        changed = _extreme(operation, reading, request, extreme)
        if changed is not None:
            yield Probe(operation=operation.label, intent=Intent.POSITIVE, request=changed,
                        description=f"Values at the edge: {extreme.name}")  # fmt: skip
    if reading.has_body and operation.method not in BODILESS and is_json(request.header("content-type") or ""):
        for description, body in _damages(request.body):
            yield Probe(operation=operation.label, intent=Intent.NEGATIVE, request=replace(request, body=body),
                        description=f"Damaged body: {description}")  # fmt: skip


def _is_left_alone(operation: Operation) -> bool:
    """Whether leaving out one header, as the engine does, may leave other credentials in the request."""
    schemes = {scheme.name: scheme for alternative in operation.security for scheme in alternative}
    return len(schemes) > 1 or any(scheme.location in {"cookie", "query"} for scheme in schemes.values())


def _anonymous(operation: Operation, request: Request) -> Request:
    """The request without anything that one of the operation's security schemes looks at."""
    schemes = [scheme for alternative in operation.security for scheme in alternative]
    names: dict[str, set[str]] = {"header": set(), "query": set(), "cookie": set()}
    for scheme in schemes:
        names.setdefault(scheme.location, set()).add(scheme.parameter)
    headers = {name.lower() for name in names["header"]} | {"authorization"}
    parts = urlsplit(request.url)
    pairs = [pair for pair in parts.query.split("&") if unquote_plus(pair.partition("=")[0]) not in names["query"]]
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in headers)
    crumbs = [crumb.strip() for crumb in (request.header("cookie") or "").split(";")]
    cookie = "; ".join(crumb for crumb in crumbs if crumb and crumb.partition("=")[0] not in names["cookie"]) or None
    return replace(request, url=parts._replace(query="&".join(pairs)).geturl(), headers=kept).with_header("Cookie", cookie)


def _in_header(scheme: SecurityScheme) -> bool:
    return scheme.kind != "mutualTLS" and scheme.location not in {"query", "cookie"}


def _mistaken(operation: Operation, request: Request) -> Request:
    """The request with credentials of the right form that nobody has: nothing in them comes from the real ones."""
    found = _anonymous(operation, request)
    for scheme in (scheme for any_of in operation.security for scheme in any_of):
        name = scheme.parameter if scheme.kind == "apiKey" else "Authorization"
        held = request.header(name)
        if held is not None:
            kind, space, _ = held.partition(" ")
            found = found.with_header(name, f"{kind} {_NOBODYS}" if space and scheme.kind != "apiKey" else _NOBODYS)
    return found


def _damages(body: bytes) -> Iterator[tuple[str, bytes]]:
    yield "emptied", b"{}"
    yield "cut off", body[:-1] if len(body) > 1 else b"{"
    yield "not UTF-8", b'{"\xff\xfe": 1}'


def _extreme(operation: Operation, reading: RequestReading, request: Request, extreme: _Extreme) -> Request | None:
    """The request with the extreme wherever a schema lets it in; ``None`` where none does."""
    query = _query(operation, request, extreme)
    changed = request if query is None else replace(request, url=query)
    if reading.has_body and reading.media is not None and reading.media.schema is not None and _is_plain_json(request):
        body = _edged(reading.body, reading.media.schema, extreme)
        if body != reading.body and reading.media.schema.is_valid(body, direction="request"):
            changed = replace(changed, body=json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return changed if changed is not request else None


def _is_plain_json(request: Request) -> bool:
    return is_json(request.header("content-type") or "")


def _query(operation: Operation, request: Request, extreme: _Extreme) -> str | None:
    parts = urlsplit(request.url)
    edges = {}
    for parameter in operation.parameters_in("query"):
        if parameter.schema is not None and parameter.content is None and not {"array", "object"} & parameter.schema.types():
            value = _leaf(None, parameter.schema, extreme)
            if isinstance(value, str) or (isinstance(value, int) and value is not None):
                edges[parameter.name] = str(value)
    if not edges:
        return None
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in edges]
    return parts._replace(query=urlencode([*kept, *edges.items()], quote_via=quote)).geturl()


def _edged(value: Any, schema: Schema | None, extreme: _Extreme) -> Any:
    """A copy of a value with every leaf at the edge that its schema lets go there."""
    if schema is None:
        return value
    if isinstance(value, dict):
        properties = schema.all_properties()
        left = schema.flagged("readOnly")
        return {name: _edged(held, properties.get(name), extreme) if name not in left else held for name, held in value.items()}
    if isinstance(value, list):
        return [_edged(held, schema.child("items"), extreme) for held in value]
    edge = _leaf(value, schema, extreme)
    return value if edge is None else edge


def _leaf(value: Any, schema: Schema, extreme: _Extreme) -> str | float | None:
    """The extreme value for a string or number, ``None`` where the schema lets none in."""
    types = schema.types()
    candidates: tuple[str | float, ...] = ()
    if "string" in types and (value is None or isinstance(value, str)):
        longest = schema.get("maxLength")
        candidates = (extreme.text[:longest] if isinstance(longest, int) and longest >= 0 else extreme.text,)
    elif types & {"integer", "number"} and not isinstance(value, (bool, str)):
        candidates = extreme.numbers
    fitting = (edge for edge in candidates if not _has_wrong_form(edge, schema) and schema.is_valid(edge, direction="request"))
    return next(fitting, None)


def _has_wrong_form(edge: str | float, schema: Schema) -> bool:
    """Whether the schema means something that it does not say in full, such as a format that no validator knows."""
    return isinstance(edge, str) and schema.get("format") is not None


def echoes(operations: Mapping[str, Operation], operation: Operation, request: Request, answer: Response) -> Iterator[Probe]:
    """Reads of what a request has just made or deleted, where the document has an operation for it.

    Args:
        operations: those that may be called, by label.
        operation: the one that the request was for.
        request: the request.
        answer: its answer, a success.
    """
    parts = urlsplit(request.url)
    plain = Request(method="GET", url=parts._replace(query="").geturl(),
                    headers=tuple(pair for pair in request.headers if not pair[0].lower().startswith("content-")))  # fmt: skip
    if operation.method == "delete" and answer.status != 202:
        label, url, description = f"GET {operation.path}", plain.url, "Read what was deleted"
    elif operation.method == "put" and answer.status in {200, 201, 204}:
        label, url, description = f"GET {operation.path}", plain.url, "Read what was put"
    elif operation.method == "post" and answer.status in {200, 201}:
        reader = next(
            (other for other in operations.values() if other.method == "get" and _is_item(other.path, operation.path)), None
        )
        identity = _identity(answer, reader.path.rpartition("{")[2].rstrip("}")) if reader is not None else None
        if reader is None or identity is None:
            return
        label, url, description = reader.label, f"{plain.url}/{quote(identity, safe='')}", "Read what was created"
    else:
        return
    reader = operations.get(label)
    if reader is not None and not any(parameter.required and parameter.location != "path" for parameter in reader.parameters):
        yield Probe(operation=label, intent=Intent.PROBE, description=description, request=replace(plain, url=url))


def _is_item(path: str, collection: str) -> bool:
    rest = path.removeprefix(collection)
    return path.startswith(collection + "/{") and rest.count("/") == 1 and rest.endswith("}")


def _identity(answer: Response, name: str) -> str | None:
    value = read_json(answer.body).value if answer.body else None
    thing = value.get("data", value) if isinstance(value, dict) else None
    found = thing.get(name, thing.get("id")) if isinstance(thing, dict) else None
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) and str(found) else None
