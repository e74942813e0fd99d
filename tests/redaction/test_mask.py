"""Secrets stay out of whatever is written."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.message import Request, Response
from conformance.model.operation import SecurityScheme
from conformance.redaction.mask import MASK, Redactor

TOKEN = "KEY0123+/=s3cr3t&<é>"
REDACTOR = Redactor([TOKEN])


@pytest.mark.parametrize(
    "written",
    [
        TOKEN,
        quote(TOKEN, safe=""),
        quote(TOKEN, safe="").replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d").replace("%26", "%26").replace("%3C", "%3c").replace("%C3%A9", "%c3%a9").replace("%3E", "%3e"),
        quote_plus(TOKEN),
        json.dumps(TOKEN)[1:-1],
        json.dumps(TOKEN, ensure_ascii=False)[1:-1],
        html.escape(TOKEN),
    ],
)  # fmt: skip
def test_a_secret_is_found_however_it_is_written(written: str) -> None:
    assert REDACTOR.text(f"before {written} after") == f"before {MASK} after"
    assert REDACTOR.data(f"before {written} after".encode()) == f"before {MASK} after".encode()


@given(before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_a_secret_inside_base64_is_found_at_any_alignment(before: bytes, after: bytes) -> None:
    core = base64.b64encode(TOKEN.encode()).decode()[4:16]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = REDACTOR.text(encode(before + TOKEN.encode() + after).decode())
        assert MASK in text
        assert core not in text


def test_headers_that_carry_credentials_keep_their_scheme_alone() -> None:
    redactor = Redactor(schemes=[SecurityScheme(name="k", kind="apiKey", location="header", parameter="X-My-Key")])
    headers = (
        ("Authorization", "Bearer abcdef"),
        ("AUTHORIZATION", "abcdef"),
        ("x-my-key", "abcdef"),
        ("Set-Cookie", "a=abcdef"),
        ("Accept", "text/plain"),
        ("Authorization", ""),
    )
    assert redactor.headers(headers) == (
        ("Authorization", "Bearer REDACTED"),
        ("AUTHORIZATION", "REDACTED"),
        ("x-my-key", "REDACTED"),
        ("Set-Cookie", "REDACTED"),
        ("Accept", "text/plain"),
        ("Authorization", ""),
    )


def test_urls_lose_credentials_and_keep_the_rest_as_it_was() -> None:
    redactor = Redactor([TOKEN], schemes=[SecurityScheme(name="k", kind="apiKey", location="query", parameter="signed")])
    url = f"https://u:p@h/a%2Fb/{quote(TOKEN, safe='')}?filter%5Bx%5D=a+b&access_token=zzz&signed=q&empty&sig=#f"
    assert (
        redactor.url(url)
        == f"https://REDACTED@h/a%2Fb/{MASK}?filter%5Bx%5D=a+b&access_token=REDACTED&signed=REDACTED&empty&sig=#f"
    )
    assert redactor.headers((("Location", "/x?token=zzz"),)) == (("Location", "/x?token=REDACTED"),)


def test_an_answer_loses_new_secrets_and_a_request_keeps_what_was_generated() -> None:
    body = b'{"api_key": "a\\"b", "password" : "p", "name": "n", "secret": 5}'
    assert REDACTOR.response(Response(status=200, body=body)).body == (
        b'{"api_key": "REDACTED", "password" : "REDACTED", "name": "n", "secret": 5}'
    )
    assert REDACTOR.request(Request(method="POST", url="/x", body=body)).body == body


def test_a_credential_that_is_public_stays() -> None:
    redactor = Redactor([TOKEN], public=["wrong-token"])
    assert redactor.headers((("Authorization", "Bearer wrong-token"),)) == (("Authorization", "Bearer wrong-token"),)
    assert redactor.url("/x?access_token=wrong-token") == "/x?access_token=wrong-token"


def test_values_are_searched_through_and_through() -> None:
    assert REDACTOR.value({"a": [TOKEN, 1, None, {TOKEN: True}]}) == {"a": [MASK, 1, None, {MASK: True}]}


def test_a_very_short_secret_does_not_take_words_apart() -> None:
    assert Redactor(["a", "", "  "]).text("banana") == "banana"


@given(st.binary(max_size=60))
def test_without_secrets_nothing_changes(data: bytes) -> None:
    assert Redactor().data(data) == data
