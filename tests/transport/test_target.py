"""A base URL stands in for the document's server, and operations with servers of their own are found from it."""

import pytest

from conformance.errors import UsageError
from conformance.model.operation import Operation
from conformance.transport.target import Target, origin_of

DOCUMENT = ("https://api.example.com/v2",)


def operation(*servers, path="/things/{id}"):
    return Operation(method="get", path=path, operation_id=None, tags=(), servers=servers)


@pytest.mark.parametrize(
    ("base_url", "servers", "own", "url"),
    [
        ("http://127.0.0.1:8080/v2", DOCUMENT, DOCUMENT, "http://127.0.0.1:8080/v2/things/1?a=b"),
        ("http://127.0.0.1:8080/v2/", DOCUMENT, DOCUMENT, "http://127.0.0.1:8080/v2/things/1?a=b"),
        ("http://127.0.0.1:8080", DOCUMENT, DOCUMENT, "http://127.0.0.1:8080/things/1?a=b"),
        ("http://127.0.0.1:8080/v2", DOCUMENT, ("https://api.example.com",), "http://127.0.0.1:8080/things/1?a=b"),
        ("http://h/gate/v2", DOCUMENT, ("https://api.example.com",), "http://h/gate/things/1?a=b"),
        ("http://h/gate/v2", DOCUMENT, ("https://other.example.com/v1/",), "http://h/gate/v1/things/1?a=b"),
        ("http://h", DOCUMENT, ("https://api.example.com",), "http://h/things/1?a=b"),
        ("http://h", DOCUMENT, ("https://api.example.com/v2/ai",), "http://h/ai/things/1?a=b"),
        ("http://h", DOCUMENT, ("https://api.example.com/v1",), "http://h/v1/things/1?a=b"),
        ("http://h/v2", DOCUMENT, ("wss://api.example.com/v2",), "http://h/v2/things/1?a=b"),
        ("http://h/api", ("/",), ("/",), "http://h/api/things/1?a=b"),
        ("http://h/api", ("/",), ("/admin",), "http://h/api/admin/things/1?a=b"),
        ("http://h/nov2", DOCUMENT, ("https://api.example.com",), "http://h/nov2/things/1?a=b"),
        ("http://h/b", ("http://x/a", "http://y/b"), ("http://x/a", "http://y/b"), "http://h/b/things/1?a=b"),
        ("http://h/b", ("http://x/a", "http://y/b"), ("http://z/c",), "http://h/c/things/1?a=b"),
        ("http://h/v2", ("http://[broken",), ("http://[also",), "http://h/v2/things/1?a=b"),
        ("http://h/v2", DOCUMENT, (), "http://h/v2/things/1?a=b"),
    ],
)
def test_where_an_operation_is_served(base_url, servers, own, url):
    assert Target(base_url, servers=servers).url_for(operation(*own), "/things/1?a=b") == url


@pytest.mark.parametrize(
    ("recorded", "own", "url"),
    [
        ("https://api.example.com/v2/things/a%2Fb?x=%5B%5D", DOCUMENT, "http://h:1/v2/things/a%2Fb?x=%5B%5D"),
        ("https://api.example.com/things/1", ("https://api.example.com",), "http://h:1/things/1"),
        ("http://localhost:4010/things/1?", DOCUMENT, "http://h:1/v2/things/1?"),
        ("https://gate.corp/deep/down/v2/things/1#top", DOCUMENT, "http://h:1/v2/things/1"),
    ],
)
def test_a_recorded_url_of_an_operation_is_moved_to_the_target(recorded, own, url):
    assert Target("http://h:1/v2", servers=DOCUMENT).rebased(recorded, operation(*own)) == url


@pytest.mark.parametrize(
    ("recorded", "url"),
    [
        ("https://api.example.com/v2/nowhere?x=1", "http://h:1/v2/nowhere?x=1"),
        ("https://api.example.com/nowhere", "http://h:1/v2/nowhere"),
        ("https://api.example.com", "http://h:1/v2"),
    ],
)
def test_a_recorded_url_that_the_document_does_not_have_is_moved_too(recorded, url):
    assert Target("http://h:1/v2", servers=DOCUMENT).rebased(recorded, None) == url


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("127.0.0.1:8080", "has no scheme; did you mean 'https://127.0.0.1:8080'"),
        ("example.com/v2", "has no scheme"),
        ("", "has no scheme"),
        ("ftp://example.com", "must be http or https"),
        ("http://", "names no host"),
        ("http:///v2", "names no host"),
        ("http://h:99999/", "cannot be read"),
        ("http://h:x/", "cannot be read"),
        ("http://[::1/", "cannot be read"),
        ("http://h/?a=b", "without a query"),
        ("http://user:hunter2@h/", "must not hold a user name"),
        ("http://a b/", "holds a space"),
    ],
)
def test_a_bad_base_url_is_one_clear_sentence(base_url, words):
    with pytest.raises(UsageError) as raised:
        Target(base_url)
    assert words in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTP://Example.COM:80/x", "http://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("https://example.com:80?x", "https://example.com:80"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("http://[::1]/x", "http://[::1]"),
        ("http://user@h#x", "http://h"),
        ("/x", ""),
        ("mailto:x@y", ""),
    ],
)
def test_the_origin_of_a_url(url, origin):
    assert origin_of(url) == origin


def test_an_ipv6_target_has_host_and_port():
    target = Target("http://[::1]:8080/v2")
    assert (target.host, target.port, target.base) == ("::1", 8080, "http://[::1]:8080/v2")
