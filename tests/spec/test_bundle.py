"""References to other files become internal ones, wherever they stand."""

import json
import pickle

import pytest

from conformance.spec.document import Document
from conformance.spec.load import load

API = """
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /pets/{id}:
    $ref: paths/pets.yaml
  /x:
    get:
      parameters: [{$ref: 'common.json#/limit'}]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {$ref: './schemas/pet.yaml#/Pet'}
              example: {$ref: not-a-reference.yaml}
        "404": {$ref: missing.yaml}
        "500": {$ref: 'http://127.0.0.1:1/remote.yaml#/R'}
components:
  schemas:
    Id: {type: integer, minimum: 3, exclusiveMinimum: true}
"""
PET = """
Pet:
  type: object
  properties:
    id: {$ref: ../api.yaml#/components/schemas/Id}
    name: {type: string, nullable: true}
    friend: {$ref: '#/Pet'}
    owner: {$ref: owner.json}
    "$ref": {type: string}
"""
PATHS = """
parameters:
  - {name: id, in: path, required: true, schema: {type: string, nullable: true}}
get:
  responses:
    "200": {description: ok, content: {application/json: {schema: {$ref: ../schemas/pet.yaml#/Pet}}}}
"""


@pytest.fixture
def api(tmp_path):
    for folder in ("schemas", "paths"):
        (tmp_path / folder).mkdir()
    (tmp_path / "api.yaml").write_text(API)
    (tmp_path / "schemas" / "pet.yaml").write_text(PET)
    (tmp_path / "schemas" / "owner.json").write_text(
        json.dumps({"$id": "https://a.example/o", "properties": {"pet": {"$ref": "pet.yaml#/Pet"}}})
    )
    (tmp_path / "paths" / "pets.yaml").write_text(PATHS)
    (tmp_path / "common.json").write_text('{"limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}}')
    return tmp_path / "api.yaml"


def test_every_reference_to_a_file_becomes_an_internal_one(api):
    source = load(api)
    assert sorted(name for name, _ in source.files) == [
        "common.json",
        "paths/pets.yaml",
        "schemas/owner.json",
        "schemas/pet.yaml",
    ]
    pet = source.value["x-conformance-files"]["schemas/pet.yaml"]["Pet"]["properties"]
    assert pet["id"] == {"$ref": "#/components/schemas/Id"}
    assert pet["friend"] == {"$ref": "#/x-conformance-files/schemas~1pet.yaml/Pet"}
    assert pet["owner"] == {"$ref": "#/x-conformance-files/schemas~1owner.json"}
    assert pet["$ref"] == {"type": "string"}


def test_what_is_no_reference_or_cannot_be_read_stays_as_it_is(api):
    responses = load(api).value["paths"]["/x"]["get"]["responses"]
    assert responses["200"]["content"]["application/json"]["example"] == {"$ref": "not-a-reference.yaml"}
    assert responses["404"] == {"$ref": "missing.yaml"}
    assert responses["500"] == {"$ref": "http://127.0.0.1:1/remote.yaml#/R"}


def test_schemas_of_other_files_mean_the_same_as_those_of_the_document(api):
    first, second = Document.load(api).operations
    pet = first.responses["200"].content["application/json"].schema
    assert pet.errors({"name": None, "owner": {"pet": {"id": 4}}}) == ()
    assert [error.instance_pointer for error in pet.errors({"id": 3, "owner": {"pet": {"name": 1}}})] == [
        "/id",
        "/owner/pet/name",
    ]
    assert [parameter.name for parameter in (*first.parameters, *second.parameters)] == ["id", "limit"]
    assert first.parameters[0].schema.is_valid(None)
    assert "missing.yaml" in second.broken


def test_places_in_other_files_are_found_there(api):
    source = load(api)
    operation = Document(source).operations[0]
    assert (source.file(operation.pointer), source.locate(operation.pointer)) == (str(api.parent / "paths" / "pets.yaml"), (4, 1))
    assert (source.file("/paths"), source.locate("/paths")) == (str(api), (4, 1))


def test_the_working_folder_does_not_matter(api, monkeypatch):
    whole = load(api).value
    monkeypatch.chdir(api.parent)
    assert load("api.yaml").value == whole
    monkeypatch.chdir(api.parent / "paths")
    assert load("../api.yaml").value == whole


def test_a_bundled_document_travels_to_other_processes(api):
    document = pickle.loads(pickle.dumps(Document.load(api)))
    assert document.operations[0].label == "GET /pets/{id}"


def test_files_that_refer_to_each_other_end(tmp_path):
    (tmp_path / "a.json").write_text('{"openapi": "3.1.0", "components": {"schemas": {"A": {"$ref": "b.json#/B"}}}}')
    (tmp_path / "b.json").write_text('{"B": {"items": {"$ref": "a.json#/components/schemas/A"}}}')
    source = load(tmp_path / "a.json")
    assert source.value["x-conformance-files"] == {"b.json": {"B": {"items": {"$ref": "#/components/schemas/A"}}}}


def test_an_anchor_in_another_file_is_found(tmp_path):
    (tmp_path / "a.json").write_text('{"openapi": "3.1.0", "components": {"schemas": {"A": {"$ref": "b.json#here"}}}}')
    (tmp_path / "b.json").write_text('{"$defs": {"x y%": {"$anchor": "here", "type": "null"}}}')
    document = Document.load(tmp_path / "a.json")
    assert document.schema("/components/schemas/A").get("type") == "null"


def test_names_of_files_survive_quoting(tmp_path):
    (tmp_path / "a.json").write_text('{"openapi": "3.1.0", "components": {"schemas": {"A": {"$ref": "b%20c~d%25.json"}}}}')
    (tmp_path / "b c~d%.json").write_text('{"type": "null"}')
    assert Document.load(tmp_path / "a.json").schema("/components/schemas/A").get("type") == "null"


def test_a_file_that_refers_to_itself_is_rewritten_once_however_it_is_reached(tmp_path):
    (tmp_path / "pet.json").write_text('{"type": "object", "properties": {"kin": {"$ref": "#"}}}')
    (tmp_path / "api.json").write_text(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "t", "version": "1"},
                "paths": {},
                "components": {"schemas": {"Pet": {"$ref": "pet.json"}, "Kin": {"$ref": "pet.json#/properties/kin"}}},
            }
        )
    )
    document = Document.load(tmp_path / "api.json")
    assert document.schema("/components/schemas/Kin").pointer == "/x-conformance-files/pet.json"
