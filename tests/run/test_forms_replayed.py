"""Forms of texts, whole lists, and what a sandbox of its own makes comparable."""

import json

import pytest

from conformance.cases.recorded import RecordedExchange, Recording
from conformance.model.message import Request, Response
from conformance.model.record import Observation
from conformance.run.compare import BY_ID, differences
from conformance.run.forms import form_of
from conformance.run.judge import Judged
from conformance.run.matchers import Matchers
from conformance.run.memory import SANDBOX, SERVER, Memory
from conformance.run.replay import Replay
from conformance.run.steady import Beside
from conformance.run.written import Write, holds
from conformance.spec.document import Document
from conformance.spec.load import Source
from conformance.transport.target import Target

UUID, OTHER = "6a09cf1e-3a57-4c59-b3d6-3a1f8f1f7a10", "11111111-2222-4333-8444-555555555555"


def said(body, *headers):
    return Response(status=200, headers=(("Content-Type", "application/json"), *headers), body=json.dumps(body).encode())


def sent(body):
    return Request(method="POST", url="https://api.test/v1/things", headers=(("Content-Type", "application/json"),),
                   body=json.dumps(body).encode())  # fmt: skip


def drift(was, now, **beside):
    found = list(differences(said(was), said(now), None, Beside(**beside)))
    assert all(one.id in BY_ID for one in found)
    return [(one.id, one.detail) for one in found]


# Forms


@pytest.mark.parametrize(
    ("was", "now", "kin", "same"),
    [
        ("2026-01-01T00:00:00Z", "2026-05-05T10:10:10.123456+00:00", False, False),
        ("2026-01-01T00:00:00Z", "2026-05-05T10:10:10", True, True),
        ("2026-01-01T00:00:00Z", "2026-05-05", True, True),
        ("2026-01-01T00:00:00Z", "05/05/2026 10:10", True, True),
        ("2026-01-01T00:00:00Z", "Tue, 05 May 2026 10:10:10 GMT", True, True),
        ("2026-01-01T00:00:00Z", "2026-05-05 10:10:10", True, True),
        ("2026-01-01", "2026-05-05T00:00:00Z", True, True),
        ("2026-01-01T00:00:00Z", "never", False, False),
        ("2026-01-01T00:00:00Z", "", False, False),
        ("2026-01-01T00:00:00Z", None, False, False),
        ("some words", "2026-05-05", False, False),
        (UUID, OTHER, False, False),
        (UUID, "obj_11111111", False, True),
        (UUID, "1494404757140276705", False, True),
        ("https://a.test/x", "http://b.test/y", False, False),
        ("https://a.test/x", "/y", False, True),
        ("99.00", "9900", False, True),
        ("99.00", "12.34", False, False),
        ("99.00", "0", False, False),
        ("99.25", "100", False, False),  # nothing shows that it had to be 100.00
        ("99.00", "free", False, False),
        ("+12015550100", "+4930123456", False, False),
        ("+12015550100", "12015550101", False, True),
    ],
)
def test_a_form_is_kept(was, now, kin, same):
    found = [("recording-form-changed", "/at")]
    assert drift({"at": was}, {"at": now}) == (found if kin else [])
    assert drift({"at": was}, {"at": now}, is_same_service=True) == (found if same else [])
    assert drift({"at": was}, {"at": now}, is_kin=False) == []


@pytest.mark.parametrize(
    ("was", "now", "found"),
    [
        (["2026-01-01T00:00:00Z"], ["2026-05-05", "2026-05-06"], True),
        (["2026-01-01T00:00:00Z"], ["2026-05-05", "2026-05-06T00:00:00Z"], False),
        (["2026-01-01T00:00:00Z", "soon"], ["2026-05-05"], False),
        ([UUID], ["obj_1"], False),  # it may be somebody else's
    ],
)
def test_in_a_list_all_texts_are_of_one_form_or_nothing_is_said(was, now, found):
    bodies = [{"data": [{"made": one} for one in texts]} for texts in (was, now)]
    assert drift(*bodies, is_same_service=True) == ([("recording-form-changed", "/data/*/made")] if found else [])


def test_most_texts_have_no_form():
    assert [form_of(text) for text in ("", "text", "7", "12.5", "2026", "+1", "10:00", "a@b.test")] == [""] * 8


# Lists


def written(was, now):
    return (Write.of("/things", sent(was), sent(now)),)


class Things:
    path = "/things/{id}"

    def response_for(self, _):
        return None


def told(was_sent, was, now_sent, now):
    beside = Beside(writes=written(was_sent, now_sent))
    return [one.detail for one in differences(said(was), said(now), Things(), beside)]


def test_a_list_that_was_told_back_is_told_back_again_in_any_order():
    features = {"features": ["sms", "mms"]}
    assert told(features, {"data": features}, features, {"data": {"features": ["mms", "sms"]}}) == []
    for now in ([], ["sms"], ["sms", "sms"], ["sms", "mms", "fax"], ["SMS", "mms"]):
        assert told(features, {"data": features}, features, {"data": {"features": now}}) == ["/data/features"]
    # What was carried is what has to come back, and what never came back need not.
    assert told({"ids": [UUID]}, {"ids": [UUID]}, {"ids": [OTHER]}, {"ids": [OTHER]}) == []
    assert told({"ids": [UUID]}, {"ids": [UUID]}, {"ids": [OTHER]}, {"ids": [UUID]}) == ["/ids"]
    assert told({"ids": [UUID]}, {"ids": []}, {"ids": [UUID]}, {"ids": [OTHER]}) == []


def test_things_in_a_list_are_told_back_with_more_than_was_sent():
    rules, shown = {"rules": [{"n": 1}, {"n": 2}]}, {"rules": [{"n": 1, "id": "a"}, {"n": 2, "id": "b"}]}
    assert told(rules, shown, rules, {"rules": [{"n": 2, "id": "c"}, {"n": 1, "id": "d"}]}) == []
    assert told(rules, shown, rules, {"rules": [{"n": 1, "id": "c"}, {"n": 3, "id": "d"}]}) == ["/rules"]
    assert holds([1, {"a": [2]}], [{"a": [2]}, 1])
    assert not holds({"a": 1}, {"a": 1, "b": 2})


def test_what_a_list_showed_once_it_shows_once():
    once, twice = [{"id": "a"}, {"id": "b"}], [{"id": "a"}, {"id": "b"}, {"id": "b"}]
    assert drift({"data": once}, {"data": twice}) == [("recording-item-repeated", "/data")]
    assert drift({"data": twice}, {"data": twice}) == []
    assert drift({"data": once[:1]}, {"data": twice[1:]}) == []  # events of one thing may all have its id
    assert drift({"data": once[:1]}, {"data": twice[1:]}, ids={"a": "b"}) == [("recording-item-repeated", "/data")]


def test_in_a_sandbox_nothing_is_late_in_a_list():
    was, ids = [{"id": "a"}, {"id": "b"}], {"a": "c", "b": "d"}
    for now in ([{"id": "c"}], []):
        assert drift(was, now, ids=ids) == []
        assert drift(was, now, ids=ids, is_prompt=True) == [("recording-item-lost", "/")]
    turned = [{"id": "d"}, {"id": "c"}]
    assert drift(was, turned, ids=ids) == []
    assert drift(was, turned, ids=ids, is_prompt=True) == [("recording-order-changed", "/")]
    # On a page that others fill there may be no room for it.
    assert drift(was, [{"id": "x"}, {"id": "y"}], ids=ids, is_prompt=True) == []


def test_a_thing_in_a_list_has_the_fields_that_it_had():
    was = [{"id": "a", "x": 1}, {"id": "b", "x": 1}]
    assert drift(was, [{"id": "c", "x": 1}, {"id": "d"}], ids={"a": "c", "b": "d"}) == [("recording-field-removed", "/*/x")]
    assert drift(was, [{"id": "c", "x": 1}, {"id": "e"}], ids={"a": "c", "b": "d"}) == []  # that one is another
    assert drift(was, [{"id": "c"}, {"id": "d"}], ids={"a": "c", "b": "d"}) == [("recording-field-removed", "/*/x")]


def test_a_list_that_shows_everything_twice_is_found_without_ids_too():
    pens, pads = {"sku": "pen", "n": 1, "of": "a"}, {"sku": "pad", "n": 2, "of": "a"}
    for was in ([pens, pads], [pens], [{"id": "x", **pens}]):
        assert drift(was, was + was) == [("recording-item-repeated", "/")]
        assert drift(was, [*was, pads, pads, pads]) == []
    assert drift(["a", "b"], ["a", "b", "a", "b"]) == [("recording-item-repeated", "/")]
    assert drift(["a"], ["a", "a"]) == []
    assert drift([1, 2, 3], [0, 0, 1, 1]) == []  # a series of numbers


def test_what_only_some_things_had_is_not_missed_among_others():
    was = [{"id": "a", "x": 1, "by": {"name": "n"}}, {"id": "b", "by": {"name": "n"}}]
    assert drift(was, [{"id": "c", "by": {}}, {"id": "d", "by": {}}]) == []
    assert drift(was, [{"id": "c", "by": {}}, {"id": "d"}], ids={"a": "c"}) == [("recording-field-removed", "/*/x")]
    assert drift(was, [{"id": "c", "by": {"age": 1}}]) == [
        ("recording-field-removed", "/*/by/name"), ("recording-field-added", "/*/by/age")]  # fmt: skip


@pytest.mark.parametrize(
    ("was", "now", "found"),
    [
        ({"total": 1643}, {"total": 164300}, ["/total"]),
        ({"total": 1643}, {"total": 16.43}, ["/total"]),
        ({"total": "19.90"}, {"total": "1990.00"}, ["/total"]),
        ({"took": 0.125}, {"took": 125.0}, ["/took"]),
        ({"a": 25, "b": 1500}, {"a": 2500, "b": 150000}, ["/a", "/b"]),
        ({"data": [{"id": "x", "price": 199}]}, {"data": [{"id": "x", "price": 19900}]}, ["/data/*/price"]),
        ({"state": "new"}, {"state": "NEW"}, ["/state"]),
        ({"expires": 1767225600}, {"expires": 1767229999123}, ["/expires"]),
        # What may have become so by itself.
        ({"quota": 10}, {"quota": 1000}, []),
        ({"quota": 25}, {"quota": 2500}, []),
        ({"total": 1643}, {"total": 164301}, []),
        ({"total": 0}, {"total": 0}, []),
        ({"total": "1643"}, {"total": 164300}, []),  # the type tells it
        ({"order_id": 1643}, {"order_id": 164300}, []),
        ({"series": [125, 2]}, {"series": [12500, 3]}, []),
        ({"token": "aB3"}, {"token": "Ab3"}, []),
        ({"name": "Ann Lee"}, {"name": "ANN LEE"}, []),
        ({"on": True}, {"on": False}, []),
        ({"size": 1e300}, {"size": 1e302}, []),
    ],
)  # fmt: skip
def test_a_value_in_another_unit_or_case_is_the_same_value_said_otherwise(was, now, found):
    assert [place for name, place in drift(was, now) if name == "recording-value-changed"] == found


# Browsers


def test_a_cached_answer_and_a_whole_one_are_the_same():
    whole, cached = said({"a": 1}), Response(status=304)
    assert [one.id for pair in ((whole, cached), (cached, whole)) for one in differences(*pair, None)] == []


@pytest.mark.parametrize(
    ("method", "headers", "kind", "reason"),
    [
        ("OPTIONS", (("Access-Control-Request-Method", "POST"),), "text/plain", "a browser asked it before another call (CORS)"),
        ("OPTIONS", (), "text/plain", ""),
        ("GET", (), "image/png", "it fetched a part of a page (image/png)"),
        ("GET", (), "text/html; charset=utf-8", "it fetched a part of a page (text/html)"),
        ("GET", (), "application/json", ""),
        ("POST", (), "text/html", ""),
    ],
)
def test_what_a_browser_asks_for_itself_is_left_alone(method, headers, kind, reason):
    raw = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.test/v1"}], "paths": {}}
    answer = Response(status=200, headers=(("Content-Type", kind),))
    entry = RecordedExchange(request=Request(method=method, url="https://api.test/v1/x", headers=headers), response=answer)
    replay = Replay(Document(Source(uri="mem", text="", value=raw, form="JSON")), target=Target("http://127.0.0.1:1/v1"),
                    responder=Always(answer),
                    judge=lambda exchange: Judged(observation=Observation(exchange=exchange), operation=None, reading=None))  # fmt: skip
    (done,) = replay.run(Recording(name="r", source="r", exchanges=(entry,)))
    assert (done.skipped, done.is_alone) == (reason, bool(reason))
    assert [one.id for one in done.findings] == ([] if reason else ["path-undocumented"])


class Always:
    def __init__(self, answer):
        self.answer = answer

    def respond(self, _):
        return self.answer


# Sandboxes


def test_in_a_sandbox_of_its_own_what_other_takes_repeated_is_fixed():
    takes = {"is_same_service": True, "volatile": frozenset({"/count"}), "takes": 12}
    was = {"status": "active", "count": 7, "total": 2, "list": [1, 2], "phone": "+12015550100", "day": "2026-01-01"}
    now = {"status": "other", "count": 8, "total": 3, "list": [1], "phone": "+12015550101", "day": "2026-05-05"}
    assert drift(was, now, **takes) == []
    found = [("recording-value-changed", "/status"), ("recording-value-changed", "/total"), ("recording-item-lost", "/list")]
    assert drift(was, now, **takes, is_fresh=True) == found
    assert drift(was, now, **takes | {"takes": 2}, is_fresh=True) == []


@pytest.mark.parametrize(
    ("origin", "recorded", "live", "embedded", "kin", "same"),
    [
        (SANDBOX, "", "", True, True, True),
        (SANDBOX, "", "", False, False, False),
        (SANDBOX, "", SERVER, False, True, True),
        ("http://127.0.0.1:5/v1", SERVER, SERVER, False, True, True),
        ("http://127.0.0.1:5/v1", SERVER, "", True, True, True),
        ("http://127.0.0.1:5/v1", SERVER, "nginx", False, False, False),
        ("https://api.test/v1", "nginx", "", True, False, False),
        ("https://api.test/v1", "nginx", "nginx", False, True, True),
        ("https://other.test/v1", "nginx", "nginx", False, True, False),
    ],
)
def test_a_sandbox_says_that_it_is_one(origin, recorded, live, embedded, kin, same):
    answers = [said({}, *([("server", name)] if name else [])) for name in (recorded, live)]
    entry = RecordedExchange(request=sent({}), response=answers[0])
    memory = Memory(Recording(name="r", source="r", exchanges=(entry,), origin=origin), target="https://api.test",
                    is_sandbox=embedded, matchers=Matchers())  # fmt: skip
    beside = memory.beside(entry, entry.request, answers[1], None)
    assert (beside.is_kin, beside.is_same_service, beside.is_fresh) == (kin, same, embedded and kin)
