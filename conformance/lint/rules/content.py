"""Content: media types, encodings and headers that messages cannot have, or that HTTP ignores."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.lint.reach import unit
from conformance.lint.rule import ERROR, NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of
from conformance.spec.body import is_json
from conformance.spec.places import Place
from conformance.spec.pointer import join, split
from conformance.spec.schema import SchemaNode

AREA = "operations"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_OWNED = frozenset({"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
                    "proxy-connection", "expect"})  # fmt: skip
_MULTIPART, _FORM = "multipart/", "application/x-www-form-urlencoded"


def _media(place: Place) -> str:
    return split(place.pointer)[-1].partition(";")[0].strip().lower()


def media_type_duplicate(subject: Subject) -> Iterator[Defect]:
    """No content has one media type twice."""
    for owner in subject.of("request-body", "response"):
        seen: dict[str, str] = {}
        for name in dict_of(owner.value.get("content")):
            plain = ";".join(part.strip().lower() for part in name.split(";"))
            first = seen.setdefault(plain, name)
            if first != name:
                yield Defect(join(owner.pointer, "content", name), f"{name!r} is the same media type as {first!r}")


def encoding_without_effect(subject: Subject) -> Iterator[Defect]:
    """Encodings are given for forms and multipart bodies alone."""
    for place in subject.of("media-type"):
        name = _media(place)
        if dict_of(place.value.get("encoding")) and not name.startswith(_MULTIPART) and name != _FORM:
            yield Defect(join(place.pointer, "encoding"), f"an encoding has no effect for {name}")


def encoding_member_ignored(subject: Subject) -> Iterator[Defect]:
    """Members of an encoding are those that its media type takes."""
    for place in subject.of("media-type"):
        name = _media(place)
        for key, encoding in dict_of(place.value.get("encoding")).items():
            headers = dict_of(dict_of(encoding).get("headers"))
            pointer = join(place.pointer, "encoding", key, "headers")
            if headers and name == _FORM:
                yield Defect(pointer, f"headers are ignored for {name}, which has no parts")
            for header in headers if name != _FORM else ():
                if header.lower() == "content-type":
                    yield Defect(join(pointer, header), "`Content-Type` is ignored here; `contentType` says it")
            for member in ("style", "explode", "allowReserved"):
                ignored = name != _FORM and (subject.is_30 or not name.startswith("multipart/form-data"))
                if member in dict_of(encoding) and ignored:
                    yield Defect(join(place.pointer, "encoding", key, member), f"`{member}` is ignored for {name}")


def form_not_object(subject: Subject) -> Iterator[Defect]:
    """Forms are objects."""
    for place in subject.of("media-type"):
        name = _media(place)
        if name in {_FORM, "multipart/form-data"} and isinstance(place.value.get("schema"), dict):
            node = subject.node(join(place.pointer, "schema"))
            types = node.types() if node is not None else frozenset()
            if types and "object" not in types:
                yield Defect(
                    join(place.pointer, "schema"),
                    f"a form has named fields, and the schema is of the type {' or '.join(sorted(types))}",
                )


def binary_in_json(subject: Subject) -> Iterator[Defect]:
    """No body of JSON holds raw bytes."""
    seen: set[str] = set()
    parts = _leading_to(subject, {unit(place.pointer) for place in subject.having("format") if place.value["format"] == "binary"})
    for place in subject.of("media-type") if parts else ():
        if (
            unit(place.pointer) not in parts
            or not is_json(split(place.pointer)[-1])
            or not isinstance(place.value.get("schema"), dict)
        ):
            continue
        node = subject.node(join(place.pointer, "schema"))
        for found in _binary(node, seen) if node is not None and node.pointer not in seen else ():
            yield Defect(
                join(found.pointer, "format"), "JSON cannot hold raw bytes; use base64 (`byte`, or `contentEncoding` in 3.1)"
            )


def _leading_to(subject: Subject, parts: set[str]) -> set[str]:
    """Some parts of the document, and those that lead to them by references."""
    users: dict[str, set[str]] = {}
    for place in subject.references if parts else ():
        target = subject.leads(place)
        if target is not None:
            users.setdefault(unit(target), set()).add(unit(place.pointer))
    found, stack = set(parts), list(parts)
    while stack:
        new = users.get(stack.pop(), set()) - found
        found |= new
        stack.extend(new)
    return found


def _binary(node: SchemaNode, seen: set[str]) -> Iterator[SchemaNode]:
    """Where a schema has raw bytes; what was ``seen`` is left out."""
    stack = [node]
    seen.add(node.pointer)
    while stack:
        here = stack.pop()
        if here.get("format") == "binary" and "string" in here.types():
            yield here
        items = here.child("items")
        for child in (*here.all_properties().values(), *((items,) if items is not None else ())):
            if child.pointer not in seen:
                seen.add(child.pointer)
                stack.append(child)


def content_empty(subject: Subject) -> Iterator[Defect]:
    """A request body says what it can hold."""
    for place in subject.of("request-body"):
        if place.value.get("content") == {}:
            yield Defect(join(place.pointer, "content"), "no media type is listed, so that nothing can be sent")


def header_name_invalid(subject: Subject) -> Iterator[Defect]:
    """Names of headers and cookies are tokens."""
    for place in subject.of("parameter"):
        name, location = place.value.get("name"), place.value.get("in")
        if location in ("header", "cookie") and isinstance(name, str) and not _TOKEN.fullmatch(name):
            yield Defect(join(place.pointer, "name"), f"{name!r} cannot be the name of a {location}")
    for owner in subject.of("response", "encoding"):
        for name in dict_of(owner.value.get("headers")):
            if not _TOKEN.fullmatch(name):
                yield Defect(join(owner.pointer, "headers", name), f"{name!r} cannot be the name of a header")


def header_owned_by_protocol(subject: Subject) -> Iterator[Defect]:
    """No parameter is a header that HTTP itself sets."""
    for place in subject.of("parameter"):
        name = place.value.get("name")
        if place.value.get("in") == "header" and isinstance(name, str) and name.lower() in _OWNED:
            yield Defect(
                join(place.pointer, "name"), f"the header {name!r} is set by the connection, and clients cannot choose it"
            )


def header_case_twin(subject: Subject) -> Iterator[Defect]:
    """No response has two headers that differ in case alone."""
    for owner in subject.of("response", "encoding"):
        seen: dict[str, str] = {}
        for name in dict_of(owner.value.get("headers")):
            first = seen.setdefault(name.lower(), name)
            if first != name:
                yield Defect(join(owner.pointer, "headers", name), f"{name!r} and {first!r} are the same header")


def redirect_location_missing(subject: Subject) -> Iterator[Defect]:
    """Redirects that describe headers describe where they lead."""
    for place in subject.of("operation"):
        for status, pointer, response in subject.responses(place):
            headers = dict_of(response.value.get("headers"))
            if status in {"301", "302", "303", "307", "308"} and headers and "location" not in {name.lower() for name in headers}:
                yield Defect(
                    join(pointer, "headers") if response.pointer == pointer else pointer,
                    f"the redirect {status} does not describe `Location`",
                )


def encoding_property_unknown(subject: Subject) -> Iterator[Defect]:
    """Encodings are for properties that the schema has."""
    for place in subject.of("media-type"):
        encoding = dict_of(place.value.get("encoding"))
        node = subject.node(join(place.pointer, "schema")) if encoding and isinstance(place.value.get("schema"), dict) else None
        names = node.all_properties() if node is not None else {}
        for name in encoding if names else ():
            if name not in names:
                yield Defect(join(place.pointer, "encoding", name), f"the schema has no property {name!r}")


RULES = (
    Rule(
        id="binary-in-json", severity=WARNING, area=AREA, function=binary_in_json,
        summary="A body of JSON holds a property of the format binary.",
        fix="Use `format: byte` (3.0) or `contentEncoding: base64` (3.1), or send it as multipart.",
        why="Raw bytes are no JSON text (RFC 8259 section 8.1; OpenAPI, Data Types).",
    ),
    Rule(
        id="content-empty", severity=WARNING, area=AREA, function=content_empty,
        summary="A request body lists no media type.",
        fix="List the media types that the operation takes, or remove the body.",
        why="A client has nothing to send (OpenAPI, Request Body Object).",
    ),
    Rule(
        id="encoding-member-ignored", severity=WARNING, area=AREA, function=encoding_member_ignored,
        summary="A member of an encoding is ignored for its media type.",
        fix="Remove it, or use the media type that takes it.",
        why="Headers belong to parts, styles to form fields, the content type has its own member (OpenAPI, Encoding Object).",
    ),
    Rule(
        id="encoding-property-unknown", severity=ERROR, area="examples", function=encoding_property_unknown,
        summary="An encoding is given for a property that the schema does not have.",
        fix="Correct the name, or add the property.",
        why="The key must exist in the schema as a property (OpenAPI, Media Type Object).",
    ),
    Rule(
        id="encoding-without-effect", severity=WARNING, area=AREA, function=encoding_without_effect,
        summary="An encoding is given for a media type that has none.",
        fix="Remove it, or use multipart or application/x-www-form-urlencoded.",
        why="It applies to multipart and forms alone (OpenAPI, Media Type Object).",
    ),
    Rule(
        id="form-not-object", severity=ERROR, area=AREA, function=form_not_object,
        summary="The schema of a form is no object.",
        fix="Describe the fields as properties of an object.",
        why="A form is made of named fields (OpenAPI, Media Type Object; URL Standard section 5).",
    ),
    Rule(
        id="header-case-twin", severity=ERROR, area=AREA, function=header_case_twin,
        summary="Two headers of one response differ in case alone.",
        fix="Merge the two into one.",
        why="Names of headers have no case, so they are one (RFC 9110 section 5.1).",
    ),
    Rule(
        id="header-name-invalid", severity=ERROR, area=AREA, function=header_name_invalid,
        summary="The name of a header or cookie is no token.",
        fix="Use letters, digits and hyphens.",
        why="No message can carry it (RFC 9110 section 5.6.2; RFC 6265 section 4.1.1).",
    ),
    Rule(
        id="header-owned-by-protocol", severity=WARNING, area=AREA, function=header_owned_by_protocol,
        summary="A parameter is a header that HTTP itself sets.",
        fix="Remove the parameter.",
        why="Client libraries set it or refuse it, and proxies drop it (RFC 9110 section 7).",
    ),
    Rule(
        id="media-type-duplicate", severity=ERROR, area=AREA, function=media_type_duplicate,
        summary="One media type stands twice in a content.",
        fix="Merge the two into one.",
        why="Media types have no case, so a message matches both (RFC 9110 section 8.3.1).",
    ),
    Rule(
        id="redirect-location-missing", severity=NOTE, area=AREA, function=redirect_location_missing,
        summary="A redirect describes headers, and not where it leads.",
        fix="Add the header `Location`.",
        why="A client follows that header (RFC 9110 section 15.4).",
    ),
)  # fmt: skip
