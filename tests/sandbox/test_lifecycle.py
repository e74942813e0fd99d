"""Statuses begin, settle with time and are moved by verbs; changes are what the request says they are."""

from __future__ import annotations

import json

import pytest

from conformance.sandbox.lifecycle import SETTLES, nearest, verb_of
from conformance.sandbox.patching import merge_patched, patched

TEXT = {"type": "string"}


def answers(schema, status="200"):
    return {"responses": {status: {"description": "", "content": {"application/json": {"schema": schema}}}}}


def takes(schema, media="application/json"):
    return {"requestBody": {"required": True, "content": {media: {"schema": schema}}}}


def thing(**properties):
    return {"type": "object", "required": ["id"], "properties": {"id": TEXT, "name": TEXT, **properties}}


def words(*names):
    return {"type": "string", "enum": list(names)}


def api(item, *actions, answer=None, new=None, **more):
    """Things, and actions below one of them (``POST /things/{id}/cancel``) that answer with ``answer``, the thing by default."""
    parameters = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}]}
    return {
        "components": {"schemas": {"Thing": item}},
        "paths": {
            "/things": {
                "post": {**takes(new or {"type": "object", "properties": {"name": TEXT}}), **answers({"$ref": "#/components/schemas/Thing"}, "201")},
                "get": answers({"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}),
            },
            "/things/{id}": {**parameters, "get": answers({"$ref": "#/components/schemas/Thing"}), **more},
            **{f"/things/{{id}}{action if action[0] in ':/' else '/' + action}":
               {**parameters, "post": answers(answer or {"$ref": "#/components/schemas/Thing"})} for action in actions},
        },
    }  # fmt: skip


class Clock:
    def __init__(self):
        self.now = 1_800_000_000

    def __call__(self):
        return self.now


@pytest.fixture
def service(client_for, document_of):
    def make(document, **options):
        client = client_for(document_of(document), **options)

        def ask(method, path, body=None, status=range(200, 300), media="application/json"):
            headers = (("authorization", "Bearer t"), *((("content-type", media),) if media != "application/json" else ()))
            answer = client.ask(method, path, body, headers)
            assert answer.status in status, (answer.status, answer.body)
            return json.loads(answer.body) if answer.body else None

        return ask

    return make


# Time


def test_what_waits_settles_with_time_and_not_before(service):
    clock = Clock()
    ask = service(api(thing(status=words("active", "pending", "failed"))), clock=clock)
    made = ask("POST", "/things", {"name": "a"})
    assert made["status"] == "pending"
    clock.now += SETTLES - 1
    assert ask("GET", f"/things/{made['id']}") == made
    clock.now += 1
    assert ask("GET", "/things")[0]["status"] == "active"
    assert ask("GET", f"/things/{made['id']}") == {**made, "status": "active"}


def test_reading_makes_no_time_go_by(service):
    ask = service(api(thing(status=words("queued", "done"))))
    made = ask("POST", "/things", {})
    assert all(ask("GET", f"/things/{made['id']}") == made for _ in range(int(SETTLES) * 2))
    for _ in range(int(SETTLES)):
        ask("POST", "/things", {})
    assert ask("GET", f"/things/{made['id']}")["status"] == "done"


BEGINNINGS = [
    (("init", "in_progress", "completed"), "init", "completed"),
    (("REGISTRATION_FAILED", "OK", "REGISTRATION_PENDING"), "REGISTRATION_PENDING", "OK"),
    (("draft", "published"), "draft", "draft"),
    (("enabled", "disabled"), "enabled", "enabled"),
    (("failed", "processing", "cancelled"), "processing", "processing"),
    (("provisioning", "suspended", "provisioned", "deleted"), "provisioning", "provisioned"),
]


@pytest.mark.parametrize(("enum", "first", "then"), BEGINNINGS, ids=[row[1] for row in BEGINNINGS])
def test_a_status_begins_and_settles_by_what_its_words_mean(service, enum, first, then):
    clock = Clock()
    ask = service(api(thing(status=words(*enum))), clock=clock)
    made = ask("POST", "/things", {})
    clock.now += SETTLES
    assert (made["status"], ask("GET", f"/things/{made['id']}")["status"]) == (first, then)


def test_a_status_that_the_client_may_say_is_left_to_it(service):
    new = {"type": "object", "properties": {"status": words("active", "pending")}}
    ask = service(api(thing(status=words("active", "pending")), new=new))
    assert ask("POST", "/things", {"status": "pending"})["status"] == "pending"
    assert ask("POST", "/things", {})["status"] == "active"


def test_a_status_may_be_an_object(service):
    clock = Clock()
    status = {"type": "object", "properties": {"value": words("in-process", "ported"), "details": TEXT}}
    ask = service(api(thing(status=status), "cancel"), clock=clock)
    made = ask("POST", "/things", {})
    assert made["status"]["value"] == "in-process"
    clock.now += SETTLES
    assert ask("GET", f"/things/{made['id']}")["status"] == {**made["status"], "value": "ported"}


def test_a_snapshot_knows_what_is_still_to_come(client_for, document_of):
    clock = Clock()
    client = client_for(document_of(api(thing(status=words("pending", "ready")))), clock=clock)
    made = json.loads(client.ask("POST", "/things", {}).body)
    snapshot = json.loads(json.dumps(client.sandbox.snapshot()))
    clock.now += SETTLES
    assert json.loads(client.ask("GET", f"/things/{made['id']}").body)["status"] == "ready"
    clock.now -= SETTLES
    client.sandbox.restore(snapshot)
    assert json.loads(client.ask("GET", f"/things/{made['id']}").body)["status"] == "pending"
    clock.now += SETTLES
    assert json.loads(client.ask("GET", f"/things/{made['id']}").body)["status"] == "ready"


# Verbs

VERBS = [
    ("hangup", ("ringing", "active", "ended"), "ended"),
    ("hang_up", ("active", "hungup", "completed"), "hungup"),
    ("cancel", ("open", "canceled"), "canceled"),
    ("cancel", ("open", "CANCELLED"), "CANCELLED"),
    ("suspend", ("active", "suspended"), "suspended"),
    ("enable", ("disabled", "enabled"), "enabled"),
    ("disable", ("enabled", "standby"), "standby"),
    ("activate", ("inactive", "active"), "active"),
    ("pause", ("running", "paused"), "paused"),
    ("resume", ("paused", "running"), "running"),
    ("start", ("idle", "in_progress"), "in_progress"),
    ("stop", ("running", "stopped"), "stopped"),
    ("submit", ("draft", "submitted"), "submitted"),
    ("verify", ("unverified", "verified"), "verified"),
    ("archive", ("live", "archived"), "archived"),
    ("approve", ("waiting", "Approved"), "Approved"),
    ("deny", ("waiting", "denied"), "denied"),
    ("publish", ("draft", "published"), "published"),
    ("close", ("open", "closed"), "closed"),
    ("complete", ("open", "complete"), "complete"),
    ("polish", ("open", "closed"), None),
]


@pytest.mark.parametrize(("verb", "enum", "expected"), VERBS, ids=[f"{row[0]}-{row[2]}" for row in VERBS])
def test_the_nearest_word_is_what_the_verb_does(verb, enum, expected):
    assert nearest(verb.replace("_", ""), enum) == expected


@pytest.mark.parametrize("action", ["cancel", "actions/cancel", ":cancel", "cancel-thing", "actions/mark_as_cancelled"])
def test_an_action_moves_the_status_and_all_who_look_see_it(service, action):
    ask = service(api(thing(status=words("open", "cancelled"), cancelled_at={**TEXT, "format": "date-time"}), action))
    one, other = (ask("POST", "/things", {"name": name}) for name in "ab")
    path = f"/things/{one['id']}" + (action if action.startswith(":") else f"/{action}")
    assert ask("POST", path)["status"] == "cancelled"
    seen = ask("GET", f"/things/{one['id']}")
    assert (seen["status"], seen["name"]) == ("cancelled", "a")
    assert [item["status"] for item in ask("GET", "/things")] == ["cancelled", "open"]
    assert ask("GET", f"/things/{other['id']}") == other


def test_an_action_with_an_answer_of_its_own_moves_the_thing_too(service):
    answer = {"type": "object", "properties": {"result": {"type": "string", "enum": ["ok"]}, "status": TEXT}}
    ask = service(api(thing(status=words("open", "ended"), is_alive={"type": "boolean"}), "actions/hangup", answer=answer))
    made = ask("POST", "/things", {})
    assert (made["status"], made["is_alive"]) == ("open", True)
    assert ask("POST", f"/things/{made['id']}/actions/hangup") == {"result": "ok", "status": "ended"}
    seen = ask("GET", f"/things/{made['id']}")
    assert (seen["status"], seen["is_alive"]) == ("ended", False)


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [("enable", {"enabled": False}, {"enabled": True}), ("disable", {"enabled": True}, {"enabled": False}),
     ("deactivate", {"active": True}, {"active": False}), ("mute", {"muted": False}, {"muted": True}),
     ("unmute", {"muted": True}, {"muted": False}), ("hold", {"on_hold": False}, {"on_hold": True}),
     ("unlock", {"is_locked": True}, {"is_locked": False}), ("archive", {"archived": False}, {"archived": True}),
     ("polish", {"enabled": False}, {"enabled": False})],
)  # fmt: skip
def test_an_action_turns_what_is_on_off_and_back(service, verb, before, after):
    flags = {name: {"type": "boolean"} for name in before}
    ask = service(api(thing(**flags), verb, new={"type": "object", "properties": flags}))
    made = ask("POST", "/things", before)
    ask("POST", f"/things/{made['id']}/{verb}")
    assert ask("GET", f"/things/{made['id']}") == {**made, **after}


@pytest.mark.parametrize("action", ["actions/playback_stop", "actions/record_start", "reports/close", "stop_all_the_rest"])
def test_a_verb_that_speaks_of_something_else_leaves_the_thing_alone(service, action):
    ask = service(api(thing(status=words("active", "stopped", "closed", "started")), action))
    made = ask("POST", "/things", {})
    ask("POST", f"/things/{made['id']}/{action}")
    assert ask("GET", f"/things/{made['id']}")["status"] == made["status"]


def test_the_verb_of_an_action_is_what_stands_behind_the_id():
    assert [verb_of(shape) for shape in ("/a/{}/cancel", "/a/{}/actions/hang-up", "/a/{}/b/close", "/a/{}")] == [
        "cancel", "hang-up", "b_close", "",
    ]  # fmt: skip


def test_an_action_on_what_is_not_there_is_refused(service):
    ask = service(api(thing(status=words("open", "cancelled")), "cancel"))
    ask("POST", "/things/nobody/cancel", status={404})


def test_a_copy_is_another_thing_that_says_the_same(service):
    ask = service(api(thing(), "clone"))
    made = ask("POST", "/things", {"name": "a"})
    copy = ask("POST", f"/things/{made['id']}/clone")
    assert (copy["name"], copy["id"] != made["id"]) == ("a", True)
    assert ask("GET", "/things") == [made, copy]


# Changes


def test_put_leaves_alone_what_it_need_not_say_and_create_must(service):
    item = thing(size={"type": "integer"})
    new = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "size": {"type": "integer"}}}
    loose = {**new, "required": []}
    ask = service(api(item, new=new, put={**takes(loose), **answers({"$ref": "#/components/schemas/Thing"})}))
    made = ask("POST", "/things", {"name": "a", "size": 1})
    assert ask("PUT", f"/things/{made['id']}", {"size": 2}) == {**made, "size": 2}


def test_put_keeps_what_only_the_service_can_say(service):
    new = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "note": TEXT}}
    item = thing(note=TEXT, owner={"type": "string", "readOnly": True}, created_at={**TEXT, "format": "date-time"})
    ask = service(api(item, new=new, put={**takes(new), **answers({"$ref": "#/components/schemas/Thing"})}))
    made = ask("POST", "/things", {"name": "a", "note": "n"})
    put = ask("PUT", f"/things/{made['id']}", {"name": "b"})
    assert (put["name"], put["owner"], put["created_at"]) == ("b", made["owner"], made["created_at"])
    assert put["note"] != "n"


def test_a_merge_patch_takes_away_by_null_and_a_plain_one_does_not(service):
    note = {"type": ["string", "null"]}
    change = {"type": "object", "properties": {"note": note, "tags": {"type": "array", "items": TEXT}}}
    item = thing(note=note, tags={"type": "array", "items": TEXT}, deep={"type": "object", "additionalProperties": TEXT})
    body = {
        "requestBody": {"content": {media: {"schema": change} for media in ("application/json", "application/merge-patch+json")}}
    }
    ask = service(api(item, new={"type": "object"}, patch={**body, **answers({"$ref": "#/components/schemas/Thing"})}))
    made = ask("POST", "/things", {"note": "n", "tags": ["a", "b"], "deep": {"x": "1", "y": "2"}})
    assert ask("PATCH", f"/things/{made['id']}", {"note": None, "tags": ["c"]}) == {**made, "note": None, "tags": ["c"]}
    path = f"/things/{made['id']}"
    assert ask("PATCH", path, {"deep": {"x": None, "z": "3"}}, media="application/merge-patch+json")["deep"] == {
        "y": "2",
        "z": "3",
    }
    assert ask("GET", path)["deep"] == {"y": "2", "z": "3"}


def test_a_json_patch_is_carried_out(service):
    item = thing(tags={"type": "array", "items": TEXT})
    change = {"type": "array", "items": {"type": "object"}}
    document = api(
        item,
        new={"type": "object"},
        patch={**takes(change, "application/json-patch+json"), **answers({"$ref": "#/components/schemas/Thing"})},
    )
    ask = service(document)
    made = ask("POST", "/things", {"name": "a", "tags": ["x"]})
    operations = [{"op": "replace", "path": "/name", "value": "b"}, {"op": "add", "path": "/tags/-", "value": "y"}]
    assert ask("PATCH", f"/things/{made['id']}", operations, media="application/json-patch+json") == {
        **made,
        "name": "b",
        "tags": ["x", "y"],
    }


@pytest.mark.parametrize(
    ("operations", "expected"),
    [([{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2], "b": {"c": 1}}),
     ([{"op": "remove", "path": "/a/0"}], {"a": [2], "b": {"c": 1}}),
     ([{"op": "move", "from": "/b/c", "path": "/d"}], {"a": [1, 2], "b": {}, "d": 1}),
     ([{"op": "copy", "from": "/a/1", "path": "/b/c"}], {"a": [1, 2], "b": {"c": 2}}),
     ([{"op": "test", "path": "/b/c", "value": 2}, {"op": "remove", "path": "/a"}], {"a": [1, 2], "b": {"c": 1}}),
     ([{"op": "replace", "path": "/nothing", "value": 2}], {"a": [1, 2], "b": {"c": 1}}),
     ([{"op": "add", "path": "/x~1y", "value": 2}], {"a": [1, 2], "b": {"c": 1}, "x/y": 2}),
     ([7, "x", {"op": []}], {"a": [1, 2], "b": {"c": 1}})],
)  # fmt: skip
def test_operations_of_a_json_patch(operations, expected):
    assert patched({"a": [1, 2], "b": {"c": 1}}, operations) == expected


def test_the_examples_of_rfc_7396():
    original = {"title": "Goodbye!", "author": {"givenName": "John", "familyName": "Doe"}, "tags": ["example", "sample"]}
    change = {"title": "Hello!", "phoneNumber": "+01-123-456-7890", "author": {"familyName": None}, "tags": ["example"]}
    assert merge_patched(original, change) == {
        "title": "Hello!", "author": {"givenName": "John"}, "tags": ["example"], "phoneNumber": "+01-123-456-7890"
    }  # fmt: skip
