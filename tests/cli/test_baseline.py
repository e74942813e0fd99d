"""Known findings, looked after: accepted with reason, owner and expiry, taken out when they are gone, never hiding others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.model.message import Request, Response
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document

ERROR = {"type": "object"}


@pytest.fixture
def read(tmp_path: Path) -> Any:
    return lambda name: json.loads((tmp_path / name).read_text())


@pytest.fixture
def flawed(fuzzing: Any, document: Path, serve: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run against notes that lack some of their members."""
    monkeypatch.setenv("TELNYX_API_KEY", "any-token")
    lost: set[str] = set()
    sandboxes: list[Sandbox] = []

    def answer(request: Request) -> Response:
        if request.method == "HEAD":
            return Response(status=405, headers=(("allow", "GET, POST"),), body=b"")
        answered = sandboxes[-1].respond(request)
        reads = request.method == "GET" and request.parts().path.startswith("/v1/notes/")
        if not (lost and reads and answered.status == 200):
            return answered
        value = {name: held for name, held in json.loads(answered.body).items() if name not in lost}
        return Response(status=200, headers=(("content-type", "application/json"),), body=json.dumps(value).encode())

    service = serve(answer)

    def run(*names: str, arguments: tuple[Any, ...] = ()) -> Any:
        sandboxes.append(Sandbox(Document.load(document), seed=3, token="any-token"))
        lost.clear()
        lost.update(names)
        return fuzzing(service.url, *arguments)

    return run


def test_an_accepted_finding_is_known_and_hides_no_other(flawed: Any, conformance: Any, read: Any) -> None:
    assert flawed("text").code == 1
    [found] = read("reports/findings.json")["findings"]
    ran = conformance("baseline", "update", "--owner", "notes", "--reason", "NOTE-7", "--expires", "2099-01-31")
    assert (ran.code, ran.out) == (0, "baseline.json: 1 entry, 1 new, 0 changed\n")
    [entry] = read("baseline.json")["entries"]
    assert (entry["fingerprint"], entry["operation"], entry["owner"], entry["reason"], entry["expires"]) == (
        found["fingerprint"], "GET /notes/{id}", "notes", "NOTE-7", "2099-01-31",
    )  # fmt: skip
    assert flawed("text", arguments=("--baseline", "baseline.json")).code == 0
    # The same check at the same place of the same operation: what is missing is another thing.
    assert flawed("id", arguments=("--baseline", "baseline.json")).code == 1
    assert flawed("id", "text", arguments=("--baseline", "baseline.json")).code == 1


def test_known_failures_are_shown_as_known_in_allure_and_not_as_passed(flawed: Any, conformance: Any, tmp_path: Path) -> None:
    flawed("text")
    conformance("baseline", "update", "--reason", "NOTE-7")
    flawed("text", arguments=("--baseline", "baseline.json"))
    results = [json.loads(path.read_text()) for path in (tmp_path / "reports" / "allure-results").glob("*-result.json")]
    known = [one for one in results if {"name": "tag", "value": "known"} in one["labels"]]
    assert known
    assert {one["status"] for one in known} == {"skipped"}
    assert all("known: error body-schema" in one["statusDetails"]["message"] for one in known)
    assert not [one for one in results if one["status"] in {"failed", "broken"}]


def test_an_entry_that_has_expired_covers_nothing_and_can_be_renewed(flawed: Any, conformance: Any, read: Any) -> None:
    flawed("text")
    conformance("baseline", "update", "--reason", "NOTE-7", "--expires", "2020-01-31")
    assert flawed("text", arguments=("--baseline", "baseline.json")).code == 1
    ran = conformance("baseline", "update", "--expires", "2099-12-31")
    assert ran.out == "baseline.json: 1 entry, 0 new, 1 changed\n"
    [entry] = read("baseline.json")["entries"]
    assert (entry["reason"], entry["expires"]) == ("NOTE-7", "2099-12-31")
    assert flawed("text", arguments=("--baseline", "baseline.json")).code == 0


def test_what_is_mended_is_taken_out_and_what_was_not_looked_at_stays(
    flawed: Any, conformance: Any, read: Any, tmp_path: Path
) -> None:
    flawed("text")
    conformance("baseline", "update", "--reason", "NOTE-7")
    held = read("baseline.json")
    [entry] = held["entries"]
    others = [{**entry, "fingerprint": "1" * 16, "stage": "lint"}, {**entry, "fingerprint": "2" * 16, "operation": "GET /gone"}]
    (tmp_path / "baseline.json").write_text(json.dumps({**held, "entries": [entry, *others]}))
    ran = conformance("baseline", "prune")
    assert ran.out == f"baseline.json: 2 entries, 1 taken out\n  body-schema  GET /gone  {'2' * 16}\n"
    flawed(arguments=("--operation-id", "listNotes"))
    assert conformance("baseline", "prune").out == "baseline.json: 2 entries, 0 taken out\n"
    flawed()
    assert conformance("baseline", "prune").out.startswith("baseline.json: 1 entry, 1 taken out\n")
    assert [one["stage"] for one in read("baseline.json")["entries"]] == ["lint"]


def test_a_run_that_was_cut_short_takes_nothing_out(flawed: Any, conformance: Any) -> None:
    flawed("text")
    conformance("baseline", "update", "--reason", "NOTE-7")
    flawed(arguments=("--max-requests", 5))
    ran = conformance("baseline", "prune")
    assert ran.code == 2
    assert "the request budget is spent" in ran.err


def test_findings_can_be_accepted_one_by_one(
    flawed: Any, conformance: Any, document: Path, serve: Any, always: Any, read: Any
) -> None:
    service = serve(always(200, b"{}"))
    conformance("run", "--spec", document, "--base-url", service.url, "--only", "fuzz", "--workers", "1", "--max-examples", "1")
    groups = read("reports/findings.json")["groups"]
    widest = max(groups, key=lambda group: len(group["findings"]))
    ran = conformance("baseline", "update", widest["group"], "--reason", "agreed")
    assert f"{len(widest['findings'])} new" in ran.out
    assert {one["fingerprint"] for one in read("baseline.json")["entries"]} == set(widest["findings"])
    conformance("baseline", "update", widest["findings"][0], "--owner", "us")
    assert [one["owner"] for one in read("baseline.json")["entries"] if one["owner"]] == ["us"]
    assert {one["reason"] for one in read("baseline.json")["entries"]} == {"agreed"}


def test_a_mistake_is_told_in_one_sentence(conformance: Any, tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text(json.dumps({"version": 1, "run": {"stages": ["fuzz"], "partial": []}, "findings": []}))
    for arguments, sentence in (
        (("update",), "cannot read reports/findings.json"),
        (("update", "--findings", "f.json", "--expires", "soon"), "--expires is 'soon'; it must be a day such as 2030-01-31"),
        (("update", "--findings", "f.json", "abc"), "f.json has no finding or group 'abc'"),
        (("prune", "--findings", "f.json"), "cannot read the baseline baseline.json"),
    ):
        ran = conformance("baseline", *arguments)
        assert ran.code == 2
        assert sentence in ran.err
