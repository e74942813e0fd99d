"""Serving a responder over HTTP, and the published SDK as its client."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from conformance.errors import UsageError
from conformance.model.message import NoResponse, Request, Response
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document
from conformance.transport.network import Network

telnyx = pytest.importorskip("telnyx")
ROOT = Path(__file__).resolve().parents[2]


class Echo:
    """Answers with what it was asked."""

    def __init__(self):
        self.requests = []

    def respond(self, request):
        self.requests.append(request)
        return Response(status=200, headers=(("x-one", "1"), ("x-one", "2"), ("content-type", "text/plain")), body=request.body)


class Silent:
    def respond(self, request):
        return NoResponse(kind="timeout" if "slow" in request.url else "refused", reason="nobody there")


def test_a_request_arrives_as_it_stood_on_the_wire_and_the_answer_leaves_as_it_was_made():
    echo = Echo()
    with serve_in_background(echo) as url:
        answer = httpx.post(f"{url}/a%2Fb/ü?x=%20&x=+", content=b"\x00\xff", headers=[("x-a", "1"), ("x-a", "2")])
    request = echo.requests[0]
    assert request.url == f"{url}/a%2Fb/%C3%BC?x=%20&x=+"
    assert (request.method, request.body) == ("POST", b"\x00\xff")
    assert [value for name, value in request.headers if name.lower() == "x-a"] == ["1", "2"]
    assert (answer.content, answer.headers.get_list("x-one")) == (b"\x00\xff", ["1", "2"])


def test_a_body_in_pieces_arrives_whole():
    echo = Echo()
    with serve_in_background(echo, inline=True) as url:
        assert httpx.post(url, content=iter([b"a" * 100_000, b"b"])).content == b"a" * 100_000 + b"b"


def test_no_answer_is_told_as_a_gateway_would():
    with serve_in_background(Silent()) as url:
        assert [httpx.get(f"{url}/{path}").status_code for path in ("", "slow")] == [502, 504]


def test_the_server_is_gone_when_the_block_ends():
    before = threading.active_count()
    with serve_in_background(Echo()) as url:
        assert httpx.get(url).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert threading.active_count() <= before


def test_a_port_in_use_is_said_in_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(UsageError, match=rf"cannot listen on 127\.0\.0\.1:{port}: .*choose another --port"),
            serve_in_background(Echo(), port=port),
        ):
            pass


def test_a_host_that_does_not_exist_is_said_in_one_sentence():
    with pytest.raises(UsageError, match=r"cannot listen on 203\.0\.113\.1"), serve_in_background(Echo(), host="203.0.113.1"):
        pass


@pytest.fixture(scope="module")
def base_url():
    sandbox = Sandbox(Document.load(ROOT / "specs" / "telnyx-v2.json"))
    with serve_in_background(sandbox, inline=True) as url:
        yield f"{url}/v2"


@pytest.fixture(scope="module")
def client(base_url):
    with telnyx.Telnyx(api_key="test", base_url=base_url, max_retries=0) as client:
        yield client


ADDRESS = {
    "country_code": "US",
    "locality": "Austin",
    "street_address": "311 W",
    "first_name": "A",
    "last_name": "B",
    "business_name": "C",
}
PROVIDER = {
    "name": "p",
    "short_name": "s",
    "settings": {
        "assertion_consumer_service_url": "https://a.example",
        "idp_cert_fingerprint": "13:38:C7",
        "idp_entity_id": "https://b.example",
        "idp_sso_target_url": "https://c.example",
        "name_identifier_format": "x",
        "service_provider_entity_id": "https://d.example",
    },
}
STORIES = {
    "billing_groups": ({"name": "first"}, {"name": "second"}),
    "addresses": (ADDRESS, None),
    "credential_connections": (
        {"connection_name": "a", "user_name": "user12345", "password": "secret12345"},
        {"connection_name": "b"},
    ),
    "call_control_applications": (
        {"application_name": "a", "webhook_event_url": "https://example.com"},
        {"application_name": "b", "webhook_event_url": "https://example.org"},
    ),
    "ai.mcp_servers": ({"name": "m", "type": "http", "url": "https://example.com"}, {"name": "n"}),
    "ai.conversations": ({"name": "talk"}, {"metadata": {"k": "v"}}),
    "ai.conversations.insights": ({"instructions": "count", "name": "i"}, {"name": "j"}),
    "ai.missions": ({"name": "m"}, {"name": "n"}),
    "authentication_providers": (PROVIDER, {"name": "q"}),
    "alphanumeric_sender_ids": (
        {"alphanumeric_sender_id": "ACME", "messaging_profile_id": "5f1f1ab8-0d25-4b7e-a22b-c1f9cb0bdd8b"},
        None,
    ),
    "access_ip_address": ({"ip_address": "192.0.2.7"}, None),
}


def item(answer):
    return getattr(answer, "data", answer)


def identity(thing):
    return next(getattr(thing, name) for name in ("id", "mission_id", "conversation_id") if getattr(thing, name, None))


def shown(thing, fields):
    held = thing.to_dict()
    return {
        name: held.get(name) if not isinstance(value, dict) else {key: (held.get(name) or {}).get(key) for key in value}
        for name, value in fields.items()
    }


@pytest.mark.parametrize("name", STORIES)
def test_the_published_sdk_creates_reads_updates_lists_and_deletes(client, name):
    new, change = STORIES[name]
    resource = client
    for part in name.split("."):
        resource = getattr(resource, part)
    made = item(resource.create(**new))
    key = identity(made)
    assert shown(made, new) == new
    assert item(resource.retrieve(key)) == made
    if change is not None:
        update = getattr(resource, "update", None) or resource.update_mission
        assert shown(item(update(key, **change)), change) == change
        assert shown(item(resource.retrieve(key)), change) == change
    listed = resource.list()
    listed = [identity(thing) for thing in (listed if not isinstance(getattr(listed, "data", None), list) else listed.data)]
    assert listed.count(key) == 1
    remove = getattr(resource, "delete", None) or resource.delete_mission
    remove(key)
    with pytest.raises(telnyx.NotFoundError):
        resource.retrieve(key)


def test_the_sdk_s_iterators_end_and_give_each_thing_once(client):
    names = [f"group {index}" for index in range(25)]
    made = {client.billing_groups.create(name=name).data.id for name in names}
    seen = [group.id for group in client.billing_groups.list(page_size=10)]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_the_sdk_sees_authentication_and_validation_errors():
    sandbox = Sandbox(Document.load(ROOT / "specs" / "telnyx-v2.json"), token="right")
    with serve_in_background(sandbox, inline=True) as url:
        with telnyx.Telnyx(api_key="wrong", base_url=url, max_retries=0) as client, pytest.raises(telnyx.AuthenticationError):
            client.billing_groups.list()
        with telnyx.Telnyx(api_key="right", base_url=url, max_retries=0) as client:
            assert client.billing_groups.list().data == []
            with pytest.raises(telnyx.UnprocessableEntityError, match="/name"):
                client.billing_groups.create(name=5)


class Acting:
    """Answers late, in part or not at all, as the path says."""

    def respond(self, request):
        if request.url.endswith("/late"):
            return Response(status=204, elapsed=0.4)
        begun = Response(status=200, headers=(("content-length", "9"),), body=b"four") if request.url.endswith("/part") else None
        return NoResponse(kind="reset", reason="it went away", begun=begun)


@pytest.mark.parametrize("inline", [False, True])
def test_an_origin_acts_out_how_long_an_answer_takes_without_holding_up_others(inline):
    began = time.perf_counter()
    with serve_in_background(Acting(), inline=inline, origin=True) as url, ThreadPoolExecutor(8) as pool:
        taken = [answer.elapsed for answer in pool.map(Network(url).respond, [Request(method="GET", url=f"{url}/late")] * 8)]
    assert min(taken) > 0.39  # timers may be a little early
    assert time.perf_counter() - began < 2.4


def test_a_gateway_has_waited_already():
    with serve_in_background(Acting()) as url:
        assert Network(url).respond(Request(method="GET", url=f"{url}/late")).elapsed < 0.3


@pytest.mark.parametrize(("path", "reason"), [("none", "Connection reset by peer"), ("part", "in the middle of its answer")])
def test_an_origin_resets_connections_and_breaks_off_answers_on_the_wire(path, reason):
    with serve_in_background(Acting(), inline=True, origin=True) as url:
        network = Network(url)
        for _ in range(2):
            answer = network.respond(Request(method="GET", url=f"{url}/{path}"))
            assert (answer.kind, reason in answer.reason) == ("reset", True)
        network.close()


def test_what_breaks_off_is_on_the_wire_as_far_as_it_goes():
    with (
        serve_in_background(Acting(), inline=True, origin=True) as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client,
    ):
        client.sendall(b"GET /part HTTP/1.1\r\nhost: a\r\n\r\n")
        read = b"".join(iter(lambda: client.recv(4096), b""))
    assert b"content-length: 9\r\n" in read
    assert read.endswith(b"\r\n\r\nfour")
