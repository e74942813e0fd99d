"""Links and callbacks: expressions that name nothing, and parameters that the other operation does not have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress

from conformance.lint.rule import ERROR, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of
from conformance.model.operation import METHODS
from conformance.spec.body import is_json
from conformance.spec.places import Place
from conformance.spec.pointer import from_fragment, join, split
from conformance.spec.schema import SchemaNode

AREA = "references"
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_EXPRESSION = re.compile(
    rf"\$(url|method|statusCode|(?P<side>request|response)\.(header\.(?P<header>{_WORD})|query\.(?P<query>.+)|path\.(?P<path>.+)"
    r"|(?P<body>body)(#(?P<pointer>(/([^~/]|~[01])*)*))?))", re.DOTALL
)  # fmt: skip
_USUAL = re.compile(
    r"(accept|access-control|cache|content|if|x-forwarded)-.*|accept|age|allow|authorization|date|etag|expires|from|host|last-modified|"
    r"link|location|range|referer|retry-after|server|set-cookie|cookie|traceparent|user-agent|vary|via|www-authenticate",
    re.IGNORECASE,
)
"""Headers of HTTP itself, which are sent without being described."""
_EMBEDDED = re.compile(r"\{([^{}]*)\}")


def expression_malformed(subject: Subject) -> Iterator[Defect]:
    """Runtime expressions have the form that the specification gives them."""
    for pointer, expression, _ in _all(subject):
        if expression is None:
            yield Defect(pointer, "a brace has no partner")
        elif not _EXPRESSION.fullmatch(expression):
            yield Defect(pointer, f"{expression!r} is no runtime expression", expression)


def expression_dangling(subject: Subject) -> Iterator[Defect]:
    """Runtime expressions name what the operation has."""
    for pointer, expression, operation in _all(subject):
        found = _EXPRESSION.fullmatch(expression) if expression is not None and operation is not None else None
        reason = _dangling(subject, operation, found, pointer) if found is not None and operation is not None else None
        if reason is not None:
            yield Defect(pointer, f"{expression!r} names nothing: {reason}", expression or "")


def _all(subject: Subject) -> Iterator[tuple[str, str | None, Place | None]]:
    """Expressions with where they stand and the operation that they speak of; ``None`` where braces do not match."""
    for place in subject.of("callback"):
        for key in place.value:
            if not key.startswith("x-"):
                for expression in _in_key(key):
                    yield join(place.pointer, key), expression, _operation(subject, place.pointer)
    yield from _in_links(subject)


def _in_key(key: str) -> Iterator[str | None]:
    if key.startswith("$"):
        yield key
        return
    yield from _EMBEDDED.findall(key)
    if set("{}") & set(_EMBEDDED.sub("", key)):
        yield None


def _in_links(subject: Subject) -> Iterator[tuple[str, str, Place | None]]:
    for place in subject.of("link"):
        owner = _operation(subject, place.pointer)
        values = [
            (join(place.pointer, "parameters", name), value) for name, value in dict_of(place.value.get("parameters")).items()
        ]
        values += [(join(place.pointer, "requestBody"), place.value["requestBody"])] if "requestBody" in place.value else []
        for pointer, value in values:
            if isinstance(value, str) and value.startswith("$"):
                yield pointer, value, owner
            elif isinstance(value, str) and "{$" in value:
                for inner in _EMBEDDED.findall(value):
                    if inner.startswith("$"):
                        yield pointer, inner, owner


def _operation(subject: Subject, pointer: str) -> Place | None:
    """The operation that an object stands in; those of a callback are found in the outer one."""
    tokens = split(pointer)
    for length in range(len(tokens), 2, -1):
        if tokens[length - 1] in METHODS:
            at = join("", *tokens[:length])
            return next((place for place in subject.of("operation") if place.pointer == at), None)
    return None


def _dangling(subject: Subject, operation: Place, found: re.Match[str], pointer: str) -> str | None:
    names = found.groupdict()
    if names["side"] == "response" and (names["query"] or names["path"]):
        return "an answer has neither a query nor a path"
    if names["path"] or names["query"]:
        location = "path" if names["path"] else "query"
        name = names["path"] or names["query"]
        known = _parameters(subject, operation)
        if (location, name) not in known:
            return f"the operation has no {location} parameter {name!r}"
        return None
    if names["header"]:
        return _no_such_header(subject, operation, names["header"], pointer) if names["side"] == "response" else None
    if not names["body"]:
        return None
    if names["side"] == "request":
        body = subject.followed(Place("request-body", join(operation.pointer, "requestBody"), operation.value.get("requestBody")))
        if body is None or not isinstance(body.value, dict):
            return "the operation takes no body"
        bodies = [body]
    else:
        bodies = [held for status, written, held in subject.responses(operation) if (pointer + "/").startswith(written + "/")]
    return _no_such_place(subject, bodies, from_fragment(names["pointer"] or "")) if bodies else None


def _no_such_header(subject: Subject, operation: Place, name: str, pointer: str) -> str | None:
    """Why a header of an answer is none that is described, or ``None``; those of HTTP itself need not be."""
    if _USUAL.fullmatch(name):
        return None
    answers = [held for _, written, held in subject.responses(operation) if (pointer + "/").startswith(written + "/")]
    known = {held.lower() for answer in answers for held in dict_of(answer.value.get("headers"))}
    return f"the answer has no header {name!r}" if answers and name.lower() not in known else None


def _parameters(subject: Subject, operation: Place) -> dict[tuple[str, str], Place]:
    """Every parameter of an operation by location and name, those of its path included."""
    owners = [*(entry.item for entry in subject.paths if operation.pointer.startswith(entry.item.pointer + "/")), operation]
    return {(str(place.value.get("in")), str(place.value.get("name"))): place
             for owner in owners for _, place in subject.listed(owner, "parameters", "parameter")}  # fmt: skip


def _no_such_place(subject: Subject, bodies: list[Place], pointer: str) -> str | None:
    """Why a pointer leads nowhere in all bodies whose schemas are known, or ``None``."""
    reason = None
    for body in bodies:
        for name, media in dict_of(body.value.get("content")).items():
            if not isinstance(dict_of(media).get("schema"), dict):
                return None
            node = subject.node(join(body.pointer, "content", name, "schema"))
            reason = missing(node, split(pointer)) if node is not None and (is_json(name) or "form" in name) else None
            if reason is None:
                return None
    return reason


def missing(node: SchemaNode, tokens: tuple[str, ...]) -> str | None:
    """Why nothing is at a place in values of a schema, or ``None`` when something may be."""
    for token in tokens:
        names = node.all_properties()
        if token in names:
            node = names[token]
            continue
        items = node.child("items")
        if token.isdecimal() and (items is not None or node.get("prefixItems") is not None):
            first = node.get("prefixItems")
            following = node.child("prefixItems", int(token)) if isinstance(first, list) and int(token) < len(first) else items
            if following is None:
                return None
            node = following
            continue
        if not names or node.get("additionalProperties") not in (None, False) or node.get("patternProperties"):
            return None
        return f"the body has no property {token!r}"
    return None


def _target(subject: Subject, link: Place) -> Place | None:
    """The operation that a link leads to, when it is in this document."""
    name, reference = link.value.get("operationId"), link.value.get("operationRef")
    if isinstance(name, str):
        return next((place for place in subject.of("operation") if place.value.get("operationId") == name), None)
    tokens = split(from_fragment(reference[1:])) if isinstance(reference, str) and reference.startswith("#/") else ()
    for entry in subject.paths if len(tokens) == 3 else ():
        if tokens[:2] == ("paths", entry.path):
            return dict(entry.operations()).get(tokens[2])
    return None


def link_parameter_unknown(subject: Subject) -> Iterator[Defect]:
    """Links fill in parameters that their operation has."""
    for link in subject.of("link"):
        target = _target(subject, link)
        if target is None:
            continue
        known = _parameters(subject, target)
        names = {name for _, name in known} | {f"{location}.{name}" for location, name in known}
        for name in dict_of(link.value.get("parameters")):
            if name not in names:
                yield Defect(join(link.pointer, "parameters", name), f"the operation of the link has no parameter {name!r}")


def link_parameter_invalid(subject: Subject) -> Iterator[Defect]:
    """What a link always fills in is valid for the parameter."""
    for link in subject.of("link"):
        target = _target(subject, link)
        known = _parameters(subject, target) if target is not None else {}
        for name, value in dict_of(link.value.get("parameters")).items():
            if isinstance(value, str) and "$" in value:
                continue
            held = [place for (location, own), place in known.items() if name in {own, f"{location}.{own}"}]
            node = subject.node(join(held[0].pointer, "schema")) if len(held) == 1 and "schema" in held[0].value else None
            if node is not None and not any(node.is_valid(meant) for meant in _meanings(value)):
                yield Defect(
                    join(link.pointer, "parameters", name), f"the parameter {name!r} of the operation cannot be {value!r}"
                )


def _meanings(value: object) -> Iterator[object]:
    """What a value may be in a URL, where numbers, flags and texts look alike."""
    yield value
    if not isinstance(value, (dict, list, str)):
        yield json.dumps(value)
    with suppress(ValueError):
        yield json.loads(value) if isinstance(value, str) else value


def link_parameter_missing(subject: Subject) -> Iterator[Defect]:
    """A link that fills in some of the parameters in a path fills in all of them."""
    for link in subject.of("link"):
        target, given = _target(subject, link), dict_of(link.value.get("parameters"))
        if target is None or not given:
            continue
        for location, name in sorted(_parameters(subject, target)):
            if location == "path" and name not in given and f"path.{name}" not in given:
                yield Defect(
                    join(link.pointer, "parameters"), f"the path parameter {name!r} of the operation is not filled in", name
                )


RULES = (
    Rule(
        id="expression-dangling", severity=WARNING, area=AREA, function=expression_dangling,
        summary="A runtime expression names something that the message does not have.",
        fix="Name a parameter or a property that the operation describes.",
        why="It has no value at run time, so the link or callback cannot be used (OpenAPI, Runtime Expressions).",
    ),
    Rule(
        id="expression-malformed", severity=ERROR, area=AREA, function=expression_malformed,
        summary="A runtime expression is malformed.",
        fix="Write it as `$request.query.name`, `$response.body#/pointer` and the like.",
        why="No tool can evaluate it (OpenAPI, Runtime Expressions).",
    ),
    Rule(
        id="link-parameter-invalid", severity=ERROR, area=AREA, function=link_parameter_invalid,
        summary="A link fills in a value that the parameter cannot have.",
        fix="Use a valid value, or an expression such as `$response.body#/id`.",
        why="Whoever follows the link is refused (OpenAPI, Link Object, `parameters`).",
    ),
    Rule(
        id="link-parameter-missing", severity=WARNING, area=AREA, function=link_parameter_missing,
        summary="A link leaves out a parameter of the path that it leads to.",
        fix="Fill it in under `parameters`.",
        why="A client that follows the link cannot build the URL (OpenAPI, Link Object).",
    ),
    Rule(
        id="link-parameter-unknown", severity=ERROR, area=AREA, function=link_parameter_unknown,
        summary="A link fills in a parameter that its operation does not have.",
        fix="Use the name of a parameter of the operation, or prefix it with its location: `path.id`.",
        why="The value goes nowhere (OpenAPI, Link Object).",
    ),
)  # fmt: skip
