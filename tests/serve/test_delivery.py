"""Events on their way: to receivers that listen, in order, and nowhere else."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager

import pytest

from conformance.model.message import Request, Response
from conformance.sandbox.events import Event
from conformance.sandbox.responder import Sandbox
from conformance.serve.delivery import Delivery, redacted
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document
from conformance.spec.load import Source
from conformance.transport.network import Network


class Receiver:
    """Keeps what it is sent; answers what it is told to, as slowly as it is told to."""

    def __init__(self, status=200, headers=(), pause=0.0):
        self.requests, self.busy, self.most = [], 0, 0
        self._answer, self._pause = Response(status=status, headers=headers), pause

    def respond(self, request):
        self.busy += 1
        self.most = max(self.most, self.busy)
        time.sleep(self._pause)
        self.requests.append(request)
        self.busy -= 1
        return self._answer


@contextmanager
def receiving(receiver):
    with serve_in_background(receiver) as url:
        yield url


@pytest.fixture
def said():
    return []


@pytest.fixture
def delivery(said):
    with Delivery(say=said.append) as made:
        yield made


def event(url, number=0, **others):
    return Event(name="e", type="thing.made", operation="POST /things", url=url, method="POST", body=b"%d" % number, **others)


def test_events_arrive_in_order_one_after_the_other(delivery):
    receiver = Receiver(pause=0.01)
    with receiving(receiver) as url:
        for number in range(8):
            delivery(event(f"{url}/hook?a=1", number, headers=(("x-a", "b"),)))
        assert delivery.wait(10)
    assert [request.body for request in receiver.requests] == [b"%d" % number for number in range(8)]
    assert receiver.most == 1
    assert receiver.requests[0].url == f"{url}/hook?a=1"
    assert receiver.requests[0].header("x-a") == "b"
    assert [(entry.status, entry.reason, entry.url) for entry in delivery.log] == [(200, "", f"{url}/hook?...")] * 8


def test_a_slow_receiver_holds_up_nobody_else(delivery):
    slow, quick = Receiver(pause=0.3), Receiver()
    with receiving(slow) as there, receiving(quick) as here:
        for number in range(2):
            delivery(event(f"{there}/", number))
        for number in range(20):
            delivery(event(f"{here}/", number))
        deadline = time.monotonic() + 10
        while len(quick.requests) < 20 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert (len(quick.requests), len(slow.requests) < 2) == (20, True)
        assert delivery.wait(10)


def test_to_take_an_event_costs_no_time_and_it_leaves_after_the_answer(delivery):
    receiver = Receiver()
    with receiving(receiver) as url:
        started = time.monotonic()
        delivery(event(url, delay=0.2))
        assert time.monotonic() - started < 0.1
        assert delivery.wait(10)
        assert time.monotonic() - started > 0.2
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1/a?token=s3cret", "https://u:s3cret@192.0.2.1/a", "http://[2001:db8::1]/a#s3cret", "http://10.0.0.1:8080/a",
     "http://169.254.169.254/latest", "http://0.0.0.0/a", "http://[::ffff:192.0.2.1]/a", r"http://127.0.0.1\@192.0.2.1/a"],
)  # fmt: skip
def test_what_is_not_on_this_machine_is_refused_in_one_sentence_without_secrets(delivery, said, url):
    for number in range(3):
        delivery(event(url, number))
    assert delivery.wait(10)
    assert len(said) == 1
    assert "--webhooks-anywhere" in said[0]
    assert "s3cret" not in said[0] + repr(delivery.log)
    assert [entry.status for entry in delivery.log] == [None] * 3
    assert "not on this machine" in delivery.log[0].reason


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::ffff:127.0.0.1]"])
def test_every_way_to_name_this_machine_will_do(delivery, host):
    receiver = Receiver()
    with serve_in_background(receiver, "0.0.0.0") as url:
        port = url.rpartition(":")[2]
        delivery(event(f"http://user:p%40ss@{host}:{port}/a"))
        assert delivery.wait(10)
    assert [entry.status for entry in delivery.log] == [200], delivery.log
    assert receiver.requests[0].header("host") == f"{host}:{port}"
    assert receiver.requests[0].header("authorization") == "Basic dXNlcjpwQHNz"


def test_a_name_that_nobody_knows_is_refused(delivery, said):
    delivery(event("http://no-such-host.invalid/a"))
    assert delivery.wait(30)
    assert said == ["an event (thing.made) was not sent to http://no-such-host.invalid/a: its host is not known here"]


def test_a_redirect_is_an_answer_like_any_other(delivery):
    receiver = Receiver(status=307, headers=(("location", "http://192.0.2.1/"),))
    with receiving(receiver) as url:
        delivery(event(url))
        assert delivery.wait(10)
    assert [entry.status for entry in delivery.log] == [307]
    assert len(receiver.requests) == 1


def test_a_receiver_that_is_gone_is_noted_and_the_next_event_still_sent(delivery, said):
    with receiving(Receiver()) as url:
        pass
    for number in range(2):
        delivery(event(url, number))
    assert delivery.wait(10)
    assert [entry.reason.partition(":")[0] for entry in delivery.log] == ["refused"] * 2
    assert said == []


def test_a_receiver_that_never_answers_is_given_up_on():
    with Delivery(timeout=0.2) as delivery, receiving(Receiver(pause=1.0)) as url:
        delivery(event(url))
        assert delivery.wait(10)
        assert [entry.reason.partition(":")[0] for entry in delivery.log] == ["timeout"]


def test_closing_breaks_off_what_is_under_way_and_sends_nothing_more():
    receiver = Receiver(pause=0.5)
    before = threading.active_count()
    with receiving(receiver) as url:
        delivery = Delivery()
        for number in range(3):
            delivery(event(url, number))
        time.sleep(0.1)
        started = time.monotonic()
        delivery.close()
        delivery(event(url, 4))
        assert time.monotonic() - started < 0.4
        time.sleep(0.6)
        assert len(receiver.requests) == 1
    assert threading.active_count() <= before


def test_the_log_is_bounded(delivery):
    for number in range(1100):
        delivery(event("http://192.0.2.1/", number))
    assert delivery.wait(20)
    assert len(delivery.log) == 1000


def test_a_flood_of_urls_is_not_told_of_one_by_one(delivery, said):
    for number in range(60):
        delivery(event(f"http://192.0.2.1/{number}", number))
    assert delivery.wait(20)
    assert len(said) == 21
    assert said[-1] == "further events that are not sent are not told of here"
    assert len(delivery.log) == 60


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://a:b@h/p?q=1#f", "http://h/p?..."),
        ("https://h/p#f", "https://h/p"),
        ("http://a@b@h/p@q", "http://h/p@q"),
        ("http://h", "http://h"),
    ],
)
def test_urls_are_shown_without_what_may_be_secret(url, shown):
    assert redacted(url) == shown


THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "callback_url": {"type": "string"}}}
CONTENT = {"content": {"application/json": {"schema": THING}}}
DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
    "paths": {"/things": {"post": {
        "requestBody": CONTENT, "responses": {"201": {"description": "d", **CONTENT}},
        "callbacks": {
            "onReady": {"{$request.body#/callback_url}": {"post": {"requestBody": CONTENT, "responses": {}}}},
            "onCreated": {"{$request.body#/callback_url}": {"post": {"requestBody": CONTENT, "responses": {}}}},
        },
    }}},
}  # fmt: skip


def test_a_served_sandbox_tells_its_client_after_it_has_answered(delivery):
    document = Document(Source(uri="inline", text=json.dumps(DOCUMENT), value=DOCUMENT, form="JSON"))
    receiver = Receiver()
    sandbox = Sandbox(document, listener=delivery)
    with receiving(receiver) as hook, serve_in_background(sandbox, inline=True) as url:
        body = json.dumps({"id": 7, "callback_url": f"{hook}/hook"}).encode()
        request = Request(method="POST", url=f"{url}/things", headers=(("content-type", "application/json"),), body=body)
        answer = Network(url).respond(request)
        assert (answer.status, receiver.requests) == (201, [])
        assert delivery.wait(10)
    made = json.loads(answer.body)
    assert [json.loads(told.body)["id"] for told in receiver.requests] == [made["id"]] * 2
    assert [(entry.name, entry.operation) for entry in delivery.log] == [
        ("onCreated", "POST /things"),
        ("onReady", "POST /things"),
    ]
