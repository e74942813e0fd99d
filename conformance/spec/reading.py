"""A request read against its operation: what it says, where it breaks the contract, and where one could argue.

``errors`` are clear breaches: a conforming service refuses such a request. ``oddities`` are what services
may answer either way (an undeclared query parameter, an empty value for a number, a body on GET). A request with
neither is one that the document promises to take. The sandbox, the checks and the coverage all read
requests here, so that they can never disagree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.model.message import Request
from conformance.model.operation import MediaType, Operation, Parameter
from conformance.model.ports import Schema
from conformance.spec.body import ABSENT, OPAQUE, BodyReading, media_type_for, read_body
from conformance.spec.codings import Uncoded, codings, decoded
from conformance.spec.leeway import (
    NUMBERS,
    RANGE,
    is_right_when_trimmed,
    left_to_the_service,
    odd_numbers,
    odd_texts,
    settled,
    without,
)
from conformance.spec.parameters import (
    IGNORED_HEADERS,
    MISSING,
    Pairs,
    from_cookies,
    from_headers,
    from_path,
    from_query,
    is_bracketed,
    is_unmarked,
    query_pairs,
    repeated,
    undeclared,
)
from conformance.spec.pointer import join
from conformance.spec.values import is_loose

_CONTROLS = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
BODILESS = frozenset({"get", "head", "delete", "trace"})
CODED = "the body has a content coding"
"""An oddity: no document says which codings a service takes."""

_MOST_DECODED = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestError:
    """One breach.

    ``kind`` is ``parameter``, ``body``, ``syntax`` or ``media-type``; ``pointer`` is in the message
    (``/query/page[size]``, ``/path/id``, ``/body/name``), ``schema_pointer`` in the document. ``names`` are as of
    ``SchemaError``.
    """

    kind: str
    pointer: str
    message: str
    schema_pointer: str
    keyword: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReading:
    """What a request says.

    ``values`` are its declared parameters by ``(location, name)``, typed; ``body`` is ``ABSENT`` when none was
    sent and ``OPAQUE`` when no schema can judge it. ``is_fragile`` says that a server or proxy may answer a request
    like this one itself.
    """

    operation: Operation
    values: Mapping[tuple[str, str], Any]
    media: MediaType | None
    body: Any
    errors: tuple[RequestError, ...]
    oddities: tuple[str, ...]
    is_fragile: bool = False

    @property
    def has_body(self) -> bool:
        """Whether ``body`` is a value that can be looked into."""
        return self.body is not ABSENT and self.body is not OPAQUE


class _Reader:
    def __init__(self, operation: Operation, request: Request) -> None:
        self.operation, self.request = operation, request
        self.values: dict[tuple[str, str], Any] = {}
        self.errors: list[RequestError] = []
        self.oddities: list[str] = []
        self.is_fragile = False

    def parameter(self, parameter: Parameter, value: Any) -> None:
        """Judge one parameter that was taken off the wire."""
        if value is MISSING:
            if parameter.required:
                self.errors.append(RequestError(
                    kind="parameter", pointer=join("", parameter.location, parameter.name),
                    schema_pointer=parameter.pointer, keyword="required",
                    message=f"the required {parameter.location} parameter {parameter.name!r} is missing",
                ))  # fmt: skip
            return
        schema = parameter.content.schema if parameter.content is not None else parameter.schema
        self.oddities.extend(odd_numbers(value, schema))
        value = self.values[(parameter.location, parameter.name)] = settled(value)
        if schema is None:
            return
        if value == "" and parameter.allow_empty_value:
            return
        found = schema.errors(value, direction="request")
        if not found:
            self.oddities.extend(odd_texts(value))
            if value is None:
                # What a parameter that may be null looks like in a text, no style says (OpenAPI, Style Values; RFC 6570 2.3).
                self.oddities.append(f"the {parameter.location} parameter {parameter.name!r} is null, which has no text")
            return
        if (isinstance(value, str) and is_loose(value, schema)) or is_right_when_trimmed(value, schema):
            self.oddities.append(f"the {parameter.location} parameter {parameter.name!r} is written loosely")
            return
        where = join("", parameter.location, parameter.name)
        self.errors.extend(
            RequestError(kind="parameter", pointer=where + error.instance_pointer, message=error.message,
                         schema_pointer=error.schema_pointer, keyword=error.keyword, names=error.names)
            for error in found
        )  # fmt: skip

    def _arguable(self, parameter: Parameter, value: Any, oddity: str) -> None:
        """Take a value in that is not written as declared: services may read it, leave it out or refuse it."""
        known = len(self.errors)
        self.parameter(parameter, value)
        del self.errors[known:]
        self.oddities.append(oddity)

    def path(self, raw_values: Mapping[str, str]) -> None:
        for parameter in self.operation.parameters_in("path"):
            raw = raw_values.get(parameter.name)
            if raw is None:
                continue
            text = unquote(raw)
            if text in {".", "..", ""} or "/" in text or "\\" in text or _has_controls(text):
                self.oddities.append(f"the path parameter {parameter.name!r} does not survive every proxy")
                self.is_fragile = True
            if is_unmarked(parameter, raw):
                oddity = f"the path parameter {parameter.name!r} has not the mark of its style"
                self._arguable(parameter, from_path(parameter, raw), oddity)
            elif unquote(text) != text:
                oddity = f"the path parameter {parameter.name!r} is another one to a server that decodes twice"
                self._arguable(parameter, from_path(parameter, raw), oddity)
            else:
                self.parameter(parameter, from_path(parameter, raw))

    def query(self) -> None:
        pairs: Pairs = query_pairs(urlsplit(self.request.url).query)
        if not pairs:
            for parameter in self.operation.parameters_in("query"):
                self.parameter(parameter, MISSING)
            return
        declared = {parameter.name: parameter for parameter in self.operation.parameters_in("query")}
        claimed: set[str] = set()
        twice = repeated(pairs, declared)
        for parameter in declared.values():
            value, names = from_query(parameter, pairs, self.operation)
            claimed |= names
            if parameter.name in twice:
                self._arguable(parameter, value, f"the query parameter {parameter.name!r} is sent more than once")
            elif is_bracketed(parameter, names):
                self._arguable(parameter, value, f"the query parameter {parameter.name!r} is written in brackets")
            else:
                self.parameter(parameter, value)
        claimed |= {scheme.parameter for any_of in self.operation.security for scheme in any_of if scheme.location == "query"}
        self.oddities.extend(f"the query parameter {name!r} is not declared" for name in undeclared(pairs, claimed))
        if _has_controls(unquote("&".join([value for _, value in pairs]))):
            self.oddities.append("the query holds control characters")
            self.is_fragile = True

    def headers(self) -> None:
        text = "".join([value for _, value in self.request.headers])
        if not text.isascii() or _has_controls(text):
            self.oddities.append("a header holds characters that not every server takes")
            self.is_fragile = True
        for parameter in self.operation.parameters_in("header"):
            if parameter.name.lower() not in IGNORED_HEADERS:
                self.parameter(parameter, from_headers(parameter, self.request.headers))
        for parameter in self.operation.parameters_in("cookie"):
            self.parameter(parameter, from_cookies(parameter, self.request.headers))

    def body(self) -> tuple[MediaType | None, Any]:
        spec, content_type = self.operation.request_body, self.request.header("content-type")
        sent = self._decoded()
        if spec is None:
            if self.request.body:
                self.oddities.append("the operation takes no body")
            return None, ABSENT
        if sent == b"" and content_type is None:
            self._missing_body(required=spec.required, pointer=spec.pointer)
            return None, ABSENT
        if self.operation.method in BODILESS:
            self.oddities.append(f"a body on {self.operation.method.upper()} has no defined meaning")
        if content_type is None:
            self.oddities.append("the body has no content type")
            content_type = next(iter(spec.content), "application/octet-stream")
        if not spec.content:
            self.oddities.append("the document lists no media type for the body")
            return None, OPAQUE
        media = media_type_for(spec.content, content_type)
        if media is None:
            self.errors.append(RequestError(
                kind="media-type", keyword="content", pointer="/header/content-type",
                schema_pointer=join(spec.pointer, "content"),
                message=f"{content_type!r} is not one of {', '.join(spec.content)}",
            ))  # fmt: skip
            return None, ABSENT
        if sent == b"" and not content_type.startswith(
            ("text/", "application/octet-stream", "application/x-www-form-urlencoded")
        ):
            self._missing_body(required=spec.required, pointer=spec.pointer)
            return media, ABSENT
        return media, self._value(read_body(sent, content_type, media), media) if sent is not None else OPAQUE

    def _decoded(self) -> bytes | None:
        """The body without its content codings; ``None`` when this reader cannot take them off."""
        names = codings(self.request.header("content-encoding"))
        if not names:
            return self.request.body
        self.oddities.append(CODED)
        try:
            return decoded(self.request.body, names, most=_MOST_DECODED)
        except Uncoded:
            return None

    def _missing_body(self, *, required: bool, pointer: str) -> None:
        if required:
            self.errors.append(RequestError(kind="body", pointer="/body", schema_pointer=pointer, keyword="required",
                                            message="the required body is missing"))  # fmt: skip

    def _value(self, read: BodyReading, media: MediaType) -> Any:
        self.oddities.extend(oddity for oddity in read.oddities if oddity not in NUMBERS)
        if not NUMBERS.isdisjoint(read.oddities):
            self.oddities.extend(odd_numbers(read.value, media.schema))
        if read.error is not None:
            self.errors.append(RequestError(kind="syntax", pointer="/body", schema_pointer=media.pointer, keyword="syntax",
                                            message=read.error))  # fmt: skip
            return ABSENT
        if media.schema is not None and read.value is not OPAQUE:
            value = self._own(read.value, media.schema)
            found = media.schema.errors(value, direction="request")
            if not found:
                self.oddities.extend(odd_texts(_texts(value, media)))
            elif RANGE in read.oddities or any(error.keyword == "json" for error in found):
                self.oddities.append("a value that not every reader takes")
                found = ()
            elif is_right_when_trimmed(value, media.schema):
                self.oddities.append("a text begins or ends with white space that some services take off")
                found = ()
            self.errors.extend(
                RequestError(kind="body", pointer="/body" + error.instance_pointer, message=error.message,
                             schema_pointer=error.schema_pointer, keyword=error.keyword, names=error.names)
                for error in found
            )  # fmt: skip
        return read.value

    def _own(self, value: Any, schema: Schema) -> Any:
        """What a client may say: a service may ignore the rest whatever it is, or refuse it."""
        foreign = tuple(left_to_the_service(value, schema))
        if not foreign:
            return value
        self.oddities.append(f"{foreign[0]} is readOnly")
        return without(value, foreign)


def read_request(operation: Operation, request: Request, path_values: Mapping[str, str]) -> RequestReading:
    """Read a request against an operation.

    Args:
        operation: the operation it is meant for.
        request: as it stands on the wire.
        path_values: raw path segments by parameter name, as a router's ``Match.values``.
    """
    reader = _Reader(operation, request)
    reader.path(path_values)
    reader.query()
    reader.headers()
    before = len(reader.errors)
    media, body = reader.body()
    if operation.method in BODILESS and len(reader.errors) > before:
        # Such a body has no defined meaning (RFC 9110 section 9.3), so a service may ignore what is wrong with it.
        reader.oddities.append(reader.errors[before].message)
        del reader.errors[before:]
    return RequestReading(operation=operation, values=reader.values, media=media, body=body,
                          errors=tuple(reader.errors), oddities=tuple(dict.fromkeys(reader.oddities)),
                          is_fragile=reader.is_fragile)  # fmt: skip


def _texts(value: Any, media: MediaType) -> Any:
    """The part of a body that is meant to be read: files in a form are not."""
    if media.schema is None or not isinstance(value, dict) or not media.name.startswith("multipart/"):
        return value
    files = {name for name, schema in media.schema.all_properties().items()
             if schema.get("format") == "binary" or schema.get("contentMediaType")}  # fmt: skip
    return {name: held for name, held in value.items() if name not in files}


def _has_controls(text: str) -> bool:
    return _CONTROLS.search(text) is not None
