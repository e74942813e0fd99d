"""The engine's coverage cases as offers: what each of them tries, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

from conformance.cases.engine import EngineCase
from conformance.cases.offer import Offer
from conformance.model.message import Request
from conformance.model.record import Intent

S = CoverageScenario
_KINDS = {
    S.EXAMPLE_VALUE: "enum-value", S.DEFAULT_VALUE: "optional", S.ENUM_VALUE: "enum-value", S.CONST_VALUE: "enum-value",
    S.ENUM_VALUE_ITEMS_ARRAY: "enum-value", S.VALID_STRING: "optional", S.VALID_NUMBER: "optional", S.VALID_BOOLEAN: "enum-value",
    S.VALID_ARRAY: "optional", S.VALID_OBJECT: "valid", S.NULL_VALUE: "boundary", S.DEFAULT_POSITIVE_TEST: "valid",
    S.MINIMUM_LENGTH_STRING: "boundary", S.MAXIMUM_LENGTH_STRING: "boundary", S.NEAR_BOUNDARY_LENGTH_STRING: "boundary",
    S.MINIMUM_VALUE: "boundary", S.MAXIMUM_VALUE: "boundary", S.NEAR_BOUNDARY_NUMBER: "boundary",
    S.MAXIMUM_ITEMS_ARRAY: "boundary", S.NEAR_BOUNDARY_ITEMS_ARRAY: "boundary", S.UNIQUE_ITEMS_ARRAY: "boundary",
    S.OBJECT_ONLY_REQUIRED: "only-required", S.OBJECT_REQUIRED_AND_OPTIONAL: "optional",
    S.OBJECT_ADDITIONAL_PROPERTY: "additional",
    S.VALUE_ABOVE_MAXIMUM: "out-of-range", S.VALUE_BELOW_MINIMUM: "out-of-range", S.NOT_MULTIPLE_OF: "out-of-range",
    S.STRING_ABOVE_MAX_LENGTH: "too-long", S.ARRAY_ABOVE_MAX_ITEMS: "too-long", S.OBJECT_ABOVE_MAX_PROPERTIES: "too-long",
    S.STRING_BELOW_MIN_LENGTH: "too-short", S.ARRAY_BELOW_MIN_ITEMS: "too-short", S.OBJECT_BELOW_MIN_PROPERTIES: "too-short",
    S.OBJECT_UNEXPECTED_PROPERTIES: "unknown-field", S.OBJECT_MISSING_REQUIRED_PROPERTY: "missing",
    S.OBJECT_INVALID_PROPERTY_NAME: "unknown-field", S.INCORRECT_TYPE: "wrong-type", S.INVALID_ENUM_VALUE: "bad-enum",
    S.INVALID_FORMAT: "bad-format", S.INVALID_PATTERN: "bad-pattern", S.NON_UNIQUE_ITEMS: "repeated",
    S.MISSING_PARAMETER: "missing", S.DUPLICATE_PARAMETER: "repeated", S.UNSUPPORTED_PATH_PATTERN: "odd-id",
    S.MALFORMED_CONTENT_TYPE: "media-type", S.UNSUPPORTED_CONTENT_TYPE: "media-type",
}  # fmt: skip
_OWN = frozenset({S.UNSPECIFIED_HTTP_METHOD, S.MALFORMED_CONTENT_TYPE, S.UNSUPPORTED_CONTENT_TYPE})
"""What is tried without the engine, with a request that the service takes."""
_LISTED = ("Enum value", "Example value", "Const value")
_MISSING = "Missing required property: "


def offered(cases: Iterator[EngineCase], written: Callable[[EngineCase], Request | None]) -> Iterator[Offer]:
    """An offer for each case, as it is asked for.

    Args:
        cases: the engine's.
        written: a case as a request.
    """
    for case in cases:
        meta = case.meta
        data = meta.phase.data if meta is not None else None
        if meta is None or not isinstance(data, CoveragePhaseData) or data.scenario in _OWN:
            continue
        is_bad = meta.generation.mode.is_negative
        kind = _kind(case, data)
        yield Offer(
            kind=kind, place=_place(data, kind), intent=Intent.NEGATIVE if is_bad else Intent.POSITIVE,
            description=str(data.description or ""), make=lambda case=case: written(case),  # type: ignore[misc]
            tested=frozenset({data.parameter or "", (data.location or "").rpartition("/")[2]} - {""}) if is_bad else frozenset(),
        )  # fmt: skip


def _kind(case: EngineCase, data: CoveragePhaseData) -> str:
    kind = _KINDS.get(data.scenario, "other")
    if data.scenario is S.VALID_OBJECT and (data.description or "").endswith(_LISTED):
        return "enum-value"
    if kind == "wrong-type" and data.parameter_location is ParameterLocation.BODY and _value(case, data) is None:
        return "null"
    if kind == "missing" and data.parameter == "Authorization":
        return "credentials"
    return kind


def _value(case: EngineCase, data: CoveragePhaseData) -> Any:
    value: Any = case.body
    for step in (data.location or "").split("/")[1:-1]:
        if step == "items" and isinstance(value, list) and value:
            value = value[0]
        elif step != "properties" and isinstance(value, dict) and step in value:
            value = value[step]
    return value


def _place(data: CoveragePhaseData, kind: str) -> str:
    """Where the case tries something; what it says of that, where it does not say where."""
    words = str(data.description or "")
    where = data.parameter_location
    location = str(where.value) if where is not None else ""
    name = "" if where is ParameterLocation.BODY else str(data.parameter or "")
    if kind == "credentials":
        return "header"
    if not data.location or kind in {"enum-value", "boundary", "optional", "valid", "only-required", "other", "union"}:
        return f"{location}:{name}" if kind == "missing" else f"{location}:{name} {words}"
    steps = data.location.split("/")[1:]
    path = [name] if name else []
    skip = False
    for step in steps[:-1]:
        if step in {"properties", "anyOf", "oneOf", "allOf"} and not skip:
            skip = step == "properties"
        elif step == "items" and not skip:
            path.append("*")
        else:
            path += [step] if skip or not step.isdigit() else []
            skip = False
    if kind == "missing" and _MISSING in words:
        path.append(words.rpartition(_MISSING)[2])
    return f"{location}:{'/'.join(path)}"
