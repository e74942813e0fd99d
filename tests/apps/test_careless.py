"""Services that look at nothing, refuse everything or let everybody in, over documents of every feature."""

from __future__ import annotations

from typing import Any

import pytest
from apps import files, legacy, modern, odd, wires
from apps.kit import answer

from conformance.model.message import Request, Response
from conformance.spec.router import Router

NOTHING_TO_BREAK = {
    "GET /items/special", "GET /keys/basic", "GET /keys/both", "GET /keys/cookie", "GET /keys/either", "GET /keys/optional",
    "GET /keys/query", "GET /either", "GET /moved", "GET /nothing", "GET /pictures", "HEAD /pictures", "OPTIONS /options",
    "POST /jobs", "TRACE /options", "GET /empty", "GET /", "GET /.well-known/x.json", "GET /things/", "GET /v3-thing", "POST /true",
    "PUT /blobs",
}  # fmt: skip
SERVICES: dict[str, tuple[dict[str, Any], Any, dict[str, str]]] = {
    "files": (files.DOCUMENT, files.Files, {}),
    "legacy": (legacy.DOCUMENT, legacy.Zoo, legacy.HEADERS),
    "modern": (modern.DOCUMENT, modern.Shapes, {}),
    "places": (odd.PLACES, odd.Places, {}),
    "wires": (wires.DOCUMENT, wires.Wires, wires.HEADERS),
}


class Careless:
    """Answers with an earlier success of the same operation where the healthy service has one of the statuses."""

    def __init__(self, inner: Any, router: Router, statuses: set[int]) -> None:
        self._inner, self._router, self._statuses = inner, router, statuses
        self.successes: dict[str, Response] = {}

    def respond(self, request: Request) -> Response:
        got: Response = self._inner.respond(request)
        match = self._router.match(request.method, request.url)
        if match is None or match.operation is None:
            return got
        if got.status < 400:
            self.successes.setdefault(match.operation.label, got)
        return self.successes.get(match.operation.label, got) if got.status in self._statuses else got


class Strict:
    """Refuses whatever is right."""

    def __init__(self, inner: Any, router: Router) -> None:
        self._inner, self._router = inner, router

    def respond(self, request: Request) -> Response:
        got: Response = self._inner.respond(request)
        match = self._router.match(request.method, request.url)
        if match is None or match.operation is None or got.status >= 400:
            return got
        return answer(400, {"errors": [{}], "code": 1, "message": ""})


def owners(result: Any, check: str) -> set[str]:
    return {finding.operation for finding in result.findings.values() if finding.id == check}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_looks_at_nothing_is_found_on_every_operation(run_fuzz: Any, open_document: Any, name: str) -> None:
    raw, make, headers = SERVICES[name]
    operations = open_document(raw).operations
    service = Careless(make(), Router(operations), {400, 413, 415, 422})
    run_fuzz(raw, service, headers=headers, phases=("coverage",))
    result = run_fuzz(raw, service, headers=headers, phases=("coverage",))
    assert owners(result, "invalid-accepted") | NOTHING_TO_BREAK >= {operation.label for operation in operations}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_refuses_everything_is_found_on_every_operation(run_fuzz: Any, open_document: Any, name: str) -> None:
    raw, make, headers = SERVICES[name]
    operations = open_document(raw).operations
    result = run_fuzz(raw, Strict(make(), Router(operations)), headers=headers)
    # The first does nothing but refuse, the second needs a key that nobody told, and what the third reads may be deleted by a
    # request that was refused after it was carried out.
    others = {"TRACE /options", "GET /keys/query", "GET /animals/{animalId}"}
    assert owners(result, "valid-refused") | others == {operation.label for operation in operations} | others


def test_a_service_that_lets_everybody_in_is_found_wherever_the_credentials_stand(run_fuzz: Any, open_document: Any) -> None:
    operations = open_document(wires.DOCUMENT).operations
    service = Careless(wires.Wires(), Router(operations), {401, 403})
    service.successes["GET /keys/query"] = answer(200, {"seen": 1})
    run_fuzz(wires.DOCUMENT, service, headers=wires.HEADERS, phases=("coverage",))
    result = run_fuzz(wires.DOCUMENT, service, headers=wires.HEADERS, phases=("coverage",))
    assert owners(result, "auth-ignored") == {f"GET /keys/{name}" for name in ("query", "cookie", "basic", "either", "both")}
    assert {finding.id for finding in result.findings.values()} == {"auth-ignored", "auth-unverified"}
