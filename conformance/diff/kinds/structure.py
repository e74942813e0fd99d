"""Classes of change of objects, arrays and unions."""

from __future__ import annotations

from conformance.diff.change import Effect, Level
from conformance.diff.kind import B, Example, I, Kind, W


def _row(
    name: str, summary: str, why: str, levels: tuple[Level | None, Level | None], sdk: tuple[Level, Level], effect: Effect,
    old: str, new: str, place: str = "schema",
) -> Kind:  # fmt: skip
    return Kind(
        id=name, area="structure", summary=summary, why=why, request=levels[0], response=levels[1], sdk_request=sdk[0],
        sdk_response=sdk[1], effect=effect, example=Example(place=place, old=old, new=new),
    )  # fmt: skip


_A = "{type: object, properties: {a: {type: string}}"
_AB = "{type: object, properties: {a: {type: string}, b: {type: string}}"
_UNION = "oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]"
_NAMED = "mapping: {cat: '#/components/schemas/Cat'"
_N, _W, _O, _NONE = Effect.NARROWER, Effect.WIDER, Effect.OTHER, Effect.NONE

KINDS = (
    _row("property-added", "a property was added that may be left out", "Nobody has to know it.", (I, I), (I, I), _W,
         _A + "}", _AB + "}"),
    _row("required-property-added", "a property was added that has to be there",
         "Requests without it are refused; in answers it is only more.", (B, I), (B, I), _O, _A + "}", _AB + ", required: [b]}"),
    _row("property-removed", "a property was removed that could be left out",
         "Who sends it is not heard any more, and who reads it finds it missing.", (W, W), (B, B), _N, _AB + "}", _A + "}"),
    _row("required-property-removed", "a property was removed that was always there",
         "Who reads it finds it missing; who sends it is not heard any more.", (W, B), (B, B), _O,
         _AB + ", required: [b]}", _A + "}"),
    _row("property-refused", "a property was removed from an object that takes no others",
         "Who sends it is refused.", (B, None), (B, I), _N,
         _AB + ", additionalProperties: false}", _A + ", additionalProperties: false}"),
    _row("property-became-required", "a property has to be there now", "Requests without it are refused.", (B, I), (B, I), _N,
         _A + "}", _A + ", required: [a]}"),
    _row("property-became-optional", "a property may be missing now", "Who reads it may find it missing.", (I, B), (I, B), _W,
         _A + ", required: [a]}", _A + "}"),
    _row("property-became-read-only", "a property is set by the service alone now", "Who sends it is not heard any more.",
         (W, I), (B, I), _NONE, "{type: string}", "{type: string, readOnly: true}", "property"),
    _row("property-no-longer-read-only", "a property can be sent now", "It may be left out.", (I, I), (I, I), _NONE,
         "{type: string, readOnly: true}", "{type: string}", "property"),
    _row("property-became-write-only", "a property is not in answers any more", "Who reads it finds it missing.",
         (I, W), (I, B), _NONE, "{type: string}", "{type: string, writeOnly: true}", "property"),
    _row("required-property-became-write-only", "a property that was always there is not in answers any more",
         "Who reads it finds it missing.", (None, B), (I, B), _NONE,
         _A + ", required: [a]}", "{type: object, required: [a], properties: {a: {type: string, writeOnly: true}}}"),
    _row("property-no-longer-write-only", "a property is in answers now", "It is only more.", (I, I), (I, I), _NONE,
         "{type: string, writeOnly: true}", "{type: string}", "property"),
    _row("object-closed", "properties that are not listed are refused now",
         "Requests with others than the listed ones are refused.", (B, I), (W, I), _N,
         _A + "}", _A + ", additionalProperties: false}"),
    _row("object-opened", "properties that are not listed are taken now",
         "Readers are asked to leave aside what they do not know.", (I, I), (I, I), _W,
         _A + ", additionalProperties: false}", _A + "}"),
    _row("dependency-added", "a property has to be there beside another one now", "Requests without it are refused.",
         (B, I), (I, I), _N, _AB + "}", _AB + ", dependentRequired: {a: [b]}}"),
    _row("dependency-removed", "a property need not be there beside another one any more", "Who reads it may find it missing.",
         (I, B), (I, I), _W, _AB + ", dependentRequired: {a: [b]}}", _AB + "}"),
    _row("constraint-added", "a condition was added (not, if, contains, dependentSchemas)", "Requests may break it.",
         (B, I), (I, I), _N, "{type: integer}", "{type: integer, not: {const: 3}}"),
    _row("constraint-removed", "a condition was removed (not, if, contains, dependentSchemas)",
         "Answers may be what they could not be.", (I, B), (I, I), _W, "{type: integer, not: {const: 3}}", "{type: integer}"),
    _row("constraint-tightened", "a condition leaves less (not, if, dependentSchemas)", "Requests may break it.",
         (B, I), (I, I), _N, "{type: integer, not: {const: 3}}", "{type: integer, not: {enum: [3, 4]}}"),
    _row("constraint-loosened", "a condition leaves more (not, if, dependentSchemas)",
         "Answers may be what they could not be.", (I, B), (I, I), _W,
         "{type: integer, not: {enum: [3, 4]}}", "{type: integer, not: {const: 3}}"),
    _row("constraint-changed", "a condition became another one", "Which of the two takes more cannot be told in general.",
         (B, B), (I, I), _O, "{type: integer, not: {const: 3}}", "{type: integer, not: {const: 4}}"),
    _row("union-branch-added", "an alternative was added", "Readers meet one that they have no case for.", (I, B), (I, B), _W,
         "{type: string}", "{anyOf: [{type: string}, {type: object}]}"),
    _row("union-branch-removed", "an alternative was removed", "Who sends it is refused.", (B, I), (B, W), _N,
         "{anyOf: [{type: string}, {type: object}]}", "{type: string}"),
    _row("union-became-exclusive", "a value must fit one alternative only", "What fits several is refused.", (B, I), (W, W), _N,
         "{anyOf: [{type: object, required: [a]}, {type: object, required: [b]}]}",
         "{oneOf: [{type: object, required: [a]}, {type: object, required: [b]}]}"),
    _row("union-became-inclusive", "a value may fit several alternatives", "Readers may have to choose.", (I, W), (W, W), _W,
         "{oneOf: [{type: object, required: [a]}, {type: object, required: [b]}]}",
         "{anyOf: [{type: object, required: [a]}, {type: object, required: [b]}]}"),
    _row("discriminator-added", "a discriminator was added", "The same values are taken; generated models change.",
         (I, I), (B, B), _NONE, "{" + _UNION + "}", "{" + _UNION + ", discriminator: {propertyName: kind}}"),
    _row("discriminator-removed", "a discriminator was removed", "The same values are taken; generated models change.",
         (I, I), (B, B), _NONE, "{" + _UNION + ", discriminator: {propertyName: kind}}", "{" + _UNION + "}"),
    _row("discriminator-changed", "the discriminator is another property", "What tells alternatives apart is elsewhere.",
         (B, B), (B, B), _O, "{" + _UNION + ", discriminator: {propertyName: kind}}",
         "{" + _UNION + ", discriminator: {propertyName: sort}}"),
    _row("discriminator-value-added", "the discriminator has a value more", "Readers meet one that they have no case for.",
         (I, B), (I, B), _W, "{" + _UNION + ", discriminator: {propertyName: kind, " + _NAMED + "}}}",
         "{" + _UNION + ", discriminator: {propertyName: kind, " + _NAMED + ", tom: '#/components/schemas/Cat'}}}"),
    _row("discriminator-value-removed", "the discriminator has a value less", "Who sends it is not understood.",
         (B, I), (B, W), _N,
         "{" + _UNION + ", discriminator: {propertyName: kind, " + _NAMED + ", tom: '#/components/schemas/Cat'}}}",
         "{" + _UNION + ", discriminator: {propertyName: kind, " + _NAMED + "}}}"),
    _row("discriminator-name-changed", "a schema that a discriminator knows by its name is called otherwise",
         "Where no mapping says another value, the name is the value (OpenAPI 3.1 section 4.8.25).", (B, B), (B, B), _O,
         "{" + _UNION.replace("Cat", "Fish") + ", discriminator: {propertyName: kind}}",
         "{" + _UNION.replace("Cat", "Carp") + ", discriminator: {propertyName: kind}}"),
    _row("discriminator-value-moved", "a value of the discriminator leads to another alternative",
         "The same word means something else.", (B, B), (B, B), _O,
         "{" + _UNION + ", discriminator: {propertyName: kind, mapping: {a: '#/components/schemas/Cat', "
         "b: '#/components/schemas/Dog'}}}",
         "{" + _UNION + ", discriminator: {propertyName: kind, mapping: {b: '#/components/schemas/Cat', "
         "a: '#/components/schemas/Dog'}}}"),
)  # fmt: skip
