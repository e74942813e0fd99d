"""Secrets are taken out of recordings, and what was the same before is the same after."""

import json

import pytest

from conformance.cases.recorded import RecordedExchange
from conformance.cases.redaction import REDACTED, Redactor, is_secret
from conformance.model.message import Request, Response

JSON = (("Content-Type", "application/json"),)


def exchange(url="https://a.test/x", headers=(), sent=None, answered=None, answer_headers=JSON):
    return RecordedExchange(
        request=Request(
            method="POST", url=url, headers=(*headers, *JSON), body=json.dumps(sent).encode() if sent is not None else b""
        ),
        response=Response(
            status=200, headers=answer_headers, body=json.dumps(answered).encode() if answered is not None else b""
        ),
    )


def test_credentials_in_headers_and_query_are_gone():
    headers = (
        ("authorization", "Bearer s3cr3t"),
        ("Cookie", "s=s3cr3t"),
        ("X-Api-Key", "s3cr3t"),
        ("X-Auth-Token", "s3cr3t"),
        ("X-Other", "kept"),
    )
    answer = (*JSON, ("Set-Cookie", "s=s3cr3t"))
    clean = Redactor()(
        exchange("https://a.test/x?api_key=s3cr3t&a=%5B1%5D&access_token=s3cr3t&b", headers, answer_headers=answer)
    )
    assert "s3cr3t" not in repr(clean)
    assert clean.request.url == f"https://a.test/x?api_key={REDACTED}&a=%5B1%5D&access_token={REDACTED}&b"
    assert clean.request.headers == (*((name, REDACTED) for name, _ in headers[:4]), ("X-Other", "kept"), *JSON)


def test_secrets_in_bodies_have_one_stand_in_each_wherever_they_are():
    redact = Redactor()
    first = redact(
        exchange(
            sent={"password": "hunter2hunter2", "name": "a"},
            answered={"data": {"accessToken": "tok-1234-5678", "page_token_count": 3}},
        )
    )
    second = redact(exchange("https://a.test/tok-1234-5678/y", sent={"note": "see tok-1234-5678", "n": ["hunter2hunter2"]}))
    assert json.loads(first.response.body) == {"data": {"accessToken": "redacted0001", "page_token_count": 3}}
    assert json.loads(first.request.body) == {"password": "redacted0002", "name": "a"}
    assert second.request.url == "https://a.test/redacted0001/y"
    assert json.loads(second.request.body) == {"note": "see redacted0001", "n": ["redacted0002"]}


def test_a_body_without_secrets_keeps_its_bytes():
    body = b'{ "a" : 1.0, "token_count": 5 }'
    one = RecordedExchange(
        request=Request(method="POST", url="https://a.test/", headers=JSON, body=body), response=Response(status=204)
    )
    assert Redactor()(one) == one
    broken = RecordedExchange(
        request=Request(method="POST", url="https://a.test/", headers=JSON, body=b'{"password'), response=Response(status=400)
    )
    assert Redactor()(broken) == broken


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "apiKey",
        "api_key",
        "X-Api-Key",
        "clientSecret",
        "client-secret",
        "aws_secret_access_key",
        "Password",
        "user.password",
        "idToken",
    ],
)
def test_names_of_credentials_are_known(key):
    assert is_secret(key)


@pytest.mark.parametrize(
    "key", ["key", "tokens", "max_tokens", "page_token", "next_token", "passwordless", "secretary", "monkey", "keyAccess"]
)
def test_names_that_only_look_like_it_are_left(key):
    assert not is_secret(key)
