"""How a client tries again, and what is said of it."""

from __future__ import annotations

from functools import partial

import pytest

from conformance.gate.disturbance import MARK, Disturbing
from conformance.gate.retries import Retries
from conformance.model.message import NoResponse, Request, Response
from conformance.sandbox.responder import Sandbox

BUSY = Response(status=429, headers=(("Retry-After", "2"),), elapsed=0.5)
FINE = Response(status=200)


def request(key=None, body=b"{}", **headers):
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(
        method="POST", url="http://t/v2/notes", body=body, headers=(*named, *((("Idempotency-Key", key),) if key else ()))
    )


def rules(retries, sent, answer, at, test="a"):
    return [slip.rule for slip in retries.see(sent, answer, at=at, test=test)]


def test_a_client_that_waits_and_keeps_its_key_hears_nothing():
    retries = Retries()
    assert rules(retries, request("k"), BUSY, 100.0) == []
    assert rules(retries, request("k"), FINE, 102.6) == []
    conduct = retries.conduct
    assert (conduct.honoured, conduct.ignored, conduct.kept, conduct.most_attempts) == (1, 0, 1, 2)
    assert conduct.waits == [pytest.approx(2.1)]


def test_coming_back_too_early_and_with_another_key_is_told():
    retries = Retries()
    rules(retries, request("k"), BUSY, 100.0)
    assert rules(retries, request("other"), FINE, 101.0) == ["retry-after-ignored", "retry-key-changed"]


def test_a_date_in_retry_after_is_understood():
    retries = Retries()
    dated = Response(status=503, headers=(("Retry-After", "Fri, 01 Jan 2100 00:00:10 GMT"),))
    rules(retries, request(), dated, 4102444800.0)
    assert rules(retries, request(), FINE, 4102444803.0) == ["retry-after-ignored"]


def test_the_same_request_of_another_test_is_no_retry():
    retries = Retries()
    rules(retries, request(), BUSY, 100.0, test="a[loose]")
    assert rules(retries, request(), FINE, 100.6, test="a[strict]") == []
    assert not retries.conduct.again


def test_without_names_only_a_request_that_says_so_is_a_retry():
    retries = Retries()
    rules(retries, request(x_stainless_retry_count="0"), BUSY, 100.0, test="")
    assert rules(retries, request(x_stainless_retry_count="0"), BUSY, 100.6, test="") == []
    assert retries.conduct.resembling == 1
    assert rules(retries, request(x_stainless_retry_count="1"), FINE, 101.2, test="") == ["retry-after-ignored"]


def test_another_body_after_a_success_and_long_after_is_no_retry():
    retries = Retries()
    rules(retries, request(), BUSY, 100.0)
    assert rules(retries, request(body=b"[]"), FINE, 100.6) == []
    rules(retries, request(body=b"1"), FINE, 101.0)
    assert rules(retries, request(body=b"1"), FINE, 101.1) == []
    assert rules(retries, request(), FINE, 9000.0) == []


def test_silence_is_tried_again_too():
    retries = Retries()
    rules(retries, request(), NoResponse(kind="reset", reason="", elapsed=1.0), 100.0)
    assert rules(retries, request(), FINE, 102.0) == ["retry-unsafe"]
    assert retries.conduct.to_json()["tried_again"] == {"reset": 1}


def test_the_sandbox_is_busy_now_and_then_and_never_twice_for_the_same(document, session):
    sandbox = Sandbox(document, state="lenient", conduct=Disturbing(2))
    ask = partial(Request, method="GET", headers=(("Authorization", "Bearer t"),))
    answers = [sandbox.respond(ask(url=f"http://t/v2/notes/{number}")) for number in (1, 2, 2, 3, 4)]
    assert [answer.status for answer in answers] == [200, 429, 200, 200, 503]
    assert answers[1].header("retry-after") == "1"
    assert answers[1].header(MARK) == "429"


def test_a_disturbance_is_held_against_nobody(document, session):
    gate = session()
    gate._responder = Sandbox(document, state="lenient", conduct=Disturbing(1))
    assert gate.send("GET", "/v2/notes/1") == []
    found = gate.send("GET", "/v2/notes/1", headers={"x-retry-count": "1"}, after=0.1)
    assert [(one.id, one.blame, one.operation) for one in found] == [("retry-after-ignored", "sdk", "GET /notes/{id}")]


def test_a_retry_may_tell_itself_by_its_idempotency_key_or_request_id():
    retries = Retries()
    rules(retries, request("k"), BUSY, 100.0, test="")
    rules(retries, request("k", body=b"other"), FINE, 100.1, test="")
    assert rules(retries, request("k"), FINE, 100.6, test="") == ["retry-after-ignored"]
    rules(retries, request(x_request_id="r"), BUSY, 110.0, test="")
    assert rules(retries, request(x_request_id="r"), FINE, 110.6, test="") == ["retry-after-ignored"]
    assert retries.conduct.resembling == 0


def unnamed(retries, sent, answer, at):
    return [(slip.rule, slip.is_sure) for slip in retries.see(sent, answer, at=at, test="")]


def test_what_follows_directly_upon_a_failure_is_likely_to_be_a_retry():
    retries = Retries()
    unnamed(retries, request("a"), BUSY, 100.0)
    assert unnamed(retries, request("b"), FINE, 100.5) == [("retry-after-ignored", False), ("retry-key-changed", False)]
    assert retries.conduct.again.total() == 0
    assert retries.settle() == {"POST"}
    assert (retries.conduct.again, retries.conduct.ignored, retries.conduct.changed) == ({"429": 1}, 1, 1)


def test_a_client_that_sends_the_same_twice_anyhow_is_not_taken_for_one_that_tries_again():
    retries = Retries()
    unnamed(retries, request(), FINE, 99.0)
    unnamed(retries, request(), BUSY, 100.0)
    unnamed(retries, request(), FINE, 100.5)
    assert retries.settle() == frozenset()
    assert (retries.conduct.again.total(), retries.conduct.resembling) == (0, 1)


@pytest.mark.parametrize(
    ("status", "sent", "told"),
    [
        (502, {}, ["retry-unsafe"]),
        (500, {"key": "k"}, []),
        (502, {"body": b'{"command_id": "c", "text": "a"}'}, []),
        (429, {}, []),
        (503, {}, []),
        (408, {}, []),
    ],
)
def test_a_post_is_sent_again_only_where_it_was_not_done_or_can_be_known_again(status, sent, told):
    retries = Retries()
    rules(retries, request(**sent), Response(status=status), 100.0)
    assert rules(retries, request(**sent), FINE, 130.0) == told


def test_what_was_likely_a_retry_is_told_at_the_end_as_the_clients_or_the_tests(session):
    gate = session()
    gate._responder = Sandbox(gate.watch._document, state="lenient", conduct=Disturbing(1))
    gate.send("GET", "/v2/notes/1")
    assert gate.send("GET", "/v2/notes/1", after=0.1) == []
    assert [(one.id, one.blame, one.severity) for one in gate.end().findings.values()] == [
        ("retry-after-ignored", "ambiguous", "warning")
    ]
