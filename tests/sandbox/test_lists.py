"""Lists page, filter and sort in every shape that documents use, on small documents that each ask for one thing."""

from __future__ import annotations

import json
import re

import pytest

ITEM = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "readOnly": True},
        "name": {"type": "string"},
        "size": {"type": "integer"},
        "open": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "address": {"type": "object", "properties": {"city": {"type": "string"}, "zip": {"type": "string"}}},
        "connection.name": {"type": "string"},
        "created_at": {"type": "string", "format": "date-time"},
        "due_date": {"type": "string", "format": "date"},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
NEW = {
    "type": "object",
    "required": ["name"],
    "properties": {name: ITEM["properties"][name] for name in ITEM["properties"] if name != "id"},
}
TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def answers(schema, status="200", **extra):
    return {"responses": {status: {"description": "", "content": {"application/json": {"schema": schema}}, **extra}}}


def parameter(name, schema=None, **extra):
    return {"name": name, "in": "query", "schema": schema or TEXT, **extra}


def deep(name, /, **properties):
    schema = {"type": "object", "properties": properties} if properties else {"type": "object"}
    return parameter(name, schema, style="deepObject", explode=True)


def api(*parameters, body=None, around=None, headers=None):
    """A collection of things with a list that takes parameters and says ``around`` besides its items."""
    body = body or {
        "type": "object",
        "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}, **(around or {})},
    }
    return {
        "components": {"schemas": {"Item": ITEM}},
        "paths": {
            "/things": {
                "get": {**answers(body, **({"headers": headers} if headers else {})), "parameters": list(parameters)},
                "post": {"requestBody": {"required": True, "content": {"application/json": {"schema": NEW}}}, **answers({"$ref": "#/components/schemas/Item"}, "201")},
            },
            "/things/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
                "get": answers({"$ref": "#/components/schemas/Item"}),
                "delete": {"responses": {"204": {"description": ""}}},
            },
        },
    }  # fmt: skip


@pytest.fixture
def service(client_for, document_of):
    def make(document):
        client = client_for(document_of(document))

        def ask(url, method="GET", body=None):
            answer = client.ask(method, re.sub(r"^https?://[^/]+", "", url), body)
            assert answer.status < 300, (url, answer.status, answer.body)
            ask.headers = answer
            return json.loads(answer.body) if answer.body else None

        ask.make = lambda **fields: ask("/things", "POST", {"name": "x", **fields})
        ask.client = client
        return ask

    return make


def names(body):
    return [item["name"] for item in (body if isinstance(body, list) else body["data"])]


# Pages


def followed(ask, first, step, most=20):
    """The names on all pages, and the last page; ``step`` gives the next address, or nothing."""
    seen, url, body = [], first, None
    for _ in range(most):
        body = ask(url)
        seen += names(body)
        url = step(body)
        if not url:
            return seen, body
    raise AssertionError("the pages do not end")


NUMBERED = [
    ("page[number]", "page[size]", [deep("page", number=WHOLE, size=WHOLE)], ("page_number", "page_size", "total_pages", "total_results")),
    ("page[number]", "page[size]", [parameter("page[number]", WHOLE), parameter("page[size]", WHOLE)], ("page_number", "page_size", "total_pages", "total_results")),
    ("page", "recordsPerPage", [parameter("page", WHOLE), parameter("recordsPerPage", WHOLE)], ("page", "recordsPerPage", "pages", "totalRecords")),
    ("page", "per_page", [parameter("page", WHOLE), parameter("per_page", WHOLE)], ("current_page", "per_page", "last_page", "total")),
    ("Page", "PageSize", [parameter("Page", WHOLE), parameter("PageSize", WHOLE)], ("page", "page_size", "num_pages", "total")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "size", "parameters", "words"), NUMBERED, ids=["deep", "bracketed", "records", "per", "capital"]
)
def test_numbered_pages_tell_the_truth_and_end(service, number, size, parameters, words):
    ask = service(api(*parameters, around={"meta": {"type": "object", "properties": dict.fromkeys(words, WHOLE)}}))
    for index in range(7):
        ask.make(name=f"n{index}")
    seen = []
    for page in (1, 2, 3):
        body = ask(f"/things?{number}={page}&{size}=3")
        seen += names(body)
        assert body["meta"] == dict(zip(words, (page, 3, 3, 7), strict=True))
    assert seen == [f"n{index}" for index in range(7)]
    assert ask(f"/things?{number}=4&{size}=3")["data"] == []


def test_pages_that_count_from_nought_do_not_skip_any(service):
    ask = service(
        api(
            parameter("page", {"type": "integer", "default": 0}),
            parameter("limit", WHOLE),
            around={"page": WHOLE, "has_more": {"type": "boolean"}},
        )
    )
    for index in range(3):
        ask.make(name=f"n{index}")
    pages = [ask(f"/things?page={page}&limit=2") for page in (0, 1)]
    assert [(names(page), page["page"], page["has_more"]) for page in pages] == [(["n0", "n1"], 0, True), (["n2"], 1, False)]


def test_offsets_go_on_where_they_say(service):
    ask = service(
        api(
            parameter("offset", WHOLE),
            parameter("limit", {"type": "integer", "maximum": 3, "default": 3}),
            around={"total": WHOLE, "next": {"type": ["string", "null"]}, "offset": WHOLE},
        )
    )
    for index in range(7):
        ask.make(name=f"n{index}")
    seen, last = followed(ask, "/things", lambda body: body["next"])
    assert seen == [f"n{index}" for index in range(7)]
    assert (last["total"], last["next"], last["offset"]) == (7, None, 6)
    assert ask.client.ask("GET", "/things?limit=4").status == 422


CURSORED = [
    ("after", [parameter("after"), parameter("limit", WHOLE)], {"next_cursor": {"type": ["string", "null"]}}, lambda body: body["next_cursor"]),
    ("page[after]", [deep("page", after=TEXT, size=WHOLE)],
     {"meta": {"type": "object", "properties": {"cursors": {"type": "object", "properties": {"after": TEXT, "before": TEXT}}}}},
     lambda body: body["meta"]["cursors"].get("after")),
    ("page_token", [parameter("page_token"), parameter("page_size", WHOLE)], {"next_page_token": TEXT}, lambda body: body.get("next_page_token")),
    ("starting_after", [parameter("starting_after", {"type": "string", "format": "uuid"}), parameter("limit", WHOLE)],
     {"has_more": {"type": "boolean"}}, lambda body: body["data"][-1]["id"] if body["has_more"] else None),
    ("cursor", [parameter("cursor", {"type": "string", "maxLength": 8}), parameter("limit", WHOLE)],
     {"pagination": {"type": "object", "properties": {"next_cursor": {"type": ["string", "null"]}}}},
     lambda body: body["pagination"]["next_cursor"]),
]  # fmt: skip
SIZES = {"page[after]": "page[size]", "page_token": "page_size"}


@pytest.mark.parametrize(("name", "parameters", "around", "step"), CURSORED, ids=[row[0] for row in CURSORED])
def test_cursors_show_each_thing_once_and_end(service, name, parameters, around, step):
    ask = service(api(*parameters, around=around))
    for index in range(7):
        ask.make(name=f"n{index}")
    start = f"/things?{SIZES.get(name, 'limit')}=3"
    seen, _ = followed(ask, start, lambda body: step(body) and f"{start}&{name}={step(body)}")
    assert seen == [f"n{index}" for index in range(7)]


@pytest.mark.parametrize("sort", ["", "&sort=-name"])
def test_a_cursor_goes_on_where_it_was_though_things_come_and_go(service, sort):
    ask = service(
        api(
            parameter("after"), parameter("limit", WHOLE), parameter("sort"), around={"next_cursor": {"type": ["string", "null"]}}
        )
    )
    made = [ask.make(name=f"n{index}") for index in range(6)]
    page = ask(f"/things?limit=2{sort}")
    shown = names(page)
    for thing in made:
        if thing["name"] in shown:
            ask.client.ask("DELETE", f"/things/{thing['id']}")
    ask.make(name="n3b")
    rest = names(ask(f"/things?limit=9{sort}&after={page['next_cursor']}"))
    expected = ["n2", "n3", "n4", "n5", "n3b"] if not sort else ["n3b", "n3", "n2", "n1", "n0"]
    assert rest == expected


def test_an_array_alone_links_to_its_other_pages(service):
    headers = {"Link": {"schema": TEXT}, "X-Total-Count": {"schema": WHOLE}}
    body = {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}
    ask = service(api(parameter("page", WHOLE), parameter("per_page", WHOLE), parameter("name"), body=body, headers=headers))
    for index in range(5):
        ask.make(name=f"n{index}")

    def onward(_):
        links = {relation: url for url, relation in re.findall(r'<([^>]*)>; rel="(\w+)"', ask.headers.header("link"))}
        assert ask.headers.header("x-total-count") == "5"
        return links.get("next")

    assert followed(ask, "/things?per_page=2", onward)[0] == [f"n{index}" for index in range(5)]


def test_links_in_the_body_keep_the_rest_of_the_query(service):
    links = {
        "links": {
            "type": "object",
            "properties": {
                name: {"type": ["string", "null"], "format": "uri"} for name in ("self", "next", "prev", "first", "last")
            },
        }
    }
    ask = service(api(deep("page", number=WHOLE, size=WHOLE), deep("filter"), around=links))
    for index in range(5):
        ask.make(name=f"n{index}", size=index % 2)
    seen, last = followed(ask, "/things?filter[size]=0&page[size]=2", lambda body: body["links"]["next"])
    assert seen == ["n0", "n2", "n4"]
    assert "filter%5Bsize%5D=0" in last["links"]["prev"]
    assert names(ask(last["links"]["first"])) == ["n0", "n2"]
    assert names(ask(last["links"]["last"])) == ["n4"]


def test_a_list_that_cannot_be_paged_is_whole(service):
    ask = service(api())
    for index in range(45):
        ask.make(name=f"n{index}")
    assert len(ask("/things")["data"]) == 45


def test_a_list_holds_no_more_than_its_schema_has_room_for(service):
    body = {
        "type": "object",
        "properties": {"data": {"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/Item"}}, "total": WHOLE},
    }
    ask = service(api(parameter("page", WHOLE), body=body))
    for index in range(5):
        ask.make(name=f"n{index}")
    assert [names(ask(f"/things?page={page}")) for page in (1, 2, 3)] == [["n0", "n1"], ["n2", "n3"], ["n4"]]
    assert ask("/things")["total"] == 5


def test_pages_are_numbered_as_other_lists_of_the_document_number_them(service):
    """A client made from the document looks for the words everywhere, also where one list forgot them."""
    usual = {"type": "object", "properties": {"page_number": WHOLE, "total_pages": WHOLE}}
    document = api(deep("page", number=WHOLE, size=WHOLE), around={"meta": {"type": "object", "properties": {"note": TEXT}}})
    for name in ("a", "b", "c"):
        body = {"type": "object", "properties": {"data": {"type": "array", "items": ITEM}, "meta": usual}}
        document["paths"][f"/{name}"] = {"get": answers(body)}
    ask = service(document)
    ask.make()
    meta = ask("/things?page[number]=2")["meta"]
    assert (meta["page_number"], meta["total_pages"]) == (2, 1)


# Filters

THINGS = [
    {"name": "Alpha", "size": 1, "open": True, "tags": ["red", "big"], "address": {"city": "Rome", "zip": "00100"}, "due_date": "2025-01-31", "connection.name": "c1", "metadata": {"agent": "x"}},
    {"name": "beta", "size": 10, "open": False, "tags": ["blue"], "address": {"city": "Paris", "zip": "75001"}, "due_date": "2025-02-01", "connection.name": "c2", "metadata": {"agent": "y"}},
    {"name": "Gamma ray", "size": 9, "open": True, "tags": [], "address": {"city": "Perth", "zip": "6000"}, "due_date": "2025-03-01", "connection.name": "c3", "metadata": {}},
]  # fmt: skip
FILTERS = [
    ("filter[name]=Alpha", "Alpha"),
    ("filter[name][eq]=Alpha", "Alpha"),
    ("filter[name][ne]=Alpha", "beta Gamma"),
    ("filter[name][contains]=A", "Alpha beta Gamma"),
    ("filter[name][contains]=ALPH", "Alpha"),
    ("filter[name][starts_with]=ga", "Gamma"),
    ("filter[name][startsWith]=ga", "Gamma"),
    ("filter[name][ends_with]=ray", "Gamma"),
    ("filter[name][in]=Alpha,beta", "Alpha beta"),
    ("filter[name][in][]=Alpha&filter[name][in][]=beta", "Alpha beta"),
    ("filter[name][not_in]=Alpha,beta", "Gamma"),
    ("filter[size]=10", "beta"),
    ("filter[size][gt]=9", "beta"),
    ("filter[size][gte]=9", "beta Gamma"),
    ("filter[size][lt]=10", "Alpha Gamma"),
    ("filter[size][gte]=2&filter[size][lte]=9", "Gamma"),
    ("filter[open]=true", "Alpha Gamma"),
    ("filter[open]=false", "beta"),
    ("filter[tags]=red", "Alpha"),
    ("filter[tags][contains]=bl", "beta"),
    ("filter[address.city]=Rome", "Alpha"),
    ("filter[address][city]=Rome", "Alpha"),
    ("filter[address][city][contains]=p", "beta Gamma"),
    ("filter[connection.name]=c2", "beta"),
    ("filter[due_date][gte]=2025-02-01", "beta Gamma"),
    ("filter[due_date][lt]=2025-02-01T00:00:00Z", "Alpha"),
    ("filter[due_before]=2025-02-01", "Alpha"),
    ("filter[due_after]=2025-02-01", "Gamma"),
    ("filter[metadata][agent]=x", "Alpha"),
    ("filter[name][exists]=true", "Alpha beta Gamma"),
    ("filter[nothing]=1", "Alpha beta Gamma"),
    ("filter[name][unheard_of]=1", "Alpha beta Gamma"),
    ("name=beta", "beta"),
    ("name=eq.beta", "beta"),
    ("size=9", "Gamma"),
    ("open=true", "Alpha Gamma"),
    ("min_size=9", "beta Gamma"),
    ("size__lt=9", "Alpha"),
    ("name_in=Alpha,beta", "Alpha beta"),
    ("name_contains=ALP", "Alpha"),
    ("metadata-%3Eagent=y", "beta"),
    ("size=gte.9", "beta Gamma"),
    ("created_at=gte.2030-01-01", ""),
    ("created_before=2030-01-01", "Alpha beta Gamma"),
]  # fmt: skip
PLAIN = [parameter(name) for name in ("name", "size", "open", "min_size", "size__lt", "name_in", "name_contains", "metadata->agent",
                                      "created_at", "created_before")]  # fmt: skip


@pytest.fixture(scope="module")
def filtered(document_of, client_for):
    client = client_for(document_of(api(deep("filter"), *PLAIN, around={"total": WHOLE})))
    for thing in THINGS:
        assert client.ask("POST", "/things", thing).status == 201
    return client


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=[row[0] for row in FILTERS])
def test_a_filter_that_leads_to_a_property_is_applied(filtered, query, expected):
    body = json.loads(filtered.ask("GET", f"/things?{query}").body)
    assert [item["name"].split()[0] for item in body["data"]] == expected.split()
    assert body["total"] == len(expected.split())


def test_moments_are_compared_as_moments(service):
    ask = service(api(deep("filter")))
    thing = ask.make()
    at = thing["created_at"].replace("Z", "+00:00").replace("+", "%2B")
    assert len(ask(f"/things?filter[created_at]={at}")["data"]) == 1
    assert len(ask(f"/things?filter[created_at]={thing['created_at'][:10]}")["data"]) == 1
    assert len(ask(f"/things?filter[created_at][lte]={thing['created_at'][:10]}")["data"]) == 1
    assert len(ask(f"/things?filter[created_at][gt]={thing['created_at'][:10]}")["data"]) == 0


# Order

SORTS = [
    ("sort=name", "Alpha Gamma beta"),
    ("sort=-name", "beta Gamma Alpha"),
    ("sort=%2Bname", "Alpha Gamma beta"),
    ("sort=size", "Alpha Gamma beta"),
    ("sort=-size", "beta Gamma Alpha"),
    ("sort=open,-size", "beta Gamma Alpha"),
    ("sort=address.city", "beta Gamma Alpha"),
    ("sort=name:desc", "beta Gamma Alpha"),
    ("sort=size%20desc", "beta Gamma Alpha"),
    ("sort=size.desc", "beta Gamma Alpha"),
    ("sort=-created_at", "Gamma beta Alpha"),
    ("sort=createdAt", "Alpha beta Gamma"),
    ("sort=desc", "Gamma beta Alpha"),
    ("sort=nothing", "Alpha beta Gamma"),
    ("sort_by=size&order=desc", "beta Gamma Alpha"),
    ("order=desc&sort_by=size", "beta Gamma Alpha"),
    ("order_by=-size", "beta Gamma Alpha"),
    ("order=size.desc", "beta Gamma Alpha"),
    ("order=asc", "Alpha beta Gamma"),
    ("sorts[name]=desc", "beta Gamma Alpha"),
    ("ordering[]=open&ordering[]=size", "beta Alpha Gamma"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "expected"), SORTS, ids=[row[0] for row in SORTS])
def test_an_order_that_leads_to_a_property_is_applied(document_of, client_for, query, expected):
    parameters = [parameter(name) for name in ("sort", "sort_by", "order", "order_by")]
    many = parameter("ordering[]", {"type": "array", "items": TEXT})
    client = client_for(document_of(api(*parameters, many, deep("sorts", name=TEXT))))
    for thing in THINGS:
        client.ask("POST", "/things", thing)
    assert [
        item["name"].split()[0] for item in json.loads(client.ask("GET", f"/things?{query}").body)["data"]
    ] == expected.split()


def test_the_default_order_is_the_documents(service):
    ask = service(api(parameter("sort", {"type": "string", "default": "-created_at", "enum": ["created_at", "-created_at"]})))
    for index in range(3):
        ask.make(name=f"n{index}")
    assert names(ask("/things")) == ["n2", "n1", "n0"]
    assert names(ask("/things?sort=created_at")) == ["n0", "n1", "n2"]


def test_equal_things_stay_in_order_of_creation(service):
    ask = service(api(parameter("sort"), deep("page", number=WHOLE, size=WHOLE)))
    for index in range(9):
        ask.make(name=f"n{index}", size=index % 2)
    pages = [ask(f"/things?sort=-size&page[size]=4&page[number]={number}") for number in (1, 2, 3)]
    assert [name for page in pages for name in names(page)] == ["n1", "n3", "n5", "n7", "n0", "n2", "n4", "n6", "n8"]


@pytest.mark.parametrize("query", ["filter=x", "filter[]=1", "filter[name", "sort[]=", "sort=,,-", "page[number]=2&page[number][x]=1",
                                   "filter[name][in]=", "filter[size][gt]=x", "filter[due_date][gte]=0000-99-99", "after=%00", "after=W10",
                                   "sort=" + "a." * 50])  # fmt: skip
def test_nothing_that_a_query_holds_makes_a_list_fail(document_of, client_for, query):
    client = client_for(document_of(api(deep("filter"), parameter("sort"), parameter("after"), deep("page", number=WHOLE))))
    client.ask("POST", "/things", THINGS[0])
    assert client.ask("GET", f"/things?{query}").status in {200, 400, 422}
