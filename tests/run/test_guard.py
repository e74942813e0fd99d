"""The guard's decisions: what costs, what is the run's own, and what is let through."""

import json
import pickle

import pytest

from conformance.errors import UsageError
from conformance.model.message import NoResponse, Request, Response
from conformance.run.cleaning import clean
from conformance.run.config import check_globs, config
from conformance.run.effects import change_of, effect_of
from conformance.run.guard import Guarded, is_held
from conformance.run.ledger import Ledger, accounts
from conformance.run.limits import BudgetSpent, Limited
from conformance.run.permit import Judgement, Rules

OK = {"200": {"description": "ok"}}
BASE = "https://api.example.com/v1"


def post(document, path, **others):
    return document({path: {"post": {"responses": OK, **others}}}).operations[0]


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("/messages", {}), ("/group_messages", {}), ("/v2/SMS", {}), ("/calls", {}), ("/faxes", {}), ("/number_orders", {}),
        ("/IncomingPhoneNumbers", {}), ("/actions/purchase/esims", {}), ("/sim_cards", {}), ("/payments", {}), ("/x", {"operationId": "sendInvite"}),
        ("/x", {"operationId": "NumberOrders_Create"}), ("/x", {"summary": "Buy credits"}), ("/x", {"summary": "Create and send a letter"}),
        ("/x", {"summary": "Create a list of messages"}), ("/x", {"x-endpoint-cost": "heavy"}), ("/x", {"x-endpoint-cost": 0.01}),
        ("/x", {"description": "Your account will be charged."}), ("/ai/chat/completions", {}), ("/2fa", {}), ("/servers", {}), ("/letters:send", {}),
        ("/accounts/{id}/Messages.json", {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}]}),
    ],
)  # fmt: skip
def test_what_spends_sends_calls_or_buys_is_recognised(make_document, path, others):
    assert effect_of(post(make_document, path, **others), description=others.get("description", "")) is not None


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("/message_templates", {}), ("/messaging_profiles", {}), ("/call_control_applications", {}), ("/things", {"x-endpoint-cost": "light"}),
        ("/things", {"x-endpoint-cost": 0}), ("/things", {"description": "It is free of charge."}), ("/billing_groups", {}),
        ("/things", {"summary": "Create a template for messages"}), ("/verify_profiles", {"operationId": "createVerifyProfile"}),
    ],
)  # fmt: skip
def test_what_only_sounds_like_it_is_not(make_document, path, others):
    assert effect_of(post(make_document, path, **others), description=others.get("description", "")) is None


@pytest.mark.parametrize(
    ("path", "others", "changes"),
    [
        ("/things/actions/delete", {}, True), ("/things/jobs/bulk_update", {}, True), ("/x", {"operationId": "resetPassword"}, True),
        ("/x", {"summary": "Revoke a token"}, True), ("/things/merge", {}, True), ("/x", {"operationId": "createThing"}, False),
        ("/things:batchDelete", {}, True), ("/things", {"summary": "Create a thing"}, False),
    ],
)  # fmt: skip
def test_a_post_that_changes_what_is_there_is_told_from_one_that_makes(make_document, path, others, changes):
    assert (change_of(post(make_document, path, **others)) is not None) is changes


ID = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
NO = {"responses": OK}
THINGS = {
    "/things": {"get": NO, "post": {"responses": {"200": {"description": "ok"}, "201": {"description": "made"}}}, "delete": NO},
    "/things/{id}": {**ID, "get": NO, "patch": NO, "put": {"responses": {**OK, "201": {"description": "made"}}}, "delete": NO},
    "/things/{id}/parts": {**ID, "post": NO},
    "/things/{id}/publish": {**ID, "post": NO},
    "/things/search": {"post": NO},
    "/{region}/things": {"post": NO, "parameters": [{"name": "region", "in": "path", "required": True, "schema": {"enum": ["eu", "us"]}}]},
    "/messages": {"post": {"responses": OK, "operationId": "createMessage", "tags": ["Mail"]}, "get": NO},
    "/settings": {"put": NO},
}  # fmt: skip


class Service:
    """Answers as it is told, and remembers what arrived."""

    def __init__(self):
        self.seen, self.answers = [], {}

    def respond(self, request):
        self.seen.append(f"{request.method} {request.url.removeprefix(BASE)}")
        return self.answers.get(f"{request.method} {request.url.removeprefix(BASE)}", Response(status=200))


def answer(status, value=None, **headers):
    named = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Response(
        status=status, headers=(("Content-Type", "application/json"), *named), body=json.dumps(value).encode() if value else b""
    )


@pytest.fixture
def guard(make_document):
    def make(rules=None, *, remote=True, ledger=None):
        document = make_document(THINGS, servers=[{"url": BASE}])
        service = Service()
        guarded = Guarded(service, Judgement(document, base_url=BASE, rules=rules or Rules(), remote=remote), ledger=ledger)

        def ask(method, path, body=b"", headers=()):
            got = guarded.respond(Request(method=method, url=BASE + path, body=body, headers=headers))
            return "held" if is_held(got) else "sent"

        ask.service, ask.guarded = service, guarded
        return ask

    return make


def test_only_what_the_run_made_may_be_changed_or_deleted(guard):
    ask = guard()
    for method in ("PUT", "PATCH", "DELETE"):
        assert ask(method, "/things/1") == "held"
    ask.service.answers["POST /things"] = answer(201, {"data": {"id": 1}})
    assert ask("POST", "/things") == "sent"
    for method, path in (("PATCH", "/things/1"), ("PUT", "/things/1"), ("POST", "/things/1/publish"), ("POST", "/things/1/parts"),
                         ("DELETE", "/things/1"), ("DELETE", "/things/1")):  # fmt: skip
        assert ask(method, path) == "sent", path
    assert [ask("DELETE", path) for path in ("/things/2", "/things/10", "/things", "/things/")] == ["held"] * 4


@pytest.mark.parametrize("path", ["/things/1/../2", "/things/1%2F..%2F2", "/things/1/%2e%2e/2", "/things//1", "/things/1%252f2", "/things/%00",
                                  "/things/1;x=2", "/things/1%20"])  # fmt: skip
def test_a_path_that_can_be_read_in_two_ways_is_nobody_s(guard, path):
    ask = guard()
    ask.service.answers["POST /things"] = answer(201, {"id": 1})
    ask("POST", "/things")
    assert ask("DELETE", path) == "held"


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, {"id": 1, "created_at": "2019-05-01T10:00:00Z"}, {"Date": "Sun, 06 Nov 2022 08:49:37 GMT"}),
        (200, [{"id": 1}], {}), (200, {"data": [{"id": 1}]}, {}), (422, {"id": 1}, {}), (201, {}, {"Location": "/v1/things"}),
        (201, {}, {"Location": "https://elsewhere.example/v1/things/1"}),
    ],
)  # fmt: skip
def test_what_an_answer_shows_is_not_always_new(guard, status, body, headers):
    ask = guard()
    ask.service.answers["POST /things"] = answer(status, body, **headers)
    ask("POST", "/things")
    assert ask("DELETE", "/things/1") == "held"
    assert ask("DELETE", "/things/2") == "held"


def test_what_was_there_before_is_not_the_run_s_although_a_post_returns_it(guard):
    ask = guard()
    ask.service.answers |= {"GET /things": answer(200, {"data": [{"id": "a"}]}), "POST /things": answer(200, {"id": "a"})}
    ask("GET", "/things")
    ask("POST", "/things")
    assert ask("DELETE", "/things/a") == "held"


def test_a_place_a_search_and_an_absence_are_understood(guard):
    ask = guard()
    ask.service.answers |= {
        "POST /things": answer(201, {}, Location="/v1/things/7"), "POST /things/search": answer(200, {"id": 8}),
        "GET /things/9": answer(404), "PUT /things/9": answer(201, {}),
    }  # fmt: skip
    for method, path in (("POST", "/things"), ("POST", "/things/search"), ("GET", "/things/9")):
        ask(method, path)
    assert ask("PUT", "/things/9") == "sent"
    assert [ask("DELETE", f"/things/{number}") for number in (7, 8, 9)] == ["sent", "held", "sent"]


def test_what_the_document_does_not_have_is_sent_only_when_it_is_safe(guard):
    ask = guard(Rules(side_effects=True))
    assert [ask(method, "/settings") for method in ("DELETE", "POST", "PATCH", "BREW")] == ["held"] * 4
    assert [ask(method, "/settings") for method in ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")] == ["sent"] * 5
    assert ask("POST", "/nowhere") == "held"


def test_a_method_in_a_header_or_field_counts(guard):
    ask = guard()
    assert ask("POST", "/things", headers=(("X-HTTP-Method-Override", "DELETE"),)) == "held"
    assert ask("GET", "/things?_method=delete") == "held"
    assert ask("POST", "/things", body=b"_method=DELETE") == "held"
    assert ask("POST", "/things", body=b'{"_method": "PUT"}') == "held"
    assert ask("POST", "/things") == "sent"


def test_a_listed_value_names_no_thing(guard):
    assert guard()("POST", "/eu/things") == "sent"


@pytest.mark.parametrize(
    "others",
    [
        {"x-endpoint-cost": 0.01}, {"x-endpoint-cost": "$0.003"}, {"operationId": "sendMessage"}, {"summary": "Delete all drafts"},
        {"summary": "Dial a number"}, {"description": "You will be charged for it."}, {"description": "Each lookup is billed."},
    ],
)  # fmt: skip
def test_a_read_that_does_something_by_its_price_or_its_name_is_recognised(make_document, guard, others):
    operation = make_document({"/x": {"get": {**NO, **others}}}).by_label["GET /x"]
    assert effect_of(operation, description=others.get("description", "")) is not None


@pytest.mark.parametrize(
    "others",
    [
        {"x-endpoint-cost": "heavy"}, {"operationId": "listMessages"}, {"summary": "Get monthly charges"}, {"x-endpoint-cost": 0},
        {"description": "Charges of the month, as billed."}, {"description": "You will not be charged for it."},
    ],
)  # fmt: skip
def test_a_read_that_only_reads_of_such_things_is_none(make_document, others):
    operation = make_document({"/messages/orders": {"get": {**NO, **others}}}).by_label["GET /messages/orders"]
    assert effect_of(operation, description=others.get("description", "")) is None


def test_a_read_with_a_price_is_held_back_by_any_method_that_reads(make_document):
    document = make_document({"/lookup": {"get": {**NO, "x-endpoint-cost": 0.01}}}, servers=[{"url": BASE}])
    for rules, found in ((Rules(), True), (Rules(allow=("GET /lookup",)), False), (Rules(side_effects=True), False)):
        judgement = Judgement(document, base_url=BASE, rules=rules, remote=True)
        assert [bool(judgement.held(Request(method=method, url=f"{BASE}/lookup"))) for method in ("GET", "HEAD")] == [found] * 2
    here = Judgement(document, base_url=BASE, rules=Rules(), remote=False)
    assert here.held(Request(method="GET", url=f"{BASE}/lookup")) == ""


def test_a_read_is_held_back_only_when_it_is_denied_or_costs(guard):
    assert guard()("GET", "/messages") == "sent"
    assert guard(Rules(costly=("/messages",)))("GET", "/messages") == "sent"
    assert guard(Rules(costly=("GET /messages",)))("GET", "/messages") == "held"
    ask = guard(Rules(deny=("/messages",)))
    assert (ask("GET", "/messages"), ask("HEAD", "/messages"), ask("GET", "/things")) == ("held", "held", "sent")


@pytest.mark.parametrize("glob", ["POST /messages", "createmessage", "Mail", "POST *", "/mess*"])
def test_an_operation_is_allowed_by_any_of_its_names(guard, glob):
    assert guard()("POST", "/messages") == "held"
    assert guard(Rules(allow=(glob,)))("POST", "/messages") == "sent"
    assert guard(Rules(allow=(glob,), deny=(glob,)))("POST", "/messages") == "held"
    assert guard(Rules(side_effects=True, deny=(glob,)))("POST", "/messages") == "held"


def test_side_effects_costly_and_own_move_the_lines(guard):
    assert guard(Rules(side_effects=True))("DELETE", "/things/1") == "sent"
    assert guard(Rules(costly=("POST /things",)))("POST", "/things") == "held"
    ask = guard(Rules(own=("/things/1",)))
    assert [ask("DELETE", path) for path in ("/things/1", "/things/12", "/things")] == ["sent", "held", "held"]


def test_this_machine_is_guarded_only_when_that_is_asked(guard):
    assert guard(remote=False)("DELETE", "/things") == "sent"
    assert guard(Rules(everywhere=True), remote=False)("DELETE", "/things") == "held"
    assert guard(Rules(deny=("DELETE /things",)), remote=False)("DELETE", "/things") == "held"


# The ledger


def test_a_ledger_survives_whatever_cuts_it_short(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger = pickle.loads(pickle.dumps(Ledger(path, "r1")))
    ledger.open(target=BASE, auth=[("Authorization", "Bearer {token}")], headers=["X-Key"])
    key = ledger.begin("POST /things", "/v1/things", content={"name": "abcdef", "password": "abcdef"}, query="", segment="{id}")
    path.write_text(path.read_text() + '{"run": "r1", "end": "' + key)
    account = accounts(path)[0]
    assert (account.target, account.headers, account.things) == (BASE, ("X-Key",), ())
    assert [set(begun.content) for begun in account.begun] == [{"name"}]
    assert "abcdef" not in path.read_text()
    path.write_text("something else\n")
    with pytest.raises(UsageError, match=r"ledger\.jsonl is no ledger of a run: line 1"):
        accounts(path)


def test_what_was_made_is_deleted_the_newest_first_and_what_cannot_be_is_said(guard, tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", "r1")
    ledger.open(target=BASE, auth=(), headers=())
    ask = guard(ledger=ledger)
    for number in (1, 2, 3, 4):
        ask.service.answers["POST /things"] = answer(201, {"id": number})
        ask("POST", "/things")
    ask.service.answers["POST /messages"] = answer(201, {"id": 5})
    ask("DELETE", "/things/4")
    service = Service()
    busy = iter([answer(409), answer(204)])
    service.answers |= {"DELETE /things/2": answer(404), "DELETE /things/1": answer(403)}
    respond = service.respond
    service.respond = lambda request: next(busy) if request.url.endswith("/3") and respond(request) else respond(request)
    cleaned = clean(accounts(ledger.path)[0], ledger, service, ())
    assert service.seen == ["DELETE /things/3", "DELETE /things/2", "DELETE /things/1", "DELETE /things/3", "DELETE /things/1",
                            "DELETE /things/1"]  # fmt: skip
    assert cleaned.deleted == 1
    assert [str(left) for left in cleaned.again] == ["/v1/things/1 (POST /things): the deletion was answered with 403"]
    assert [thing.path for thing in accounts(ledger.path)[0].things] == ["/v1/things/1"]


def test_nothing_is_created_that_cannot_be_written_down(guard, tmp_path):
    ask = guard(ledger=Ledger(tmp_path / "missing" / "ledger.jsonl", "r1"))
    assert ask("POST", "/things") == "held"
    assert ask.service.seen == []


def test_what_will_be_deleted_is_paid_for_in_advance(guard, tmp_path):
    ask = guard(ledger=Ledger(tmp_path / "ledger.jsonl", "r1"))
    limited = Limited(ask.guarded, max_requests=5)
    numbers = iter(range(10))
    ask.service.respond = lambda request: answer(201, {"id": next(numbers)})
    made = Request(method="POST", url=BASE + "/things")
    limited.respond(made)
    limited.respond(made)
    with pytest.raises(BudgetSpent):
        limited.respond(made)
    limited.respond(Request(method="GET", url=BASE + "/things"))
    assert (limited.sent, limited.owed) == (3, 2)
    assert limited.over() == "the request budget is spent"


def test_what_was_not_sent_costs_nothing():
    class Holds:
        def respond(self, request):
            return NoResponse(kind="unsent", reason="no")

    limited = Limited(Holds(), max_requests=1)
    limited.respond(Request(method="GET", url=BASE))
    assert (limited.sent, limited.over()) == (0, "")


# The file


def test_the_settings_of_a_project_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert config().guard == Rules()
    (tmp_path / "conformance.toml").write_text('[guard]\nallow = ["POST /calls"]\neverywhere = true\n')
    assert config().guard == Rules(allow=("POST /calls",), everywhere=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gaurd]\n", r"conformance\.toml:1: there is no table 'gaurd'; did you mean 'guard'\?"),
        ("[guard]\nalow = []\n", r"conformance\.toml:2: \[guard\] has no 'alow'; did you mean 'allow'"),
        ("[guard]\nallow = 'x'\n", r"toml:2: \[guard\] allow must be a list of texts"),
        ("[guard]\neverywhere = 1\n", r"toml:2: \[guard\] everywhere must be true or false"),
        ("[guard]\nallow = [\n", r"toml:2:10: not well-formed TOML|toml.*not well-formed TOML"),
        ("guard = 1\n", r"toml:1: 'guard' must be a table"),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence_with_its_line(tmp_path, text, message):
    (tmp_path / "conformance.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        config(tmp_path / "conformance.toml")


def test_a_name_that_means_nothing_guards_nothing_and_is_refused(make_document):
    document = make_document(THINGS)
    check_globs(Rules(deny=("POST /mess*", "createMessage", "Mail", "nothing*")), document.operations, "x.toml")
    with pytest.raises(UsageError, match=r"x\.toml: \[guard\] deny has 'POST /mesages'.*did you mean 'POST /messages'"):
        check_globs(Rules(deny=("POST /mesages",)), document.operations, "x.toml")


def test_the_shipped_table_means_operations_that_there_are_and_speaks_of_writes_alone():
    from fnmatch import fnmatchcase

    from conformance import shipped

    costly = config(shipped.guard()).guard.costly
    assert costly
    assert all(glob.startswith("POST /") for glob in costly)
    assert any(fnmatchcase("POST /10dlc/brand", glob) for glob in costly)
