"""Good services of other tempers: what a service may do although the document does not say so.

Each is a middleware around the healthy library, as a fault is, and is accused of nothing.
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from apps import books
from apps.faults import Answer, Plant, _string, header, in_body, on_error, on_success, refuse_if

from conformance.model.message import Request, Response
from conformance.model.ports import Responder

_PROBLEM = (("Content-Type", "application/problem+json"),)


def _problem(status: int, *headers: tuple[str, str]) -> Response:
    return Response(status=status, headers=(*_PROBLEM, *headers), body=json.dumps({"title": "no", "status": status}).encode())


def trims(request: Request, service: Responder) -> Answer:
    """White space around texts is taken off before anything is looked at."""

    def strip(value: Any) -> Any:
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, list):
            return [strip(item) for item in value]
        return {name: strip(held) for name, held in value.items()} if isinstance(value, dict) else value

    try:
        return service.respond(replace(request, body=json.dumps(strip(json.loads(request.body))).encode()))
    except (ValueError, RecursionError):
        return service.respond(request)


def trims_the_query(request: Request, service: Responder) -> Answer:
    parts = urlsplit(request.url)
    pairs = [(name, value.strip()) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    return service.respond(replace(request, url=parts._replace(query=urlencode(pairs)).geturl()))


def wants_no_undeclared_parameter(request: Request, service: Responder) -> Answer:
    known = {"page[number]", "page[size]", "sort"}
    names = {name for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)}
    answer = service.respond(request)
    strange = {name for name in names if name not in known and not name.startswith("filter[")}
    return _problem(422) if strange and isinstance(answer, Response) and answer.status < 300 else answer


def wants_no_double_parameter(request: Request, service: Responder) -> Answer:
    names = [name for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)]
    answer = service.respond(request)
    return _problem(422) if len(set(names)) < len(names) and isinstance(answer, Response) and answer.status < 300 else answer


def too_large(request: Request, service: Responder) -> Answer:
    return Response(status=413) if len(request.body) > 300 else service.respond(request)


def url_too_long(request: Request, service: Responder) -> Answer:
    return Response(status=414) if len(request.url) > 200 else service.respond(request)


def every_nth_is_too_many(count: int) -> Plant:
    seen = [0]

    def plant(request: Request, service: Responder) -> Answer:
        seen[0] += 1
        return Response(status=429, headers=(("Retry-After", "1"),)) if seen[0] % count == 0 else service.respond(request)

    return plant


def known_before_who(request: Request, service: Responder) -> Answer:
    """404 for what is not there, before it asks who is there."""
    path = urlsplit(request.url).path
    identity = path.removeprefix("/books/").partition("/")[0]
    if path.startswith("/books/") and identity not in service.shelf and request.method in {"GET", "DELETE"}:  # type: ignore[attr-defined]
        return _problem(404)
    return service.respond(request)


def body_before_who(request: Request, service: Responder) -> Answer:
    """422 for a bad request, before it asks who is there."""
    if not request.header("authorization"):
        trial = books.Books()
        trial.shelf = copy.deepcopy(service.shelf)  # type: ignore[attr-defined]
        answer = trial.respond(request.with_header("Authorization", "Bearer secret"))
        if answer.status in {400, 422}:
            return answer
    return service.respond(request)


def with_forbidden(request: Request, service: Responder) -> Answer:
    """403 where there are no credentials: who you are not is what you may not."""
    answer = service.respond(request)
    return _problem(403) if isinstance(answer, Response) and answer.status == 401 else answer


def gone(request: Request, service: Responder) -> Answer:
    answer = service.respond(request)
    return _problem(404) if isinstance(answer, Response) and answer.status == 405 else answer


def not_implemented(request: Request, service: Responder) -> Answer:
    answer = service.respond(request)
    return Response(status=501) if isinstance(answer, Response) and answer.status == 405 else answer


def _unprintable(text: str) -> bool:
    return any((ord(one) < 32 and one not in "\t\n\r") or 0x7F <= ord(one) < 0xA0 for one in text)


def chunked_kind(answer: Response) -> Response:
    kind = answer.header("content-type")
    return header("Content-Type", f'{kind.upper()}; Charset="UTF-8"; profile=x')(answer) if kind else answer


def compressed(answer: Response) -> Response:
    import gzip

    return header("Content-Encoding", "gzip")(replace(answer, body=gzip.compress(answer.body))) if answer.body else answer


def more_headers(answer: Response) -> Response:
    return replace(answer, headers=(*answer.headers, ("X-Request-Id", "1"), ("Set-Cookie", "a=b"), ("Set-Cookie", "c=d")))


TEMPERS: dict[str, Plant] = {
    "it trims texts": trims,
    "it trims the query": trims_the_query,
    "it wants no undeclared query parameter": wants_no_undeclared_parameter,
    "it wants no query parameter twice": wants_no_double_parameter,
    "it refuses NUL": refuse_if(in_body(_string(lambda text: "\x00" in text))),
    "it refuses what cannot be printed": refuse_if(in_body(_string(_unprintable))),
    "it refuses blank texts": refuse_if(in_body(_string(lambda text: text != "" and not text.strip()))),
    "it refuses surrogates and private letters": refuse_if(
        in_body(_string(lambda text: any("\ud800" <= one <= "\uf8ff" for one in text)))
    ),
    "it refuses great numbers": refuse_if(in_body(lambda leaf: isinstance(leaf, int) and abs(leaf) > 2**53)),
    "it takes no large bodies": too_large,
    "it takes no long URLs": url_too_long,
    "it is asked too often": every_nth_is_too_many(15),
    "it knows before it asks who": known_before_who,
    "it validates before it asks who": body_before_who,
    "it forbids who is not known": with_forbidden,
    "it has no such path for another method": gone,
    "it has not implemented other methods": not_implemented,
    "it adds parameters to its media types": on_success(chunked_kind),
    "it adds parameters to the media types of errors": on_error(chunked_kind),
    "it compresses": on_success(compressed),
    "it sends more headers": on_success(more_headers),
}
