"""A finding sent again: still there, gone, or not to be told; with what it rests on, and with the credentials put back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.model.message import NoResponse, Request, Response
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document

TOKEN = "KEYs3cr3t-0123456789"


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch, conformance: Any) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", TOKEN)


@pytest.fixture
def findings(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    return lambda: json.loads((tmp_path / "reports" / "findings.json").read_text())["findings"]


class Flawed:
    """The notes, but a note that is read has lost its text. It keeps count of who asked."""

    def __init__(self, document: Path, seed: int = 3) -> None:
        self.inner = Sandbox(Document.load(document), seed=seed)
        self.is_flawed = True
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Response | NoResponse:
        self.seen.append(request)
        answer = self.inner.respond(request)
        reads = request.method == "GET" and request.parts().path.startswith("/v1/notes/")
        if not (self.is_flawed and reads and answer.status == 200):
            return answer
        value = json.loads(answer.body)
        return Response(
            status=200, headers=(("content-type", "application/json"),), body=json.dumps({"id": value["id"]}).encode()
        )


def test_a_defect_is_there_until_it_is_mended(conformance: Any, document: Path, serve: Any, findings: Any) -> None:
    flawed = Flawed(document)
    service = serve(flawed)
    assert (
        conformance(
            "run", "--spec", document, "--base-url", service.url, "--only", "fuzz", "--workers", "1", "--max-examples", "1"
        ).code
        == 1
    )
    [found] = [one for one in findings() if one["id"] == "body-schema"]
    assert TOKEN not in json.dumps(found)
    assert [step["request"]["method"] for step in found["lead"]] == ["POST"]
    # Nothing of the run is left.
    flawed.inner = Sandbox(Document.load(document), seed=4)
    flawed.seen.clear()
    for name in (found["fingerprint"], found["group"], found["group"][:8]):
        ran = conformance("reproduce", name)
        assert ran.code == 1, ran.out + ran.err
        assert ran.out.startswith(f"still there: body-schema  GET /notes/{{id}}  {found['fingerprint']}\n")
        assert '"text" is a required property' in ran.out
        assert ran.out.count("curl -sS") == 2
        assert TOKEN not in ran.out
    assert {request.header("authorization") for request in flawed.seen} == {f"Bearer {TOKEN}"}
    flawed.is_flawed = False
    ran = conformance("reproduce", found["fingerprint"])
    assert (ran.code, ran.out.partition(":")[0]) == (0, "gone")


def test_another_target_can_be_asked(conformance: Any, document: Path, serve: Any, findings: Any, notes_service: Any) -> None:
    service = serve(Flawed(document))
    conformance("run", "--spec", document, "--base-url", service.url, "--only", "fuzz", "--workers", "1", "--max-examples", "1")
    [found] = [one for one in findings() if one["id"] == "body-schema"]
    mended = serve(notes_service)
    assert conformance("reproduce", found["fingerprint"], "--base-url", mended.url).code == 0
    assert [request.method for request in mended.seen].count("POST") >= 1
    # The sandbox in this process takes the place of a target by no accident.
    assert conformance("reproduce", found["fingerprint"], "--base-url", "http://127.0.0.1:9/v1").code == 2


def test_a_credential_that_is_not_there_is_asked_for(
    conformance: Any, document: Path, serve: Any, findings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve(Flawed(document))
    conformance("run", "--spec", document, "--base-url", service.url, "--only", "fuzz", "--workers", "1", "--max-examples", "1")
    monkeypatch.delenv("TELNYX_API_KEY")
    [found] = [one for one in findings() if one["id"] == "body-schema"]
    ran = conformance("reproduce", found["fingerprint"])
    assert ran.code == 2
    assert "a credential is missing" in ran.out
    assert conformance("reproduce", found["fingerprint"], "--header", f"Authorization: Bearer {TOKEN}").code == 1


def test_a_sandbox_with_a_fault_shows_it_again_and_one_without_does_not(
    conformance: Any, document: Path, tmp_path: Path, findings: Any
) -> None:
    assert (
        conformance(
            "run",
            "--spec",
            document,
            "--only",
            "fuzz",
            "--fault",
            "response-field-missing",
            "--workers",
            "1",
            "--max-examples",
            "1",
        ).code
        == 1
    )
    found = findings()[0]
    assert conformance("reproduce", found["fingerprint"]).code == 1
    report = tmp_path / "reports" / "findings.json"
    held = json.loads(report.read_text())
    report.write_text(json.dumps({**held, "run": {**held["run"], "faults": []}}))
    assert conformance("reproduce", found["fingerprint"]).code == 0


def test_what_the_linter_found_is_looked_for_in_the_document(conformance: Any, document: Path, findings: Any) -> None:
    held = json.loads(document.read_text())
    good = json.dumps(held)
    del held["paths"]["/notes/{id}"]["parameters"]
    document.write_text(json.dumps(held))
    conformance("run", "--spec", document, "--only", "lint")
    found = next(one for one in findings() if one["id"] == "path-parameter-undeclared")
    assert conformance("reproduce", found["fingerprint"]).code == 1
    document.write_text(good)
    ran = conformance("reproduce", found["fingerprint"])
    assert ran.code == 0
    assert ran.err == "the document has changed since the run\n"


def test_a_finding_without_authorization_is_sent_without(conformance: Any, document: Path, serve: Any, findings: Any) -> None:
    flawed = Flawed(document)
    service = serve(lambda request: flawed(request.with_header("Authorization", "Bearer any")))
    conformance("run", "--spec", document, "--base-url", service.url, "--only", "fuzz", "--workers", "1", "--max-examples", "1")
    found = next(one for one in findings() if one["id"] == "auth-ignored")
    service.seen.clear()
    assert conformance("reproduce", found["fingerprint"]).code == 1
    assert service.seen[-1].header("authorization") is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("0123",), "cannot read reports/findings.json: no such file or directory"),
        (("0123", "--findings", "notes.json"), "notes.json is not the findings.json of a run"),
        (("0123", "--findings", "list.json"), "list.json is not the findings.json of a run"),
        (("0123", "--findings", "odd.json"), "odd.json is not the findings.json of a run"),
        (("0123", "--findings", "empty.json"), "empty.json has no finding or group '0123'"),
        (("", "--findings", "two.json"), "two.json has no finding or group ''"),
        (("a", "--findings", "two.json"), "3 findings or groups begin with 'a'; write more of it"),
        (("ab", "--findings", "two.json"), "the document of the run, nowhere.json, is not there; name it with --spec"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    conformance: Any, document: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    one = {"id": "server-error", "severity": "error", "stage": "fuzz"}
    two = [{**one, "fingerprint": "ab", "group": "ac"}, {**one, "fingerprint": "ad", "group": "ac"}]
    run = {"document_uri": "nowhere.json"}
    for name, held in {
        "list": [], "odd": {"version": 1, "findings": 3, "run": {}}, "empty": {"version": 1, "findings": [], "run": {}},
        "two": {"version": 1, "findings": two, "run": run},
    }.items():  # fmt: skip
        (tmp_path / f"{name}.json").write_text(json.dumps(held))
    ran = conformance("reproduce", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


class Careless:
    """The notes, with tags; what it is careless of is a header that is not looked at."""

    def __init__(self, document: Path, of: str) -> None:
        self.inner, self.of = Sandbox(Document.load(document), seed=3, token=TOKEN), of

    def __call__(self, request: Request) -> Response | NoResponse:
        if self.of == "auth-unverified" and request.header("authorization") is not None:
            request = request.with_header("Authorization", f"Bearer {TOKEN}")
        answer = self.inner.respond(request)
        if not isinstance(answer, Response) or answer.status != 200 or request.method not in {"GET", "HEAD"}:
            return answer
        tagged = Response(status=200, headers=(*answer.headers, ("ETag", '"v1"')), body=answer.body)
        if request.header("if-none-match") is None or (
            self.of != "condition-wrong" and request.header("if-none-match") != '"v1"'
        ):
            return tagged
        return Response(status=304, headers=(("ETag", '"v1"'),))


@pytest.mark.parametrize("check", ["condition-wrong", "auth-unverified"])
def test_what_only_requests_beside_one_another_show_is_asked_again_of_things_made_anew(
    conformance: Any, document: Path, serve: Any, findings: Any, check: str
) -> None:
    careless = Careless(document, check)
    service = serve(careless)
    conformance("run", "--spec", document, "--base-url", service.url, "--only", "fuzz", "--workers", "1", "--max-examples", "1")
    found = next(one for one in findings() if one["id"] == check and one["phase"] == "coverage")
    careless.inner = Sandbox(Document.load(document), seed=4, token=TOKEN)
    ran = conformance("reproduce", found["fingerprint"])
    assert (ran.code, ran.out.partition(":")[0]) == (1, "still there"), ran.out + ran.err
    assert TOKEN not in ran.out
    careless.of = ""
    ran = conformance("reproduce", found["fingerprint"])
    assert (ran.code, ran.out.partition(":")[0]) == (0, "gone"), ran.out + ran.err
