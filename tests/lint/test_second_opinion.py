"""openapi-spec-validator beside our own reading of the specification: its test data, and documents broken at random."""

import copy
import json
import os
import random
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from conformance.lint.lint import lint
from conformance.spec.document import Document
from conformance.spec.load import parse

HERE = Path(__file__).parent
DATA = Path(os.environ.get("OPENAPI_SPEC_VALIDATOR_DATA", HERE.parents[2] / "shared" / "openapi-spec-validator" / "data"))
VALID = (
    "v3.0/petstore.yaml", "v3.0/petstore-separate/spec/openapi.yaml", "v3.0/parent-reference/openapi.yaml",
    "v3.0/property-recursive.yaml", "v3.0/read-only-write-only.yaml", "v3.1/petstore.yaml",
)  # fmt: skip
INVALID = ("v3.0/empty.yaml", "v3.0/missing-description.yaml", "v3.0/property-missing-reference.yaml")
HELD = (None, True, 0, -1, "", "x", "#/nowhere", [], ["a"], {}, {"x": 1}, {"$ref": "#/nowhere"}, "query", "object")
NAMES = ("x", "x-y", "name", "in", "type", "schema", "required", "get", "default", "200", "content", "items", "enum", "url")


def errors(document):
    return [(row.pointer, row.message) for row in lint(document) if row.severity == "error"]


def other(value):
    """What the second validator says, of a document of a version that both know."""
    validator = OpenAPIV30SpecValidator if value["openapi"].startswith("3.0") else OpenAPIV31SpecValidator
    try:
        return [error.message for error in validator(value).iter_errors()]
    except Exception as raised:
        return [repr(raised)]


def places(value, above=()):
    """Every place in a value but the root, as keys."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*above, key)
        yield from places(value[key], (*above, key))


def broken(value, chance):
    """The value with one place left out, replaced, or added to."""
    value = copy.deepcopy(value)
    keys = chance.choice([keys for keys in places(value) if keys[0] != "openapi"])
    holder = value
    for key in keys[:-1]:
        holder = holder[key]
    held, way = copy.deepcopy(chance.choice(HELD)), chance.choice(("leave out", "replace", "add"))
    inner = holder[keys[-1]]
    if way == "leave out":
        del holder[keys[-1]]
    elif way == "add" and isinstance(inner, dict):
        inner[chance.choice(NAMES)] = held
    elif way == "add" and isinstance(inner, list):
        inner.append(held)
    else:
        holder[keys[-1]] = held
    return value, f"{way} {held!r} at {keys}"


@pytest.mark.skipif(not DATA.is_dir(), reason="the test data of openapi-spec-validator is not here")
@pytest.mark.parametrize("name", VALID)
def test_no_valid_document_of_its_test_data_has_an_error(name):
    assert errors(Document.load(DATA / name)) == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the test data of openapi-spec-validator is not here")
@pytest.mark.parametrize("name", INVALID)
def test_no_invalid_document_of_its_test_data_passes(name):
    assert errors(Document.load(DATA / name)) != []


# What the schemas of 3.0 ask of the first, its text does not; the warning is `keyword-incomplete`.
EXCUSED = ("is a dependency of 'exclusiveM",)


@pytest.mark.parametrize("name", ["pets-3.0", "payments-3.1", "upload-3.1"])
def test_whatever_it_refuses_of_documents_broken_at_random_has_an_error_here_too(name):
    chance = random.Random(name)
    whole = json.loads(json.dumps(yaml.safe_load((HERE / "data" / "clean" / f"{name}.yaml").read_text("utf-8")), default=str))
    assert other(whole) == []
    passed, refused = [], 0
    for _ in range(25):
        value, what = broken(whole, chance)
        told = [text for text in other(value) if not any(excuse in text for excuse in EXCUSED)]
        refused += bool(told)
        if told and not errors(Document(parse("a.json", json.dumps(value).encode()))):
            passed.append((what, told[0][:200]))
    assert refused > 3
    assert passed == []
