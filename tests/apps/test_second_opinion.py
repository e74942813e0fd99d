"""What Schemathesis' own checks say of an answer, ours say too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from apps import books
from apps.faults import FAULTS, Faulty
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response as EngineResponse

from conformance.model.message import Request, Response
from conformance.model.record import Case, Exchange, Intent
from conformance.run.judge import Judge
from conformance.spec.router import Router

NAMES = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
         "response_headers_conformance")  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Any:
    return schemathesis.openapi.from_dict(books.DOCUMENT)


@pytest.fixture(scope="module")
def checks() -> list[Any]:
    return CHECKS.get_by_names(NAMES)


def opinion(engine: Any, checks: list[Any], label: str, response: Response) -> list[str]:
    """The titles of what the engine finds wrong with an answer."""
    method, _, path = label.partition(" ")
    case = engine[path][method].Case(path_parameters={"id": "bk_1"})
    headers: dict[str, list[str]] = {}
    for name, value in response.headers:
        headers.setdefault(name.lower(), []).append(value)
    prepared = requests.Request(method=method, url="http://api.test" + path.replace("{id}", "bk_1")).prepare()
    answer = EngineResponse(status_code=response.status, headers=headers, content=response.body, request=prepared, elapsed=0.1,
                            verify=True)  # fmt: skip
    try:
        case.validate_response(answer, checks=checks)
    except FailureGroup as group:
        return [failure.title for failure in group.exceptions]
    return []


def answers(document: Any, requests_: list[Request]) -> Iterator[tuple[str, Request, Response]]:
    """One of each different answer that the faulty services give."""
    router, seen = Router(document.operations), set()

    def label_of(request: Request) -> str | None:
        match = router.match(request.method, request.url)
        return match.operation.label if match is not None and match.operation is not None else None

    for fault in FAULTS:
        service = Faulty(books.Books(), label_of, fault)
        for request in requests_:
            label, response = label_of(request), service.respond(request)
            shape = (label, response.status, response.headers, response.body) if isinstance(response, Response) else None
            if label is not None and shape is not None and shape not in seen:
                seen.add(shape)
                yield label, request, response


def test_what_the_engine_says_of_an_answer_we_say_too(
    open_document: Any, engine: Any, checks: list[Any], some_requests: list[Request]
) -> None:
    document = open_document(books.DOCUMENT)
    judge = Judge(document, base_url="http://api.test")
    heard, missed = 0, []
    for label, request, response in answers(document, some_requests):
        theirs = opinion(engine, checks, label, response)
        if theirs:
            heard += 1
            case = Case(id="1", operation=label, stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
            ours = judge(Exchange(request=request, response=response, case=case, operation=label)).observation.findings
            if not ours:
                missed.append((label, response.status, theirs, response.headers, response.body[:80]))
    assert heard > 100
    assert missed == []


def _request(method: str, path: str, body: Any = None) -> Request:
    headers = (("Authorization", "Bearer secret"), *((("Content-Type", "application/json"),) if body is not None else ()))
    return Request(
        method=method, url=f"http://api.test{path}", headers=headers, body=b"" if body is None else json.dumps(body).encode()
    )


@pytest.fixture(scope="module")
def some_requests() -> list[Request]:
    """A short walk over every operation, with good and bad requests."""
    book = {"title": "t", "genre": "novel", "pages": 3, "price": None, "tags": ["a"], "publisher": {"name": "p"}}
    walk = [_request("GET", "/books"), _request("POST", "/books", book), _request("GET", "/books"), _request("GET", "/books/bk_1"),
            _request("PUT", "/books/bk_1", book), _request("PATCH", "/books/bk_1", {"pages": 4}), _request("POST", "/books/bk_1/loan"),
            _request("POST", "/books/bk_1/loan"), _request("GET", "/books/bk_9"), _request("GET", "/books?sort=x"),
            _request("POST", "/books", {}), _request("PATCH", "/books/bk_1", {"pages": "x"}), _request("DELETE", "/books/bk_1"),
            _request("GET", "/books/bk_1"), _request("DELETE", "/books/bk_1"), _request("GET", "/books/x")]  # fmt: skip
    anonymous = [Request(method=one.method, url=one.url, body=one.body, headers=one.headers[1:]) for one in walk]
    return walk + anonymous
