"""The linter over whole documents: no false alarm, true places, and nothing that it cannot read."""

import json
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from conformance import shipped
from conformance.lint.lint import lint
from conformance.model.record import Severity
from conformance.spec.document import Document
from conformance.spec.load import parse

DATA = Path(__file__).with_name("data")
SHARED = Path(__file__).parents[3] / "shared" / "specs"


def document(value):
    return Document(parse("test.json", json.dumps(value).encode()))


@pytest.fixture(scope="module")
def shipped_document():
    return Document.load(shipped.document())


@pytest.fixture(scope="module")
def shipped_findings(shipped_document):
    return lint(shipped_document)


@pytest.mark.parametrize("name", ["valid-3.0.json", "valid-3.1.json"])
def test_a_rich_and_valid_document_has_no_finding_at_all(name):
    assert [(finding.id, finding.pointer, finding.message) for finding in lint(Document.load(DATA / name))] == []


def test_the_valid_document_is_valid_for_the_specification_validator_too():
    value = json.loads((DATA / "valid-3.0.json").read_text("utf-8"))
    assert list(OpenAPIV30SpecValidator(value).iter_errors()) == []


def test_the_shipped_document_has_the_defects_that_the_published_one_has(shipped_findings):
    null_defaults = [
        finding for finding in shipped_findings if finding.id == "default-invalid" and "default null" in finding.message
    ]
    tags = [finding for finding in shipped_findings if finding.id == "tag-undeclared"]
    assert len(null_defaults) == 19
    assert len(tags) == 13
    assert not [finding for finding in shipped_findings if finding.id == "structure-invalid"]


def test_every_finding_stands_where_its_pointer_leads(shipped_document, shipped_findings):
    lines = shipped_document.source.text.split("\n")
    for finding in shipped_findings:
        last = finding.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        here = lines[finding.line - 1][finding.column - 1 :]
        assert here.startswith(f'"{last}":') or last.isdecimal(), finding


def test_findings_are_sorted_and_no_two_have_one_fingerprint(shipped_findings):
    assert len({finding.fingerprint for finding in shipped_findings}) == len(shipped_findings)
    assert lint(Document.load(shipped.document())) == shipped_findings


def test_a_finding_in_a_shared_component_has_the_tags_of_the_operations_that_reach_it():
    operation = {"operationId": "a", "tags": ["one"], "responses": {"default": {"$ref": "#/components/responses/R"}}}
    value = {
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "tags": [{"name": "one"}, {"name": "two"}],
        "paths": {"/a": {"get": operation}, "/b": {"get": {**operation, "operationId": "b", "tags": ["two"]}}},
        "components": {
            "responses": {"R": {"description": "r", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}},
            "schemas": {"S": {"type": "string", "default": 1}},
        },
    }  # fmt: skip
    (finding,) = lint(document(value))
    assert (finding.pointer, finding.operation, finding.tags) == ("/components/schemas/S/default", None, ("one", "two"))


def test_a_finding_inside_an_operation_names_it():
    operation = {"operationId": "a", "tags": ["one"], "responses": {"200": {"description": "ok"}}}
    value = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "tags": [{"name": "one"}],
        "paths": {"/a": {"get": operation}},
    }
    (finding,) = lint(document(value))
    assert (finding.operation, finding.operation_id, finding.tags, finding.severity) == (
        "GET /a",
        "a",
        ("one",),
        Severity.NOTE,
    )


def test_a_path_item_that_two_paths_share_is_defective_once():
    shared = {"get": {"operationId": "a", "responses": {"200": {"description": "ok"}}}}
    value = {
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {path: {"$ref": "#/components/pathItems/P"} for path in ("/a", "/b")}, "components": {"pathItems": {"P": shared}},
    }  # fmt: skip
    (finding,) = lint(document(value))
    assert (finding.id, finding.pointer, finding.operation) == (
        "error-response-missing",
        "/components/pathItems/P/get/responses",
        "GET /a",
    )


def test_findings_in_other_files_have_the_line_of_those_files(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "pet.yaml").write_text("Pet:\n  type: string\n  nullable: true\n  default: 5\n")
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n      responses:\n"
        "        default:\n          description: d\n          content:\n            application/json:\n"
        "              schema: {$ref: 'schemas/pet.yaml#/Pet'}\n"
    )
    loaded = Document.load(tmp_path / "api.yaml")
    (finding,) = lint(loaded)
    assert (finding.id, finding.line, finding.column) == ("default-invalid", 4, 3)
    assert finding.pointer == "/x-conformance-files/schemas~1pet.yaml/Pet/default"
    assert loaded.source.file(finding.pointer) == str(tmp_path / "schemas" / "pet.yaml")


EXTERNAL = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a:
    get:
      operationId: a
      responses:
        default:
          description: d
          content:
            application/json:
              schema: {type: object, properties: {a: {type: integer}}}
              examples:
                right: {externalValue: ./examples/right.json}
                wrong: {externalValue: examples/wrong.json}
                gone: {externalValue: examples/gone.json}
                elsewhere: {externalValue: 'https://shop.example/gone.json'}
"""


def test_external_examples_are_read_beside_the_document(tmp_path):
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "right.json").write_text('{"a": 1}')
    (tmp_path / "examples" / "wrong.json").write_text('{"a": "x"}')
    (tmp_path / "api.yaml").write_text(EXTERNAL)
    found = [(row.id, row.pointer.rpartition("/examples/")[2], row.line) for row in lint(Document.load(tmp_path / "api.yaml"))]
    assert found == [("example-file-missing", "gone/externalValue", 17), ("example-invalid", "wrong/externalValue", 16)]


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "no such file"), ("P: [", "not well-formed YAML"), ("Q: {type: string}", "leads nowhere (")]
)
def test_a_reference_into_a_file_that_cannot_be_used_says_why(tmp_path, content, reason):
    if content is not None:
        (tmp_path / "s.yaml").write_text(content)
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents: {schemas: {A: {$ref: 's.yaml#/P'}}}\n"
    )
    (finding,) = [row for row in lint(Document.load(tmp_path / "api.yaml")) if row.id == "reference-unresolvable"]
    assert reason in f"{finding.message} ("
    assert (finding.pointer, finding.line) == ("/components/schemas/A/$ref", 4)


OLDER = {"$schema": "http://json-schema.org/draft-07/schema#"}


@pytest.mark.parametrize("held", [{"dependencies": {"a": ["b"]}, "dependentRequired": []}, {"dependencies": 3}, {"items": [3]}])
def test_a_broken_schema_of_an_older_dialect_is_told_as_such(held):
    value = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": {"A": {**OLDER, **held}}}}
    found = {row.id for row in lint(document(value))}
    assert "structure-invalid" in found or held.get("dependentRequired") == []


JUNK = [None, True, 0, 1.5, "", "#", "http://[x", [], [None], {}, {"$ref": 3}, {"$ref": "#"}, {"type": {}}, 10**40, {"": ""}]


def _places(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _places(item, (*path, key))


@pytest.mark.parametrize("name", ["valid-3.0.json", "valid-3.1.json"])
def test_wrong_types_anywhere_give_findings_and_never_an_exception(name):
    text = (DATA / name).read_text("utf-8")
    places = [place for place in _places(json.loads(text)) if place != ("openapi",)]
    for index, place in enumerate(places[:: len(places) // 80]):
        value = json.loads(text)
        holder = value
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = JUNK[index % len(JUNK)]
        for finding in lint(document(value)):
            assert finding.line >= 1
            assert finding.message.encode()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("telnyx-official-2026-07.json", 200), ("telnyx-2021.json", 150)])
def test_the_large_documents_are_structurally_valid_and_have_findings(name, least):
    if not (SHARED / name).exists():
        pytest.skip("the document is not here")
    found = lint(Document.load(SHARED / name))
    assert len(found) > least
    assert not [finding for finding in found if finding.id in {"structure-invalid", "reference-unresolvable"}]
