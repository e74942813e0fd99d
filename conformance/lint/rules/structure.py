"""The shape of the document, and the names in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.lint.rule import ERROR, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of, list_of
from conformance.spec.pointer import join, split
from conformance.spec.structure import structure_errors

AREA = "structure"
_COMPONENT_NAME = re.compile(r"[a-zA-Z0-9._-]+", re.ASCII)
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


RULES = (
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
