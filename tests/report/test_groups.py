"""One defect is one entry: what has one cause comes together, and what may have two stays apart."""

from __future__ import annotations

import json
from typing import Any

from conformance.model.message import Response
from conformance.model.record import Finding, Severity
from conformance.redaction.mask import Redactor
from conformance.report.findings_json import findings_json
from conformance.report.groups import groups, shown, varied
from conformance.report.results import RunInfo


def finding(label: str = "GET /a", **changes: Any) -> Finding:
    method, _, path = label.partition(" ")
    own = f"/paths/{path.replace('/', '~1')}/{method.lower()}"
    values: dict[str, Any] = {
        "id": "body-schema",
        "severity": Severity.ERROR,
        "stage": "fuzz",
        "message": "m",
        "operation": label,
    }
    values |= {"pointer": own} | changes
    return Finding(**{name: value.replace("OWN", own) if type(value) is str else value for name, value in values.items()})


def of(*findings: Finding) -> list[tuple[str, ...]]:
    return [group.operations for group in groups(findings)]


LABELS = ("GET /a", "GET /b", "POST /a/{id}")


def test_a_broken_component_is_one_defect_in_all_its_operations() -> None:
    pointer = "/components/schemas/Note/properties/id/type"
    assert of(*(finding(label, pointer=pointer, detail=f"type {pointer}") for label in LABELS)) == [LABELS]


def test_two_defects_of_one_component_are_two() -> None:
    pointer = "/components/schemas/Note"
    details = ("required id /components/schemas/Note/required", "required name /components/schemas/Note/required")
    found = [finding(label, pointer=f"{pointer}/required", detail=detail) for label in LABELS for detail in details]
    found += [finding(label, pointer=f"{pointer}/type", detail=f"type {pointer}/type") for label in LABELS]
    assert of(*found) == [LABELS, LABELS, LABELS]


def test_a_check_never_shares_an_entry_with_another() -> None:
    assert len(of(finding(), finding(id="server-error"), finding(stage="replay"))) == 3


def test_the_same_words_of_many_operations_are_one_defect() -> None:
    found = [finding(label, id="status-undocumented", pointer="OWN/responses", detail="418") for label in LABELS]
    assert of(*found) == [LABELS]
    assert of(*found, finding(id="status-undocumented", pointer="OWN/responses", detail="404")) == [LABELS, ("GET /a",)]


def test_a_parameter_goes_by_its_name_and_not_by_its_number() -> None:
    def of_page(label: str, number: int, name: str) -> Finding:
        at = f"OWN/parameters/{number}/schema/minimum"
        return finding(label, pointer=at, detail=f"minimum {at}", place=f"/query/{name}")

    assert of(of_page("GET /a", 0, "page"), of_page("GET /b", 3, "page")) == [("GET /a", "GET /b")]
    assert len(of(of_page("GET /a", 0, "page"), of_page("GET /b", 0, "limit"))) == 2


def test_failures_with_other_exceptions_are_other_defects() -> None:
    def failed(label: str, text: str) -> Finding:
        return finding(label, id="server-error", detail="500", status=500, response=Response(status=500, body=text.encode()))

    same = [failed(label, f"Traceback, line {index}\nKeyError: 'x{index}'") for index, label in enumerate(LABELS)]
    assert of(*same) == [LABELS]
    assert len(of(*same, failed("GET /c", "Traceback, line 1\nZeroDivisionError: division by zero"))) == 2
    for codes, count in (("112", 2), ("111", 1)):
        answers = [json.dumps({"errors": [{"code": code, "detail": label}]}) for label, code in zip(LABELS, codes, strict=True)]
        assert len(of(*(failed(label, answer) for label, answer in zip(LABELS, answers, strict=True)))) == count


def test_what_each_operation_answers_for_itself_stays_apart() -> None:
    assert len(of(*(finding(label, id="valid-refused", own=True, detail="400") for label in LABELS))) == 3


def test_the_name_of_a_group_does_not_hang_on_the_run() -> None:
    pointer = "/components/schemas/Note/properties/id/type"
    one = finding(pointer=pointer, detail=f"type {pointer}", message="/data/0/id: 7 is not a string", seed=1)
    other = finding("GET /b", pointer=pointer, detail=f"type {pointer}", message="/id: null is not a string", seed=2)
    assert one.group == other.group != one.fingerprint
    assert len(one.group) == 16


def test_every_finding_is_kept_and_names_its_group(run_info: RunInfo) -> None:
    pointer = "/components/headers/RateLimit"
    found = [finding(label, id="header-schema", pointer=pointer, detail="missing RateLimit") for label in LABELS]
    found.append(finding(known="agreed"))
    written = findings_json(found, run_info, Redactor())
    assert [(entry["id"], entry["operations"], entry["known"]) for entry in written["groups"]] == [
        ("header-schema", list(LABELS), 0), ("body-schema", ["GET /a"], 1),
    ]  # fmt: skip
    assert len(written["findings"]) == 4
    by_print = {one["fingerprint"]: one["group"] for one in written["findings"]}
    assert all(by_print[print_] == entry["group"] for entry in written["groups"] for print_ in entry["findings"])


def test_new_comes_before_known_and_the_widest_of_the_worst_first() -> None:
    found = [finding("GET /z", id="b-check"), finding(id="c-check", severity=Severity.WARNING), finding(id="known", known="yes")]
    found += [finding(label, id="a-wide-check") for label in LABELS]
    assert [group.example.id for group in groups(found)] == ["a-wide-check", "b-check", "c-check", "known"]


def test_a_hundred_defects_of_one_check_do_not_hide_another() -> None:
    found = [finding(id="loud", detail=str(index)) for index in range(100)] + [finding(id="quiet", severity=Severity.WARNING)]
    assert [group.example.id for group in varied(groups(found))[:2]] == ["loud", "quiet"]


def test_what_the_linter_sees_and_notes_are_not_shown_by_requests() -> None:
    pointer = "/components/schemas/Note/properties/id/type"
    twice = [finding(label, pointer=pointer, detail=f"type {pointer}") for label in LABELS]
    others = [finding(stage="lint", id="rule"), finding(severity=Severity.NOTE, id="note")]
    assert shown([*twice, *others]) == 1
    assert shown(others) == 0
