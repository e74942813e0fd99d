"""Which values replay holds against a service, what it carries from where, and what a project may say of a field itself."""

import base64
import json
from dataclasses import replace
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases.recorded import RecordedExchange, Recording
from conformance.errors import UsageError
from conformance.model.message import Request, Response
from conformance.model.record import Observation, Severity
from conformance.run.carrying import part_of
from conformance.run.config import config
from conformance.run.judge import Judged
from conformance.run.matchers import Matcher, Matchers, entry
from conformance.run.replay import Replay
from conformance.run.volatile import apart, is_volatile, with_takes
from conformance.spec.document import Document
from conformance.spec.load import Source
from conformance.transport.target import Target

BASE, HERE = "https://api.test/v1", "http://127.0.0.1:1/v1"
THING = {"type": "object", "properties": {"enabled": {"type": "boolean", "default": True}, "kind": {"enum": ["a", "b"]}}}
ANSWER = {status: {"description": "d", "content": {"application/json": {"schema": THING}}} for status in ("200", "201")}
KEY = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
RAW = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": BASE}], "paths": {
    "/things": {"get": {"operationId": "listThings", "tags": ["Things"], "responses": ANSWER}, "post": {"responses": ANSWER}},
    "/things/{id}": {"parameters": [KEY], "get": {"responses": ANSWER}, "patch": {"responses": ANSWER}, "put": {"responses": ANSWER}},
    "/login": {"post": {"responses": ANSWER}}}}  # fmt: skip
DOCUMENT = Document(Source(uri="mem", text=json.dumps(RAW), value=RAW, form="JSON"))
OLD, NEW = "6a09cf1e-3a57-4c59-b3d6-3a1f8f1f7a10", "11111111-2222-4333-8444-555555555555"


def said(body, status=200, headers=()):
    return Response(status=status, headers=(("Content-Type", "application/json"), *headers), body=json.dumps(body).encode())


def call(method, path, answer, *, sent=None, form=None, headers=(), **rest):
    kind, body = (
        ("application/json", json.dumps(sent).encode())
        if sent is not None
        else ("application/x-www-form-urlencoded", form or b"")
    )
    headers = (*headers, ("Content-Type", kind)) if body else headers
    return RecordedExchange(request=Request(method=method, url=BASE + path, headers=headers, body=body), response=answer, **rest)


class Answers:
    def __init__(self, *given):
        self.given, self.asked = list(given), []

    def respond(self, request):
        self.asked.append(request)
        return self.given.pop(0)


def replayed(exchanges, *given, origin="", target=HERE, **rest):
    recording = Recording(name="r", source="r.har", exchanges=tuple(replace(one, index=at) for at, one in enumerate(exchanges)),
                          origin=origin, illustrative=rest.pop("illustrative", False))  # fmt: skip
    answers = Answers(*given)
    replay = Replay(DOCUMENT, target=Target(target, servers=DOCUMENT.servers), responder=answers, **rest,
                    judge=lambda exchange: Judged(observation=Observation(exchange=exchange), operation=None, reading=None))  # fmt: skip
    return list(replay.run(recording)), answers.asked


def drift(entries):
    return [(found.id, found.detail) for entry in entries for found in entry.findings]


# Values


def test_what_was_told_back_as_sent_has_to_be_told_back_again():
    sent = {"name": "Rex", "size": 3}
    chain = [
        call("POST", "/things", said({"data": {"id": OLD, "name": "Rex", "size": 3, "made": "x"}}, 201), sent=sent),
        call("GET", f"/things/{OLD}", said({"data": {"id": OLD, "name": "Rex", "size": 3}})),
        call("PATCH", f"/things/{OLD}", said({"data": {"id": OLD, "name": "Max", "size": 3}}), sent={"name": "Max"}),
        call("GET", f"/things/{OLD}", said({"data": {"id": OLD, "name": "Max", "size": 3}})),
    ]
    live = [said({"data": {"id": NEW, "name": "Rex", "size": 3, "made": "y"}}, 201), said({"data": {"id": NEW, "name": "REX", "size": 3}}),
            said({"data": {"id": NEW, "name": "Max", "size": 4}}), said({"data": {"id": NEW, "name": "Rex", "size": 3}})]  # fmt: skip
    entries, _ = replayed(chain, *live)
    assert [drift([entry]) for entry in entries] == [
        [], [("recording-value-changed", "/data/name")], [("recording-value-changed", "/data/size")],
        [("recording-value-changed", "/data/name")],
    ]  # fmt: skip
    assert {found.severity for entry in entries for found in entry.findings} == {Severity.WARNING}


def test_what_was_written_otherwise_then_is_not_held_against_the_service_now():
    chain = [call("POST", "/things", said({"name": "rex"}, 201), sent={"name": "Rex"})]
    assert drift(replayed(chain, said({"name": "something"}, 201))[0]) == []


def test_a_value_that_was_carried_is_told_back_as_it_was_carried():
    chain = [
        call("POST", "/things", said({"id": OLD}, 201), sent={}),
        call("POST", "/things", said({"id": "b", "parent": OLD}, 201), sent={"parent": OLD}),
    ]
    assert drift(replayed(chain, said({"id": NEW}, 201), said({"id": "c", "parent": NEW}, 201))[0]) == []
    assert drift(replayed(chain, said({"id": NEW}, 201), said({"id": "c", "parent": OLD}, 201))[0]) == [
        ("recording-value-changed", "/parent")
    ]


def test_the_default_of_the_document_is_what_a_new_thing_has():
    chain = [call("POST", "/things", said({"enabled": True}, 201), sent={"name": "a"})]
    assert drift(replayed(chain, said({"enabled": False}, 201))[0]) == [("recording-value-changed", "/enabled")]
    chain = [call("GET", "/things", said({"enabled": True}))]
    assert drift(replayed(chain, said({"enabled": False}))[0]) == []


@pytest.mark.parametrize(
    ("was", "now", "takes", "volatile", "origin", "found"),
    [
        ({"plan": "gold"}, {"plan": "silver"}, 2, (), BASE, False),  # another service answers
        ({"plan": "gold"}, {"plan": "silver"}, 2, (), HERE, True),
        ({"plan": "gold"}, {"plan": "silver"}, 2, ("/plan",), HERE, False),
        ({"plan": "gold"}, {"plan": "silver"}, 1, None, HERE, False),  # one take says nothing
        ({"loud": True}, {"loud": False}, 2, (), HERE, False),  # two may be the same by chance
        ({"loud": True}, {"loud": False}, 5, (), HERE, True),
        ({"kind": "a"}, {"kind": "b"}, 2, (), HERE, False),
        ({"kind": "a"}, {"kind": "b"}, 5, (), HERE, True),
        ({"status": "new"}, {"status": "done"}, 9, (), HERE, False),
        ({"created_at": "2026-01-01"}, {"created_at": "2026-01-02"}, 9, (), HERE, False),
        ({"total_results": 3}, {"total_results": 4}, 9, (), HERE, False),
        ({"meta": {"page_size": 20}}, {"meta": {"page_size": 50}}, 9, (), HERE, True),
        ({"list": [{"plan": "gold"}]}, {"list": [{"plan": "tin"}]}, 2, ("/list",), HERE, False),
    ],
)  # fmt: skip
def test_a_value_is_fixed_where_enough_takes_of_the_same_service_say_so(was, now, takes, volatile, origin, found):
    volatile = frozenset(volatile) if volatile is not None else None
    chain = [call("GET", "/things", said(was), takes=takes, volatile=volatile)]
    assert bool(drift(replayed(chain, said(now), origin=origin)[0])) is found


def test_recordings_of_the_sandbox_are_held_against_the_sandbox_alone():
    chain = [call("GET", "/things", said({"plan": "gold"}), takes=9, volatile=frozenset())]
    assert drift(replayed(chain, said({"plan": "tin"}), origin="sandbox")[0]) == []
    assert drift(replayed(chain, said({"plan": "tin"}), origin="sandbox", is_sandbox=True)[0]) != []


def test_two_recordings_of_the_same_call_tell_what_moves():
    def recording(name, answer, **request):
        return Recording(name=name, source=name, exchanges=(call("GET", "/things?x=1", said(answer), **request),))

    both = [recording("a", {"plan": "gold", "n": 1, "l": [1]}), recording("b", {"plan": "gold", "n": 2, "l": [1, 2]}),
            Recording(name="c", source="c", exchanges=(call("GET", "/things?x=2", said({})),))]  # fmt: skip
    listing = DOCUMENT.by_label["GET /things"]
    told = with_takes(both, [(listing,), (listing,), (listing,)])
    assert [(one.exchanges[0].volatile, one.exchanges[0].takes) for one in told] == [
        (frozenset({"/n", "/l"}), 2), (frozenset({"/n", "/l"}), 2), (None, 1),
    ]  # fmt: skip


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3),
                    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3), max_leaves=6)  # fmt: skip


@given(JSON, JSON)
def test_what_is_apart_is_apart_both_ways_and_nothing_is_apart_from_itself(one, other):
    assert apart(one, one) == set()
    assert apart(one, other) == apart(other, one)


@pytest.mark.parametrize("name", ["id", "userId", "created_at", "expiresAt", "total_pages", "etag", "call_session_id", "balance", "state",
                                  "next_cursor", "signature", "request-id", "download_url", "lastSeen"])  # fmt: skip
def test_names_of_what_moves(name):
    assert is_volatile(name, "word")


@pytest.mark.parametrize(
    ("name", "value"), [("name", "Rex"), ("country", "US"), ("enabled", True), ("priority", 3), ("type", "sms")]
)
def test_names_and_forms_of_what_stays(name, value):
    assert not is_volatile(name, value)


@pytest.mark.parametrize(
    "value", [OLD, "2026-01-01T00:00:00Z", "deadbeef01", "source-6fb1", 1767225600, 0.731, "https://x.test/a"]
)
def test_forms_of_what_moves(value):
    assert is_volatile("name", value)


def test_what_is_nested_beyond_measure_ends_in_no_traceback():
    deep = 950
    text = (b'{"a":' * deep + b"1" + b"}" * deep, b'{"a":' * deep + b"2" + b"}" * deep)
    answers = [Response(status=201, headers=(("Content-Type", "application/json"),), body=body) for body in text]
    chain = [replace(call("POST", "/things", answers[0]), request=Request(method="POST", url=BASE + "/things", body=text[0]))]
    (done,), _ = replayed(chain, answers[1])
    assert done.exchange is not None


# Lists


def created(count, ids):
    return [call("POST", "/things", said({"id": ids[at]}, 201), sent={}) for at in range(count)]


@pytest.mark.parametrize(
    ("order", "found"), [([0, 1, 2, 3, 4], []), ([4, 3, 2, 1, 0], [("recording-order-changed", "/data")]), ([1, 0, 2, 3, 4], [])]
)
def test_a_list_the_other_way_round_is_found_and_one_that_is_shuffled_may_go_by_anything(order, found):
    then, now = [f"old-000000{at}" for at in range(5)], [f"new-000000{at}" for at in range(5)]
    listed = call("GET", "/things", said({"data": [{"id": one} for one in then]}))
    live = [*[said({"id": one}, 201) for one in now], said({"data": [{"id": now[at]} for at in order]})]
    assert drift(replayed([*created(5, then), listed], *live)[0]) == found


@pytest.mark.parametrize(
    ("shown", "meta", "found"),
    [
        ([0, 1, 2], {"total_pages": 1}, []),
        ([0], {"total_pages": 1}, []),  # what is new may be late
        ([1, 2], {"total_pages": 1}, [("recording-item-lost", "/data")]),
        ([0], {"total_pages": 3}, [("recording-item-lost", "/data")]),  # there is more, on other pages
        ([], {"total_pages": 1}, []),
    ],
)
def test_a_list_that_lacks_what_cannot_be_late(shown, meta, found):
    then, now = [f"old-000000{at}" for at in range(3)], [f"new-000000{at}" for at in range(3)]
    listed = call("GET", "/things", said({"data": [{"id": one} for one in then], "meta": {"total_pages": 1}}))
    live = [*[said({"id": one}, 201) for one in now], said({"data": [{"id": now[at]} for at in shown], "meta": meta})]
    assert drift(replayed([*created(3, then), listed], *live)[0]) == found


# Headers


def test_headers_that_clients_act_on_are_missed_and_others_are_not():
    then = (
        ("Location", "/v1/things/1"),
        ("X-Request-Id", "1"),
        ("Server", "x"),
        ("X-RateLimit-Limit", "9"),
        ("X-Total-Count", "3"),
    )
    entries, _ = replayed([call("POST", "/things", said({}, 201, then), sent={})], said({}, 201))
    assert drift(entries) == [
        ("recording-header-removed", "header location"),
        ("recording-header-removed", "header x-ratelimit-limit"),
        ("recording-header-removed", "header x-total-count"),
    ]


# Links


def test_values_are_carried_out_of_headers_cookies_and_urls_and_into_forms():
    chain = [
        call("POST", "/login", said({"next": f"{BASE}/things?after=abc&x=1"}, 201,
             (("Location", "/v1/things/7"), ("ETag", '"1"'), ("Set-Cookie", "sid=s1; Path=/"))), sent={}),
        call("GET", "/things/7", said({}), headers=(("If-Match", '"1"'), ("Cookie", "theme=dark; sid=s1"))),
        call("GET", "/things?after=abc", said({"token": OLD})),
        call("PUT", "/things/7", said({}), form=f"t={OLD}&u=a+b".encode()),
    ]  # fmt: skip
    live = [
        said({"next": "/things?after=x%26y"}, 201, (("Location", "http://h/elsewhere/things/9"), ("ETag", '"8"'), ("Set-Cookie", "sid=s2"))),
        said({}), said({"token": NEW}), said({}),
    ]  # fmt: skip
    entries, asked = replayed(chain, *live)
    assert [request.url.removeprefix(HERE) for request in asked] == ["/login", "/things/9", "/things?after=x%26y", "/things/9"]
    assert (asked[1].header("if-match"), asked[1].header("cookie")) == ('"8"', "theme=dark; sid=s2")
    assert asked[3].body == f"t={NEW}&u=a+b".encode()
    assert "entry 0, answer in the path of the header 'location' -> entry 1, the path parameter 'id'" in map(
        str, entries[1].links
    )


def carried_on(answer, then, live):
    """The second request of a chain, as it is sent when the first is answered otherwise."""
    return replayed([call("POST", "/things", answer, sent={}), then], live, said({}))[1][1]


def test_the_relations_of_link_headers_say_where_to_go_on():
    old, new = (f'<{BASE}/things?after={at}&n=2>; rel="next", <{BASE}/things?after=first>; rel=first' for at in ("abc", "xyz"))
    sent = carried_on(
        said([], headers=(("Link", old),)), call("GET", "/things?after=abc&n=2", said({})), said([], headers=(("Link", new),))
    )
    assert sent.url == f"{HERE}/things?after=xyz&n=2"


def test_ids_go_on_into_lists_and_tokens_into_headers_that_are_named_for_them():
    answer, live = ({"id": "t-7", "csrf_token": "tok1"}, {"id": "n-9", "csrf_token": "new2"})
    sent = carried_on(said(answer), call("POST", "/things", said({}), sent={"thing_ids": ["t-7", "x"], "words": ["t-7"]},
                                         headers=(("X-CSRF-Token", "tok1"),)), said(live))  # fmt: skip
    assert json.loads(sent.body) == {"thing_ids": ["n-9", "x"], "words": ["t-7"]}
    assert sent.header("x-csrf-token") == "new2"


@pytest.mark.parametrize(
    ("was", "now"),
    [("after:{}", "after:{}"), ('{{"id":"{}","n":1}}', '{{"id":"{}","n":1}}'), ("?>?>{}", "?>?>{}")],
)
def test_what_stands_in_base64_is_carried_too(was, now):
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for strip in ("", "="):
            old, new = (
                encode(text.encode()).decode().rstrip(strip) for text in (was.format(OLD), now.format("short-1234567890"))
            )
            sent = carried_on(
                said({"id": OLD}), call("GET", f"/things?cursor={quote(old)}", said({})), said({"id": "short-1234567890"})
            )
            assert dict(parse_qsl(sent.parts().query))["cursor"].rstrip("=") == new.rstrip("=")


def test_an_item_of_a_list_is_found_again_by_what_it_is_like():
    chain = [
        call("GET", "/things", said([{"id": "a-1", "name": "Sales"}, {"id": "a-2", "name": "Support"}])),
        call("GET", "/things/a-2", said({})),
    ]
    live = [said([{"id": "b-9", "name": "Support"}, {"id": "b-8", "name": "Sales"}]), said({})]
    assert replayed(chain, *live)[1][1].url == f"{HERE}/things/b-9"


@pytest.mark.parametrize("path", ["/things?limit=20", "/things?q=things", "/things?page=1", "/things?q=dark"])
def test_what_is_common_links_to_nothing(path):
    first = said({"limit": 20, "page": 1, "url": f"{BASE}/things", "theme": "dark"}, 200, (("Set-Cookie", "theme=dark"),))
    entries, _ = replayed([call("GET", "/things", first), call("GET", path, said({}))], first, said({}))
    assert entries[1].links == ()


@given(st.text(max_size=20), st.sampled_from(["path/-1", "path/-3", "query/a", "cookie/a", "value/a", ""]))
def test_a_part_of_any_text_is_a_text_or_nothing(text, part):
    assert isinstance(part_of(text, part), str | None)
    assert part_of("http://[" + text, "path/-1") is None or "]" in text


# Examples of a document


def test_examples_are_sent_where_their_ids_come_from_and_promise_no_values():
    chain = [
        call("POST", "/things", said({"id": "ex-1", "name": "Rex", "gone": 1}, 201), sent={"name": "Rex"}),
        call("GET", "/things/ex-1", said({"id": "ex-1", "size": 1, "enabled": "yes"})),
        call("GET", "/things/another", said({"id": "another"})),
        call("POST", "/things", said({}, 201), sent={"ref": "somebody-elses"}),
    ]
    live = [said({"id": "7f", "name": "rex"}, 200), said({"id": "7f", "size": "1", "enabled": True}), said({}, 422)]
    entries, asked = replayed(chain, *live, illustrative=True)
    assert [request.url.removeprefix(HERE) for request in asked] == ["/things", "/things/7f", "/things"]
    assert entries[2].skipped == "the examples do not show what makes the thing that it names"
    assert drift(entries) == [("recording-type-changed", "/size"), ("example-refused", "201 -> 422")]


# Matchers


@pytest.mark.parametrize(
    ("held", "was", "now", "refused"),
    [
        ({"equals": 5}, 1, 5, False), ({"equals": 5}, 5, 6, True), ({"equals": True}, True, 1, True),
        ({"one-of": ["a", "b"]}, "a", "b", False), ({"one-of": ["a", "b"]}, "a", "c", True),
        ({"type": "integer"}, 1, 2, False), ({"type": "integer"}, 1, True, True), ({"type": "string"}, "a", 1, True),
        ({"pattern": "^x[0-9]+$"}, "x1", "x22", False), ({"pattern": "^x[0-9]+$"}, "x1", "y", True),
        ({"within": 0.5}, 1.0, 1.4, False), ({"within": 0.5}, 1.0, 1.6, True), ({"within": 0.5}, 1.0, "1", True),
        ({"recorded": True}, "a", "a", False), ({"recorded": True}, "a", "b", True),
        ({"unordered": True}, [1, 2, 2], [2, 1, 2], False), ({"unordered": True}, [1, 2], [1, 1], True), ({"unordered": True}, [1], [1, 2], True),
        ({"ignore": True}, "a", 5, False),
    ],
)  # fmt: skip
def test_a_field_is_what_the_project_asks_of_it(held, was, now, refused):
    matchers = Matchers(entries=(entry({"field": "/data/x", **held}),))
    entries, _ = replayed([call("GET", "/things", said({"data": {"x": was}}))], said({"data": {"x": now}}), matchers=matchers)
    assert drift(entries) == ([("recording-match-failed", f"/data/x {next(iter(held))}")] if refused else [])


@pytest.mark.parametrize(
    ("field", "operation", "holds"),
    [
        ("/data/*/price", "", True), ("price", "", True), ("/**/price", "", True), ("/data/price", "", False), ("data", "", False),
        ("price", "GET /things", True), ("price", "listThings", True), ("price", "Things", True), ("price", "GET /th*", True),
        ("price", "POST /things", False),
    ],
)  # fmt: skip
def test_an_entry_holds_where_its_field_and_operation_say(field, operation, holds):
    one = Matcher(field=field, operation=operation, kind="ignore", value=True)
    assert one.holds_at(DOCUMENT.by_label["GET /things"], "/data/*/price") is holds


def test_what_is_ignored_may_go_and_what_is_matched_may_not():
    chain = [call("GET", "/things", said({"a": 1, "b": {"c": 1}}))]
    ignored = Matchers(entries=(entry({"field": "/a", "ignore": True}), entry({"field": "/b", "ignore": True})))
    assert drift(replayed(chain, said({"b": "x"}), matchers=ignored)[0]) == []
    matched = Matchers(entries=(entry({"field": "/a", "type": "integer"}),))
    assert drift(replayed(chain, said({"b": {"c": 1}}), matchers=matched)[0]) == [("recording-field-removed", "/a")]


def test_the_project_says_it_in_its_settings(tmp_path):
    path = tmp_path / "conformance.toml"
    path.write_text('[[recordings.match]]\nfield = "/data/price"\noperation = "GET /x"\nwithin = 0.5\n')
    assert config(path).matchers.entries == (Matcher(field="/data/price", operation="GET /x", kind="within", value=0.5),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[recordings]\nmatches = 1\n", "has no 'matches'"), ("[recordings]\nmatch = 1\n", "must be a list of tables"),
        ("[[recordings.match]]\nequals = 1\n", "entry 1 of [[recordings.match]] has no field"),
        ('[[recordings.match]]\nfield = "a"\n', "must have exactly one of"),
        ('[[recordings.match]]\nfield = "a"\nequals = 1\ntype = "string"\n', "must have exactly one of"),
        ('[[recordings.match]]\nfield = "a"\ntype = "text"\n', "must have a type of string"),
        ('[[recordings.match]]\nfield = "a"\npattern = "("\n', "no regular expression"),
        ('[[recordings.match]]\nfield = "a"\nwithin = -1\n', "not negative"),
        ('[[recordings.match]]\nfield = "a"\nignore = false\n', "must have true as ignore"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_settings_is_said(tmp_path, text, said):
    path = tmp_path / "conformance.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        config(path)
    assert said in str(raised.value)
