"""``conformance diff`` as a user meets it: output and exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "kind": {"enum": ["cat", "dog"]}}}


def document(pet, version="1.0.0"):
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": version},
        "paths": {
            "/pets": {
                "get": {"responses": {"200": {"description": "ok", **content}}},
                "post": {"requestBody": content, "responses": {"201": {"description": "ok"}}},
            }
        },
        "components": {"schemas": {"Pet": pet}},
    }


OLD = document(PET)
NEW = document({**PET, "properties": {"name": {"type": "string"}, "kind": {"enum": ["cat"]}}})
HARMLESS = document({**PET, "properties": {**PET["properties"], "age": {"type": "integer"}}})


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(value, name):
        text = json.dumps(value, indent=1) if name.endswith(".json") else yaml.safe_dump(value)
        (tmp_path / name).write_text(text)
        return name

    return write


def test_the_same_document_exits_with_0(conformance, spec):
    assert conformance("diff", spec(OLD, "old.json"), spec(OLD, "new.yaml")) == (0, "nothing changed\n", "")


def test_changes_are_grouped_by_cause_and_exit_with_1(conformance, spec):
    code, out, err = conformance("diff", spec(OLD, "old.json"), spec(NEW, "new.json"))
    assert (code, err) == (1, "")
    assert out == (
        "breaking (breaks clients): 1\n"
        "  enum-value-removed  request body, kind: the value 'dog' was removed\n"
        "      POST /pets  /components/schemas/Pet/properties/kind/enum\n"
        "\n"
        "warning (may surprise clients): 1\n"
        "  version-not-raised  changes break clients, and the version is still 1.0.0\n"
        "      /info/version\n"
        "\n"
        "info (harmless on the wire): 1\n"
        "  enum-value-removed  response 200, kind: the value 'dog' was removed  [SDKs: breaking]\n"
        "      GET /pets  /components/schemas/Pet/properties/kind/enum\n"
        "\n"
        "3 changes (1 breaking, 1 warning, 1 info) in 2 operations\n"
    )


def test_json_has_every_operation(conformance, spec):
    code, out, _ = conformance("diff", spec(OLD, "old.json"), spec(NEW, "new.json"), "--format", "json")
    place = "/components/schemas/Pet/properties/kind/enum"
    assert code == 1
    assert json.loads(out) == {
        "version": 1,
        "changes": [
            {"id": "version-not-raised", "level": "warning", "sdk": "warning", "operation": None,
             "message": "changes break clients, and the version is still 1.0.0",
             "old_pointer": "/info/version", "new_pointer": "/info/version"},
            {"id": "enum-value-removed", "level": "info", "sdk": "breaking", "operation": "GET /pets",
             "message": "response 200, kind: the value 'dog' was removed", "old_pointer": place, "new_pointer": place},
            {"id": "enum-value-removed", "level": "breaking", "sdk": "breaking", "operation": "POST /pets",
             "message": "request body, kind: the value 'dog' was removed", "old_pointer": place, "new_pointer": place},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("new", "limit", "expected"),
    [(NEW, "none", 0), (NEW, "breaking", 1), (HARMLESS, "warning", 0), (HARMLESS, "info", 1), (NEW, "warning", 1)],
)
def test_the_exit_code_follows_fail_on(new, limit, expected, conformance, spec):
    assert conformance("diff", spec(OLD, "old.json"), spec(new, "new.json"), "--fail-on", limit)[0] == expected


def test_markdown_has_a_table_for_each_level(conformance, spec):
    _, out, _ = conformance("diff", spec(OLD, "old.json"), spec(HARMLESS, "new.json"), "--format", "markdown")
    assert out == (
        "# Changes\n\n1 change (1 info) in 2 operations\n\n## Info\n\n"
        "| Change | What | Operations | SDKs | Why |\n| --- | --- | --- | --- | --- |\n"
        "| `property-added` | response 200: the property 'age' was added | GET /pets, POST /pets | info | Nobody has to know it. |\n"
    )


@pytest.mark.parametrize("name", ["new.json", "new.yaml"])
def test_sarif_points_at_lines_of_both_documents(name, conformance, spec):
    code, out, _ = conformance("diff", spec(OLD, "old.json"), spec(NEW, name), "--format", "sarif")
    (made,) = json.loads(out)["runs"]
    rules = [rule["id"] for rule in made["tool"]["driver"]["rules"]]
    assert code == 1
    assert rules == ["enum-value-removed", "version-not-raised"]
    for result in made["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        for place, file in ((result["locations"][0], name), (result["relatedLocations"][0], "old.json")):
            region = place["physicalLocation"]["region"]
            assert place["physicalLocation"]["artifactLocation"]["uri"] == file
            line = Path(file).read_text().splitlines()[region["startLine"] - 1]
            member = place["logicalLocations"][0]["fullyQualifiedName"].rpartition("/")[2]
            assert line[region["startColumn"] - 1 :].lstrip('"').startswith(member)
    assert [result["level"] for result in made["results"]] == ["error", "warning", "note"]


def test_what_is_no_document_is_said(conformance, spec):
    code, _, err = conformance("diff", spec(OLD, "old.json"), "missing.json")
    assert (code, err) == (2, "error: cannot read the document missing.json: no such file or directory; check the path or URL\n")


def test_the_output_does_not_depend_on_the_hash_seed(spec):
    old, new = spec(OLD, "old.json"), spec(document({"type": "object", "properties": {"a": {"enum": ["x", "y"]}}}), "new.json")
    program = "from conformance.cli.main import run; run()"
    texts = {
        subprocess.run([sys.executable, "-c", program, "diff", old, new, "--format", "json"], env={**os.environ, "PYTHONHASHSEED": str(seed)},
                       capture_output=True, text=True, check=False).stdout
        for seed in (1, 2)
    }  # fmt: skip
    assert len(texts) == 1
    assert texts != {""}


def test_a_run_since_an_earlier_document_leaves_out_what_is_the_same(conformance, spec):
    changed = document(PET)
    changed["paths"]["/pets"]["get"]["responses"]["404"] = {"description": "gone"}
    old, new = spec(OLD, "old.json"), spec(changed, "new.json")
    code, out, _ = conformance("run", "--spec", new, "--since", old, "--plan")
    assert code == 0
    assert "GET /pets" in out
    assert "POST /pets" not in out
    assert conformance("run", "--spec", new, "--since", new) == (
        0, "nothing to test: no contract changed since new.json (2 operations left out)\n", "")  # fmt: skip
