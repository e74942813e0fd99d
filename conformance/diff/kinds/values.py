"""Classes of change of what a value may be: types, null, listed values, limits, patterns, formats."""

from __future__ import annotations

from conformance.diff.change import Effect
from conformance.diff.kind import B, Example, I, Kind, W

_NARROWER = "What clients send today may be refused; what they receive still fits."
_WIDER = "Clients may receive what they cannot have known; what they send still fits."
_OTHER = "What was taken is refused, and what comes back is unlike what it was."

_XML = "responses: {200: {description: ok, content: {application/xml: {schema: {type: string, xml: {name: NAME}}}}}}"


def _narrower(
    name: str, summary: str, old: str, new: str, *, why: str = _NARROWER, place: str = "schema", sdk: bool = False
) -> Kind:
    return Kind(
        id=name, area="values", summary=summary, why=why, request=B, response=I, sdk_request=B if sdk else I,
        sdk_response=W if sdk else I, effect=Effect.NARROWER, example=Example(place=place, old=old, new=new),
    )  # fmt: skip


def _wider(name: str, summary: str, old: str, new: str, *, why: str = _WIDER, place: str = "schema", sdk: bool = False) -> Kind:
    return Kind(
        id=name, area="values", summary=summary, why=why, request=I, response=B, sdk_request=W if sdk else I,
        sdk_response=B if sdk else I, effect=Effect.WIDER, example=Example(place=place, old=old, new=new),
    )  # fmt: skip


def _other(name: str, summary: str, old: str, new: str, *, why: str = _OTHER, sdk: bool = False) -> Kind:
    return Kind(
        id=name, area="values", summary=summary, why=why, request=B, response=B, sdk_request=B if sdk else I,
        sdk_response=B if sdk else I, effect=Effect.OTHER, example=Example(place="schema", old=old, new=new),
    )  # fmt: skip


KINDS = (
    _narrower("type-narrowed", "fewer types are taken", "{type: number}", "{type: integer}", sdk=True),
    _wider("type-widened", "more types are taken", "{type: integer}", "{type: number}", sdk=True),
    _other("type-changed", "another type is taken", "{type: integer}", "{type: string}", sdk=True),
    _narrower("null-refused", "null is taken no more", "{type: [string, 'null']}", "{type: string}", sdk=True),
    _wider("null-allowed", "null is taken now", "{type: string}", "{type: [string, 'null']}", sdk=True,
           why="A client that does not expect null fails on it; a request may still leave it out of use."),
    _narrower("schema-forbidden", "nothing is taken any more", "{type: string}", "false", sdk=True),
    _wider("schema-allowed", "something is taken where nothing was", "false", "{type: string}", sdk=True),
    Kind(
        id="enum-value-removed", area="values", summary="a listed value was removed", request=B, response=I, sdk_request=B,
        sdk_response=B, why="A client that sends the value is refused; its name vanishes from generated code.",
        effect=Effect.NARROWER, example=Example(place="schema", old="{enum: [a, b]}", new="{enum: [a]}"),
    ),
    Kind(
        id="enum-value-added", area="values", summary="a value was added to the list", request=I, response=W, sdk_response=W,
        why="Readers of a list are asked to expect more values, but a client that lists all cases meets one without a case.",
        effect=Effect.WIDER, example=Example(place="schema", old="{enum: [a]}", new="{enum: [a, b]}"),
    ),
    _narrower("enum-introduced", "only listed values are taken now", "{type: string}", "{type: string, enum: [a]}", sdk=True),
    _wider("enum-lifted", "values that are not listed are taken now", "{type: string, enum: [a]}", "{type: string}", sdk=True),
    _other("constant-changed", "the only value became another one", "{const: a}", "{const: b}", sdk=True),
    _narrower("minimum-added", "a minimum was added", "{type: integer}", "{type: integer, minimum: 1}"),
    _wider("minimum-removed", "a minimum was removed", "{type: integer, minimum: 1}", "{type: integer}"),
    _narrower("minimum-tightened", "the minimum was raised", "{type: integer, minimum: 1}", "{type: integer, minimum: 2}"),
    _wider("minimum-loosened", "the minimum was lowered", "{type: integer, minimum: 2}", "{type: integer, minimum: 1}"),
    _narrower("maximum-added", "a maximum was added", "{type: integer}", "{type: integer, maximum: 9}"),
    _wider("maximum-removed", "a maximum was removed", "{type: integer, maximum: 9}", "{type: integer}"),
    _narrower("maximum-tightened", "the maximum was lowered", "{type: integer, maximum: 9}", "{type: integer, maximum: 8}"),
    _wider("maximum-loosened", "the maximum was raised", "{type: integer, maximum: 8}", "{type: integer, maximum: 9}"),
    _narrower("minimum-size-added", "a least length or number was added", "{type: string}", "{type: string, minLength: 1}"),
    _wider("minimum-size-removed", "a least length or number was removed", "{type: string, minLength: 1}", "{type: string}"),
    _narrower("minimum-size-tightened", "the least length or number was raised",
              "{type: array, minItems: 1, items: {type: string}}", "{type: array, minItems: 2, items: {type: string}}"),
    _wider("minimum-size-loosened", "the least length or number was lowered",
           "{type: object, minProperties: 2}", "{type: object, minProperties: 1}"),
    _narrower("maximum-size-added", "a greatest length or number was added", "{type: string}", "{type: string, maxLength: 9}"),
    _wider("maximum-size-removed", "a greatest length or number was removed", "{type: string, maxLength: 9}", "{type: string}"),
    _narrower("maximum-size-tightened", "the greatest length or number was lowered",
              "{type: string, maxLength: 9}", "{type: string, maxLength: 8}"),
    _wider("maximum-size-loosened", "the greatest length or number was raised",
           "{type: string, maxLength: 8}", "{type: string, maxLength: 9}"),
    _narrower("unique-items-demanded", "equal items are refused now", "{type: array}", "{type: array, uniqueItems: true}"),
    _wider("unique-items-dropped", "equal items are taken now", "{type: array, uniqueItems: true}", "{type: array}"),
    _narrower("pattern-added", "a pattern was added", "{type: string}", "{type: string, pattern: '^a'}"),
    _wider("pattern-removed", "a pattern was removed", "{type: string, pattern: '^a'}", "{type: string}"),
    _narrower("pattern-narrowed", "the pattern takes fewer texts",
              "{type: string, pattern: '^[a-z]+$'}", "{type: string, pattern: '^[a-m]+$'}"),
    _wider("pattern-widened", "the pattern takes more texts",
           "{type: string, pattern: '^[a-z]+$'}", "{type: string, pattern: '^[a-z0-9]+$'}"),
    _other("pattern-replaced", "the pattern takes some texts no more, and others now",
           "{type: string, pattern: '^[a-z]+$'}", "{type: string, pattern: '^[0-9]+$'}"),
    Kind(
        id="pattern-changed", area="values", summary="the pattern changed, and how the two relate cannot be told",
        why="What it is that is taken no more, or now, has to be looked at.", request=W, response=W, effect=Effect.OTHER,
        example=Example(place="schema", old=r"{type: string, pattern: '^(a+)\1$'}", new=r"{type: string, pattern: '^(b+)\1$'}"),
    ),
    _narrower("format-added", "a format was added", "{type: string}", "{type: string, format: uuid}", sdk=True),
    _wider("format-removed", "a format was removed", "{type: string, format: uuid}", "{type: string}", sdk=True),
    _narrower("format-narrowed", "the format takes fewer values",
              "{type: integer, format: int64}", "{type: integer, format: int32}", sdk=True),
    _wider("format-widened", "the format takes more values",
           "{type: integer, format: int32}", "{type: integer, format: int64}", sdk=True),
    _other("format-changed", "the format became another one",
           "{type: string, format: date}", "{type: string, format: date-time}", sdk=True),
    Kind(
        id="custom-format-changed", area="values", summary="a format came, went or changed that no specification defines",
        why="Whether other values are taken is known to the service alone.", request=W, response=W, sdk_request=W, sdk_response=W,
        effect=Effect.OTHER, example=Example(place="schema", old="{type: string}", new="{type: string, format: phone}"),
    ),
    _narrower("multiple-tightened", "fewer numbers are multiples",
              "{type: integer, multipleOf: 2}", "{type: integer, multipleOf: 4}"),
    _wider("multiple-loosened", "more numbers are multiples", "{type: integer, multipleOf: 4}", "{type: integer, multipleOf: 2}"),
    _other("multiple-changed", "other numbers are multiples", "{type: integer, multipleOf: 2}", "{type: integer, multipleOf: 3}"),
    _other("content-changed", "the text encodes something else", "{type: string, contentMediaType: text/html}",
           "{type: string, contentMediaType: application/xml}"),
    Kind(
        id="xml-changed", area="values", summary="a value is written otherwise in XML", request=B, response=B,
        why="The name, the namespace or the place of an element is part of the message; other media types do not know it.",
        example=Example(place="operation", old=_XML.replace("NAME", "a"), new=_XML.replace("NAME", "b")),
    ),
    Kind(
        id="default-changed", area="values", summary="the default became another value", request=W, response=I,
        sdk_request=W, why="Who leaves it out gets something else than before, without a word.",
        example=Example(place="property", old="{type: integer, default: 1}", new="{type: integer, default: 2}"),
    ),
    Kind(
        id="default-added", area="values", summary="a default was added", request=I, response=I,
        why="Who leaves it out is told what that means.",
        example=Example(place="property", old="{type: integer}", new="{type: integer, default: 2}"),
    ),
    Kind(
        id="default-removed", area="values", summary="a default was removed", request=W, response=I, sdk_request=W,
        why="Nobody says any more what leaving it out means.",
        example=Example(place="property", old="{type: integer, default: 1}", new="{type: integer}"),
    ),
    Kind(
        id="schema-deprecated", area="values", summary="a property or schema was deprecated", request=I, response=I,
        why="It works, and is going to be removed.",
        example=Example(place="property", old="{type: integer}", new="{type: integer, deprecated: true}"),
    ),
    Kind(
        id="schema-reactivated", area="values", summary="a property or schema is deprecated no more", request=I, response=I,
        why="It is here to stay.",
        example=Example(place="property", old="{type: integer, deprecated: true}", new="{type: integer}"),
    ),
)  # fmt: skip
