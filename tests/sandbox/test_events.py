"""Events that follow answers: which, in which order, where to, and what they say."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from conformance.model.message import Request
from conformance.sandbox.overlay import OperationNote, Overlay
from conformance.sandbox.responder import Sandbox
from conformance.spec.webhooks import Webhook

JSON = "application/json"
HOOK = "http://127.0.0.1:9/hook"
TEXT, UUID = {"type": "string"}, {"type": "string", "format": "uuid"}


def content(schema):
    return {"content": {JSON: {"schema": schema}}}


def ok(schema, status="200"):
    return {status: {"description": "d", **content(schema)}}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def path_id(name):
    return [{"name": name, "in": "path", "required": True, "schema": TEXT}]


def event(*types, payload="Order"):
    return {"post": {"requestBody": {"required": True, **content({
        "type": "object", "required": ["data"], "additionalProperties": False,
        "properties": {"data": {
            "type": "object", "required": ["id", "event_type", "occurred_at", "payload"], "additionalProperties": False,
            "properties": {
                "id": UUID, "event_type": {"type": "string", "enum": list(types)},
                "occurred_at": {"type": "string", "format": "date-time"}, "record_type": {"const": "event"}, "payload": ref(payload),
            },
        }},
    })}, "responses": {"200": {"description": "d"}}}}  # fmt: skip


ORDERS = {
    "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
    "components": {"schemas": {
        "Order": {
            "type": "object", "required": ["id", "status"], "additionalProperties": False,
            "properties": {"id": {**UUID, "readOnly": True}, "order_id": UUID, "name": TEXT, "profile_id": TEXT,
                           "record_type": {"const": "order"}, "webhook_url": {"type": "string", "format": "uri"},
                           "status": {"enum": ["pending", "shipped", "delivered"]}},
        },
        "Profile": {"type": "object", "required": ["id"],
                    "properties": {"id": {**UUID, "readOnly": True}, "webhook_event_url": {"type": ["string", "null"]},
                                   "webhook_failover_url": TEXT, "uses_webhooks": {"type": "boolean"}}},
        "Invoice": {"type": "object", "required": ["id"], "properties": {"id": UUID, "webhook_url": TEXT}},
    }},
    "paths": {
        "/orders": {
            "post": {"requestBody": {"required": True, **content(ref("Order"))}, "responses": ok(ref("Order"), "201")},
            "get": {"responses": ok({"type": "array", "items": ref("Order")})},
        },
        "/orders/{order_id}": {
            "parameters": path_id("order_id"),
            "get": {"responses": ok(ref("Order"))},
            "patch": {"requestBody": content(ref("Order")), "responses": ok(ref("Order"))},
            "delete": {"responses": {"204": {"description": "d"}}},
        },
        **{f"/orders/{{order_id}}/actions/{verb}": {
            "parameters": path_id("order_id"),
            "post": {"requestBody": content({"type": "object", "properties": {"webhook_url": TEXT}}),
                     "responses": ok({"type": "object", "properties": {"result": TEXT}})},
        } for verb in ("ship", "wrap_start", "wrap_stop", "weigh", "paint")},
        "/profiles": {"post": {"requestBody": content(ref("Profile")), "responses": ok(ref("Profile"), "201")}},
        "/profiles/{id}": {"parameters": path_id("id"),
                           "patch": {"requestBody": content(ref("Profile")), "responses": ok(ref("Profile"))}},
        "/invoices": {"post": {"requestBody": content(ref("Invoice")), "responses": ok(ref("Invoice"), "201")}},
        "/work_orders": {"post": {"requestBody": content(ref("Order")), "responses": ok(ref("Order"), "201")}},
    },
    "webhooks": {
        "orderProgress": event("order.delivered", "order.created", "order.failed", "order.sent"),
        "orderShipped": event("order.shipped"),
        "orderWrapEnded": event("order.wrap.ended"),
        "orderWrapStarted": event("order.wrap.started"),
        "orderWeighEnded": event("order.weighing.ended"),
        "orderWeighStarted": event("order.weighing.started"),
        "orderUpdated": event("order.updated"),
        "orderDeleted": event("order.deleted"),
        "refundCreated": event("refund.created"),
        "workOrderCreated": event("work_order.created"),
    },
}  # fmt: skip


class Shop:
    """A sandbox, what it told, and a judge that knows nothing of this project."""

    def __init__(self, document, **options):
        self.document, self.told = document, []
        self.sandbox = Sandbox(document, listener=self.told.append, **options)
        resource = Resource(contents=document.raw, specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:d", resource).crawl()

    def __call__(self, method, path, value=None, **headers):
        sent = [(name.replace("_", "-"), text) for name, text in headers.items()]
        if value is not None:
            sent.append(("content-type", JSON))
        body = b"" if value is None else json.dumps(value).encode()
        self.told.clear()
        answer = self.sandbox.respond(Request(method=method, url=f"http://h{path}", headers=tuple(sent), body=body))
        return answer.status, json.loads(answer.body) if answer.body else None

    @property
    def types(self):
        return [event.type for event in self.told]

    def bodies(self):
        return [json.loads(event.body) for event in self.told]

    def errors(self, event: object, webhook: Webhook):
        """What is wrong with an event, by the document as it is written."""
        pointer = next(iter(webhook.operation.request_body.content.values())).pointer + "/schema"
        kind = OAS30Validator if self.document.version.startswith("3.0") else Draft202012Validator
        judge = kind({"$ref": f"urn:d#{quote(pointer, safe='/~')}"}, registry=self._registry,
                     format_checker=Draft202012Validator.FORMAT_CHECKER)  # fmt: skip
        return [error.message for error in judge.iter_errors(json.loads(event.body))]


@pytest.fixture
def shop(document_of):
    return Shop(document_of(ORDERS))


def test_making_a_thing_tells_of_it_in_the_order_of_its_life(shop):
    _, order = shop("POST", "/orders", {"name": "a", "status": "pending", "webhook_url": HOOK})
    assert shop.types == ["order.created", "order.sent", "order.delivered"]
    assert {event.url for event in shop.told} == {HOOK}
    assert {event.operation for event in shop.told} == {"POST /orders"}
    by_name = {webhook.name: webhook for webhook in shop.document.webhooks}
    assert [shop.errors(event, by_name[event.name]) for event in shop.told] == [[], [], []]
    heads = [body["data"] for body in shop.bodies()]
    assert {head["payload"]["id"] for head in heads} == {order["id"]}
    assert {head["payload"]["name"] for head in heads} == {"a"}
    assert len({head["id"] for head in heads} | {order["id"]}) == 4
    moments = [head["occurred_at"] for head in heads]
    assert moments == sorted(set(moments))
    assert heads[-1]["payload"]["status"] == "delivered"


def test_the_same_requests_lead_to_the_same_events(document_of):
    told = []
    for seed in (7, 7, 8):
        shop = Shop(document_of(ORDERS), seed=seed)
        shop("POST", "/orders", {"status": "pending", "webhook_url": HOOK})
        told.append(list(shop.told))
    assert told[0] == told[1]
    assert told[0] != told[2]


@pytest.mark.parametrize(
    ("method", "path", "types"),
    [
        ("POST", "/actions/ship", ["order.shipped"]),
        ("POST", "/actions/weigh", ["order.weighing.started", "order.weighing.ended"]),
        ("POST", "/actions/wrap_start", ["order.wrap.started"]),
        ("POST", "/actions/wrap_stop", ["order.wrap.ended"]),
        ("POST", "/actions/paint", []),
        ("PATCH", "", ["order.updated"]),
        ("DELETE", "", ["order.deleted"]),
        ("GET", "", []),
    ],
)
def test_what_is_done_to_a_thing_leads_to_the_events_named_after_it(shop, method, path, types):
    _, order = shop("POST", "/orders", {"status": "pending", "webhook_url": HOOK})
    shop(method, f"/orders/{order['id']}{path}", {"status": "pending"} if method in {"POST", "PATCH"} else None)
    assert shop.types == types
    assert {event.url for event in shop.told} <= {HOOK}
    assert all(body["data"]["payload"]["id"] == order["id"] for body in shop.bodies())


def test_an_action_may_name_another_url(shop):
    _, order = shop("POST", "/orders", {"status": "pending", "webhook_url": HOOK})
    shop("POST", f"/orders/{order['id']}/actions/ship", {"webhook_url": "http://127.0.0.1:9/other"})
    assert [event.url for event in shop.told] == ["http://127.0.0.1:9/other"]


def test_the_url_of_what_a_thing_belongs_to_is_remembered_and_can_be_taken_back(shop):
    _, profile = shop("POST", "/profiles", {"webhook_event_url": HOOK, "webhook_failover_url": "http://127.0.0.1:9/never"})
    assert shop.told == []
    shop("POST", "/orders", {"status": "pending", "profile_id": profile["id"]})
    assert [event.url for event in shop.told] == [HOOK] * 3
    for change, urls in (
        ({"uses_webhooks": True}, [HOOK] * 3),
        ({"webhook_event_url": None}, []),
        ({"webhook_event_url": HOOK}, [HOOK] * 3),
    ):
        assert shop("PATCH", f"/profiles/{profile['id']}", change)[0] == 200
        shop("POST", "/orders", {"status": "pending", "profile_id": profile["id"]})
        assert [event.url for event in shop.told] == urls
    shop("POST", "/orders", {"status": "pending", "profile_id": profile["id"]}, x_sandbox_session="another")
    assert shop.told == []
    shop.sandbox.reset()
    shop("POST", "/orders", {"status": "pending", "profile_id": profile["id"]})
    assert shop.told == []


def test_nothing_is_told_without_a_url_without_success_or_without_affinity(shop):
    assert shop("POST", "/orders", {"status": "pending"})[0] == 201
    assert shop.told == []
    assert shop("POST", "/orders", {"status": "no such status", "webhook_url": HOOK})[0] == 422
    assert shop.told == []
    assert shop("POST", "/orders/0190/actions/ship", {"webhook_url": HOOK})[0] == 404
    assert shop.told == []
    assert shop("POST", "/invoices", {"id": "d9a2b7f0-54a5-4a4e-8b06-3a3d0f4a7b11", "webhook_url": HOOK})[0] == 201
    assert shop.told == []


def test_of_things_with_names_in_each_other_the_longest_is_meant(shop):
    shop("POST", "/work_orders", {"status": "pending", "webhook_url": HOOK})
    assert shop.types == ["work_order.created"]


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/x", "nowhere", "http://", "http://[::1", "http://a b/", "http://h:0/", 5, None, ["x"]]
)
def test_what_is_no_url_is_not_asked(document_of, url):
    loose = json.loads(json.dumps(ORDERS))
    loose["components"]["schemas"]["Order"]["properties"]["webhook_url"] = {}
    shop = Shop(document_of(loose))
    assert shop("POST", "/orders", {"status": "pending", "webhook_url": url})[0] == 201
    assert shop.told == []


def test_an_overlay_says_what_is_sent(document_of):
    notes = {"POST /invoices": OperationNote(sends=("orderShipped", "order.updated")), "POST /orders": OperationNote(sends=())}
    shop = Shop(document_of(ORDERS), overlay=Overlay(operations=notes))
    shop("POST", "/invoices", {"id": "d9a2b7f0-54a5-4a4e-8b06-3a3d0f4a7b11", "webhook_url": HOOK})
    assert shop.types == ["order.shipped", "order.updated"]
    shop("POST", "/orders", {"status": "pending", "webhook_url": HOOK})
    assert shop.told == []


def test_a_map_of_urls_by_event_type_sends_each_where_it_belongs(document_of):
    mapped = json.loads(json.dumps(ORDERS))
    mapped["components"]["schemas"]["Order"]["properties"]["webhook_urls"] = {"type": "object"}
    shop = Shop(document_of(mapped))
    shop("POST", "/orders", {"status": "pending", "webhook_urls": {"order.created": f"{HOOK}/c", "order.sent": f"{HOOK}/s"}})
    assert [(event.type, event.url) for event in shop.told] == [("order.created", f"{HOOK}/c"), ("order.sent", f"{HOOK}/s")]


def test_a_webhook_named_after_nothing_belongs_to_who_answers_with_what_it_carries(document_of):
    pet = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "hook": TEXT}}
    shop = Shop(document_of({
        "components": {"schemas": {"Pet": pet}},
        "paths": {"/animals": {"post": {"requestBody": content(pet), "responses": ok(ref("Pet"), "201")}},
                  "/plants": {"post": {"requestBody": content(pet), "responses": ok(pet, "201")}}},
        "webhooks": {"arrival": {"post": {"requestBody": content(ref("Pet")), "responses": {}}},
                     "newPet": {"post": {"requestBody": content(ref("Pet")), "responses": {}}}},
    }))  # fmt: skip
    _, made = shop("POST", "/animals", {"id": 7, "hook": HOOK})
    assert [event.name for event in shop.told] == ["newPet"]
    assert shop.bodies()[0]["id"] == made["id"]
    shop("POST", "/plants", {"id": 7, "hook": HOOK})
    assert shop.told == []


STREAM = {
    "type": "object", "required": ["seen", "subscription_id"],
    "properties": {"seen": {"type": "boolean", "nullable": True}, "subscription_id": TEXT, "token": TEXT},
}  # fmt: skip
CALLBACKS = {
    "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
    "components": {"callbacks": {"done": {"{$request.body#/hooks/0/~1done}": {"put": {
        "requestBody": content(STREAM), "responses": {"200": {"description": "d"}}}}}}},
    "paths": {"/streams/{name}": {
        "parameters": path_id("name"),
        "post": {
            "parameters": [{"name": "callbackUrl", "in": "query", "schema": TEXT}, {"name": "X-Back", "in": "header", "schema": TEXT}],
            "requestBody": content({"type": "object"}),
            "responses": ok({"type": "object", "required": ["subscription_id"],
                             "properties": {"subscription_id": TEXT, "self": TEXT}}, "201"),
            "callbacks": {
                "onData": {"{$request.query.callbackUrl}/data?by={$method}&of={$request.path.name}&s={$statusCode}": {"post": {
                    "parameters": [{"name": "X-Token", "in": "header", "required": True, "schema": {"type": "string", "enum": ["t"]}},
                                   {"name": "n", "in": "query", "required": True, "schema": {"type": "integer", "enum": [4]}}],
                    "requestBody": content(STREAM), "responses": {"200": {"description": "d"}}}}},
                "onBack": {"$request.header.x-back": {"delete": {"responses": {"200": {"description": "d"}}}}},
                "done": {"$ref": "#/components/callbacks/done"},
                "broken": {"{$request.query.callbackUrl}": {"post": {"requestBody": {"$ref": "#/nowhere"}, "responses": {}}}},
                "absent": {"{$response.body#/nowhere}": {"post": {"responses": {}}}},
                "odd": 7, "odder": {"{$url}": []},
            },
        },
    }},
}  # fmt: skip


def test_callbacks_go_where_their_expressions_lead(document_of):
    shop = Shop(document_of(CALLBACKS))
    _, made = shop(
        "POST", "/streams/a%20b?callbackUrl=http%3A%2F%2F127.0.0.1%3A9", {"hooks": [{"/done": HOOK}], "seen": True}, x_back=HOOK
    )
    assert [(event.name, event.method, event.url) for event in shop.told] == [
        ("onBack", "DELETE", HOOK),
        ("done", "PUT", HOOK),
    ], "a URL with a space in it is none"
    _, made = shop(
        "POST", "/streams/ab?callbackUrl=http%3A%2F%2F127.0.0.1%3A9", {"hooks": [{"/done": HOOK}], "seen": None}, x_back=HOOK
    )
    assert [(event.name, event.method, event.url) for event in shop.told] == [
        ("onData", "POST", "http://127.0.0.1:9/data?by=POST&of=ab&s=201&n=4"),
        ("onBack", "DELETE", HOOK),
        ("done", "PUT", HOOK),
    ]
    assert dict(shop.told[0].headers)["X-Token"] == "t"
    assert shop.told[1].body == b""
    by_name = {webhook.name: webhook for webhook in shop.document.callbacks["POST /streams/{name}"]}
    assert [shop.errors(shop.told[index], by_name[shop.told[index].name]) for index in (0, 2)] == [[], []]
    assert [json.loads(shop.told[index].body)["subscription_id"] for index in (0, 2)] == [made["subscription_id"]] * 2


def test_credentials_of_a_request_do_not_go_along(document_of):
    shop = Shop(document_of(CALLBACKS))
    shop("POST", "/streams/a?callbackUrl=http%3A%2F%2F127.0.0.1%3A9", {}, authorization="Bearer secret", cookie="secret=1")
    assert [event.name for event in shop.told] == ["onData"]
    assert "secret" not in repr(shop.told)


def test_what_a_client_keeps_to_itself_is_told_to_nobody(document_of):
    user = {"type": "object", "properties": {
        "id": {"type": "integer"}, "name": TEXT, "hook_url": TEXT, "password": {**TEXT, "writeOnly": True}, "x_key": TEXT, "key": TEXT}}  # fmt: skip
    parameters = [
        {"name": name, "in": place, "schema": TEXT}
        for name, place in (("x-key", "header"), ("key", "query"), ("x-hook-url", "header"))
    ]
    shop = Shop(document_of({
        "components": {"schemas": {"User": user}, "securitySchemes": {"k": {"type": "apiKey", "in": "query", "name": "key"}}},
        "security": [{"k": []}],
        "paths": {"/users": {"post": {"parameters": parameters, "requestBody": content(ref("User")), "responses": ok(ref("User"), "201")}}},
        "webhooks": {"userCreated": {"post": {"requestBody": content({"type": "object", "properties": {"id": UUID, "user": ref("User")}}),
                                              "responses": {}}}},
    }))  # fmt: skip
    _, made = shop("POST", "/users?key=s3cret", {"name": "n", "password": "s3cret"}, x_key="s3cret", x_hook_url=HOOK)
    assert [event.url for event in shop.told] == [HOOK]
    assert (shop.bodies()[0]["user"]["name"], shop.bodies()[0]["user"]["id"]) == ("n", made["id"])
    assert shop.bodies()[0]["id"] != made["id"]
    assert "s3cret" not in repr(shop.told)


def test_nobody_is_told_when_nobody_listens_and_the_answers_are_the_same(document_of):
    shop, silent = Shop(document_of(ORDERS)), Sandbox(document_of(ORDERS))
    body = json.dumps({"status": "pending", "webhook_url": HOOK}).encode()
    request = Request(method="POST", url="http://h/orders", headers=(("content-type", JSON),), body=body)
    assert shop.sandbox.respond(request) == silent.respond(request)


def test_every_callback_of_a_real_document_leads_to_valid_events(client_for, other_document):
    if not other_document.callbacks:
        pytest.skip("the document has none")
    shop = Shop(other_document, state="lenient")
    client = client_for(other_document)
    silent, count = [], 0
    for label, webhooks in other_document.callbacks.items():
        request = client.request(other_document.by_label[label])
        value = {**json.loads(request.body or b"{}"), "webhook_url": HOOK}
        shop.told.clear()
        answer = shop.sandbox.respond(replace(request, body=json.dumps(value).encode()))
        assert answer.status < 300, label
        by_name = {webhook.name: webhook for webhook in webhooks}
        errors = {event.name: shop.errors(event, by_name[event.name]) for event in shop.told}
        assert not any(errors.values()), (label, errors)
        silent += [] if shop.told else [label]
        count += len(shop.told)
    assert silent == []
    assert count >= len(other_document.callbacks)


def test_the_webhooks_of_a_real_document_follow_what_is_done(client_for, other_document):
    names = {webhook.name for webhook in other_document.webhooks}
    if "callInitiated" not in names:
        pytest.skip("the document has none")
    shop = Shop(other_document)
    bearer = {"authorization": "Bearer t"}
    call = {"to": "+18005550100", "from": "+18005550101", "connection_id": "7267", "webhook_url": HOOK}
    _, answer = shop("POST", "/calls", call, **bearer)
    by_name = {webhook.name: webhook for webhook in other_document.webhooks}
    story = [(shop.types, shop.bodies()[0]["data"]["payload"])]
    errors = [shop.errors(event, by_name[event.name]) for event in shop.told]
    for action in ("answer", "speak", "hangup"):
        body = {"payload": "hello", "voice": "female"} if action == "speak" else {}
        shop("POST", f"/calls/{answer['data']['call_control_id']}/actions/{action}", {**body, "client_state": "aA=="}, **bearer)
        story.append((shop.types, shop.bodies()[0]["data"]["payload"]))
        errors += [shop.errors(event, by_name[event.name]) for event in shop.told]
    assert [types for types, _ in story] == [
        ["call.initiated"],
        ["call.answered"],
        ["call.speak.started", "call.speak.ended"],
        ["call.hangup"],
    ]
    assert {payload["call_control_id"] for _, payload in story} == {answer["data"]["call_control_id"]}
    assert [payload.get("client_state") for _, payload in story][1:] == ["aA=="] * 3
    assert (story[0][1]["to"], story[0][1]["from"], story[0][1]["connection_id"]) == ("+18005550100", "+18005550101", "7267")
    assert not any(errors)
