"""The proxy on the wire: what a client sends reaches the target as it is, and back; what cannot pass is refused clearly."""

from __future__ import annotations

import gzip
import json
import os
import socket
import ssl
import struct
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance.serve.proxy.gateway import Gateway
from conformance.serve.proxy.server import passing_on
from conformance.serve.proxy.tap import Inbox, Tap, unpacked
from conformance.serve.server import listen
from conformance.transport.network import tls
from conformance.transport.target import Target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Origin:
    """A target that says what it is told to, byte for byte, once a request's head is there; it keeps what it heard."""

    answers: list
    heard: list = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def serve(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client):
        with client:
            while self.answers:
                data = b""
                while b"\r\n\r\n" not in data:
                    more = client.recv(65536)
                    if not more:
                        return
                    data += more
                head, _, body = data.partition(b"\r\n\r\n")
                wanted = length_of(head)
                answer = self.answers.pop(0)
                if callable(answer):
                    self.heard.append(head)
                    if answer(client, head, body) == "close":
                        return
                    continue
                while (wanted is None and not body.endswith(b"0\r\n\r\n")) or len(body) < (wanted or 0):
                    body += client.recv(65536)
                self.heard.append(head + b"\r\n\r\n" + body)
                client.sendall(answer)
                if b"connection: close" in answer.lower() or (
                    b"-length" not in answer.lower() and b"chunked" not in answer and b" 204" not in answer
                ):
                    return


def length_of(head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
        if name.lower() == b"transfer-encoding":
            return None
    return 0


@dataclass
class Between:
    """A proxy before a target. ``seen`` is what went by its tap."""

    origin: Origin
    port: int
    gateway: Gateway
    seen: list

    @contextmanager
    def client(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            yield client

    def ask(self, data):
        with self.client() as client:
            client.sendall(data)
            return until_closed(client)


def until_closed(client):
    return b"".join(iter(lambda: client.recv(65536), b""))


def read(client, size):
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            break
        data += more
    return data


@contextmanager
def between(*answers, path="", timeout=5.0, kept=1 << 16, context=None, scheme="http"):
    origin = Origin(list(answers))
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        origin.port = listener.getsockname()[1]
        threading.Thread(target=origin.serve, args=(listener,), daemon=True).start()
        with to(f"{scheme}://127.0.0.1:{origin.port}{path}", timeout=timeout, kept=kept, context=context) as proxy:
            proxy.origin = origin
            yield proxy


def listen_to(inbox, seen):
    while (arrived := inbox.read(wait=True)) is not None:
        seen.extend(unpacked(data) for data in arrived)


@contextmanager
def to(url, *, timeout=5.0, kept=1 << 16, context=None):
    ours, theirs = socket.socketpair()
    tap, seen = Tap(ours), []
    reader = threading.Thread(target=lambda: listen_to(Inbox(theirs), seen), daemon=True)
    reader.start()
    gateway = Gateway(Target(url), tap, context=context, timeout=timeout, kept=kept)
    with passing_on(listen("127.0.0.1", 0), tap, gateway) as running:
        yield Between(None, int(running.url.rpartition(":")[2]), gateway, seen)
    reader.join(5)
    ours.close()
    theirs.close()


def last(**headers):
    """The end of a head that asks to close."""
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items()) + b"Connection: close\r\n\r\n"


def test_names_order_case_and_duplicates_pass_and_the_host_is_the_targets():
    answer = b"HTTP/1.1 207 Odd Phrase\r\nX-b: 1\r\nx-A:  two words \r\nX-b: 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 3\r\n\r\n\x00\xff\n"
    with between(answer, path="/base") as proxy:
        got = proxy.ask(
            b"PROPFIND /a%2Fb//c?x=%20&y HTTP/1.1\r\nhOst: me\r\nX-B: 1\r\nx-a: \xe9\r\nX-B: 2\r\nAccept:\r\n" + last()
        )
        host = f"hOst: 127.0.0.1:{proxy.origin.port}".encode()
    assert proxy.origin.heard == [
        b"PROPFIND /base/a%2Fb//c?x=%20&y HTTP/1.1\r\n" + host + b"\r\nX-B: 1\r\nx-a: \xe9\r\nX-B: 2\r\nAccept: \r\n\r\n"
    ]
    assert got == answer.replace(b":  two", b": two").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    (seen,) = proxy.seen
    assert (seen.method, seen.target, seen.status, seen.response_body) == (
        b"PROPFIND",
        b"/base/a%2Fb//c?x=%20&y",
        207,
        b"\x00\xff\n",
    )
    assert seen.request_headers[0] == (b"hOst", b"me")


def test_headers_of_a_connection_stay_on_their_side():
    answer = b"HTTP/1.1 200 OK\r\nConnection: X-Mine, keep-alive\r\nKeep-Alive: timeout=9\r\nX-Mine: 1\r\nX-Other: 2\r\nContent-Length: 0\r\n\r\n"
    with between(answer) as proxy:
        got = proxy.ask(
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nProxy-Authorization: Basic x\r\nX-End: 1\r\n\r\n"
        )
    assert proxy.origin.heard[0].endswith(b"\r\nX-End: 1\r\n\r\n")
    assert not any(name in proxy.origin.heard[0] for name in (b"X-Hop", b"TE:", b"Proxy-", b"Connection"))
    assert got == b"HTTP/1.1 200 OK\r\nX-Other: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def test_many_requests_use_one_connection_on_each_side_and_pipelined_ones_are_answered_in_their_order():
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number for number in range(6)]
    with between(*answers) as proxy:
        got = proxy.ask(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" * 2
                        + b"GET /c HTTP/1.1\r\nHost: a\r\n\r\nGET /d HTTP/1.1\r\nHost: a\r\n" + last())  # fmt: skip
    assert [part[-1:] for part in got.split(b"HTTP/1.1 200 OK")[1:]] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert proxy.origin.connections == 1
    assert [seen.target for seen in proxy.seen] == [b"/a", b"/b", b"/a", b"/b", b"/c", b"/d"]


def test_chunks_and_trailers_pass_both_ways():
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n"
    )
    sent = b"5\r\nhello\r\n0\r\n\r\n"
    with between(answer) as proxy:
        got = proxy.ask(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + last() + sent)
    assert proxy.origin.heard[0].endswith(b"Transfer-Encoding: chunked\r\n\r\n" + sent)
    assert got == answer.replace(b"X-Sum\r\n\r\n", b"X-Sum\r\nConnection: close\r\n\r\n", 1)
    assert (proxy.seen[0].request_body, proxy.seen[0].response_body) == (b"hello", b"abcde")


def test_a_coded_body_keeps_its_coding():
    body = gzip.compress(b"x" * 1000)
    with between(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)) as proxy:
        assert proxy.ask(b"GET / HTTP/1.1\r\nHost: a\r\n" + last()).endswith(body)


def test_an_answer_that_ends_with_its_connection_does_so_too():
    with between(b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\nuntil the end") as proxy:
        got = proxy.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert got == b"HTTP/1.1 200 OK\r\nX: 1\r\nConnection: close\r\n\r\nuntil the end"


@pytest.mark.parametrize(
    ("method", "status"), [(b"HEAD", b"200 OK"), (b"GET", b"304 Not Modified"), (b"DELETE", b"204 No Content")]
)
def test_what_has_no_body_has_none_whatever_its_headers_say(method, status):
    head = b"HTTP/1.1 " + status + b"\r\nETag: x\r\n" + (b"" if status[:3] == b"204" else b"Content-Length: 5\r\n") + b"\r\n"
    with between(head, OK) as proxy:
        got = proxy.ask(method + b" / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n" + last())
    assert got == head + OK.replace(b"2\r\n", b"2\r\nConnection: close\r\n")
    assert proxy.origin.connections == 1


def test_a_careful_client_waits_for_the_targets_word():
    def answer(client, head, body):
        assert body == b""
        client.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        assert read(client, 2) == b"hi"
        client.sendall(OK)

    with between(answer) as proxy, proxy.client() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n" + last())
        interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        assert read(client, len(interim)) == interim
        client.sendall(b"hi")
        assert until_closed(client).endswith(b"\r\n\r\nok")
    assert proxy.seen[0].status == 200


def test_a_target_that_refuses_before_the_body_is_heard_at_once():
    def answer(client, head, body):
        client.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")

    with between(answer) as proxy, proxy.client() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\nExpect: 100-continue\r\n\r\n")
        assert until_closed(client).startswith(b"HTTP/1.1 413 Too Large\r\n")


def test_parts_of_an_answer_arrive_before_it_is_complete_and_parts_of_a_request_too():
    step = threading.Event()

    def answer(client, head, body):
        while b"first" not in body:
            body += client.recv(100)
        client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n6\r\ndata:1\r\n")
        assert step.wait(5)
        while b"0\r\n\r\n" not in body:
            body += client.recv(100)
        client.sendall(b"6\r\ndata:2\r\n0\r\n\r\n")

    with between(answer) as proxy, proxy.client() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        got = b""
        while b"data:1" not in got:
            got += client.recv(1000)
        step.set()
        client.sendall(b"0\r\n\r\n")
        while b"0\r\n\r\n" not in got:
            got += client.recv(1000)
    assert got.endswith(b"6\r\ndata:1\r\n6\r\ndata:2\r\n0\r\n\r\n")


def test_a_body_of_a_hundred_megabytes_passes_both_ways_and_little_of_it_is_held():
    size, block = 100_000_000, os.urandom(1 << 20)

    def answer(client, head, body):
        left = size - len(body)
        while left:
            left -= len(client.recv(1 << 20))
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        send(client)

    def send(sock):
        left = size
        while left:
            sock.sendall(block[:left])
            left -= min(left, len(block))

    with between(answer) as proxy, proxy.client() as client:
        before = memory()
        client.sendall(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % size + last())
        send(client)
        got = client.recv(65536)
        got = got.partition(b"\r\n\r\n")[2]
        count, mark = len(got), 0
        while more := client.recv(1 << 20):
            count, mark = count + len(more), max(mark, memory())
        assert count == size
        assert mark - before < 60_000_000
    (seen,) = proxy.seen
    assert (seen.request_size, seen.request_body, seen.response_size, seen.response_body) == (size, None, size, None)


def memory():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_a_slow_client_holds_up_its_target_and_nobody_elses_memory():
    sent = 0

    def answer(client, head, body):
        nonlocal sent
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        client.settimeout(0.7)
        try:
            while True:
                sent += client.send(b"x" * 65536)
        except TimeoutError:
            return "close"

    with between(answer) as proxy, proxy.client() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(1.2)
        assert sent < 30_000_000


def test_a_client_that_does_not_read_leaves_a_connection_that_the_next_one_can_use():
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20000
    request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    with between(*[large, OK] * 1000) as proxy, proxy.client() as other, socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(("127.0.0.1", proxy.port))
        for turn in range(1000):
            lazy.sendall(request)
            until = time.monotonic() + 0.3
            while len(proxy.seen) <= 2 * turn and time.monotonic() < until:
                time.sleep(0.0002)
            if len(proxy.seen) <= 2 * turn:  # more is not fetched for it
                break
            other.sendall(request)
            assert read(other, len(OK)).endswith(b"ok")
        assert turn < 999
        assert proxy.origin.connections == 1


@pytest.mark.parametrize(
    ("request_line", "headers", "status", "said"),
    [
        (b"GET /chat HTTP/1.1", b"Connection: Upgrade\r\nUpgrade: websocket\r\n", 501, "websocket"),
        (b"CONNECT other.test:443 HTTP/1.1", b"", 501, "no tunnels"),
        (b"GET http://other.test/a HTTP/1.1", b"", 421, "http://other.test"),
    ],
)
def test_what_would_lead_elsewhere_is_refused_clearly(request_line, headers, status, said):
    with between(OK) as proxy:
        got = proxy.ask(request_line + b"\r\nHost: a\r\n" + headers + b"\r\n")
        counts = proxy.gateway.counts
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nContent-Type: application/problem+json\r\n" in head
    assert said in json.loads(body)["detail"]
    assert proxy.origin.heard == []
    assert (counts.refused, counts.exchanges) == (1, 0)


def test_an_absolute_url_of_the_proxy_or_its_target_is_the_target():
    with between(OK, OK) as proxy:
        proxy.ask(f"GET http://localhost:{proxy.port}/a?b HTTP/1.1\r\nHost: x\r\n".encode() + last())
        proxy.ask(f"GET http://127.0.0.1:{proxy.origin.port} HTTP/1.1\r\nHost: x\r\n".encode() + last())
    assert [heard.split(b" ")[1] for heard in proxy.origin.heard] == [b"/a?b", b"/"]


def test_who_takes_it_for_a_forward_proxy_is_refused_whatever_the_host_header_says():
    with between(OK) as proxy:
        got = proxy.ask(b"GET http://other.test/a HTTP/1.1\r\nHost: other.test\r\n" + last())
    assert got.startswith(b"HTTP/1.1 421 ")
    assert proxy.origin.heard == []


def test_a_coding_of_the_transfer_that_is_not_known_is_refused_in_words():
    with between(OK) as proxy:
        got = proxy.ask(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunky\r\nHost: a\r\n\r\n0\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 400 ")
    assert proxy.origin.heard == []


def test_an_offer_of_http2_is_passed_over():
    with between(OK) as proxy:
        got = proxy.ask(
            b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"
        )
    assert got.endswith(b"ok")
    assert b"pgrade" not in proxy.origin.heard[0]
    assert b"HTTP2" not in proxy.origin.heard[0]


@pytest.mark.parametrize(
    "framed", [b'Content-Length: 8\r\n\r\n{"id":1}', b'Transfer-Encoding: chunked\r\n\r\n8\r\n{"id":1}\r\n0\r\n\r\n']
)
@pytest.mark.parametrize("cut", [0, 40, 130, -4])
def test_an_offer_of_http2_does_not_cost_a_request_its_body(framed, cut):
    offered = (
        b"POST /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEA\r\n" + framed
    )
    with between(OK, OK) as proxy, proxy.client() as client:
        client.sendall(offered[:cut])
        time.sleep(0.02)
        client.sendall(offered[cut:] + b"GET /b HTTP/1.1\r\nHost: a\r\n" + last())
        got = until_closed(client)
    assert got.count(b"200 OK") == 2
    assert b'{"id":1}' in proxy.origin.heard[0]
    assert proxy.origin.heard[1].startswith(b"GET /b ")


def test_a_redirect_is_the_clients_to_follow():
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://other.test/x\r\nContent-Length: 0\r\n\r\n"
    with between(answer) as proxy:
        assert b"\r\nLocation: http://other.test/x\r\n" in proxy.ask(b"GET / HTTP/1.1\r\nHost: a\r\n" + last())
    assert len(proxy.origin.heard) == 1


def test_an_old_client_gets_an_answer_that_it_understands():
    with between(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n") as proxy:
        assert proxy.ask(b"GET /a HTTP/1.0\r\n\r\n") == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"


def test_a_target_that_is_not_there_is_a_502_that_says_so_and_an_upload_reads_it():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with to(f"http://127.0.0.1:{port}") as proxy:
        got = proxy.ask(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + b"x" * 100_000)
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert json.loads(body) == {"type": "about:blank", "title": "Bad Gateway", "status": 502,
                                "detail": f"http://127.0.0.1:{port} did not answer (refused): Connection refused"}  # fmt: skip
    assert [(seen.kind, seen.status) for seen in proxy.seen] == [("refused", 0)]


def test_a_target_that_says_nothing_is_a_504():
    with between(lambda client, head, body: time.sleep(2), timeout=0.3) as proxy:
        got = proxy.ask(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 504 Gateway Timeout\r\n")
    assert proxy.seen[0].kind == "timeout"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"nonsense\r\n\r\n", "protocol"),
        (b"", "reset"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "protocol"),
    ],
)
def test_a_target_that_does_not_speak_http_is_a_502(answer, kind):
    def say(client, head, body):
        client.sendall(answer)
        return "close"

    with between(say) as proxy:
        got = proxy.ask(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert proxy.seen[0].kind == kind


@pytest.mark.parametrize("frame", [b"Content-Length: 11", b"Transfer-Encoding: chunked"])
def test_an_answer_that_breaks_off_breaks_off_for_the_client_too(frame):
    def say(client, head, body):
        client.sendall(b"HTTP/1.1 200 OK\r\n" + frame + b"\r\n\r\n" + (b"3\r\nabc\r\n" if b"chunked" in frame else b"abc"))
        return "close"

    with between(say) as proxy, proxy.client() as client:
        client.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        got = b""
        with suppress(ConnectionResetError):
            while more := client.recv(1000):
                got += more
        assert got.endswith(b"abc" if b"Length" in frame else b"abc\r\n")
    assert (proxy.seen[0].kind, proxy.seen[0].status) == ("reset", 200)


def test_a_connection_that_the_target_closed_meanwhile_is_not_the_clients_trouble():
    def closing(client, head, body):
        client.sendall(OK)
        return "close"

    with between(closing, OK, OK) as proxy, proxy.client() as client:
        for _ in range(3):
            client.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            assert read(client, len(OK)) == OK
            time.sleep(0.02)
    assert proxy.origin.connections == 2


def test_a_client_that_says_no_more_still_gets_what_it_asked_for():
    def late(client, head, body):
        time.sleep(0.2)
        client.sendall(OK)

    with between(late) as proxy, proxy.client() as client:
        client.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        assert until_closed(client) == OK


def test_a_client_that_leaves_takes_its_request_along():
    gone = threading.Event()

    def answer(client, head, body):
        client.settimeout(5)
        try:
            if client.recv(10) == b"":
                gone.set()
        except ConnectionResetError:
            gone.set()
        return "close"

    with between(answer) as proxy:
        with proxy.client() as client:
            client.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(0.1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert gone.wait(5)
        assert proxy.gateway.counts.left == 1
    assert proxy.seen == []


@pytest.mark.parametrize("sent", [b"hello\r\n\r\n", b"GET /a HTTP/1.1\r\nHost a\r\n\r\n",
                                  b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"])  # fmt: skip
def test_what_can_be_read_in_two_ways_reaches_nobody(sent):
    with between(OK) as proxy:
        assert proxy.ask(sent).startswith(b"HTTP/1.1 400 ")
    assert proxy.origin.heard == []


def test_exchanges_that_overlap_are_known_to():
    def slow(client, head, body):
        time.sleep(0.3)
        client.sendall(OK)

    with between(slow, slow, OK) as proxy, proxy.client() as one, proxy.client() as other:
        one.sendall(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.05)
        other.sendall(b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read(one, len(OK)) == read(other, len(OK)) == OK
        one.sendall(b"GET /c HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read(one, len(OK)) == OK
    assert [(seen.target, seen.alone) for seen in proxy.seen] == [(b"/a", False), (b"/b", False), (b"/c", True)]


def test_an_https_target_is_spoken_to_only_when_its_certificate_is_right(tmp_path):
    trustme = pytest.importorskip("trustme")
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    def serve(listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(client, server_side=True) as secure:
                    secure.recv(65536)
                    secure.sendall(OK)
                    secure.recv(1)
            except OSError:
                continue

    request = b"GET /a HTTP/1.1\r\nHost: a\r\n" + last()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with to(url, context=tls(verify=str(tmp_path / "ca.pem"))) as proxy:
            assert proxy.ask(request).endswith(b"ok")
        with to(url, context=tls()) as proxy:
            got = proxy.ask(request)
    assert got.startswith(b"HTTP/1.1 502 ")
    assert b"(tls): the certificate is not trusted" in got
