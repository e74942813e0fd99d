"""A token as headers, and what of headers is secret."""

import base64

import pytest

from conformance.run.credentials import credential_headers, secrets_in

BEARER = {"type": "http", "scheme": "bearer"}
BASIC = {"type": "http", "scheme": "basic"}
KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
QUERY = {"type": "apiKey", "in": "query", "name": "key"}
AUTHORIZED = (("Authorization", "Bearer t"),)


@pytest.mark.parametrize(
    ("schemes", "headers"),
    [
        ([BEARER], AUTHORIZED),
        ([{"type": "oauth2", "flows": {}}], AUTHORIZED),
        ([{"type": "openIdConnect", "openIdConnectUrl": "https://x"}], AUTHORIZED),
        ([BASIC], (("Authorization", "Basic t"),)),
        ([BASIC, BEARER], AUTHORIZED),
        ([BEARER, BASIC], AUTHORIZED),
        ([KEY], (("X-Key", "t"),)),
        ([KEY, BEARER], (("X-Key", "t"), *AUTHORIZED)),
        ([QUERY], ()),
        ([], ()),
    ],
)
def test_a_token_goes_where_the_schemes_want_it(make_document, schemes, headers):
    named = {f"s{index}": scheme for index, scheme in enumerate(schemes)}
    operation = {"responses": {}, "security": [{name: []} for name in named]}
    document = make_document({"/a": {"get": operation}}, components={"securitySchemes": named})
    assert credential_headers(document, "t") == headers


def test_what_is_given_already_stays(make_document):
    document = make_document(
        {"/a": {"get": {"responses": {}, "security": [{"b": []}]}}}, components={"securitySchemes": {"b": BEARER}}
    )
    assert credential_headers(document, "t", (("authorization", "Bearer mine"),)) == ()


def test_a_live_service_without_declared_security_gets_a_bearer(make_document):
    document = make_document({"/a": {"get": {"responses": {}}}})
    assert credential_headers(document, "t", always=True) == AUTHORIZED
    assert credential_headers(document, "t") == ()


def test_the_parts_of_credentials_are_secrets_and_plain_headers_are_not():
    basic = base64.b64encode(b"me:pa ss").decode()
    found = secrets_in((
        ("Authorization", f"Basic {basic}"), ("X-Tenant", "acme"), ("Cookie", "a=one; b=two"), ("Accept", "application/json"),
        ("User-Agent", "me"), ("X-Empty", ""),
    ))  # fmt: skip
    assert found == (basic, "me:pa ss", "pa ss", "acme", "a=one; b=two", "one", "two")


def test_basic_credentials_that_are_none_are_secret_as_they_are():
    assert secrets_in((("Authorization", "Basic not base64"),)) == ("not base64",)
