"""``conformance spec vendor`` as a user meets it."""

import json

from conformance import shipped

API = {
    "paths": {"/a": {"get": {"description": "prose", "responses": {"200": {"description": "all went well"}}}}},
    "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
}  # fmt: skip


def test_a_first_vendoring_writes_the_document_and_says_what_it_is(conformance, tmp_path):
    source, target = tmp_path / "a.json", tmp_path / "v.json"
    source.write_text(json.dumps(API))
    assert conformance("spec", "vendor", source, "-o", target) == (
        0, f"{target}: written (OpenAPI 3.1.0, 1 operations, 0 tags)\n  prose: 2 pieces left out or shortened\n", "",
    )  # fmt: skip
    assert list(json.loads(target.read_text())) == ["openapi", "info", "paths"]


def test_yaml_and_json_are_vendored_to_the_same_bytes(conformance, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(API))
    (tmp_path / "a.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      description: prose\n      responses:\n"
        "        200: {description: fine}\n"
    )
    for name in ("a.json", "a.yaml"):
        assert conformance("spec", "vendor", tmp_path / name, "-o", tmp_path / f"{name}.out")[0] == 0
    assert (tmp_path / "a.json.out").read_bytes() == (tmp_path / "a.yaml.out").read_bytes()


def test_what_changed_is_told_and_doing_it_again_changes_nothing(conformance, tmp_path):
    source, target = tmp_path / "a.json", tmp_path / "v.json"
    source.write_text(json.dumps(API))
    conformance("spec", "vendor", source, "-o", target)
    source.write_text(json.dumps({**API, "paths": {"/b": API["paths"]["/a"]}, "tags": [{"name": "x"}]}))
    code, out, _ = conformance("spec", "vendor", source, "-o", target)
    assert code == 0
    assert out.splitlines()[1:] == [
        "  operations: 1 added: GET /b", "  operations: 1 removed: GET /a", "  members of the root: 1 added: /tags",
        "  prose: 2 pieces left out or shortened",
    ]  # fmt: skip
    assert "nothing changed" in conformance("spec", "vendor", target, "-o", target)[1]


def test_the_shipped_document_is_vendored_to_itself(conformance, tmp_path):
    target = tmp_path / "v.json"
    assert conformance("spec", "vendor", shipped.document(), "-o", target)[0] == 0
    assert target.read_bytes() == shipped.document().read_bytes()


def test_a_document_that_cannot_be_read_leaves_the_file_as_it_was(conformance, tmp_path):
    source, target = tmp_path / "a.json", tmp_path / "v.json"
    source.write_text("{")
    target.write_text("precious")
    code, out, err = conformance("spec", "vendor", source, "-o", target)
    assert (code, out, target.read_text()) == (2, "", "precious")
    assert "not well-formed JSON" in err


def test_a_place_that_cannot_be_written_gets_one_sentence(conformance, tmp_path):
    for target in (tmp_path, tmp_path / "no" / "v.json"):
        code, _, err = conformance("spec", "vendor", shipped.document(), "-o", target)
        assert (code, err.count("\n")) == (2, 1)
        assert "cannot write to" in err
