"""Requests and answers as a reader sees them: text for attachments, JSON for ``findings.json``."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import Any

from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.model.record import Finding
from conformance.redaction.mask import Redactor
from conformance.spec.body import is_json
from conformance.spec.places import FILES
from conformance.spec.pointer import from_parts, split

LIMIT = 64 * 1024
"""Bytes of a body that a report shows."""


def in_file(pointer: str) -> str:
    """The pointer from the root of the file that it leads into, which may be another one than the main one."""
    tokens = split(pointer)
    return from_parts(tokens[2:]) if tokens[:1] == (FILES,) and len(tokens) > 1 else pointer


def standing(finding: Finding) -> str:
    """Where in the document a finding is, for people: pointer and line, and the file where it is not the main one."""
    tokens, line = split(finding.pointer), f" (line {finding.line})" if finding.line else ""
    if tokens[:1] == (FILES,) and len(tokens) > 1:
        return f"{tokens[1]}#{in_file(finding.pointer)}{line}"
    return f"{finding.pointer or '/'}{line}"


def request_text(request: Request, redactor: Redactor) -> str:
    """A request as text: the request line, the headers, the body; JSON is laid out."""
    shown = redactor.request(request)
    return f"{shown.method} {shown.url}\n{_head(shown.headers)}\n{_body_text(shown.body, shown.headers)}"


def response_text(response: Response | NoResponse, redactor: Redactor) -> str:
    """An answer as text, or why there is none."""
    if isinstance(response, NoResponse):
        return f"no answer: {response.kind}: {redactor.text(response.reason)}\n"
    shown = redactor.response(response)
    line = f"{shown.status} {_phrase(shown.status)}".rstrip()
    return f"{line} ({shown.elapsed * 1000:.0f} ms)\n{_head(shown.headers)}\n{_body_text(shown.body, shown.headers)}"


def request_json(request: Request, redactor: Redactor) -> dict[str, Any]:
    """A request as the ``request`` of a finding: ``method``, ``url``, ``headers`` as pairs, and a body (``body_json``)."""
    shown = redactor.request(request)
    return {"method": shown.method, "url": shown.url, "headers": _pairs(shown.headers), **body_json(shown.body)}


def response_json(response: Response, redactor: Redactor) -> dict[str, Any]:
    """An answer as the ``response`` of a finding; ``elapsed`` is in seconds."""
    shown = redactor.response(response)
    return {
        "status": shown.status,
        "headers": _pairs(shown.headers),
        **body_json(shown.body),
        "elapsed": round(shown.elapsed, 6),
    }


def body_json(body: bytes) -> dict[str, Any]:
    """``body`` as text, ``{"base64": ...}`` when it is not UTF-8, or ``None`` when empty.

    ``body_bytes`` is its full size, and ``body_left_out`` how many bytes past ``LIMIT`` are not shown.
    """
    found: dict[str, Any] = {"body": _shown(body[:LIMIT], whole=len(body) <= LIMIT) if body else None, "body_bytes": len(body)}
    if len(body) > LIMIT:
        found["body_left_out"] = len(body) - LIMIT
    return found


def _shown(body: bytes, *, whole: bool) -> str | dict[str, str]:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as raised:
        # The cut may have gone through a character.
        if not whole and raised.start >= len(body) - 3:
            return body[: raised.start].decode("utf-8")
        return {"base64": base64.b64encode(body).decode()}


def _pairs(headers: Headers) -> list[list[str]]:
    return [[name, value] for name, value in headers]


def _head(headers: Headers) -> str:
    return "".join(f"{name}: {value}\n" for name, value in headers)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _body_text(body: bytes, headers: Headers) -> str:
    if not body:
        return ""
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    if is_json(content_type) and len(body) <= LIMIT:
        try:
            return json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
        except (ValueError, RecursionError):
            pass
    shown = _shown(body[:LIMIT], whole=len(body) <= LIMIT)
    text = shown if isinstance(shown, str) else f"(base64) {shown['base64']}"
    left_out = f"\n… {len(body) - LIMIT} more bytes" if len(body) > LIMIT else ""
    return f"{text}{left_out}\n"
