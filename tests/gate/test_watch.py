"""What a client's requests are held to, and whose each violation is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.gate.rules import RULES, page
from conformance.gate.watch import Focus
from conformance.model.message import NoResponse, Response


def told(found):
    return [(one.id, one.blame) for one in found]


@pytest.mark.parametrize(
    ("sent", "rule", "blame", "words"),
    [
        (("POST", "/v2/notes", {"text": 5}), "request-body", "sdk", '5 is not of type "string"'),
        (("POST", "/v2/notes", {}), "request-body", "sdk", '"text" is a required property'),
        (("POST", "/v2/notes", {"text": "a", "colour": "blue"}), "request-body", "document", '"blue" is not one of'),
        (("POST", "/v2/notes", {"text": "a", "colour": "pink"}), "request-body", "ambiguous", '"pink" is not one of'),
        (("POST", "/v2/notes", {"text": 1e999}), "request-syntax", "sdk", "JSON"),
        (("GET", "/v2/notes?limit=1000", None), "request-parameter", "ambiguous", "1000 is greater than"),
        (("GET", "/v2/notes?page_size=1", None), "parameter-undocumented", "sdk", "'page[size]'"),
        (("GET", "/v2/notes?colour=red", None), "parameter-undocumented", "ambiguous", "'colour'"),
        (("GET", "/v2/v2/notes", None), "path-undocumented", "sdk", "/v2 stands twice; the nearest is GET /notes"),
        (("GET", "/v2/v2/unheard_of", None), "path-undocumented", "sdk", "/v2 stands twice"),
        (("GET", "/v2/notes/", None), "path-undocumented", "sdk", "it ends with a slash"),
        (("GET", "/v2/phone-numbers", None), "path-undocumented", "sdk", "it has - for _; the nearest is GET /phone_numbers"),
        (("GET", "/v2/phone_number", None), "path-undocumented", "ambiguous", "the nearest is GET /phone_numbers"),
        (("GET", "/v2/weather", None), "path-undocumented", "ambiguous", "GET /v2/weather is not in the document"),
        (("DELETE", "/v2/notes", None), "method-undocumented", "sdk", "/notes has GET, POST"),
    ],
)  # fmt: skip
def test_a_request_that_breaks_the_contract_is_told_with_who_has_to_mend_it(session, sent, rule, blame, words):
    found = [one for one in session().send(*sent) if one.severity != "note"]
    assert told(found) == [(rule, blame)]
    assert words in found[0].message
    assert found[0].request is not None
    assert found[0].stage == "gate"


def test_a_client_that_keeps_to_the_document_hears_nothing(session):
    gate = session()
    for path in ("/v2/notes", "/v2/notes?limit=5&page[size]=3", "/v2/notes/17"):
        assert gate.send("GET", path) == []
    assert gate.send("POST", "/v2/notes", {"text": "a", "colour": "red", "more": 1}) == []
    assert gate.end().findings == {}


def test_a_lenient_sandbox_is_not_held_to_what_it_brings_to_life_or_lets_pass(session):
    gate = session()
    assert gate.send("GET", "/v2/notes/never-made") == []
    assert told(gate.send("POST", "/v2/notes", {"size": 1})) == [("request-body", "sdk")]


def test_deprecated_operations_and_parameters_are_notes(session):
    gate = session()
    found = [*gate.send("GET", "/v2/phone_numbers"), *gate.send("GET", "/v2/notes?old=x")]
    assert [(one.id, one.severity.value) for one in found] == [("operation-deprecated", "note"), ("parameter-deprecated", "note")]
    assert gate.end().new_findings() == ()
    assert gate.end().deprecated == {"GET /phone_numbers": 1}


def test_credentials_are_missing_where_no_call_ever_has_them(session):
    gate = session()
    gate.send("GET", "/v2/notes", headers={"Authorization": None})
    gate.send("GET", "/v2/notes/1", headers={"Authorization": None})
    gate.send("GET", "/v2/notes")
    assert [(one.id, one.operation) for one in gate.end().findings.values()] == [("credentials-missing", "GET /notes/{id}")]


def test_a_finding_names_the_test_and_the_header_that_says_it_is_no_part_of_the_request(session):
    gate = session()
    (found,) = gate.send("POST", "/v2/notes", {"text": 5}, test="tests/test_notes.py::test_a")
    gate.send("POST", "/v2/notes", {"text": 5}, test="tests/test_notes.py::test_b")
    assert found.test == "tests/test_notes.py::test_a"
    assert found.request.header("x-conformance-test") is None
    assert gate.end().tests[found.fingerprint] == {"tests/test_notes.py::test_a", "tests/test_notes.py::test_b"}


class Fixed:
    """A target that always answers the same."""

    def __init__(self, answer):
        self.answer = answer

    def respond(self, _):
        return self.answer


def test_an_answer_that_breaks_the_contract_is_the_targets(session):
    json_type = (("content-type", "application/json"),)
    gate = session(Fixed(Response(status=200, headers=json_type, body=json.dumps({"id": 5}).encode())))
    assert told(gate.send("GET", "/v2/notes/1"))[0] == ("body-schema", "target")
    gate = session(Fixed(NoResponse(kind="timeout", reason="gone")))
    assert told(gate.send("GET", "/v2/notes/1")) == [("no-response", "target")]


def test_an_answer_that_cannot_be_made_is_the_documents(session):
    gate = session(Fixed(Response(status=501)), focus=Focus(is_sandbox=True))
    assert told(gate.send("GET", "/v2/notes/1")) == [("answer-impossible", "document")]


def test_only_what_changed_counts_and_calls_to_what_was_taken_away_do_too(session, document):
    gone = document.by_label["GET /phone_numbers"]
    gate = session(focus=Focus(is_sandbox=True, only=frozenset({"GET /notes"}), former=(gone,)))
    assert gate.send("POST", "/v2/notes", {"text": 5}) == []
    assert gate.send("GET", "/v2/weather") == []
    assert told(gate.send("GET", "/v2/notes?limit=1000")) == [("request-parameter", "ambiguous")]
    assert gate.end().aside == 2


def test_a_path_that_repeats_the_version_of_its_server_is_the_documents(base_repeated):
    assert told(base_repeated.send("GET", "/v2/v2/notes")) == [("base-repeated", "document")]


def test_the_page_has_every_rule():
    text = (Path(__file__).parents[2] / "docs" / "gate-rules.md").read_text("utf-8")
    assert page() in text
    assert [rule.id for rule in RULES] == sorted({rule.id for rule in RULES})
