"""The shape of the document, and the names in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from conformance.lint.rule import ERROR, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of, list_of
from conformance.spec.pointer import join, split
from conformance.spec.structure import structure_errors

AREA = "structure"
_COMPONENT_NAME = re.compile(r"[a-zA-Z0-9._-]+", re.ASCII)
_URL = re.compile(r"([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|[\u00a0-\ud7ff\uf900-\uffef]|%[0-9A-Fa-f]{2})+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")
_VARIABLE = re.compile(r"\{([^{}]*)\}")


def structure_invalid(subject: Subject) -> Iterator[Defect]:
    """What the schema of the specification does not allow."""
    for error in structure_errors(subject.raw):
        yield Defect(error.pointer, error.message, error.detail)


def name_repeated(subject: Subject) -> Iterator[Defect]:
    """A name stands twice in one object."""
    for pointer in subject.document.source.repeated:
        yield Defect(pointer, f"{split(pointer)[-1]!r} stands more than once in this object; only the last one counts")


def component_name_invalid(subject: Subject) -> Iterator[Defect]:
    """Names of components are letters, digits, dots, hyphens and underscores."""
    for kind, held in dict_of(subject.raw.get("components")).items():
        for name in dict_of(held) if not kind.startswith("x-") else ():
            if not _COMPONENT_NAME.fullmatch(name):
                yield Defect(join("/components", kind, name), f"{name!r} holds characters that a component's name must not have")


def server_variable_undefined(subject: Subject) -> Iterator[Defect]:
    """Every variable in a server's URL is defined."""
    for place in subject.of("server"):
        url, variables = place.value.get("url"), dict_of(place.value.get("variables"))
        for name in dict.fromkeys(_VARIABLE.findall(url)) if isinstance(url, str) else ():
            if name not in variables:
                yield Defect(join(place.pointer, "url"), f"the variable {name!r} is not defined", name)


def server_default_unlisted(subject: Subject) -> Iterator[Defect]:
    """The default of a server variable is one of its values."""
    for place in subject.of("variable"):
        values, default = list_of(place.value.get("enum")), place.value.get("default")
        if values and isinstance(default, str) and default not in values:
            yield Defect(join(place.pointer, "default"), f"the default {default!r} is not one of the variable's values")


def url_malformed(subject: Subject) -> Iterator[Defect]:
    """URLs are written with the characters of URLs."""
    for pointer, url in _urls(subject):
        problem = _url_problem(url)
        if problem is not None:
            yield Defect(pointer, f"{url!r:.80} is no URL: {problem}")


def _urls(subject: Subject) -> Iterator[tuple[str, str]]:
    fields = {
        "docs": ("url",),
        "contact": ("url",),
        "license": ("url",),
        "info": ("termsOfService",),
        "security-scheme": ("openIdConnectUrl",),
        "flow": ("authorizationUrl", "tokenUrl", "refreshUrl"),
        "xml": ("namespace",),
        "example": ("externalValue",),
    }
    for kind, names in fields.items():
        for place in subject.of(kind):
            for name in names:
                if isinstance(place.value.get(name), str):
                    yield join(place.pointer, name), place.value[name]
    for place in subject.of("server"):
        if isinstance(place.value.get("url"), str):
            yield join(place.pointer, "url"), _VARIABLE.sub("1", place.value["url"])


def _url_problem(url: str) -> str | None:
    if not url:
        return "it is empty"
    if not _URL.fullmatch(url):
        wrong = next((character for character in url if not _URL.fullmatch(character) and character != "%"), None)
        return f"{wrong!r} must be percent-encoded" if wrong is not None else "a percent sign does not begin an octet"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it raises when the port is none
    except ValueError as raised:
        return str(raised)
    return "there is no host" if parts.scheme in {"http", "https"} and not parts.hostname else None


def email_malformed(subject: Subject) -> Iterator[Defect]:
    """The address of the contact is one."""
    for place in subject.of("contact"):
        address = place.value.get("email")
        if isinstance(address, str) and not _EMAIL.fullmatch(address):
            yield Defect(join(place.pointer, "email"), f"{address!r} is no address")


def server_variable_unused(subject: Subject) -> Iterator[Defect]:
    """Every variable of a server stands in its URL."""
    for place in subject.of("server"):
        url = place.value.get("url")
        names = _VARIABLE.findall(url) if isinstance(url, str) else []
        for name in dict_of(place.value.get("variables")) if isinstance(url, str) else ():
            if name not in names and not name.startswith("x-"):
                yield Defect(join(place.pointer, "variables", name), f"the URL has no {{{name}}}")


def server_url_unusable(subject: Subject) -> Iterator[Defect]:
    """A path can be appended to the URL of a server."""
    for place in subject.of("server"):
        url = place.value.get("url")
        if not isinstance(url, str):
            continue
        rest = _VARIABLE.sub("", url)
        if "?" in rest or "#" in rest:
            yield Defect(join(place.pointer, "url"), f"paths are appended to {url!r}, which ends with a query or a fragment")
        elif url.endswith("/") and len(url) > 1:
            yield Defect(join(place.pointer, "url"), f"paths are appended to {url!r}, which gives two slashes")
        elif "{" in rest or "}" in rest:
            yield Defect(join(place.pointer, "url"), f"a brace of {url!r} has no partner")


def server_duplicate(subject: Subject) -> Iterator[Defect]:
    """No list of servers has one twice."""
    for owner in subject.of("document", "path-item", "operation"):
        seen: list[Any] = []
        for index, server in enumerate(list_of(owner.value.get("servers"))):
            url, variables = dict_of(server).get("url"), dict_of(dict_of(server).get("variables"))
            meant = (url, {name: dict_of(variable).get("default") for name, variable in variables.items()})
            if isinstance(url, str) and meant in seen:
                yield Defect(join(owner.pointer, "servers", index), f"the server {url!r} is in this list before")
            seen.append(meant)


def server_variable_repeated(subject: Subject) -> Iterator[Defect]:
    """No URL has a variable twice, and no variable a value twice."""
    for place in subject.of("server"):
        url = place.value.get("url")
        names = _VARIABLE.findall(url) if isinstance(url, str) else []
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            yield Defect(join(place.pointer, "url"), f"{{{name}}} stands twice in the URL", name)
    for place in subject.of("variable"):
        values = list_of(place.value.get("enum"))
        for index, value in enumerate(values):
            if value in values[:index]:
                yield Defect(join(place.pointer, "enum", index), f"{value!r:.60} is in this list before")


def version_feature(subject: Subject) -> Iterator[Defect]:
    """Nothing comes from another version of the specification without a word of it."""
    if subject.is_30:
        for place in subject.having("type"):
            if isinstance(place.value["type"], list):
                yield Defect(
                    join(place.pointer, "type"), "a list of types is of OpenAPI 3.1; in 3.0 there is one, and `nullable`"
                )


RULES = (
    Rule(
        id="email-malformed", severity=ERROR, area=AREA, function=email_malformed,
        summary="The address of the contact is none.",
        fix="Write it as name@host.",
        why="It must be an email address (OpenAPI, Contact Object).",
    ),
    Rule(
        id="server-duplicate", severity=WARNING, area=AREA, function=server_duplicate,
        summary="A server stands twice in a list.",
        fix="Remove one of the two.",
        why="Readers choose between two equals; often another address was meant.",
    ),
    Rule(
        id="server-url-unusable", severity=WARNING, area=AREA, function=server_url_unusable,
        summary="A path cannot be appended to a server's URL.",
        fix="End the URL with neither a slash, a query nor a fragment.",
        why="The path is appended as it is, and begins with a slash (OpenAPI, Paths Object).",
    ),
    Rule(
        id="server-variable-repeated", severity=WARNING, area=AREA, function=server_variable_repeated,
        summary="A variable stands twice in a server's URL, or a value twice in its enum.",
        fix="Remove one of the two.",
        why="The second says nothing; a variable must not stand twice (OpenAPI, Server Object).",
    ),
    Rule(
        id="server-variable-unused", severity=WARNING, area=AREA, function=server_variable_unused,
        summary="A server's variable does not stand in its URL.",
        fix="Put it into the URL, or remove it; mind the spelling.",
        why="It is never substituted (OpenAPI, Server Object).",
    ),
    Rule(
        id="type-list-early", severity=ERROR, area=AREA, function=version_feature, explains=("", "/..", "/0"),
        summary="OpenAPI 3.0 is given a list of types.",
        fix="Use one type and `nullable`, or `anyOf`; or raise the version to 3.1.",
        why="The value of `type` must be a string (OpenAPI 3.0, Schema Object).",
    ),
    Rule(
        id="url-malformed", severity=ERROR, area=AREA, function=url_malformed,
        summary="A URL has characters or parts that no URL has.",
        fix="Percent-encode the characters, or write the whole address.",
        why="Clients cannot open it (RFC 3986).",
    ),
    Rule(
        id="component-name-invalid", severity=ERROR, area=AREA, function=component_name_invalid, explains=("",),
        summary="A component's name holds other characters than letters, digits, '.', '-' and '_'.",
        fix="Rename the component and the references to it.",
        why="Names become parts of references and of generated code (OpenAPI, Components Object).",
    ),
    Rule(
        id="name-repeated", severity=ERROR, area=AREA, function=name_repeated,
        summary="A name stands twice in one object.",
        fix="Merge the two members, or rename one.",
        why="Parsers keep one of the two and drop the other without a word (RFC 8259 section 4).",
    ),
    Rule(
        id="server-default-unlisted", severity=WARNING, area=AREA, function=server_default_unlisted,
        summary="The default of a server variable is not one of its values.",
        fix="Add the default to the enum, or choose one of the values.",
        why="A client that fills in defaults calls a server that is not offered.",
    ),
    Rule(
        id="server-variable-undefined", severity=ERROR, area=AREA, function=server_variable_undefined,
        summary="A server's URL has a variable that is not defined.",
        fix="Define it under `variables`, with a default.",
        why="No client can build the URL (OpenAPI, Server Object).",
    ),
    Rule(
        id="structure-invalid", severity=ERROR, area=AREA, function=structure_invalid,
        summary="The document breaks the schema of the OpenAPI specification.",
        fix="Write the object as the specification describes it; the message names the member.",
        why="Tools refuse the document, or skip the part.",
    ),
)  # fmt: skip
