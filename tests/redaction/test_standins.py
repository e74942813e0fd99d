"""What must go is gone from a recording, what was the same before is the same after, and what was valid still is."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import SecurityScheme
from conformance.redaction import disguise
from conformance.redaction.exchanges import Redactor
from conformance.redaction.names import is_secret
from conformance.redaction.standins import REDACTED

JSON = (("Content-Type", "application/json"),)
NUMBER, EMAIL, TEXT = "+14155552671", "alice.smith@corp.example.net", "Your parcel is at 5 Main Street"


def told(redact, url="https://a.test/x", headers=(), sent=None, answered=None, answer_headers=JSON, status=200):
    request = Request(method="POST", url=url, headers=(*headers, *JSON), body=json.dumps(sent).encode() if sent else b"")
    answer = Response(status=status, headers=answer_headers, body=json.dumps(answered).encode() if answered else b"")
    return redact(request, answer)


def test_credentials_in_headers_and_query_are_gone():
    redact = Redactor(schemes=[SecurityScheme(name="k", kind="apiKey", location="header", parameter="X-Shop"),
                               SecurityScheme(name="q", kind="apiKey", location="query", parameter="shop")])  # fmt: skip
    names = ("authorization", "Cookie", "X-Api-Key", "X-Auth-Token", "X-Shop", "telnyx-signature-ed25519")
    clean = told(
        redact, "https://u:s3cr3tpw@a.test/x?api_key=s3cr3t-42&a=%5B1%5D&shop=s3cr3t-43&b&X-Amz-Signature=0s3cr3t",
        (*((name, "Bearer s3cr3t-44") for name in names), ("X-Other", "kept")),
        answer_headers=(*JSON, ("Set-Cookie", "s=s3cr3t-45; Path=/")),
    )  # fmt: skip
    assert "s3cr3t" not in repr(clean)
    masked = ((name, REDACTED if name == "Cookie" else f"Bearer {REDACTED}") for name in names)
    assert clean.request.headers == (*masked, ("X-Other", "kept"), *JSON)
    assert re.fullmatch(r"https://a\.test/x\?api_key=[^&]+&a=%5B1%5D&shop=[^&]+&b&X-Amz-Signature=[^&]+", clean.request.url)
    assert clean.answer.headers[1][1].endswith("; Path=/")


def test_a_number_whose_plus_is_not_encoded_is_gone_too():
    redact = Redactor()
    first = told(redact, f"https://a.test/x?to={NUMBER}&q=a+b")
    second = told(redact, sent={"to": NUMBER})
    assert first.request.url == f"https://a.test/x?to={json.loads(second.request.body)['to']}&q=a+b"


def test_a_value_has_one_stand_in_wherever_it_is():
    redact = Redactor()
    first = told(redact, sent={"password": "hunter2hunter2", "to": [NUMBER], "text": TEXT},
                 answered={"data": {"accessToken": "tok-1234-5678", "page_token_count": 3, "to": NUMBER, "echo": TEXT}})  # fmt: skip
    second = told(redact, f"https://a.test/tok-1234-5678/{NUMBER.replace('+', '%2B')}", (("Authorization", "Bearer tok-1234-5678"),),
                  sent={"note_id": "see tok-1234-5678", "n": ["hunter2hunter2"], "text": TEXT})  # fmt: skip
    sent, got = json.loads(first.request.body), json.loads(first.answer.body)["data"]
    again = json.loads(second.request.body)
    assert not any(live in repr((first, second)) for live in ("hunter2", "tok-1234", NUMBER[1:], TEXT))
    assert got["to"] == sent["to"][0]
    assert got["echo"] == sent["text"] == again["text"]
    assert got["page_token_count"] == 3
    assert again == {"note_id": f"see {got['accessToken']}", "n": [sent["password"]], "text": sent["text"]}
    assert second.request.url == f"https://a.test/{got['accessToken']}/{got['to'].replace('+', '%2B')}"
    # What an answer gave can be carried on by who replays it.
    assert second.request.headers[0] == ("Authorization", f"Bearer {got['accessToken']}")


def test_a_cookie_that_an_answer_set_is_still_the_same_and_any_other_is_gone():
    redact = Redactor()
    first = told(redact, headers=(("Cookie", "old=abcdefgh1"),), answer_headers=(("Set-Cookie", "sid=12345678ab; Secure"),))
    second = told(redact, headers=(("Cookie", "sid=12345678ab"),))
    assert first.request.headers[0] == ("Cookie", REDACTED)
    assert second.request.headers[0][1] == first.answer.headers[0][1].partition(";")[0] != "sid=12345678ab"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps({"a": [{"phone_number": NUMBER, "mail": f"<{EMAIL}>", "text": TEXT}]})),
        ("application/vnd.api+json", json.dumps({NUMBER: {EMAIL: TEXT}, "message": TEXT})),
        ("application/json", json.dumps({"text": TEXT, "to": NUMBER, "from": EMAIL})[:-1]),  # broken
        ("application/x-www-form-urlencoded", f"To={NUMBER.replace('+', '%2B')}&Body={TEXT.replace(' ', '+')}&Mail={EMAIL}"),
        ("multipart/form-data; boundary=b", f'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n{TEXT}\r\n--b\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: application/json\r\n\r\n{{"to":"{NUMBER}","e":"{EMAIL}"}}\r\n--b--\r\n'),
        ("text/plain", f"call {NUMBER} or {EMAIL}"),
        ("text/event-stream", f'data: {{"text":"{TEXT}","to":"{NUMBER}"}}\n\n'),
        ("application/xml", f"<Message to='{NUMBER}'><Body>{TEXT}</Body><x>{EMAIL}</x></Message>"),
        ("", json.dumps({"text": TEXT})),
    ],
)  # fmt: skip
def test_numbers_addresses_and_texts_are_gone_from_bodies_of_every_kind(content_type, body):
    headers = (("Content-Type", content_type),) if content_type else ()
    for coded, more in ((body.encode(), ()), (gzip.compress(body.encode()), (("Content-Encoding", "gzip"),))):
        request = Request(method="POST", url="https://a.test/", headers=(*headers, *more), body=coded)
        clean = Redactor()(request, Response(status=200, headers=(*headers, *more), body=coded))
        for message in (clean.request, clean.answer):
            assert message.body
            written = message.body.decode().replace("%2B", "+").replace("%40", "@")
            assert not any(live in written for live in (NUMBER[1:], EMAIL, "parcel", "Main"))
            assert "Content-Encoding" not in dict(message.headers)


def test_what_stood_for_a_number_an_address_or_an_id_is_still_one():
    body = {"us": NUMBER, "gb": "+442071838750", "mail": EMAIL, "phone": "14155552671", "token": "KEY0123ABCD_xyz", "text": TEXT,
            "secret": "40385f64-5717-4562-b3fc-2c963f66afa6", "long": "+123456789012345"}  # fmt: skip
    clean = json.loads(told(Redactor(), sent=body).request.body)
    assert clean["us"] == "+" + clean["phone"] == "+12015550101"
    assert all(
        re.fullmatch(r"\+[1-9][0-9]{6,14}", clean[name]) and len(clean[name]) == len(body[name]) for name in ("us", "gb", "long")
    )
    assert re.fullmatch(r"[^@\s]+@example\.com", clean["mail"])
    assert re.fullmatch(r"[A-Z]{3}[0-9]{4}[A-Z]{4}_[a-z]{3}", clean["token"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", clean["secret"])
    assert len(clean["text"]) == len(TEXT)


def test_what_a_service_calls_its_error_stays_and_what_it_repeats_of_the_request_goes():
    clean = told(Redactor(), sent={"text": TEXT, "to": NUMBER}, status=422,
                 answered={"errors": [{"message": "Invalid number", "detail": f"{TEXT!r} cannot go to {NUMBER}"}]})  # fmt: skip
    error = json.loads(clean.answer.body)["errors"][0]
    assert error["message"] == "Invalid number"
    assert error["detail"].endswith("cannot go to +12015550101")
    assert "parcel" not in error["detail"]


def test_words_that_the_document_lists_stay():
    clean = told(Redactor(public={"delivered"}), sent={"message": "delivered", "content": "Delivered at noon"})
    assert json.loads(clean.request.body)["message"] == "delivered"
    assert "noon" not in clean.request.body.decode()


def test_a_body_without_anything_to_hide_keeps_its_bytes():
    body = b'{ "a" : 1.0, "token_count": 5, "big": 12345678901234567890, "e": 1e400 }'
    request = Request(method="POST", url="https://a.test/a%20b?c=%7E&d", headers=JSON, body=body)
    clean = Redactor()(request, Response(status=200, headers=(), body=b"\xff\xfe\x00binary"))
    assert clean.request == request
    assert clean.answer.body == b"\xff\xfe\x00binary"


def test_a_body_whose_coding_is_not_known_is_left_out():
    request = Request(method="POST", url="https://a.test/", headers=(("Content-Encoding", "compress"),), body=b"12345")
    clean = Redactor()(request, NoResponse(kind="reset", reason=f"for {NUMBER}"))
    assert clean.left_out == (5, 0)
    assert clean.request.body == b""
    assert clean.answer.reason == "for +12015550101"


@given(st.text(min_size=1, max_size=30), st.integers(min_value=1, max_value=9), st.integers(min_value=10, max_value=90))
def test_a_disguise_is_as_long_and_of_the_same_kinds(text, one, other):
    first, second = disguise.text(text, one), disguise.text(text, other)
    assert len(first) == len(text)
    assert all(a.isalpha() == b.isalpha() for a, b in zip(text, first, strict=True))
    if sum(character.isalpha() or character.isdigit() for character in text) >= 2:
        assert first != second


@given(st.sets(st.integers(min_value=1, max_value=200_000), min_size=2, max_size=50))
def test_numbers_do_not_meet(counts):
    assert len({disguise.number("+14155552671", count) for count in counts}) == len(counts)


@pytest.mark.parametrize("key", ["token", "apiKey", "api_key", "X-Api-Key", "clientSecret", "client-secret",
                                 "aws_secret_access_key", "Password", "user.password", "idToken", "webhook_secret"])  # fmt: skip
def test_names_of_credentials_are_known(key):
    assert is_secret(key)


@pytest.mark.parametrize("key", ["key", "tokens", "max_tokens", "page_token", "next_token", "passwordless", "secretary", "monkey",
                                 "keyAccess", "public_key"])  # fmt: skip
def test_names_that_only_look_like_it_are_left(key):
    assert not is_secret(key)
