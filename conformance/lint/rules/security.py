"""Security requirements and schemes."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.lint.rule import ERROR, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of, texts_of
from conformance.spec.places import Place
from conformance.spec.pointer import join

AREA = "security"


def _requirements(subject: Subject) -> Iterator[tuple[str, str, list[str]]]:
    """Where a scheme is required, its name, and the scopes."""
    for place in subject.of("requirement"):
        for name, scopes in place.value.items():
            yield join(place.pointer, name), name, texts_of(scopes)


def _scheme(subject: Subject, name: str) -> Place | None:
    written = subject.components("securitySchemes").get(name)
    return subject.followed(Place("security-scheme", join("/components/securitySchemes", name), written))


def security_scheme_undefined(subject: Subject) -> Iterator[Defect]:
    """Every required scheme is defined."""
    schemes = subject.components("securitySchemes")
    for pointer, name, _ in _requirements(subject):
        if name not in schemes:
            yield Defect(pointer, f"the security scheme {name!r} is not defined")


def security_scope_undefined(subject: Subject) -> Iterator[Defect]:
    """Every required OAuth scope is one of the scheme's."""
    for pointer, name, scopes in _requirements(subject):
        scheme = dict_of(getattr(_scheme(subject, name), "value", None))
        if scheme.get("type") == "oauth2":
            known = {scope for flow in dict_of(scheme.get("flows")).values() for scope in dict_of(dict_of(flow).get("scopes"))}
            for scope in dict.fromkeys(scopes):
                if scope not in known:
                    yield Defect(pointer, f"the scheme {name!r} has no scope {scope!r}", scope)


def security_scope_misplaced(subject: Subject) -> Iterator[Defect]:
    """In 3.0 only OAuth and OpenID Connect have scopes."""
    for pointer, name, scopes in _requirements(subject) if subject.is_30 else ():
        scheme = dict_of(getattr(_scheme(subject, name), "value", None))
        if scopes and scheme.get("type") in ["http", "apiKey"]:
            yield Defect(pointer, f"the scheme {name!r} is of type {scheme['type']}, which has no scopes")


RULES = (
    Rule(
        id="security-scheme-undefined", severity=ERROR, area=AREA, function=security_scheme_undefined,
        summary="A security scheme is required that is not defined.",
        fix="Define it under `components/securitySchemes`, or correct the name.",
        why="A client cannot know how to authenticate (OpenAPI, Security Requirement Object).",
    ),
    Rule(
        id="security-scope-misplaced", severity=ERROR, area=AREA, function=security_scope_misplaced,
        summary="Scopes are required of a scheme that has none.",
        fix="Leave the list empty.",
        why="In OpenAPI 3.0 the list must be empty for other types than oauth2 and openIdConnect.",
    ),
    Rule(
        id="security-scope-undefined", severity=WARNING, area=AREA, function=security_scope_undefined,
        summary="A scope is required that the OAuth scheme does not list.",
        fix="Add the scope to the flows that can grant it.",
        why="A client cannot ask for it.",
    ),
)  # fmt: skip
