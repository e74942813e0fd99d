"""What a document says in vain: settings without effect, and bounds that another one hides."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.lint.rule import NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject
from conformance.spec.pointer import join

AREA = "schemas"
_TYPED = frozenset({"type", "$ref", "allOf", "anyOf", "oneOf"})
"""What says a type, or is widely read as if it did: many write `nullable` beside an `allOf` of one."""
_SCRIPT = re.compile(r"<script\b|\bjavascript:", re.IGNORECASE)
_TOLD = ("info", "tag", "operation", "path-item", "parameter", "header", "response", "request-body", "schema", "example",
         "security-scheme", "server", "link")  # fmt: skip


def bound_overshadowed(subject: Subject) -> Iterator[Defect]:
    """Of two lower or two upper bounds, one alone counts."""
    pairs = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))
    for exclusive, bound in () if subject.is_30 else pairs:
        for place in subject.having(exclusive):
            values = place.value.get(exclusive), place.value.get(bound)
            if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
                yield Defect(join(place.pointer, bound), f"only one of `{bound}` and `{exclusive}` has an effect")


def nullable_untyped(subject: Subject) -> Iterator[Defect]:
    """In 3.0, ``nullable`` does not stand in a schema that says no type."""
    for place in subject.having("nullable") if subject.is_30 else ():
        if place.value["nullable"] is True and not place.value.keys() & _TYPED:
            yield Defect(join(place.pointer, "nullable"), "`nullable` takes effect only where the same schema has a `type`")


def servers_empty(subject: Subject) -> Iterator[Defect]:
    """A list of servers names one."""
    for owner in subject.of("document", "path-item", "operation"):
        if owner.value.get("servers") == []:
            yield Defect(join(owner.pointer, "servers"), "the list names no server, which means the server `/`")


def description_scripted(subject: Subject) -> Iterator[Defect]:
    """Texts hold no scripts."""
    for place in subject.of(*_TOLD):
        for name in ("description", "summary", "title"):
            text = place.value.get(name)
            if isinstance(text, str) and ("<" in text or ":" in text) and _SCRIPT.search(_code_left_out(text)):
                yield Defect(join(place.pointer, name), "the text holds a script")


def _code_left_out(text: str) -> str:
    """The text without what it shows as code, which is never run."""
    return re.sub(r"```.*?(```|\Z)|`[^`\n]*`", "", text, flags=re.DOTALL)


RULES = (
    Rule(
        id="bound-overshadowed", severity=WARNING, area=AREA, function=bound_overshadowed,
        summary="A schema has two lower or two upper bounds.",
        fix="Keep the one that is meant.",
        why="Both must hold, so that the looser one says nothing (JSON Schema validation 6.2); often 3.0 was meant.",
    ),
    Rule(
        id="description-scripted", severity=WARNING, area="structure", function=description_scripted,
        summary="A description holds a script.",
        fix="Remove it; show code in backquotes.",
        why="Pages made from the document may run it (OpenAPI, Security Considerations on Markdown).",
    ),
    Rule(
        id="nullable-untyped", severity=NOTE, area=AREA, function=nullable_untyped,
        summary="`nullable` stands in a schema without a type.",
        fix="Add the `type`, or list null as a branch of the union.",
        why="It takes effect only beside `type` in the same schema, so null stays forbidden (OpenAPI 3.0.4, Schema Object).",
    ),
    Rule(
        id="servers-empty", severity=NOTE, area="structure", function=servers_empty,
        summary="A list of servers is empty.",
        fix="Name the servers, or leave the list out.",
        why="It means the server `/`, where the document itself is (OpenAPI, OpenAPI Object).",
    ),
)  # fmt: skip
