"""Changes for machines: SARIF as the standard has it, for every class of change."""

import json

import jsonschema
import pytest
from diff.building import built

from conformance.diff.diff import diff
from conformance.diff.table import KINDS
from conformance.report.diff_sarif import as_sarif
from conformance.spec.document import Document
from conformance.spec.load import parse
from conformance.spec.pointer import follow

# The part of SARIF 2.1.0 that changes need (sections 3.13 to 3.49), closed, so that nothing else is written.
TEXT = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1}},
}
COUNT = {"type": "integer", "minimum": 1}


def closed(*required, **properties):
    return {"type": "object", "required": list(required), "additionalProperties": False, "properties": properties}


def several(items):
    return {"type": "array", "items": items}


LOCATION = {
    "id": {"type": "integer", "minimum": 0},
    "message": TEXT,
    "physicalLocation": closed(
        "artifactLocation", "region",
        artifactLocation=closed("uri", uri={"type": "string", "format": "uri-reference"}),
        region=closed("startLine", startLine=COUNT, startColumn=COUNT),
    ),
    "logicalLocations": several(closed(fullyQualifiedName={"type": "string"}, kind={"type": "string"})),
}  # fmt: skip
RULE = closed("id", id={"type": "string"}, shortDescription=TEXT, fullDescription=TEXT, properties={"type": "object"})
RESULT = closed(
    "message", "ruleId", "ruleIndex", "level", "locations",
    ruleId={"type": "string"}, ruleIndex={"type": "integer", "minimum": 0}, level={"enum": ["none", "note", "warning", "error"]},
    message=TEXT, locations=several(closed("physicalLocation", **LOCATION)), properties={"type": "object"},
    relatedLocations={"type": "array", "uniqueItems": True, "items": closed("physicalLocation", **LOCATION)},
)  # fmt: skip
DRIVER = closed("name", name={"type": "string"}, version={"type": "string"}, rules={**several(RULE), "uniqueItems": True})
RUN = closed("tool", tool=closed("driver", driver=DRIVER), columnKind={"const": "unicodeCodePoints"}, results=several(RESULT))
SARIF = closed("version", "runs", **{"$schema": {"type": "string"}}, version={"const": "2.1.0"}, runs=several(RUN))
VALIDATOR = jsonschema.Draft202012Validator(SARIF, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.id)
def test_sarif_has_the_form_of_the_standard(row):
    sides = [built(row.example.place, text) for text in (row.example.old, row.example.new)]
    for direction, value in sides[0].items():
        old, new = (
            Document(parse(name, json.dumps(held, indent=1).encode()))
            for name, held in (("old api.json", value), ("new.json", sides[1][direction]))
        )
        changes = diff(old, new, names=True)
        log = json.loads(as_sarif(changes, old, new))
        assert list(VALIDATOR.iter_errors(log)) == []
        for result in log["runs"][0]["results"]:
            for place, document, file in zip(
                (*result["locations"], *result["relatedLocations"]), (new, old), ("new.json", "old%20api.json"), strict=True
            ):
                physical = place["physicalLocation"]
                assert physical["artifactLocation"]["uri"] == file
                pointer = place["logicalLocations"][0]["fullyQualifiedName"]
                follow(document.raw, pointer)
                line = document.source.text.splitlines()[physical["region"]["startLine"] - 1]
                last = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
                assert last.isdecimal() or last in line
