"""HTTP/1.1 on the wire, byte for byte: what a client may do on one connection, and what it gets."""

from __future__ import annotations

import logging
import socket
import time
from contextlib import contextmanager

import pytest

from conformance.model.message import Response
from conformance.serve.server import serve_in_background


class Telling:
    """Answers with the request's line; waits, fails or says odd things as the path asks."""

    def respond(self, request):
        if request.url.endswith("/bug"):
            raise ValueError("a mistake of ours")
        said = f"{request.method} {request.url.partition('//')[2].partition('/')[2]} {request.body.decode()}".encode()
        headers = (("X-Odd", "a\r\nx-injected: b"),) if request.url.endswith("/odd") else (("Content-Type", "text/plain"),)
        return Response(status=200, headers=headers, body=said, elapsed=0.2 if request.url.endswith("/late") else 0)


@contextmanager
def talking(*, inline=True):
    with serve_in_background(Telling(), inline=inline, origin=True) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            yield client


def until_closed(client):
    return b"".join(iter(lambda: client.recv(65536), b""))


def bodies(text):
    """The bodies of the answers, of which each says its length."""
    found = []
    while text:
        head, _, rest = text.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        found.append(rest[:length])
        text = rest[length:]
    return found


@pytest.mark.parametrize("inline", [True, False])
def test_requests_sent_at_once_are_answered_in_their_order_even_when_the_first_takes_long(inline):
    with talking(inline=inline) as client:
        client.sendall(b"GET /late HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
                       b"GET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")  # fmt: skip
        assert bodies(until_closed(client)) == [b"GET late ", b"POST b hi", b"GET c "]


def test_a_request_that_comes_byte_by_byte_and_in_chunks_is_whole_in_the_end():
    with talking() as client:
        for byte in b"PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n":
            client.sendall(bytes([byte]))
        assert bodies(until_closed(client)) == [b"PUT a abcd"]


def test_a_client_that_asks_whether_to_go_on_is_told_to():
    with talking() as client:
        client.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hi")
        assert bodies(until_closed(client)) == [b"POST a hi"]


@pytest.mark.parametrize("framed", [b"Content-Length: 2\r\n\r\nhi", b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"])
def test_an_offer_of_http2_is_passed_over_and_costs_a_request_neither_its_body_nor_the_next_one(framed):
    with talking() as client:
        client.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEA\r\n" + framed
                       + b"GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")  # fmt: skip
        assert bodies(until_closed(client)) == [b"POST a hi", b"GET b "]


def test_a_client_that_says_no_more_still_gets_what_it_asked_for():
    with talking() as client:
        client.sendall(b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        assert bodies(until_closed(client)) == [b"GET late "]


def test_an_old_client_is_answered_and_the_connection_ends():
    with talking() as client:
        client.sendall(b"GET /a HTTP/1.0\r\n\r\n")
        answer = until_closed(client)
    assert bodies(answer) == [b"GET a "]
    assert b"connection: close\r\n" in answer


@pytest.mark.parametrize(
    "sent",
    [b"hello\r\n\r\n", b"GET /a HTTP/1.1\r\nHost a\r\n\r\n", b"GET /a HTTP/1.1\r\nx: " + b"a" * 300_000 + b"\r\n\r\n"],
)
def test_what_is_no_request_is_told_so_and_the_connection_ends(sent):
    with talking() as client:
        client.sendall(sent)
        try:
            answer = until_closed(client)
        except ConnectionResetError:
            pytest.skip("the client was still sending when the answer came")
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_target_may_have_any_form_and_its_fragment_is_left_out():
    with talking() as client:
        client.sendall(
            b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nGET http://other/a?x=1?#b HTTP/1.1\r\nHost: a\r\n\r\nGET /c?#d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        assert bodies(until_closed(client)) == [b"OPTIONS * ", b"GET a?x=1? ", b"GET c "]


def test_another_protocol_is_not_spoken():
    with talking() as client:
        client.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert bodies(until_closed(client)) == [b"GET a "]


def test_an_answer_to_head_has_no_body():
    with talking() as client:
        client.sendall(b"HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = until_closed(client)
    assert answer.endswith(b"\r\n\r\n")
    assert b"content-length: 7\r\n" in answer


def test_a_header_cannot_begin_another():
    with talking() as client:
        client.sendall(b"GET /odd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert b"x-odd: a x-injected: b\r\n" in until_closed(client)


def test_a_mistake_of_ours_is_logged_and_the_next_request_is_answered(caplog):
    with caplog.at_level(logging.ERROR), talking() as client:
        client.sendall(b"GET /bug HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert bodies(until_closed(client)) == [b"Internal Server Error", b"GET b "]
    assert "a mistake of ours" in caplog.text


def test_answers_do_not_pile_up_for_a_client_that_does_not_read():
    class Large:
        asked = 0

        def respond(self, request):
            self.asked += 1
            return Response(status=200, body=b"a" * 1_000_000)

    large = Large()
    with (
        serve_in_background(large, inline=True) as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5) as client,
    ):
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 200)
        time.sleep(0.3)
        assert large.asked < 50
        client.shutdown(socket.SHUT_WR)
        assert len(until_closed(client)) > 200_000_000
    assert large.asked == 200
