"""What the sandbox remembers, on small documents that each ask for one thing."""

from __future__ import annotations

import json

import pytest


def ok(schema, status="200", **extra):
    return {"responses": {status: {"description": "", "content": {"application/json": {"schema": schema}}}, **extra}}


def takes(schema):
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def path_parameters(*names, **schema):
    return {
        "parameters": [{"name": name, "in": "path", "required": True, "schema": schema or {"type": "string"}} for name in names]
    }


def query(name, **schema):
    return {"name": name, "in": "query", "schema": schema}


THING = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "readOnly": True},
        "name": {"type": "string"},
        "size": {"type": "integer"},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "created_at": {"type": "string", "format": "date-time"},
        "updated_at": {"type": "string", "format": "date-time"},
        "deleted_at": {"type": "string", "format": "date-time"},
    },
}
NEW = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "size": {"type": "integer"}, "tags": {"type": "object"}},
}
META = {
    "type": "object",
    "properties": {name: {"type": "integer"} for name in ("page_number", "page_size", "total_pages", "total_results")},
}
LIST = {
    "type": "object",
    "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}, "meta": META},
}
ONE = {"type": "object", "properties": {"data": {"$ref": "#/components/schemas/Thing"}}}
PAGE = {
    "name": "page",
    "in": "query",
    "style": "deepObject",
    "explode": True,
    "schema": {"type": "object", "properties": {"number": {"type": "integer"}, "size": {"type": "integer", "default": 3}}},
}
FILTER = {"name": "filter", "in": "query", "style": "deepObject", "explode": True, "schema": {"type": "object"}}
THINGS = {
    "components": {"schemas": {"Thing": THING}},
    "paths": {
        "/things": {
            "get": {**ok(LIST), "parameters": [PAGE, FILTER, query("size", type="integer")]},
            "post": {**takes(NEW), **ok(ONE, "201")},
        },
        "/things/{id}": {
            **path_parameters("id"),
            "get": ok(ONE),
            "patch": {**takes({"type": "object"}), **ok(ONE)},
            "put": {**takes(NEW), **ok(ONE)},
            "delete": {"responses": {"204": {"description": "gone"}}},
        },
        "/things/{id}/parts": {
            **path_parameters("id"),
            "get": ok({"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}),
        },
        "/things/{thing_id}/actions/polish": {**path_parameters("thing_id"), "post": ok(ONE)},
    },
}


@pytest.fixture
def client(client_for, document_of):
    return client_for(document_of(THINGS))


def body(answer):
    return json.loads(answer.body)


def made(client, name="a", **fields):
    answer = client.ask("POST", "/things", {"name": name, **fields})
    assert answer.status == 201
    return body(answer)["data"]


def test_what_was_created_is_read_listed_and_kept(client):
    thing = made(client, "first", size=3, tags={"colour": "red"})
    assert (thing["name"], thing["size"], thing["tags"]) == ("first", 3, {"colour": "red"})
    assert body(client.ask("GET", f"/things/{thing['id']}"))["data"] == thing
    assert body(client.ask("GET", "/things"))["data"] == [thing]


def test_a_new_thing_has_a_date_of_birth_and_none_of_its_end(client):
    thing = made(client)
    assert thing["created_at"] == thing["updated_at"]
    assert "deleted_at" not in thing


def test_patch_merges_and_put_replaces(client):
    thing = made(client, "a", size=1, tags={"x": "1"})
    patched = body(client.ask("PATCH", f"/things/{thing['id']}", {"size": 2, "tags": {"y": "2"}}))["data"]
    assert (patched["id"], patched["name"], patched["size"], patched["tags"]) == (thing["id"], "a", 2, {"x": "1", "y": "2"})
    assert patched["updated_at"] > thing["updated_at"]
    put = body(client.ask("PUT", f"/things/{thing['id']}", {"name": "b"}))["data"]
    assert (put["id"], put["name"], put["created_at"]) == (thing["id"], "b", thing["created_at"])
    assert put["tags"] != {"x": "1", "y": "2"}
    assert body(client.ask("GET", f"/things/{thing['id']}"))["data"] == put


def test_an_id_cannot_be_changed_or_chosen_where_the_service_sets_it(client):
    thing = made(client, id="mine")
    assert thing["id"] != "mine"
    assert body(client.ask("PATCH", f"/things/{thing['id']}", {"id": "mine"}))["data"]["id"] == thing["id"]


def test_what_was_deleted_stays_gone(client):
    thing = made(client)
    assert (client.ask("DELETE", f"/things/{thing['id']}").status, client.ask("DELETE", f"/things/{thing['id']}").status) == (
        204,
        404,
    )
    assert [client.ask(method, f"/things/{thing['id']}", {"name": "b"}).status for method in ("PATCH", "PUT")] == [404, 404]
    assert client.ask("GET", f"/things/{thing['id']}").status == 404
    assert body(client.ask("GET", "/things"))["data"] == []


def test_unknown_parents_are_unknown_on_every_path_below(client):
    thing = made(client)
    for method, below in (("GET", "parts"), ("POST", "actions/polish")):
        assert client.ask(method, f"/things/{thing['id']}/{below}").status == 200
        assert client.ask(method, f"/things/nobody/{below}").status == 404


def test_an_action_that_answers_with_the_thing_shows_the_thing(client):
    thing = made(client, "polished")
    assert body(client.ask("POST", f"/things/{thing['id']}/actions/polish"))["data"] == thing


def test_pages_do_not_overlap_and_their_totals_are_true(client):
    ids = [made(client, str(index))["id"] for index in range(7)]
    seen = []
    for number in (1, 2, 3):
        page = body(client.ask("GET", f"/things?page[number]={number}&page[size]=3"))
        seen += [thing["id"] for thing in page["data"]]
        assert page["meta"] == {"page_number": number, "page_size": 3, "total_pages": 3, "total_results": 7}
    assert seen == ids
    assert body(client.ask("GET", "/things?page[number]=4"))["data"] == []


def test_filters_that_name_a_property_are_applied(client):
    for index in range(4):
        made(client, f"thing {index}", size=index % 2)
    assert [thing["size"] for thing in body(client.ask("GET", "/things?size=1"))["data"]] == [1, 1]
    assert [thing["name"] for thing in body(client.ask("GET", "/things?filter[name]=thing%202"))["data"]] == ["thing 2"]
    assert len(body(client.ask("GET", "/things?filter[name][contains]=thing"))["data"]) == 3
    assert body(client.ask("GET", "/things?filter[name][eq]=nothing"))["meta"]["total_results"] == 0


COUNTRY = {"type": "object", "properties": {"code": {"type": "string"}, "population": {"type": "integer"}}}


def test_a_collection_that_nobody_can_fill_has_something_in_it(client_for, document_of):
    client = client_for(
        document_of(
            {
                "paths": {
                    "/zones": {
                        "get": ok(
                            {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
                                },
                            }
                        )
                    },
                    "/zones/{id}": {
                        **path_parameters("id", type="integer"),
                        "get": ok({"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}),
                    },
                }
            }
        )
    )
    zones = body(client.ask("GET", "/zones"))
    assert len({zone["id"] for zone in zones}) == len(zones) > 1
    assert [body(client.ask("GET", f"/zones/{zone['id']}")) for zone in zones] == zones
    assert client.ask("GET", "/zones/999999").status == 404


def test_an_id_that_nobody_could_learn_is_brought_to_life_and_stays(client_for, document_of):
    client = client_for(
        document_of(
            {
                "paths": {
                    "/coverage/{code}": {
                        **path_parameters("code"),
                        "get": ok(COUNTRY),
                        "patch": {**takes(COUNTRY), **ok(COUNTRY)},
                        "delete": ok(COUNTRY),
                    }
                }
            }
        )
    )
    first = body(client.ask("GET", "/coverage/US"))
    assert first["code"] == "US"
    assert body(client.ask("PATCH", "/coverage/US", {"population": 5}))["population"] == 5
    assert body(client.ask("GET", "/coverage/US")) == {**first, "population": 5}
    assert (client.ask("DELETE", "/coverage/US").status, client.ask("GET", "/coverage/US").status) == (200, 404)


def test_a_singleton_is_remembered(client_for, document_of):
    settings = {"type": "object", "properties": {"mode": {"enum": ["on", "off"]}, "level": {"type": "integer"}}}
    client = client_for(
        document_of({"paths": {"/settings": {"get": ok(settings), "patch": {**takes(settings), **ok(settings)}}}})
    )
    assert body(client.ask("PATCH", "/settings", {"mode": "off"}))["mode"] == "off"
    assert body(client.ask("GET", "/settings"))["mode"] == "off"


@pytest.mark.parametrize(
    ("parameter", "fields", "expected"),
    [
        ("brandId", {"brandId": {"type": "string"}, "cspId": {"type": "string"}}, "brandId"),
        ("id", {"client_id": {"type": "string"}, "org_id": {"type": "string"}, "name": {"type": "string"}}, "client_id"),
        ("call_sid", {"account_sid": {"type": "string"}, "sid": {"type": "string"}}, "sid"),
        ("number", {"phone": {"type": "string"}, "number": {"type": "string", "pattern": r"^\+1\d{10}$"}}, "number"),
        ("client_number", {"id": {"type": "integer"}, "name": {"type": "string"}}, "id"),
    ],
)
def test_the_id_is_found_where_the_document_puts_it(client_for, document_of, parameter, fields, expected):
    item = {"type": "object", "properties": fields}
    client = client_for(
        document_of(
            {
                "paths": {
                    "/oauth_clients": {
                        "post": {**takes({"type": "object"}), **ok(item)},
                        "get": ok({"type": "array", "items": item}),
                    },
                    f"/oauth_clients/{{{parameter}}}": {**path_parameters(parameter), "get": ok(item)},
                }
            }
        )
    )
    made = [body(client.ask("POST", "/oauth_clients", {})) for _ in range(3)]
    assert len({item[expected] for item in made}) == 3
    assert [body(client.ask("GET", f"/oauth_clients/{str(item[expected]).replace('+', '%2B')}")) for item in made] == made
    assert client.ask("GET", "/oauth_clients/nobody").status == 404


def test_minted_ids_look_like_the_example_and_fit_the_path(client_for, document_of):
    def first_id(example, **path):
        item = {"type": "object", "properties": {"id": {"type": "string", "example": example}}}
        client = client_for(
            document_of({"paths": {"/a": {"post": ok(item)}, "/a/{id}": {**path_parameters("id", **path), "get": ok(item)}}})
        )
        return body(client.ask("POST", "/a"))["id"]

    assert first_id("1293384261075731499", type="string").isdigit()
    assert first_id("cus_9s6XKzkNRiz8i3", type="string").startswith("cus_")
    assert len(first_id("1293384261075731499", type="string", format="uuid")) == 36


def test_a_create_at_another_path_feeds_the_collection_that_shows_the_same(client_for, document_of):
    client = client_for(
        document_of(
            {
                "components": {"schemas": {"Thing": THING}},
                "paths": {
                    "/builder": {"post": {**takes(NEW), **ok({"$ref": "#/components/schemas/Thing"})}},
                    "/things": {"get": ok(LIST)},
                    "/things/{id}": {**path_parameters("id"), "get": ok({"$ref": "#/components/schemas/Thing"})},
                },
            }
        )
    )
    thing = body(client.ask("POST", "/builder", {"name": "made elsewhere"}))
    assert body(client.ask("GET", f"/things/{thing['id']}")) == thing
    assert thing in body(client.ask("GET", "/things"))["data"]


def test_things_of_one_parent_are_not_those_of_another(client_for, document_of):
    part = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    client = client_for(
        document_of(
            {
                "paths": {
                    "/things": {"post": ok(part)},
                    "/things/{id}/parts": {
                        **path_parameters("id"),
                        "post": {**takes(NEW), **ok(part)},
                        "get": ok({"type": "array", "items": part}),
                    },
                    "/things/{id}/parts/{part_id}": {**path_parameters("id", "part_id"), "get": ok(part)},
                }
            }
        )
    )
    one, other = (body(client.ask("POST", "/things"))["id"] for _ in range(2))
    mine = body(client.ask("POST", f"/things/{one}/parts", {"name": "x"}))
    assert body(client.ask("GET", f"/things/{one}/parts/{mine['id']}")) == mine
    assert client.ask("GET", f"/things/{other}/parts/{mine['id']}").status == 404
    assert body(client.ask("GET", f"/things/{other}/parts")) == []
    assert client.ask("POST", "/things/nobody/parts", {"name": "x"}).status == 404


def test_a_request_wrapped_in_the_name_of_the_thing_is_unwrapped(client_for, document_of):
    wrapped = {"type": "object", "properties": {"thing": NEW}, "required": ["thing"]}
    client = client_for(
        document_of(
            {
                "components": {"schemas": {"Thing": THING}},
                "paths": {"/things": {"post": {**takes(wrapped), **ok(ONE)}, "get": ok(LIST)}},
            }
        )
    )
    assert body(client.ask("POST", "/things", {"thing": {"name": "inside"}}))["data"]["name"] == "inside"


def test_what_a_sister_at_the_top_makes_is_seen_below_the_parent_that_it_names(client_for, document_of):
    call = {"type": "object", "required": ["call_id"], "properties": {
        "call_id": {"type": "string"}, "record_type": {"type": "string", "enum": ["call"]}, "line_id": {"type": "string"}}}  # fmt: skip
    brief = {"type": "object", "properties": {"call_id": {"type": "string"}, "record_type": {"const": "call"}}}
    new = {"type": "object", "properties": {"line_id": {"type": "string"}}}
    client = client_for(
        document_of(
            {
                "paths": {
                    "/lines": {"post": ok(THING)},
                    "/lines/{line_id}/active_calls": {
                        **path_parameters("line_id"),
                        "get": ok({"type": "array", "items": brief}),
                    },
                    "/calls": {"post": {**takes(new), **ok(call)}},
                    "/calls/{call_id}": {**path_parameters("call_id"), "get": ok(call)},
                }
            }
        )
    )
    one, other = (body(client.ask("POST", "/lines"))["id"] for _ in range(2))
    mine = body(client.ask("POST", "/calls", {"line_id": one}))
    assert [item["call_id"] for item in body(client.ask("GET", f"/lines/{one}/active_calls"))] == [mine["call_id"]]
    assert body(client.ask("GET", f"/lines/{other}/active_calls")) == []


def test_a_list_at_the_top_shows_what_was_made_below_any_parent(client_for, document_of):
    part = {
        "type": "object",
        "properties": {"part_id": {"type": "string"}, "thing_id": {"type": "string"}, "name": {"type": "string"}},
    }
    client = client_for(
        document_of(
            {
                "components": {"schemas": {"Part": part}},
                "paths": {
                    "/things": {"post": ok(THING)},
                    "/things/{thing_id}/parts": {
                        **path_parameters("thing_id"),
                        "post": {**takes(NEW), **ok({"$ref": "#/components/schemas/Part"})},
                        "get": ok({"type": "array", "items": {"$ref": "#/components/schemas/Part"}}),
                    },
                    "/parts": {"get": ok({"type": "array", "items": {"$ref": "#/components/schemas/Part"}})},
                    "/parts/{part_id}": {**path_parameters("part_id"), "get": ok({"$ref": "#/components/schemas/Part"}),
                                         "delete": {"responses": {"204": {"description": ""}}}},
                },
            }
        )
    )  # fmt: skip
    parents = [body(client.ask("POST", "/things"))["id"] for _ in range(2)]
    made = [body(client.ask("POST", f"/things/{parent}/parts", {"name": "p"})) for parent in parents]
    assert [part["thing_id"] for part in made] == parents
    assert body(client.ask("GET", "/parts")) == made
    assert body(client.ask("GET", f"/parts/{made[1]['part_id']}")) == made[1]
    assert client.ask("DELETE", f"/parts/{made[1]['part_id']}").status == 204
    assert body(client.ask("GET", f"/things/{parents[1]}/parts")) == []
    assert client.ask("GET", f"/parts/{made[1]['part_id']}").status == 404


def test_copies_of_a_schema_are_the_same_thing_where_the_paths_say_so(client_for, document_of):
    """Inlined everywhere, as documents are that were bundled without care."""
    client = client_for(
        document_of(
            {
                "paths": {
                    "/shop/things": {"post": {**takes(NEW), **ok(THING)}},
                    "/things": {"get": ok({"type": "array", "items": THING})},
                    "/things/{id}": {**path_parameters("id"), "get": ok({**THING, "description": "a copy"})},
                    "/zones": {"get": ok({"type": "array", "items": THING})},
                }
            }
        )
    )
    thing = body(client.ask("POST", "/shop/things", {"name": "a"}))
    assert thing in body(client.ask("GET", "/things"))
    assert body(client.ask("GET", f"/things/{thing['id']}")) == thing
    assert thing not in body(client.ask("GET", "/zones"))


def test_a_collection_of_all_kinds_shows_every_kind(client_for, document_of):
    line = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "active": {"type": "boolean"}}}
    kinds = {
        f"/{kind}_lines": {
            "post": {**takes(NEW), **ok({**line, "properties": {**line["properties"], kind: {"type": "string"}}})},
            "get": ok({"type": "array", "items": line}),
        }
        for kind in ("ip", "sip")
    }
    client = client_for(
        document_of(
            {
                "paths": {
                    **kinds,
                    "/lines": {"get": ok({"type": "array", "items": line})},
                    "/lines/{id}": {**path_parameters("id"), "get": ok(line)},
                }
            }
        )
    )
    made = [body(client.ask("POST", f"/{kind}_lines", {"name": kind})) for kind in ("ip", "sip")]
    shown = body(client.ask("GET", "/lines"))
    assert {line["id"] for line in made} < {line["id"] for line in shown}
    assert body(client.ask("GET", f"/lines/{made[1]['id']}"))["name"] == "sip"


def test_an_action_that_makes_a_record_of_itself_makes_it_and_acts(client_for, document_of):
    card = {"type": "object", "properties": {"id": {"type": "string"}, "status": {"enum": ["standby", "enabled"]}}}
    action = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "record_type": {"const": "card_action"}, "card_id": {"type": "string"}},
    }
    client = client_for(
        document_of(
            {
                "paths": {
                    "/cards": {"post": ok(card)},
                    "/cards/{id}": {**path_parameters("id"), "get": ok(card)},
                    "/cards/{id}/actions/enable": {**path_parameters("id"), "post": ok({"type": "object", "properties": {"data": action}}, "202")},
                    "/card_actions": {"get": ok({"type": "array", "items": action})},
                    "/card_actions/{id}": {**path_parameters("id"), "get": ok(action)},
                }
            }
        )
    )  # fmt: skip
    made = body(client.ask("POST", "/cards"))
    done = body(client.ask("POST", f"/cards/{made['id']}/actions/enable"))["data"]
    assert body(client.ask("GET", f"/cards/{made['id']}"))["status"] == "enabled"
    assert done in body(client.ask("GET", "/card_actions"))
    assert body(client.ask("GET", f"/card_actions/{done['id']}")) == done


def test_several_things_are_made_at_once(client_for, document_of):
    step = {"type": "object", "properties": {"step_id": {"type": "string"}, "text": {"type": "string"}}}
    many = {"type": "object", "required": ["steps"], "properties": {"steps": {"type": "array", "items": step}}}
    listed = {"type": "object", "properties": {"data": {"type": "array", "items": step}}}
    client = client_for(
        document_of(
            {
                "components": {"schemas": {"Step": step}},
                "paths": {
                    "/plan": {"post": {**takes(many), **ok(listed)}, "get": ok(listed)},
                    "/plan/{step_id}": {**path_parameters("step_id"), "get": ok(step)},
                },
            }
        )
    )
    sent = [{"step_id": f"s{index}", "text": f"t{index}"} for index in range(3)]
    assert body(client.ask("POST", "/plan", {"steps": sent}))["data"] == sent
    assert body(client.ask("GET", "/plan"))["data"] == sent
    assert body(client.ask("GET", "/plan/s1")) == sent[1]


def test_what_was_sent_is_shown_by_every_schema_that_has_room_for_it(client_for, document_of):
    """The list, the item and the create show things by schemas of their own; nested parts are filled in once."""
    inner = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    shown = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "inner": inner, "many": {"type": "array", "items": inner}},
    }
    brief = {"type": "object", "properties": {"many": shown["properties"]["many"], "id": {"type": "string"}, "inner": inner}}
    new = {"type": "object", "properties": {"inner": inner, "many": shown["properties"]["many"]}}
    client = client_for(
        document_of(
            {
                "paths": {
                    "/things": {"post": {**takes(new), **ok(shown)}, "get": ok({"type": "array", "items": brief})},
                    "/things/{id}": {**path_parameters("id"), "get": ok({"type": "object", "properties": {"data": shown}})},
                }
            }
        )
    )
    made = body(client.ask("POST", "/things", {"inner": {"a": "1"}, "many": [{"b": "2"}]}))
    assert (made["inner"]["a"], made["many"][0]["b"]) == ("1", "2")
    assert body(client.ask("GET", "/things")) == [made]
    assert body(client.ask("GET", f"/things/{made['id']}"))["data"] == made
