"""A body that comes again becomes what it became, unless something was learnt that makes it another."""

import json

from conformance.model.message import Request, Response
from conformance.redaction.exchanges import Redactor

JSON = (("Content-Type", "application/json"),)
NUMBER, WORDS = "+14155552671", "Your parcel is at 5 Main Street"


def exchange(sent, answered, *, url="https://a.test/x", headers=()):
    return (Request(method="POST", url=url, headers=(*headers, *JSON), body=json.dumps(sent).encode()),
            Response(status=200, headers=JSON, body=json.dumps(answered).encode()))  # fmt: skip


def test_a_body_that_comes_again_is_written_as_before():
    redact = Redactor()
    one = exchange({"to": NUMBER, "text": WORDS}, {"to": NUMBER, "kept": "as it is"})
    first = redact(*one)
    assert NUMBER not in repr(first)
    assert redact(*one) == first
    assert redact(*exchange({"to": "+14155550000"}, {"ok": True})) != first
    assert redact(*one) == first


def test_what_was_replaced_in_a_known_body_is_looked_for_in_the_rest_of_every_exchange():
    redact = Redactor()
    redact(*exchange({"text": WORDS}, {"id": 1}))
    told = redact(*exchange({"text": WORDS}, {"id": 1}, url="https://a.test/x", headers=(("X-Echo", WORDS),)))
    assert WORDS not in repr(told)


def test_a_secret_that_is_learnt_later_goes_from_a_body_that_was_written_with_it():
    redact = Redactor()
    one = exchange({"ref": "s3cr3t-that-nobody-knows"}, {"state": "s3cr3t-that-nobody-knows"})
    assert "s3cr3t-that-nobody-knows" in repr(redact(*one))
    redact(*exchange({}, {}, headers=(("Authorization", "Bearer s3cr3t-that-nobody-knows"),)))
    assert "s3cr3t-that-nobody-knows" not in repr(redact(*one))


def test_the_same_bytes_of_another_media_type_or_in_an_error_are_read_anew():
    redact = Redactor()
    body = json.dumps({"message": WORDS}).encode()
    request = Request(method="GET", url="https://a.test/x", headers=(), body=b"")
    fine = redact(request, Response(status=200, headers=JSON, body=body)).answer
    wrong = redact(request, Response(status=422, headers=JSON, body=body)).answer
    assert WORDS not in repr(fine)
    assert WORDS in repr(wrong)
