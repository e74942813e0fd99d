"""The network sends what it is given, reads what comes, and turns every failure into a NoResponse."""

import pickle
import socket
import ssl
import threading

import httptools
import httpx
import pytest
import trustme

from conformance.errors import TargetError
from conformance.model.message import NoResponse, Request, Response
from conformance.transport import network as network_module
from conformance.transport.framing import Unsendable
from conformance.transport.network import Network
from conformance.transport.probe import probe

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def get(url, **rest):
    return Request(method="GET", url=url, **rest)


def test_a_request_goes_out_byte_for_byte(serve):
    with serve([[OK]]) as server:
        headers = (("X-b", "1"), ("x-A", " two  spaces "), ("X-b", "\xe9\x01"), ("accept", ""))
        request = Request(
            method="PROPFIND", url=f"{server.url}/a%2Fb/../c?x=%5B1%5D&y=a+b&x=&%zz#frag", headers=headers, body=b"\0\xff"
        )
        answer = Network(server.url).respond(request)
        assert isinstance(answer, Response)
        assert answer.body == b"ok"
    host = server.url.removeprefix("http://").encode()
    assert server.heard == [
        b"PROPFIND /a%2Fb/../c?x=%5B1%5D&y=a+b&x=&%zz HTTP/1.1\r\nHost: " + host + b"\r\n"
        b"X-b: 1\r\nx-A:  two  spaces \r\nX-b: \xe9\x01\r\naccept: \r\nContent-Length: 2\r\n\r\n\0\xff"
    ]


@pytest.mark.parametrize(
    ("url", "target"),
    [("", b"/"), ("/", b"/"), ("?a=1", b"/?a=1"), ("/a?", b"/a?"), ("/caf\xe9", b"/caf%C3%A9"), ("//x//", b"//x//")],
)
def test_the_target_is_the_url_as_written(serve, url, target):
    with serve([[OK]]) as server:
        assert isinstance(Network(server.url).respond(get(server.url + url)), Response)
    assert server.heard[0].split(b" ")[1] == target


def test_a_given_host_and_length_are_kept_and_a_post_without_body_says_so(serve):
    with serve([[OK, OK, OK]]) as server:
        network = Network(server.url)
        network.respond(get(server.url, headers=(("a", "b"), ("host", "elsewhere"))))
        network.respond(Request(method="POST", url=server.url))
        network.respond(Request(method="POST", url=server.url, headers=(("content-length", "3"),), body=b"abc"))
    assert server.heard[0] == b"GET / HTTP/1.1\r\na: b\r\nhost: elsewhere\r\n\r\n"
    assert server.heard[1].endswith(b"\r\nContent-Length: 0\r\n\r\n")
    assert server.heard[2].lower().count(b"content-length") == 1


def test_a_chunked_request_is_sent_in_chunks(serve):
    with serve([[OK, OK]]) as server:
        network = Network(server.url)
        for body in (b"hello", b""):
            network.respond(Request(method="POST", url=server.url, headers=(("Transfer-Encoding", "chunked"),), body=body))
    assert server.heard[0].endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert server.heard[1].endswith(b"\r\n\r\n0\r\n\r\n")


def test_default_headers_fill_in_but_never_replace(serve):
    with serve([[OK, OK]]) as server:
        network = Network(server.url, headers=(("User-Agent", "ours"), ("X-One", "1")))
        network.respond(get(server.url, headers=(("user-agent", "theirs"),)))
    assert server.heard[0].lower().count(b"user-agent") == 1
    assert b"user-agent: theirs\r\nX-One: 1\r\n" in server.heard[0]


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "GE T"},
        {"method": ""},
        {"method": "G\r\nX: y"},
        {"headers": (("a", "b\r\nc: d"),)},
        {"headers": (("a\n", "b"),)},
        {"headers": (("a:b", "c"),)},
        {"headers": (("", "c"),)},
        {"headers": (("a", "\u2603"),)},
        {"headers": (("a", "\0"),)},
        {"headers": (("content-length", "5"),)},
        {"headers": (("transfer-encoding", "gzip, chunked"),)},
        {"path": "/a b"},
        {"path": "/a\x00"},
        {"path": "/\ud800"},
    ],
)
def test_what_would_break_the_framing_is_not_sent(serve, request_):
    with serve([[OK]]) as server:
        fields = {"method": "GET", **request_}
        answer = Network(server.url).respond(Request(url=server.url + fields.pop("path", "/"), **fields))
        assert isinstance(answer, NoResponse)
        assert answer.kind == "unsent"
        assert answer.reason
    assert server.heard == []


def test_no_other_host_is_ever_spoken_to(serve):
    with serve([[OK]]) as server:
        network = Network(server.url)
        for url in (
            "http://example.org/",
            f"https://127.0.0.1:{server.port}/",
            f"http://localhost:{server.port}/",
            "/x",
            "ftp://a/",
        ):
            answer = network.respond(get(url))
            assert isinstance(answer, NoResponse)
            assert "not sent" in answer.reason
        assert isinstance(network.respond(get(f"HTTP://127.0.0.1:{server.port}/x")), Response)
    assert len(server.heard) == 1


def test_redirects_are_answers_and_cookies_are_not_kept(serve):
    redirect = (
        b"HTTP/1.1 302 Found\r\nLocation: http://example.org/\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    )
    with serve([[redirect, OK]]) as server:
        network = Network(server.url)
        answer = network.respond(get(server.url))
        network.respond(get(server.url))
    assert (answer.status, answer.header("location")) == (302, "http://example.org/")
    assert [value for name, value in answer.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert b"cookie" not in server.heard[1].lower()
    assert server.connections == 1


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n", b"abcde"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            b"x",
        ),
        ([b"HTTP/1.1 200 O", 0.02, b"K\r\nContent-Le", 0.02, b"ngth: 4\r\n\r\nab", 0.02, b"cd"], b"abcd"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\0", b"\x1f\x8b\0"),
        (b"HTTP/1.1 299 \r\nX-Empty:\r\nX-Odd: \xe9\xff\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_answers_are_read_by_their_framing_and_the_connection_is_used_again(serve, wire, body):
    with serve([[wire, OK]]) as server:
        network = Network(server.url)
        answer = network.respond(get(server.url))
        assert isinstance(answer, Response), answer
        assert answer.body == body
        assert all(name not in {"Trailer", "Link"} for name, _ in answer.headers)
        assert answer.elapsed >= 0
        assert network.respond(get(server.url)).body == b"ok"
    assert server.connections == 1


def test_header_names_and_values_come_as_they_are(serve):
    with serve([[b"HTTP/1.1 200 OK\r\nX-Empty:\r\nx-ODD: \xe9 \xff\r\nX-Empty: 2\r\nContent-Length: 0\r\n\r\n"]]) as server:
        answer = Network(server.url).respond(get(server.url))
    assert answer.headers == (("X-Empty", ""), ("x-ODD", "\xe9 \xff"), ("X-Empty", "2"), ("Content-Length", "0"))


@pytest.mark.parametrize(
    ("method", "wire"),
    [
        ("GET", [b"HTTP/1.1 200 OK\r\n\r\nto the end", None]),
        ("GET", [b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nto the end"]),
        ("GET", [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nto the end"]),
        ("GET", [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nto the endEXTRA"]),
        ("HEAD", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"]),
        ("GET", [b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nno"]),
    ],
)
def test_a_connection_that_may_be_out_of_step_is_not_used_again(serve, method, wire):
    with serve([[wire], [OK]]) as server:
        network = Network(server.url)
        answer = network.respond(Request(method=method, url=server.url))
        assert isinstance(answer, Response), answer
        assert answer.body == (b"" if method == "HEAD" or answer.status == 204 else b"to the end")
        assert network.respond(get(server.url)).body == b"ok"
    assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, "reset"),
        ("reset", "reset"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", None], "reset"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf", None], "reset"),
        ([b"HTTP/1.1 200 OK\r\nConte", None], "reset"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", None], "reset"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "protocol"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "protocol"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x00", "protocol"),
        ([0.6, OK], "timeout"),
        ([b"HTTP/1.1 200 OK\r\n\r\n", *[b"drip", 0.05] * 12], "timeout"),
    ],
)
def test_silence_has_a_kind_and_a_reason(serve, answer, kind):
    with serve([[answer]]) as server:
        answer = Network(server.url, timeout=0.3).respond(get(server.url))
    assert isinstance(answer, NoResponse), answer
    assert answer.kind == kind
    assert answer.reason
    assert answer.elapsed < 0.6


def test_a_closed_port_is_refused_and_an_unknown_host_is_dns(closed_port):
    refused = Network(f"http://127.0.0.1:{closed_port}").respond(get(f"http://127.0.0.1:{closed_port}/"))
    assert (refused.kind, refused.reason) == ("refused", "Connection refused")
    assert Network("http://no-such-host.invalid").respond(get("http://no-such-host.invalid/")).kind == "dns"
    long = "http://" + "a" * 70 + ".invalid"
    assert Network(long).respond(get(long)).kind == "dns"


def test_https_to_a_server_that_speaks_plain_http_is_tls(serve):
    with serve([[]], greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        url = f"https://127.0.0.1:{server.port}"
        assert Network(url, timeout=2, trust_env=False).respond(get(url)).kind == "tls"


def test_https_checks_the_certificate_unless_told_otherwise(serve, tmp_path):
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with serve([[], [], [OK, OK], [OK]], tls=context) as server:
        url = f"https://localhost:{server.port}"
        answer = Network(url).respond(get(url))
        assert (answer.kind, "certificate is not trusted" in answer.reason) == ("tls", True)
        with pytest.raises(TargetError, match="no secure connection"):
            probe(Network(url), url)
        trusting = Network(url, verify=str(tmp_path / "ca.pem"))
        assert trusting.respond(get(url)).body == b"ok"
        assert trusting.respond(get(url)).body == b"ok"
        assert Network(url, verify=False).respond(get(url)).body == b"ok"
    assert server.connections == 4


def test_an_early_answer_to_a_body_that_was_not_read_counts(serve):
    early = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{early.getsockname()[1]}"

    def refuse():
        with early.accept()[0] as sock:
            sock.recv(100)
            sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(1 << 20):
                pass

    thread = threading.Thread(target=refuse)
    thread.start()
    with early:
        answer = Network(url, timeout=5).respond(Request(method="POST", url=url, body=b"x" * 5_000_000))
        assert answer.status == 413
    thread.join(5)


def test_a_connection_that_the_server_closed_while_idle_is_replaced(serve):
    with serve([[[OK, None]], [OK]]) as server:
        network = Network(server.url)
        network.respond(get(server.url))
        threading.Event().wait(0.1)
        assert network.respond(Request(method="POST", url=server.url)).body == b"ok"
    assert server.connections == 2


def test_a_used_connection_that_dies_is_tried_once_more_only_when_that_is_safe(serve):
    with serve([[OK, "reset"], [OK]]) as server:
        network = Network(server.url)
        network.respond(get(server.url))
        assert network.respond(get(server.url)).body == b"ok"
    with serve([[OK, "reset"], [OK]]) as server:
        network = Network(server.url)
        network.respond(get(server.url))
        assert network.respond(Request(method="POST", url=server.url)).kind == "reset"
        assert server.connections == 1


def test_threads_share_one_network(serve):
    with serve([[OK] * 40 for _ in range(8)]) as server:
        network, answers = Network(server.url), []

        def work():
            answers.extend(network.respond(get(f"{server.url}/{number}")).body for number in range(20))

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [b"ok"] * 120
    assert server.connections <= 6


def test_a_network_travels_to_another_process(serve):
    with serve([[OK]]) as server:
        network = pickle.loads(pickle.dumps(Network(server.url, headers=(("x-a", "b"),), timeout=2)))
        assert network.respond(get(server.url)).body == b"ok"
    assert b"x-a: b" in server.heard[0]


def test_through_the_proxy_that_the_environment_names_the_bytes_stay_the_same(serve, monkeypatch):
    with serve([[OK]]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        request = Request(method="PUT", url="http://api.test/a%2Fb?x=%5B1%5D", headers=(("X-a", "1"), ("x-B", "2")), body=b"abc")
        answer = Network("http://api.test").respond(request)
        assert answer.body == b"ok", answer
    assert proxy.heard == [
        b"PUT http://api.test/a%2Fb?x=%5B1%5D HTTP/1.1\r\nHost: api.test\r\nX-a: 1\r\nx-B: 2\r\nContent-Length: 3\r\n\r\nabc"
    ]


def test_loopback_and_no_proxy_hosts_are_reached_directly(serve, closed_port, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    with serve([[OK]]) as server:
        assert Network(server.url).respond(get(server.url)).body == b"ok"
    assert Network("http://api.test").respond(get("http://api.test/")).kind == "refused"
    assert Network("http://no-such-host.invalid", trust_env=False).respond(get("http://no-such-host.invalid/")).kind == "dns"
    monkeypatch.setenv("no_proxy", "no-such-host.invalid")
    assert Network("http://no-such-host.invalid").respond(get("http://no-such-host.invalid/")).kind == "dns"


def _subclasses(root):
    yield root
    for below in root.__subclasses__():
        yield from _subclasses(below)


@pytest.mark.parametrize("root", [httpx.HTTPError, httpx.InvalidURL, httpx.StreamError])
def test_every_exception_of_httpx_has_a_kind(root):
    kinds = (*network_module._proxied_kinds(), *network_module._KINDS)
    for exception in _subclasses(root):
        assert next(kind for known, kind in kinds if issubclass(exception, known)) in {
            "timeout",
            "refused",
            "reset",
            "protocol",
            "unsent",
        }
    assert next(kind for known, kind in kinds if issubclass(httpx.ConnectTimeout, known)) == "timeout"
    assert next(kind for known, kind in kinds if issubclass(httpx.ReadError, known)) == "reset"


@pytest.mark.parametrize(
    ("root", "kinds"),
    [
        (OSError, {"refused", "timeout", "reset", "dns", "tls"}),
        (ssl.SSLError, {"tls"}),
        (socket.gaierror, {"dns"}),
        (ConnectionError, {"reset", "refused"}),
        (httptools.HttpParserError, {"protocol"}),
        (Unsendable, {"unsent"}),
    ],
)
def test_every_exception_of_a_socket_and_of_the_parser_has_a_kind(root, kinds):
    for exception in _subclasses(root):
        assert next(kind for known, kind in network_module._KINDS if issubclass(exception, known)) in kinds


def test_a_probe_takes_any_answer(serve):
    with serve([[b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]]) as server:
        assert probe(Network(server.url), server.url).status == 404


def test_a_probe_says_what_is_wrong_and_what_to_do(closed_port, serve):
    url = f"http://127.0.0.1:{closed_port}/v2"
    with pytest.raises(TargetError) as raised:
        probe(Network(url), url)
    assert str(raised.value) == f"nothing listens at {url} (Connection refused); start the service or correct --base-url"
    with serve([[b"220 smtp\r\n"], [None], [[0.5]]]) as server:
        for word in ("does not speak HTTP", "closed the connection", "did not answer in time"):
            with pytest.raises(TargetError, match=word):
                probe(Network(server.url, timeout=0.2), server.url)
    with pytest.raises(TargetError, match="is not known"):
        probe(Network("http://x.invalid"), "http://x.invalid")
