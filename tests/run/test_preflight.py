"""Is the target there, does it let us in, and is it another machine?"""

import pytest

from conformance.errors import TargetError
from conformance.model.message import Response
from conformance.run.guard import is_remote
from conformance.run.preflight import check_target
from conformance.run.setting import Setting, settle
from conformance.serve.server import serve_in_background

OPEN = {"responses": {"200": {"description": "ok"}}}
SECURE = {**OPEN, "security": [{"key": []}]}
KEY = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        (None, False), ("http://localhost:8080", False), ("http://api.localhost", False), ("http://127.0.0.1:1/v2", False),
        ("http://127.9.9.9", False), ("http://[::1]:8080", False), ("http://10.0.0.1", True), ("https://api.example.com/v2", True),
        ("http://localhost.example.com", True), ("http://[2001:db8::1]", True),
    ],
)  # fmt: skip
def test_another_machine_is_told_from_this_one(url, remote):
    assert is_remote(url) is remote


class Door:
    """Refuses whoever has no key, whatever else is wrong."""

    def __init__(self):
        self.seen = []

    def respond(self, request):
        self.seen.append(request)
        status = 200 if request.header("x-key") == "right" else 401
        return Response(status=status, headers=(("Content-Length", "0"),), body=b"", elapsed=0.0)


@pytest.fixture
def check(make_document):
    def run(paths, headers=()):
        document, door = make_document(paths, components=KEY), Door()
        with serve_in_background(door) as url:
            setting = Setting(spec=document.source.uri, base_url=url, headers=headers)
            settle(setting, document)
            return check_target(setting, document.operations), door.seen

    return run


def test_no_credentials_and_wrong_ones_are_told_apart(check):
    with pytest.raises(TargetError, match=r"wants credentials, and there are none \(401 for GET /a\); set TELNYX_API_KEY, or pass "
                                          r"--header 'X-Key: \.\.\.'"):  # fmt: skip
        check({"/a": {"get": SECURE}})
    with pytest.raises(TargetError, match="refuses the credentials"):
        check({"/a": {"get": SECURE}}, (("X-Key", "wrong"),))


def test_the_right_key_passes_with_one_request(check):
    count, seen = check({"/a": {"get": SECURE}}, (("X-Key", "right"),))
    assert count == len(seen) == 1


def test_the_read_that_needs_least_is_asked_and_a_parameter_is_no_obstacle(check):
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    with pytest.raises(TargetError, match=r"401 for GET /a/\{id\}"):
        check({"/a/{id}": {"get": {**SECURE, "parameters": [parameter]}}, "/b": {"post": SECURE}})


def test_what_needs_no_credentials_is_asked_without_them(check):
    count, seen = check({"/a": {"get": OPEN}}, (("X-Key", "right"),))
    assert (count, seen[0].url.rpartition("/")[2], seen[0].header("x-key")) == (1, "", None)
