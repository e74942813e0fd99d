"""Security requirements and schemes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.lint.rule import ERROR, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of, list_of, texts_of
from conformance.spec.places import Place
from conformance.spec.pointer import join

AREA = "security"
# https://www.iana.org/assignments/http-authschemes
_REGISTERED = frozenset({"basic", "bearer", "concealed", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "oauth",
                         "privatetoken", "scram-sha-1", "scram-sha-256", "vapid"})  # fmt: skip
_URLS = ("authorizationUrl", "tokenUrl", "refreshUrl")
_LOCAL = re.compile(r"http://(localhost|127\.|\[::1\])", re.IGNORECASE)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


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


def security_scope_repeated(subject: Subject) -> Iterator[Defect]:
    """No requirement lists a scope twice."""
    for pointer, _, scopes in _requirements(subject):
        for index, scope in enumerate(scopes):
            if scope in scopes[:index]:
                yield Defect(join(pointer, index), f"the scope {scope!r} is in this list before")


def security_requirement_duplicate(subject: Subject) -> Iterator[Defect]:
    """No list of requirements has one twice."""
    for owner in (*subject.of("document"), *subject.of("operation")):
        held = list_of(owner.value.get("security"))
        for index, requirement in enumerate(held):
            if requirement in held[:index]:
                yield Defect(join(owner.pointer, "security", index), "the same requirement is in this list before")


def _schemes(subject: Subject) -> Iterator[Place]:
    return subject.of("security-scheme")


def security_http_scheme_unknown(subject: Subject) -> Iterator[Defect]:
    """HTTP schemes are registered ones."""
    for place in _schemes(subject):
        name = place.value.get("scheme")
        if (
            place.value.get("type") == "http"
            and isinstance(name, str)
            and name.lower() not in _REGISTERED
            and not name.lower().startswith("x-")
        ):
            yield Defect(join(place.pointer, "scheme"), f"{name!r} is not a registered scheme of HTTP authentication")


def security_flow_missing(subject: Subject) -> Iterator[Defect]:
    """An OAuth scheme has a flow."""
    for place in _schemes(subject):
        if place.value.get("type") == "oauth2" and place.value.get("flows") == {}:
            yield Defect(join(place.pointer, "flows"), "there is no flow, so that no token can be had")


def security_url_insecure(subject: Subject) -> Iterator[Defect]:
    """Tokens are asked for over TLS."""
    for place in _schemes(subject):
        found = [(join(place.pointer, "openIdConnectUrl"), place.value.get("openIdConnectUrl"))]
        for flow, held in dict_of(place.value.get("flows")).items():
            found += [(join(place.pointer, "flows", flow, name), dict_of(held).get(name)) for name in _URLS]
        for pointer, url in found:
            if isinstance(url, str) and url.lower().startswith("http://") and not _LOCAL.match(url):
                yield Defect(pointer, f"{url} is asked without TLS")


def security_parameter_duplicate(subject: Subject) -> Iterator[Defect]:
    """No parameter says again what a security scheme says."""
    keys = {(str(place.value.get("in")), _plain(place.value)): place.pointer.rpartition("/")[2] for place in _schemes(subject)
            if place.value.get("type") == "apiKey" and isinstance(place.value.get("name"), str)}  # fmt: skip
    for place in subject.of("parameter") if keys else ():
        name = keys.get((str(place.value.get("in")), _plain(place.value)))
        if name is not None:
            yield Defect(place.pointer, f"the security scheme {name!r} is this parameter already")


def _plain(held: dict[str, Any]) -> str:
    name = str(held.get("name"))
    return name.lower() if held.get("in") == "header" else name


def security_api_key_unfit(subject: Subject) -> Iterator[Defect]:
    """An API key has a name that its place can carry."""
    for place in _schemes(subject):
        name, location = place.value.get("name"), place.value.get("in")
        if (
            place.value.get("type") == "apiKey"
            and location in ("header", "cookie")
            and isinstance(name, str)
            and not _TOKEN.fullmatch(name)
        ):
            yield Defect(join(place.pointer, "name"), f"{name!r} cannot be the name of a {location}")


def security_missing(subject: Subject) -> Iterator[Defect]:
    """Where operations say how they are secured, each of them does."""
    operations = [place for entry in subject.paths for _, place in entry.operations()]
    silent = [place for place in operations if "security" not in place.value]
    if "security" in subject.raw or not silent or len(silent) * 2 > len(operations):
        return
    for place in silent:
        yield Defect(
            place.pointer, "the operation says nothing of security, unlike its siblings, and the document has no default"
        )


RULES = (
    Rule(
        id="security-api-key-unfit", severity=ERROR, area=AREA, function=security_api_key_unfit,
        summary="The name of an API key is no token.",
        fix="Use letters, digits and hyphens.",
        why="No header or cookie can have the name (RFC 9110 section 5.6.2; RFC 6265 section 4.1.1).",
    ),
    Rule(
        id="security-flow-missing", severity=ERROR, area=AREA, function=security_flow_missing,
        summary="An OAuth scheme has no flow.",
        fix="Describe the flows that the server supports.",
        why="A client cannot get a token (OpenAPI, OAuth Flows Object).",
    ),
    Rule(
        id="security-http-scheme-unknown", severity=WARNING, area=AREA, function=security_http_scheme_unknown,
        summary="An HTTP scheme is not registered.",
        fix="Use a registered name, such as bearer or basic.",
        why="Names should be those of the IANA registry; clients know no others (OpenAPI, Security Scheme Object).",
    ),
    Rule(
        id="security-missing", severity=WARNING, area=AREA, function=security_missing,
        summary="An operation says nothing of security, and its siblings do.",
        fix="Say how it is secured, or `security: []` when everybody may call it.",
        why="Without a requirement anybody may call it, which is rarely meant (OpenAPI, Operation Object).",
    ),
    Rule(
        id="security-parameter-duplicate", severity=WARNING, area=AREA, function=security_parameter_duplicate,
        summary="A parameter says again what a security scheme says.",
        fix="Remove the parameter.",
        why="Clients send the credential twice, or ask their users for it as for a value.",
    ),
    Rule(
        id="security-requirement-duplicate", severity=WARNING, area=AREA, function=security_requirement_duplicate,
        summary="A security requirement stands twice in a list.",
        fix="Remove one of the two, or write the alternative that was meant.",
        why="The list is of alternatives, and the second is none (OpenAPI, Security Requirement Object).",
    ),
    Rule(
        id="security-scope-repeated", severity=WARNING, area=AREA, function=security_scope_repeated,
        summary="A scope is required twice.",
        fix="Remove one of the two.",
        why="The second says nothing; often another scope was meant.",
    ),
    Rule(
        id="security-url-insecure", severity=WARNING, area=AREA, function=security_url_insecure,
        summary="Tokens are asked for without TLS.",
        fix="Use a URL that begins with https.",
        why="OAuth 2.0 and OpenID Connect require TLS (OpenAPI, OAuth Flow Object; RFC 6749 section 3.1).",
    ),
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
