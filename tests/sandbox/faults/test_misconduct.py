"""How faults are asked for, where they act, and that they are the same each time."""

from __future__ import annotations

import pytest
from sandbox.faults.library import DOCUMENT as LIBRARY
from sandbox.faults.library import Library, document
from sandbox.faults.promises import FULL

from conformance.errors import UsageError
from conformance.sandbox.faults.ground import Ground
from conformance.sandbox.faults.latency import NO_LATENCY, latency_from
from conformance.sandbox.faults.misconduct import misconduct, parse
from conformance.sandbox.faults.table import BY_ID, FAULTS
from conformance.sandbox.layout import Layout
from conformance.sandbox.turn import FAULTLESS

DOCUMENT = document()


def library(*faults, **options):
    return Library(*faults, document=DOCUMENT, **options)


@pytest.mark.parametrize(
    ("text", "name", "where", "rate"),
    [
        ("state-create-lost", "state-create-lost", "", 1),
        ("State-Create-Lost = 0.5", "state-create-lost", "", 0.5),
        ("protocol-slow=0", "protocol-slow", "", 0),
        ("protocol-slow@GET /books/{id}", "protocol-slow", "GET /books/{id}", 1),
        ("protocol-slow@GET /a={b}=.25", "protocol-slow", "GET /a={b}", 0.25),
        ("protocol-slow@GET /a={b}", "protocol-slow", "GET /a={b}", 1),
        ("protocol-slow@listBooks=1", "protocol-slow", "listBooks", 1),
    ],
)
def test_a_fault_is_asked_for_by_name_place_and_rate(text, name, where, rate):
    (planted,) = parse(text)
    assert (planted.fault.id, planted.where, planted.rate) == (name, where, rate)


def test_a_name_with_a_star_stands_for_several():
    assert [planted.fault.id for planted in parse("list-pages-*=0.5")] == ["list-pages-gap", "list-pages-overlap"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("state-create-lots", "did you mean state-create-lost"),
        ("", "there is no fault ''"),
        ("nothing-like-it-at-all-*", "there is no fault"),
        ("protocol-slow=often", "a number from 0 to 1"),
        ("protocol-slow=2", "from 0 to 1"),
        ("protocol-slow=nan", "from 0 to 1"),
        ("protocol-slow@", "names no operation"),
        ("protocol-slow@GET /shelves", "has no such operation"),
        ("state-create-lost@GET /books", "cannot show at 'GET /books'"),
    ],
)
def test_a_fault_that_cannot_be_planted_is_said_in_one_sentence(text, complaint):
    with pytest.raises(UsageError) as raised:
        misconduct([text], Ground(Layout(DOCUMENT)))
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_star_leaves_out_what_cannot_show():
    shop = library("list-*@GET /events")
    assert shop.make()


@pytest.mark.parametrize("where", ["GET /books", "get /books", "listBooks", "GET /b*", "*Books"])
def test_a_fault_acts_where_it_is_planted_and_nowhere_else(where):
    shop = library(f"protocol-reset@{where}")
    assert shop.list().kind == "reset"
    assert shop.ask("GET", "/events").kind is None
    assert shop.ask("DELETE", "/books/none").kind is None


def test_a_path_or_a_tag_stands_for_all_of_its_operations():
    for where in ("/books", "books"):
        shop = library(f"protocol-reset@{where}")
        assert [shop.list().kind, shop.ask("POST", "/books", FULL).kind] == ["reset", "reset"]


def test_a_fault_of_refused_methods_stays_at_its_path():
    shop = library("protocol-allow-missing@/books")
    assert shop.ask("TRACE", "/books").header("allow") is None
    assert shop.ask("TRACE", "/events").header("allow") == "GET"


def test_a_rate_is_the_share_of_requests_and_the_same_each_time():
    def hit(seed):
        shop = library("protocol-reset=0.3", seed=seed)
        return [shop.list().kind == "reset" for _ in range(200)]

    first, again, other = hit(1), hit(1), hit(2)
    assert first == again != other
    assert 40 <= sum(first) <= 80


@pytest.mark.parametrize("name", ["response-field-wrong-type", "state-field-ignored", "crash-intermittent", "state-put-unstable"])
def test_the_same_requests_meet_the_same_defect(name):
    def story(seed):
        shop = library(name, seed=seed)
        made = shop.ask("POST", "/books", FULL)
        book = made.json["data"].get("id") if made.status == 201 else None
        told = [
            made,
            *(shop.ask(method, f"/books/{book}", body) for method, body in (("PUT", FULL), ("GET", None), ("DELETE", None))),
        ]
        return [(answer.status, answer.plain.body) for answer in told]

    assert story(3) == story(3)


def test_several_faults_act_together():
    shop = library("response-content-type-missing", "protocol-slow", "list-total-wrong")
    answer = shop.list()
    assert (answer.header("content-type"), answer.elapsed) == (None, 6.0)
    assert answer.json["meta"]["total_results"] == 1


def test_what_a_fault_remembers_ends_with_the_session():
    shop = library("state-read-stale")
    book = shop.make(note="old")
    shop.ask("PATCH", f"/books/{book}", {"note": "new"})
    assert shop.read(book)["note"] == "old"
    remembered = shop.sandbox.snapshot()
    shop.sandbox.restore(remembered)
    assert shop.read(book)["note"] == "new"


def test_an_endless_list_goes_on_by_cursor_too():
    value = {**LIBRARY, "paths": {**LIBRARY["paths"], "/events": {**LIBRARY["paths"]["/events"]}}}

    def walk(*faults):
        shop, cursor, pages = Library(*faults, document=document(value)), None, 0
        while pages < 10:
            body = shop.ask("GET", "/events", query={"cursor": cursor} if cursor else None).json
            pages, cursor = pages + 1, body.get("next_cursor")
            if not body["has_more"]:
                break
        return pages

    assert walk() == 2
    assert walk("list-endless") == 10


def test_no_fault_and_no_latency_is_no_misconduct():
    assert misconduct([], Ground(Layout(DOCUMENT))) is FAULTLESS
    assert misconduct([], Ground(Layout(DOCUMENT)), latency=NO_LATENCY) is FAULTLESS


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("0.2", 0.2, 0.2), ("200ms", 0.2, 0.2), ("0.1-0.5", 0.1, 0.5), ("50-200ms", 0.05, 0.2), ("1s-2s", 1, 2)],
)
def test_latency_is_a_time_or_a_range(text, low, high):
    latency = latency_from(text)
    taken = [latency.seconds(1, number) for number in range(100)]
    assert low - 1e-9 <= min(taken) <= max(taken) <= high + 1e-9
    assert taken == [latency.seconds(1, number) for number in range(100)]
    assert (len(set(taken)) > 50) == (low != high)


def test_latency_has_a_long_tail_when_a_spread_is_given():
    taken = sorted(latency_from("100ms~1").seconds(1, number) for number in range(999))
    assert 0.09 < taken[500] < 0.11
    assert taken[-1] > 1


@pytest.mark.parametrize("text", ["", "soon", "-1", "0.5-0.1", "1~", "1-2~3", "1h"])
def test_latency_that_is_none_is_said_in_one_sentence(text):
    with pytest.raises(UsageError, match="--latency is"):
        latency_from(text)


def test_latency_adds_to_what_the_answer_takes():
    conduct = misconduct(["protocol-slow"], Ground(Layout(DOCUMENT)), latency=latency_from("0.5"))
    shop = library()
    shop.sandbox.conduct = conduct
    assert shop.list().elapsed == 6.5


def test_faults_are_rows_with_ids_of_their_family_each_once():
    ids = [fault.id for fault in FAULTS]
    assert ids == sorted(set(ids))
    assert len(ids) >= 45
    assert {fault.id.partition("-")[0] for fault in FAULTS} == {family.removesuffix("s") if family == "lists" else family
                                                              for family in {fault.family.value for fault in FAULTS}}  # fmt: skip
    assert all(fault.promise.endswith(".") for fault in FAULTS)
    assert len({fault.promise for fault in FAULTS}) == len(FAULTS)


def test_every_fault_has_a_function_and_somewhere_to_be():
    places = Ground(Layout(DOCUMENT)).sites
    for fault in FAULTS:
        hooks = (fault.arrival, fault.challenge, fault.breaches, fault.effect, fault.departure)
        assert any(hook is not None for hook in hooks)
        assert any(fault.applies(site) for site in places.values()), fault.id
    assert BY_ID["state-create-lost"].applies(places["POST /books"])
    assert not BY_ID["state-create-lost"].applies(places["GET /books"])
    assert not BY_ID["response-field-bad-enum"].applies(places["GET /events"])
