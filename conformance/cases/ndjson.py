"""NDJSON of exchanges: one line an exchange, in the order in which they ended, so that an answer stands before what uses it.

A line is ``{"started", "elapsed", "connection", "request", "response"}``: a request has ``method``, ``url`` and ``headers`` as
pairs, a response ``status`` and ``headers``, and both a ``body`` that is text, or ``{"base64": ...}`` when it is not
UTF-8, or null. An exchange without an answer has ``error`` with ``kind`` and ``reason`` in place of the response, and a body that
was too long to be kept is ``{"left_out": BYTES}``. The first line is ``{"recording": {...}}``: where it comes from. A
writer that was killed leaves a last line that is torn; that one is passed over.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from conformance.cases.recorded import RecordedExchange, Recording, SkippedEntry
from conformance.errors import RecordingError
from conformance.model.message import Headers, NoResponse, Request, Response

VERSION = 1
Body = bytes | int | None
"""A body: its bytes, or how many were left out."""


class _Unusable(ValueError):
    """A line that is not an exchange over HTTP."""


def is_ndjson(text: str) -> bool:
    """Whether a text looks like exchanges, one a line."""
    first = text.removeprefix("\ufeff").lstrip().partition("\n")[0]
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and ("recording" in value or isinstance(value.get("request"), dict))


def heading(**facts: Any) -> bytes:
    """The first line of a file: when it was begun, with which target and document."""
    return orjson.dumps({"recording": {"version": VERSION, **facts}}) + b"\n"


def line(
    request: Request, response: Response | NoResponse, *, started: str, connection: int, left_out: tuple[int, int] = (0, 0)
) -> bytes:
    """The line of one exchange, with its line break. Redact it before: what is given here is what is written.

    ``left_out`` is how many bytes of the two bodies are not here.
    """
    found: dict[str, Any] = {
        "started": started,
        "connection": connection,
        "elapsed": round(response.elapsed, 6),
        "request": {
            "method": request.method, "url": request.url, "headers": request.headers,
            "body": _written(request.body, left_out[0]),
        },
    }  # fmt: skip
    if isinstance(response, NoResponse):
        found["error"] = {"kind": response.kind, "reason": response.reason}
    else:
        body = _written(response.body, left_out[1])
        found["response"] = {"status": response.status, "headers": response.headers, "body": body}
    return orjson.dumps(found) + b"\n"


def _written(body: bytes, left_out: int) -> str | dict[str, Any] | None:
    if left_out:
        return {"left_out": left_out}
    if not body:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def recording_from_ndjson(text: str, *, name: str, source: str) -> Recording:
    """The exchanges in a file.

    Args:
        text: the file; a byte order mark is allowed, and so is a last line that is torn.
        name: a short name for the recording.
        source: its path, for messages.

    Raises:
        RecordingError: when a line before the last is not JSON, or none is there.
    """
    exchanges: list[RecordedExchange] = []
    skipped: list[SkippedEntry] = []
    lines = text.removeprefix("\ufeff").split("\n")
    index = 0
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError) as raised:
            if number == len(lines):  # without a line break: whoever wrote it did not get further
                break
            raise RecordingError(source=source, reason=f"not well-formed JSON at line {number}: {raised}") from None
        if isinstance(value, dict) and "recording" in value:
            continue
        try:
            exchanges.append(_exchange(_mapping(value), index, source))
        except _Unusable as raised:
            skipped.append(SkippedEntry(index=index, reason=str(raised)))
        index += 1
    return Recording(name=name, source=source, exchanges=tuple(exchanges), skipped=tuple(skipped))


def _exchange(value: Mapping[str, Any], index: int, source: str) -> RecordedExchange:
    request, response, error = (_mapping(value.get(key)) for key in ("request", "response", "error"))
    url, method, status = request.get("url"), request.get("method"), response.get("status")
    if not isinstance(url, str) or not _is_http(url) or not isinstance(method, str) or not method:
        raise _Unusable("it has no method and no http or https URL")
    if error:
        raise _Unusable(f"it has no answer ({error.get('kind')}): {error.get('reason')}")
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 999:
        raise _Unusable("it has no answer")
    elapsed, started = value.get("elapsed"), value.get("started")
    return RecordedExchange(
        request=Request(method=method, url=url, headers=_headers(request), body=_body(request, "request")),
        response=Response(
            status=status, headers=_headers(response), body=_body(response, "answer"),
            elapsed=float(elapsed) if isinstance(elapsed, (int, float)) and elapsed > 0 else 0.0,
        ),
        started=started if isinstance(started, str) else "",
        source_file=source,
        index=index,
    )  # fmt: skip


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _headers(message: Mapping[str, Any]) -> Headers:
    pairs = message.get("headers")
    return tuple(
        (pair[0], pair[1])
        for pair in (pairs if isinstance(pairs, list) else ())
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
    )


def _body(message: Mapping[str, Any], what: str) -> bytes:
    body = message.get("body")
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, dict) and isinstance(body.get("base64"), str):
        try:
            return base64.b64decode(body["base64"], validate=True)
        except (binascii.Error, ValueError):
            raise _Unusable(f"the body of its {what} is not base64") from None
    if isinstance(body, dict) and "left_out" in body:
        raise _Unusable(f"the body of its {what} was not recorded: {body['left_out']} bytes")
    return b""
