"""The vendored form: idempotent, and careful about what is prose."""

import json
from pathlib import Path

import pytest

from conformance import shipped
from conformance.errors import OutputError
from conformance.spec.load import load, parse
from conformance.spec.vendor import differences, vendor, write

SHARED = Path(__file__).parents[3] / "shared" / "specs"


def made(value):
    return vendor(parse("a.json", json.dumps(value).encode()))


def test_the_shipped_document_is_in_vendored_form_already():
    result = vendor(load(shipped.document()))
    assert result.text.encode() == shipped.document().read_bytes()
    assert result.prose == 0


def test_prose_goes_and_names_that_look_like_it_stay():
    schema = {
        "description": "gone", "type": "object", "title": "stays", "externalDocs": {"url": "gone"}, "$comment": "gone",
        "properties": {"description": {"type": "string", "description": "gone"}, "externalDocs": {"description": "stays", "type": "object"}},
        "example": {"description": "stays"}, "default": {"description": "stays"}, "enum": [{"description": "stays"}], "x-a": {"description": "stays"},
    }  # fmt: skip
    result = made({"openapi": "3.1.0", "components": {"schemas": {"description": schema}}})
    assert result.value["components"]["schemas"]["description"] == {
        "type": "object", "title": "stays",
        "properties": {"description": {"type": "string"}, "externalDocs": {"description": "stays", "type": "object"}},
        "example": {"description": "stays"}, "default": {"description": "stays"}, "enum": [{"description": "stays"}], "x-a": {"description": "stays"},
    }  # fmt: skip
    assert result.prose == 4


def test_the_required_description_of_a_response_becomes_the_name_of_its_status():
    responses = {"200": {"description": "Everything went very well."}, "404": {"$ref": "#/components/responses/No"}, "4XX": {"description": "x"},
                 "302": {"$ref": "#/components/responses/Yes"}, "default": {"description": "y"}, "299": {"description": "z"}}  # fmt: skip
    result = made({
        "openapi": "3.1.0", "paths": {"/a": {"get": {"responses": responses}}},
        "components": {"responses": {"No": {"description": "no"}, "Yes": {"description": "yes"}}},
    })  # fmt: skip
    kept = result.value["paths"]["/a"]["get"]["responses"]
    assert {status: response.get("description") for status, response in kept.items()} == {
        "200": "OK", "404": None, "4XX": "Error", "302": None, "default": "Error", "299": "Success",
    }  # fmt: skip
    assert result.value["components"]["responses"] == {"No": {"description": "Error"}, "Yes": {"description": "Success"}}


def test_the_root_has_a_fixed_order_and_everything_else_its_own():
    result = made({"x-z": 1, "components": {"b": 1, "a": 2}, "paths": {"/b": {}, "/a": {}}, "info": {}, "openapi": "3.0.0"})
    assert list(result.value) == ["openapi", "info", "paths", "components", "x-z"]
    assert list(result.value["paths"]) == ["/b", "/a"]
    assert list(result.value["components"]) == ["b", "a"]


@pytest.mark.parametrize("name", ["telnyx-official-2026-07.json", "telnyx-2021.json"])
def test_vendoring_twice_changes_nothing(name):
    if not (SHARED / name).exists():
        pytest.skip("the document is not here")
    once = vendor(load(SHARED / name))
    again = vendor(parse("b.json", once.text.encode()))
    assert again.text == once.text
    assert (once.prose > 1000, again.prose) == (True, 0)


def test_vendoring_malformed_documents_changes_nothing_the_second_time():
    for junk in (None, [], "x", {"a": None}, {"$ref": 3}):
        once = made(
            {
                "openapi": "3.1.0",
                "paths": {"/a": junk, "description": junk},
                "components": junk,
                "tags": [junk],
                "description": junk,
            }
        )
        assert vendor(parse("b.json", once.text.encode())).text == once.text


def test_differences_name_what_was_added_removed_and_changed():
    old = {"openapi": "3.1.0", "paths": {"/a": {"get": {}, "put": {}}}, "components": {"schemas": {"S": {}, "T": {}}}}
    new = {
        "openapi": "3.1.0",
        "paths": {"/a": {"get": {"x": 1}}, "/b": {"get": {}}},
        "components": {"schemas": {"S": {}, "U": {}}},
    }
    told = {difference.what: (difference.added, difference.removed, difference.changed) for difference in differences(old, new)}
    assert told == {"operations": (("GET /b",), ("PUT /a",), ("GET /a",)), "schemas": (("U",), ("T",), ())}
    assert differences(old, old) == ()


def test_a_file_that_cannot_be_written_stays_whole(tmp_path):
    target = tmp_path / "a.json"
    with pytest.raises(OutputError):
        write(tmp_path / "no" / "a.json", "x")
    target.mkdir()
    with pytest.raises(OutputError):
        write(target, "x")
    assert list(tmp_path.iterdir()) == [target]


def test_a_written_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "a.json"
    target.write_text("old")
    target.chmod(0o640)
    write(target, "new\n")
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"new\n", 0o640)
    assert list(tmp_path.iterdir()) == [target]
