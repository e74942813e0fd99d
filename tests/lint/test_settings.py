"""What a project and a document settle for the linter, and what can be mended without thinking."""

import json

import pytest

from conformance.errors import UsageError
from conformance.lint.fixes import FIXABLE, overlay, path
from conformance.lint.lint import lint
from conformance.lint.settings import Settings
from conformance.lint.table import RULES
from conformance.model.record import Severity
from conformance.run.config import config

ROW = {"schema": {"type": "integer", "maxLength": 5, "default": "a"}}


def ids(found):
    return sorted(finding.id for finding in found)


def test_rules_and_areas_can_be_switched_off(shop_with, shop):
    document = shop_with(ROW)
    assert ids(lint(document)) == ["default-invalid", "keyword-without-effect"]
    assert ids(lint(document, rules=Settings(off=frozenset({"default-invalid"})).chosen(RULES))) == ["keyword-without-effect"]
    assert ids(lint(document, rules=Settings(off=frozenset({"schemas"})).chosen(RULES))) == ["default-invalid"]


def test_severities_can_be_settled_by_rule_and_by_area(shop_with):
    settings = Settings(severity={"schemas": Severity.NOTE, "default-invalid": Severity.WARNING})
    found = {each.id: each.severity for each in lint(shop_with(ROW), rules=settings.chosen(RULES))}
    assert found == {"default-invalid": Severity.WARNING, "keyword-without-effect": Severity.NOTE}


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (True, []),
        ("default-invalid", ["keyword-without-effect"]),
        (["default-invalid", "schemas"], []),
        ({"keyword-without-effect": "the old clients need it"}, ["default-invalid"]),
        ("tag-unused", ["default-invalid", "keyword-without-effect"]),
        (False, ["default-invalid", "keyword-without-effect"]),
    ],
)
def test_a_document_can_say_that_a_defect_is_meant(shop_with, said, left):
    row = {"schema": {**ROW["schema"], "x-conformance-ignore": said}}
    assert ids(lint(shop_with(row))) == left
    above = {**ROW, "set": {"/components/schemas/Order/x-conformance-ignore": said}}
    assert ids(lint(shop_with(above))) == left


def test_the_file_of_the_project_settles_both(tmp_path):
    file = tmp_path / "conformance.toml"
    file.write_text('[lint]\noff = ["tag-unused", "house"]\n[lint.severity]\nschemas = "note"\n')
    found = config(file).lint
    assert (found.off, found.severity) == ({"tag-unused", "house"}, {"schemas": Severity.NOTE})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[lint]\noff = ["tag-unusd"]', "did you mean 'tag-unused'"),
        ('[lint.severity]\nschemas = "bad"', "must be error, warning or note"),
        ("[lint]\nof = []", "did you mean 'off'"),
        ('[lint]\noff = "a"', "must be a list"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, text, sentence):
    file = tmp_path / "conformance.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=sentence.replace("(", r"\(")):
        config(file)


def applied(value, held):
    """The document after the actions of an overlay: only what the actions of the linter need."""
    for action in held["actions"]:
        tokens = json.loads("[" + action["target"][1:].replace("][", ",").strip("[]") + "]")
        owner = value
        for token in tokens[:-1]:
            owner = owner[token]
        if action.get("remove"):
            del owner[tokens[-1]]
        else:
            target = owner[tokens[-1]] if tokens else value
            for name, new in action["update"].items():
                target[name] = [*target[name], *new] if isinstance(new, list) and name in target else new
    return value


def test_an_overlay_mends_every_planted_defect_of_a_rule_that_it_claims(defects, shop_with):
    tried = set()
    for row in defects:
        if row["rule"] in FIXABLE:
            document = shop_with(row)
            found = [each for each in lint(document) if each.id == row["rule"]]
            mended = applied(document.raw, overlay(document, found))
            left = [each.id for each in lint(shop_with({}, mended)) if each.id == row["rule"]]
            assert left == [], row["name"]
            tried.add(row["rule"])
    assert tried == FIXABLE


def test_a_path_tells_names_from_numbers():
    raw = {"a": [{"200": {"x'y": 1}}]}
    assert path(raw, "/a/0/200/x'y") == '$["a"][0]["200"]["x\'y"]'
