"""``conformance lint`` as a user meets it: output and exit code."""

import io
import json
import sys

import pytest

from conformance import shipped

CLEAN = {
    "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "tags": [{"name": "a"}],
    "paths": {"/a": {"get": {"operationId": "a", "tags": ["a"], "responses": {"default": {"description": "d"}}}}},
}  # fmt: skip
FLAWED = {**CLEAN, "tags": [], "components": {"schemas": {"S": {"type": "string", "default": None}}}}


@pytest.fixture
def spec(tmp_path):
    def write(value, name="api.json"):
        path = tmp_path / name
        path.write_text(json.dumps(value, indent=1))
        return path

    return write


def test_a_document_without_findings_exits_with_0(conformance, spec):
    assert conformance("lint", spec(CLEAN)) == (0, "no findings\n", "")


def test_findings_are_listed_by_line_and_exit_with_1(conformance, spec):
    path = spec(FLAWED)
    code, out, err = conformance("lint", path)
    assert (code, err) == (1, "")
    assert out == (
        f"{path}\n"
        "  13:6  warning  tag-undeclared    the tag 'a' is not declared; GET /a use it (GET /a)\n"
        "  25:4  note     component-unused  nothing that a client can reach uses 'S' (/components/schemas/S)\n"
        '  27:5  error    default-invalid   the default null does not match its schema: null is not of type "string" '
        "(/components/schemas/S/default)\n"
        "\n"
        "3 new (1 error, 1 warning, 1 note), 0 known\n"
    )


def test_json_has_the_documented_shape_and_nothing_else(conformance, spec):
    code, out, err = conformance("lint", spec(FLAWED), "--format", "json")
    held = json.loads(out)
    assert (code, err, held["version"], list(held)) == (1, "", 1, ["version", "findings"])
    assert all(
        list(each) == ["id", "severity", "message", "pointer", "line", "column", "operation", "tags", "fix", "file"]
        for each in held["findings"]
    )
    tag = next(each for each in held["findings"] if each["id"] == "tag-undeclared")
    assert (tag["severity"], tag["pointer"], tag["line"], tag["column"]) == ("warning", "/paths/~1a/get/tags/0", 13, 6)
    assert (tag["operation"], tag["tags"]) == ("GET /a", ["a"])


def test_notes_alone_do_not_fail(conformance, spec):
    code, out, _ = conformance("lint", spec({**CLEAN, "tags": [{"name": "a"}, {"name": "b"}]}))
    assert (code, out.splitlines()[-1]) == (0, "1 new (1 note), 0 known")


def test_a_baseline_makes_findings_known_until_something_new_comes(conformance, spec, tmp_path):
    baseline = tmp_path / "baseline.json"
    assert conformance("lint", spec(FLAWED), "--write-baseline", baseline)[0] == 0
    code, out, _ = conformance("lint", spec(FLAWED), "--baseline", baseline)
    assert (code, out.splitlines()[-1]) == (0, "nothing new, 3 known")
    assert "1  error    default-invalid   accepted: A default does not match its schema." in out
    worse = {**FLAWED, "info": {"title": "t"}}
    code, out, _ = conformance("lint", spec(worse), "--baseline", baseline)
    assert (code, out.splitlines()[-1]) == (1, "1 new (1 error), 3 known")


def test_known_findings_can_be_listed_too(conformance, spec, tmp_path):
    baseline = tmp_path / "baseline.json"
    conformance("lint", spec(FLAWED), "--write-baseline", baseline)
    assert conformance("lint", spec(FLAWED), "--baseline", baseline, "--show-known")[1].count("[known: ") == 3


def test_the_shipped_document_is_linted_by_default_against_its_own_baseline(conformance):
    code, out, _ = conformance("lint")
    assert code == 0
    assert out.splitlines()[-1].startswith("nothing new, ")
    assert conformance("lint", shipped.document())[0] == 0


def test_a_document_can_come_from_standard_input(conformance, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(CLEAN).encode())))
    assert conformance("lint", "-") == (0, "no findings\n", "")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"a": 1,}', ":1:9: not well-formed JSON"),
        ("", "it is empty"),
        ('{"swagger": "2.0"}', "it is Swagger 2.0"),
        ("[" * 50_000, "levels deep"),
    ],
)
def test_what_is_no_document_gets_one_sentence_and_exit_code_2(conformance, tmp_path, content, sentence):
    path = tmp_path / "api.json"
    path.write_text(content)
    code, out, err = conformance("lint", path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err


def test_bad_usage_gets_one_sentence_and_exit_code_2(conformance, spec, tmp_path):
    for arguments in (
        ["/nowhere.json"],
        [spec(CLEAN), "--baseline", tmp_path / "nothing.json"],
        [spec(CLEAN), "--format", "xml"],
    ):
        code, out, err = conformance("lint", *arguments)
        assert (code, out) == (2, "")
        assert "Traceback" not in err
