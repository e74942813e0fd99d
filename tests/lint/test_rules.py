"""Every rule fires on its failing example, and on nothing that is right."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.lint.lint import lint
from conformance.lint.table import RULES, rule
from conformance.spec.document import Document
from conformance.spec.load import parse

OK = {"200": {"description": "ok"}, "4XX": {"description": "error"}}
BASE = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1.0.0"},
    "tags": [{"name": "pets"}],
    "paths": {"/pets": {"get": {"operationId": "listPets", "tags": ["pets"], "responses": OK}}},
}
SCHEMA = "/paths/~1pets/get/parameters/0/schema"
OPERATION = "/paths/~1pets/get"


def document(value):
    return Document(parse("test.json", json.dumps(value).encode()))


def built(changes, version="3.1.0"):
    """The base with values put at places; a place is a path of keys, the last of which is set."""
    value = copy.deepcopy(BASE)
    value["openapi"] = version
    for path, held in changes.items():
        place = value
        keys = path.split("|")
        for key in keys[:-1]:
            place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
        place[keys[-1]] = copy.deepcopy(held)
    return value


def schema(held, version="3.1.0"):
    """The base with one query parameter of a schema."""
    return built({"paths|/pets|get|parameters": [{"name": "q", "in": "query", "schema": held}]}, version)


def response(held, version="3.1.0", **more):
    """The base with a JSON response of a schema."""
    return built(
        {
            "paths|/pets|get|responses": {
                **OK,
                "200": {"description": "ok", "content": {"application/json": {"schema": held, **more}}},
            }
        },
        version,
    )


def path(name, *parameters, **operation):
    return built(
        {
            f"paths|{name}": {
                "get": {"operationId": "other", "tags": ["pets"], "parameters": list(parameters), "responses": OK, **operation}
            }
        }
    )


def in_path(name, **more):
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **more}


PET = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
UNION = {"oneOf": [{"$ref": "#/components/schemas/Cat"}], "discriminator": {"propertyName": "kind"}}


def union(cat, **discriminator):
    value = response({**UNION, "discriminator": {"propertyName": "kind", **discriminator}})
    value["components"] = {"schemas": {"Cat": cat}}
    return value


def secured(requirement, schemes, version="3.1.0"):
    return built({"security": [requirement], "components": {"securitySchemes": schemes}}, version)


HTTP = {"type": "http", "scheme": "bearer"}
OAUTH = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://a.example/t", "scopes": {"read": "r"}}}}

# id: (a document that passes, one that fails, the pointers of the defects)
EXAMPLES = {
    "access-contradictory": (
        schema({"readOnly": True, "writeOnly": False}), schema({"readOnly": True, "writeOnly": True}), [SCHEMA]),
    "array-items-missing": (
        schema({"type": "array", "items": {}}, "3.0.3"), schema({"type": "array"}, "3.0.3"), [SCHEMA]),
    "bounds-impossible": (
        schema({"minLength": 2, "maxLength": 2}), schema({"minLength": 3, "maxLength": 2}), [SCHEMA]),
    "component-name-invalid": (
        built({"components|headers|a.b-c_D9": {"schema": {}}}), built({"components|headers|a b": {"schema": {}}}),
        ["/components/headers/a b"]),
    "component-unused": (
        response({"$ref": "#/components/schemas/A"}) | {"components": {"schemas": {"A": {}}}},
        built({"components|schemas|A": {"properties": {"self": {"$ref": "#/components/schemas/A"}}}}), ["/components/schemas/A"]),
    "default-invalid": (
        schema({"type": ["string", "null"], "default": None}), schema({"type": "string", "default": None}), [f"{SCHEMA}/default"]),
    "discriminator-mapping-dangling": (
        union(PET, mapping={"cat": "Cat", "tom": "#/components/schemas/Cat"}), union(PET, mapping={"dog": "#/components/schemas/Dog"}),
        [f"{OPERATION}/responses/200/content/application~1json/schema/discriminator/mapping/dog"]),
    "discriminator-property-missing": (
        union(PET), union({"type": "object", "properties": {"name": {}}}),
        [f"{OPERATION}/responses/200/content/application~1json/schema/oneOf/0"]),
    "encoding-property-unknown": (
        built({"paths|/pets|post": {"operationId": "p", "tags": ["pets"], "responses": OK, "requestBody": {"content": {
            "multipart/form-data": {"schema": {"properties": {"a": {}}}, "encoding": {"a": {}}}}}}}),
        built({"paths|/pets|post": {"operationId": "p", "tags": ["pets"], "responses": OK, "requestBody": {"content": {
            "multipart/form-data": {"schema": {"properties": {"a": {}}}, "encoding": {"b": {}}}}}}}),
        ["/paths/~1pets/post/requestBody/content/multipart~1form-data/encoding/b"]),
    "enum-value-duplicate": (schema({"enum": [1, "1", True]}), schema({"enum": ["a", "b", "a"]}), [f"{SCHEMA}/enum/2"]),
    "enum-value-invalid": (
        schema({"type": "number", "enum": [1, 2.5]}), schema({"type": "string", "enum": ["a", 1, None]}),
        [f"{SCHEMA}/enum/1", f"{SCHEMA}/enum/2"]),
    "error-response-missing": (
        built({"paths|/pets|get|responses": {"200": {"description": "ok"}, "default": {"description": "any"}}}),
        built({"paths|/pets|get|responses": {"200": {"description": "ok"}}}), [f"{OPERATION}/responses"]),
    "example-and-examples": (
        response({}, example=1), response({}, example=1, examples={}), [f"{OPERATION}/responses/200/content/application~1json"]),
    "example-file-missing": (BASE, None, []),
    "example-invalid": (
        response({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "writeOnly": True}}}, example={}),
        response({"type": "object", "properties": {"a": {"type": "integer"}}}, examples={"x": {"value": {"a": "b"}}}),
        [f"{OPERATION}/responses/200/content/application~1json/examples/x/value/a"]),
    "example-value-twice": (
        response({}, examples={"x": {"value": 1}}), response({}, examples={"x": {"value": 1, "externalValue": "https://a.example"}}),
        [f"{OPERATION}/responses/200/content/application~1json/examples/x"]),
    "format-type-mismatch": (
        schema({"type": "string", "format": "int64"}), schema({"type": "integer", "format": "date-time"}), [f"{SCHEMA}/format"]),
    "keyword-without-effect": (
        schema({"type": ["string", "integer"], "minimum": 1, "maxLength": 3}), schema({"type": "integer", "maxLength": 3}),
        [f"{SCHEMA}/maxLength"]),
    "link-operation-unknown": (
        built({"paths|/pets|get|responses": {**OK, "200": {"description": "ok", "links": {"a": {"operationId": "listPets"}}}}}),
        built({"paths|/pets|get|responses": {**OK, "200": {"description": "ok", "links": {"a": {"operationId": "nobody"}}}}}),
        [f"{OPERATION}/responses/200/links/a/operationId"]),
    "media-type-malformed": (
        built({"paths|/pets|get|responses": {**OK, "200": {"description": "ok", "content": {"text/*; charset=utf-8": {}}}}}),
        built({"paths|/pets|get|responses": {**OK, "200": {"description": "ok", "content": {"json": {}}}}}),
        [f"{OPERATION}/responses/200/content/json"]),
    "method-unknown": (BASE, built({"paths|/pets|POST": {}}), ["/paths/~1pets/POST"]),
    "name-repeated": (BASE, None, []),
    "nullable-without-effect": (
        schema({"type": "string", "nullable": True}, "3.0.3"), schema({"type": "string", "nullable": True}), [f"{SCHEMA}/nullable"]),
    "operation-id-case-twin": (
        path("/b"), path("/b", operationId="listpets"), ["/paths/~1b/get/operationId"]),
    "operation-id-duplicate": (
        path("/b"), path("/b", operationId="listPets"), ["/paths/~1b/get/operationId"]),
    "operation-id-missing": (path("/b"), path("/b", operationId=""), ["/paths/~1b/get/operationId"]),
    "operation-untagged": (path("/b"), path("/b", tags=[]), ["/paths/~1b/get"]),
    "parameter-duplicate": (
        built({"paths|/pets|get|parameters": [{"name": "a", "in": "query", "schema": {}}, {"name": "a", "in": "header", "schema": {}}]}),
        built({"paths|/pets|get|parameters": [{"name": "A", "in": "header", "schema": {}}, {"name": "a", "in": "header", "schema": {}}]}),
        [f"{OPERATION}/parameters/1"]),
    "parameter-ignored": (
        built({"paths|/pets|get|parameters": [{"name": "accept", "in": "query", "schema": {}}]}),
        built({"paths|/pets|get|parameters": [{"name": "accept", "in": "header", "schema": {}}]}), [f"{OPERATION}/parameters/0"]),
    "path-ambiguous": (
        path("/pets/{id}", in_path("id")),
        path("/a/{x}", in_path("x")) | {"paths": {**path("/a/{x}", in_path("x"))["paths"], **path("/a/{y}", in_path("y"), operationId="o2")["paths"]}},
        ["/paths/~1a~1{y}"]),
    "path-malformed": (path("/b/{id}", in_path("id")), path("/b/{id"), ["/paths/~1b~1{id"]),
    "path-overlapping": (
        path("/pets/{id}", in_path("id")),
        {**BASE, "paths": {**path("/{a}/x", in_path("a"))["paths"], **path("/pets/{b}", in_path("b"), operationId="o2")["paths"]}},
        ["/paths/~1pets~1{b}"]),
    "path-parameter-optional": (
        path("/b/{id}", in_path("id")), path("/b/{id}", in_path("id", required=False)), ["/paths/~1b~1{id}/get/parameters/0"]),
    "path-parameter-undeclared": (path("/b/{id}", in_path("id")), path("/b/{id}"), ["/paths/~1b~1{id}/get"]),
    "path-parameter-unused": (path("/b/{id}", in_path("id")), path("/b", in_path("id")), ["/paths/~1b/get/parameters/0"]),
    "path-template-repeated": (
        path("/b/{x}/{y}", in_path("x"), in_path("y")), path("/b/{x}/{x}", in_path("x")), ["/paths/~1b~1{x}~1{x}"]),
    "pattern-invalid": (
        schema({"pattern": r"^[\w-.]+(?<a>x)\k<a>$"}), schema({"pattern": "(?P<a>x"}), [f"{SCHEMA}/pattern"]),
    "reference-circular": (
        response({"$ref": "#/components/schemas/A"}) | {"components": {"schemas": {"A": {"items": {"$ref": "#/components/schemas/A"}}}}},
        response({"$ref": "#/components/schemas/A"}) | {"components": {"schemas": {"A": {"$ref": "#/components/schemas/A"}}}},
        ["/components/schemas/A/$ref", f"{OPERATION}/responses/200/content/application~1json/schema/$ref"]),
    "reference-kind-mismatch": (
        schema({"$ref": "#/components/parameters/P/schema"}) | {"components": {"parameters": {"P": {"name": "p", "in": "query", "schema": {}}}}},
        schema({"$ref": "#/components/parameters/P"}) | {"components": {"parameters": {"P": {"name": "p", "in": "query", "schema": {}}}}},
        [f"{SCHEMA}/$ref"]),
    "reference-siblings-ignored": (
        schema({"$ref": "#/components/schemas/A", "description": "d"}, "3.0.3") | {"components": {"schemas": {"A": {}}}},
        schema({"$ref": "#/components/schemas/A", "minLength": 1}, "3.0.3") | {"components": {"schemas": {"A": {}}}},
        [f"{SCHEMA}/minLength"]),
    "reference-unresolvable": (
        schema({"$ref": "#/components/schemas/A"}) | {"components": {"schemas": {"A": {}}}},
        schema({"$ref": "#/components/schemas/B"}) | {"components": {"schemas": {}}}, [f"{SCHEMA}/$ref"]),
    "request-body-unexpected": (
        BASE, built({"paths|/pets|get|requestBody": {"content": {"application/json": {}}}}), [f"{OPERATION}/requestBody"]),
    "required-property-forbidden": (
        schema({"additionalProperties": False, "required": ["a"], "patternProperties": {"a": {}}}),
        schema({"additionalProperties": False, "required": ["a", "b"], "properties": {"b": {}}}), [f"{SCHEMA}/required"]),
    "required-property-undescribed": (
        schema({"required": ["a"], "properties": {"b": {}}, "allOf": [{"properties": {"a": {}}}]}),
        schema({"required": ["a"], "properties": {"b": {}}}), [f"{SCHEMA}/required"]),
    "required-repeated": (
        schema({"required": ["a"], "properties": {"a": {}}}), schema({"required": ["a", "a"], "properties": {"a": {}}}),
        [f"{SCHEMA}/required/1"]),
    "response-body-forbidden": (
        built({"paths|/pets|get|responses|204": {"description": "none"}}),
        built({"paths|/pets|get|responses|204": {"description": "none", "content": {"application/json": {}}}}),
        [f"{OPERATION}/responses/204/content"]),
    "security-scheme-undefined": (
        secured({"key": []}, {"key": HTTP}), secured({"lock": []}, {"key": HTTP}), ["/security/0/lock"]),
    "security-scope-misplaced": (
        secured({"key": ["read"]}, {"key": HTTP}), secured({"key": ["read"]}, {"key": HTTP}, "3.0.3"), ["/security/0/key"]),
    "security-scope-undefined": (
        secured({"key": ["read"]}, {"key": OAUTH}), secured({"key": ["write"]}, {"key": OAUTH}), ["/security/0/key"]),
    "server-default-unlisted": (
        built({"servers": [{"url": "/{a}", "variables": {"a": {"default": "x", "enum": ["x"]}}}]}),
        built({"servers": [{"url": "/{a}", "variables": {"a": {"default": "y", "enum": ["x"]}}}]}), ["/servers/0/variables/a/default"]),
    "server-variable-undefined": (
        built({"servers": [{"url": "/{a}", "variables": {"a": {"default": "x"}}}]}), built({"servers": [{"url": "/{a}"}]}),
        ["/servers/0/url"]),
    "structure-invalid": (BASE, built({"info": {"title": "Pets"}}), ["/info"]),
    "success-response-missing": (
        built({"paths|/pets|get|responses": {"302": {"description": "there"}, "404": {"description": "no"}}}),
        built({"paths|/pets|get|responses": {"404": {"description": "no"}}}), [f"{OPERATION}/responses"]),
    "tag-duplicate": (BASE, built({"tags": [{"name": "pets"}, {"name": "pets"}]}), ["/tags/1"]),
    "tag-undeclared": (BASE, built({"tags": []}), [f"{OPERATION}/tags/0"]),
    "tag-unused": (BASE, built({"tags": [{"name": "pets"}, {"name": "cats"}]}), ["/tags/1"]),
    "type-unsatisfiable": (
        schema({"type": "number", "allOf": [{"type": "integer"}, {}]}), schema({"type": "object", "allOf": [{"type": ["string", "array"]}]}),
        [f"{SCHEMA}/allOf"]),
}  # fmt: skip


def pointers(id_, value):
    return [finding.pointer for finding in lint(document(value)) if finding.id == id_]


def test_every_rule_has_a_failing_example_here_or_among_the_planted_defects(defects):
    assert sorted({*EXAMPLES, *(row["rule"] for row in defects)}) == [row.id for row in RULES]


@pytest.mark.parametrize("id_", EXAMPLES)
def test_a_rule_is_silent_on_its_passing_example(id_):
    assert pointers(id_, EXAMPLES[id_][0]) == []


@pytest.mark.parametrize("id_", [id_ for id_, (_, failing, _) in EXAMPLES.items() if failing is not None])
def test_a_rule_names_the_place_in_its_failing_example(id_):
    _, failing, places = EXAMPLES[id_]
    assert pointers(id_, failing) == places


@pytest.mark.parametrize("id_", [id_ for id_, (_, failing, _) in EXAMPLES.items() if failing is not None])
def test_a_defect_that_a_rule_explains_is_not_told_again_as_a_structural_one(id_):
    found = lint(document(EXAMPLES[id_][1]))
    assert [finding.message for finding in found if finding.id == "structure-invalid" and id_ != "structure-invalid"] == []


def test_a_name_that_stands_twice_is_found_where_the_second_stands():
    text = '{"openapi":"3.1.0","info":{"title":"a","version":"1",\n "title":"b"},"paths":{}}'
    found = [finding for finding in lint(Document(parse("t.json", text.encode()))) if finding.id == "name-repeated"]
    assert [(finding.pointer, finding.line, finding.column) for finding in found] == [("/info/title", 2, 2)]


def test_ids_are_sorted_unique_and_kebab_case():
    ids = [row.id for row in RULES]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", id_) for id_ in ids)


def test_every_rule_says_what_it_finds_what_to_do_and_why():
    for row in RULES:
        for text in (row.summary, row.fix, row.why, row.function.__doc__ or ""):
            assert re.fullmatch(r"[A-Z`'].{14,}\.", text), f"{row.id}: {text!r}"


def test_there_are_more_rules_than_were_asked_for():
    assert len(RULES) >= 90


def test_a_rule_is_found_by_its_id():
    assert rule("tag-undeclared").summary.startswith("Operations use")
    assert rule("nothing") is None


def test_the_page_of_rules_is_up_to_date():
    written = Path(__file__).parents[2] / "docs" / "rules.md"
    made = subprocess.run([sys.executable, Path(__file__).with_name("examples.py")], capture_output=True, text=True, check=True)
    assert written.read_text("utf-8") == made.stdout, "run python tests/lint/examples.py > docs/rules.md"
