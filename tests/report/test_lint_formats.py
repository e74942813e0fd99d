"""Lint findings for machines: every format whole, and true to what was found."""

import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.lint.lint import lint
from conformance.lint.table import RULES
from conformance.model.record import Severity
from conformance.report.lint_formats import as_github, as_junit, as_sarif
from conformance.report.lint_text import as_text
from conformance.spec.document import Document
from conformance.spec.load import parse

TEXT = """openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /a:
    get:
      tags: [shop]
      operationId: a
      parameters:
        - name: q
          in: query
          schema:
            type: integer
            default: five
      responses: {default: {description: d}}
"""

# The part of the SARIF 2.1.0 schema that a log of results needs, from the text of the standard.
TEXT_OBJECT = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1}},
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF = {
    "type": "object", "required": ["version", "runs"], "additionalProperties": False,
    "properties": {
        "version": {"const": "2.1.0"}, "$schema": {"type": "string"},
        "runs": {"type": "array", "items": {
            "type": "object", "required": ["tool"], "additionalProperties": False,
            "properties": {
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "tool": {"type": "object", "required": ["driver"], "additionalProperties": False, "properties": {"driver": {
                    "type": "object", "required": ["name"], "additionalProperties": False, "properties": {
                        "name": {"type": "string"}, "version": {"type": "string"},
                        "rules": {"type": "array", "uniqueItems": True, "items": {
                            "type": "object", "required": ["id"], "additionalProperties": False, "properties": {
                                "id": {"type": "string"}, "shortDescription": TEXT_OBJECT, "fullDescription": TEXT_OBJECT, "help": TEXT_OBJECT,
                                "defaultConfiguration": {"type": "object", "additionalProperties": False, "properties": {"level": LEVEL}},
                                "properties": {"type": "object"}}}}}}}},
                "results": {"type": "array", "items": {
                    "type": "object", "required": ["message"], "additionalProperties": False, "properties": {
                        "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": -1}, "level": LEVEL, "message": TEXT_OBJECT,
                        "locations": {"type": "array", "items": {"type": "object", "additionalProperties": False, "properties": {
                            "physicalLocation": {"type": "object", "additionalProperties": False, "properties": {
                                "artifactLocation": {"type": "object", "additionalProperties": False, "properties": {"uri": {"type": "string", "format": "uri-reference"}}},
                                "region": {"type": "object", "additionalProperties": False, "properties": {
                                    "startLine": {"type": "integer", "minimum": 1}, "startColumn": {"type": "integer", "minimum": 1}}}}},
                            "logicalLocations": {"type": "array", "items": {"type": "object", "additionalProperties": False, "properties": {
                                "fullyQualifiedName": {"type": "string"}, "kind": {"type": "string"}}}}}}},
                        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                        "properties": {"type": "object"},
                        "suppressions": {"type": "array", "items": {"type": "object", "required": ["kind"], "additionalProperties": False, "properties": {
                            "kind": {"enum": ["inSource", "external"]}, "justification": {"type": "string"}}}}}}},
            }}},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def document():
    return Document(parse("specs/my api.yaml", TEXT.encode()))


@pytest.fixture(scope="module")
def findings(document):
    return lint(document)


def test_sarif_has_the_form_of_the_standard(document, findings):
    import jsonschema

    log = json.loads(json.dumps(as_sarif(findings, RULES, file=document.source.file, version="1")))
    assert list(jsonschema.Draft202012Validator(SARIF, format_checker=jsonschema.FormatChecker()).iter_errors(log)) == []
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [row["id"] for row in rules] == [row.id for row in RULES]
    for result, finding in zip(run["results"], findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.id
        place = result["locations"][0]["physicalLocation"]
        assert place == {
            "artifactLocation": {"uri": "specs/my%20api.yaml"},
            "region": {"startLine": finding.line, "startColumn": finding.column},
        }


@pytest.mark.skipif("SARIF_SCHEMA" not in os.environ, reason="SARIF_SCHEMA does not name the schema of SARIF 2.1.0")
def test_sarif_is_valid_by_the_published_schema(document, findings):
    import jsonschema

    schema = json.loads(Path(os.environ["SARIF_SCHEMA"]).read_text("utf-8"))
    log = json.loads(json.dumps(as_sarif(findings, RULES, file=document.source.file, version="1")))
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    assert list(validator.iter_errors(log)) == []


def test_sarif_suppresses_what_is_known(document, findings):
    from dataclasses import replace

    (result,) = as_sarif([replace(findings[0], known="agreed")], RULES, file=document.source.file, version="1")["runs"][0][
        "results"
    ]
    assert result["suppressions"] == [{"kind": "external", "justification": "agreed"}]


def test_annotations_of_github_stand_on_the_lines(document, findings):
    lines = as_github(findings, file=document.source.file).splitlines()
    assert len(lines) == len(findings)
    (wrong,) = [line for line in lines if "title=default-invalid" in line]
    assert wrong.startswith("::error file=specs/my api.yaml,line=13,col=13,title=default-invalid::the default")
    assert all(re.fullmatch(r"::(error|warning|notice) file=[^:]+,line=\d+,col=\d+,title=[a-z-]+::.+", line) for line in lines)


def test_junit_has_a_case_for_each_rule_and_fails_those_with_new_findings(document, findings):
    root = ET.fromstring(as_junit(findings, RULES, file=document.source.file))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert list(cases) == [row.id for row in RULES]
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    assert failed == {each.id for each in findings if each.severity is not Severity.NOTE}
    assert root.get("failures") == str(len(failed))
    assert "specs/my api.yaml:13:13" in cases["default-invalid"].find("failure").text


def test_text_is_grouped_by_tag_or_rule_with_the_line(document, findings):
    def excerpt(finding):
        return document.source.line(finding.pointer)

    by_tag = as_text(findings, file=document.source.file, by="tag", excerpt=excerpt)
    assert by_tag.splitlines()[0] == "shop"
    assert "       | default: five" in by_tag
    by_rule = as_text(findings, file=document.source.file, by="rule")
    assert "default-invalid" in by_rule.splitlines()
