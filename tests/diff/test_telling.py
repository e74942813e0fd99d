"""One edit, and that its level, an operation that it reaches and both of its places are said."""

import copy

import pytest
from diff.building import changes, document, in_request, in_response
from diff.pairs import pairs
from diff.telling import EDITS, KEYWORDS, SAME, SAME_SCHEMAS, SHOP, N, S, edited, obj, ref

from conformance.diff.diff import diff
from conformance.spec.pointer import follow

RANKS = ["breaking", "warning", "info"]


@pytest.mark.parametrize(("place", "value", "level", "operation", "old", "new"), EDITS.values(), ids=EDITS)
def test_an_edit_is_said_where_it_is(place, value, level, operation, old, new):
    found = changes(SHOP, edited(place, value))
    worst = min(found, key=lambda change: RANKS.index(change.level))
    assert worst.level == level, found
    said = [change for change in found if change.operation == operation and change.level == level]
    assert (old, new) in {(change.old_pointer, change.new_pointer) for change in said}, said


@pytest.mark.parametrize(("place", "value"), SAME.values(), ids=SAME)
def test_an_edit_that_says_the_same_is_no_change(place, value):
    assert changes(SHOP, edited(place, value)) == changes(edited(place, value), SHOP) == []


@pytest.mark.parametrize(("old", "new", "request_level", "response_level"), KEYWORDS.values(), ids=KEYWORDS)
def test_a_change_of_keywords_is_seen_from_both_sides(old, new, request_level, response_level):
    for build, level in ((in_request, request_level), (in_response, response_level)):
        found = changes(build(obj(it=old)), build(obj(it=new)))
        assert min((change.level for change in found), key=RANKS.index) == level, found


@pytest.mark.parametrize(("one", "other"), SAME_SCHEMAS.values(), ids=SAME_SCHEMAS)
def test_keywords_that_say_the_same_are_no_change(one, other):
    for build in (in_request, in_response):
        assert changes(build(obj(it=one)), build(obj(it=other))) == changes(build(obj(it=other)), build(obj(it=one))) == []


def test_what_a_discriminator_leads_to_is_compared_where_it_is_inherited():
    parent = {**obj("kind", kind=S), "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Kitten"}}}
    documents = []
    for lives in (S, N):
        kitten = {"allOf": [ref("schemas", "Parent"), obj(lives=lives)]}
        documents.append(in_response(ref("schemas", "Parent"), components={"schemas": {"Parent": parent, "Kitten": kitten}}))
    (change,) = changes(*documents)
    assert (change.id, change.new_pointer) == ("type-changed", "/components/schemas/Kitten/allOf/1/properties/lives/type")
    documents[1] = copy.deepcopy(documents[1])
    documents[1]["components"]["schemas"]["Parent"]["discriminator"]["mapping"] = {"tom": "#/components/schemas/Kitten"}
    found = {change.id: change.new_pointer.rpartition("/")[2] for change in changes(*documents)}
    assert found == {"discriminator-value-added": "tom", "discriminator-value-removed": "mapping"}


def test_credentials_that_may_be_sent_are_compared():
    old, new = ({**SHOP, "security": [{}, {name: []}]} for name in ("key", "token"))
    said = {(change.id, change.level) for change in changes(old, new)}
    assert said == {("optional-security-removed", "warning"), ("security-alternative-added", "info")}


def test_the_name_of_a_schema_that_a_discriminator_goes_by_is_seen_on_the_wire():
    value = copy.deepcopy(SHOP)
    schemas = value["components"]["schemas"]
    schemas["Iban"] = schemas.pop("Bank")
    schemas["Payment"]["oneOf"][1]["$ref"] = "#/components/schemas/Iban"
    (change,) = changes(SHOP, value)
    assert (change.id, change.level) == ("discriminator-name-changed", "breaking")


@pytest.mark.parametrize("said", ["mapping", "const", "example"])
def test_the_name_of_a_schema_says_nothing_where_another_value_is_meant(said):
    documents = []
    for name in ("Bank", "Iban"):
        value = copy.deepcopy(SHOP)
        schemas = value["components"]["schemas"]
        schemas[name] = schemas.pop("Bank")
        schemas["Payment"]["oneOf"][1]["$ref"] = f"#/components/schemas/{name}"
        if said == "mapping":
            schemas["Payment"]["discriminator"]["mapping"] = {"bank": f"#/components/schemas/{name}"}
        else:
            schemas[name]["properties"]["kind"][said] = "bank"
        documents.append(value)
    assert changes(*documents) == []


def test_an_operation_that_moved_is_compared_further():
    value = copy.deepcopy(SHOP)
    value["paths"]["/baskets"] = value["paths"].pop("/orders")
    value["paths"]["/baskets"]["get"]["parameters"][0]["schema"]["maximum"] = 9
    said = {(change.id, change.operation) for change in changes(SHOP, value)}
    assert {("operation-moved", "GET /baskets"), ("operation-moved", "POST /baskets"), ("maximum-added", "GET /baskets")} == said


def test_servers_in_another_order_are_said_with_names_alone():
    urls = [{"url": "https://a.test"}, {"url": "https://b.test"}]
    old, new = document({**SHOP, "servers": urls}), document({**SHOP, "servers": urls[::-1]})
    assert diff(old, new) == ()
    assert {change.id for change in diff(old, new, names=True)} == {"server-order-changed"}


def test_every_pointer_leads_to_something():
    cases = [(old, new) for _, old, new, _, _ in pairs()] + [(SHOP, edited(place, value)) for place, value, *_ in EDITS.values()]
    for old, new in cases:
        for before, after in ((old, new), (new, old)):
            for change in diff(document(before), document(after)):
                follow(before, change.old_pointer)
                follow(after, change.new_pointer)
