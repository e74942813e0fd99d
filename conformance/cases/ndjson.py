"""NDJSON of exchanges: one line an exchange, in the order in which they ended, so that an answer stands before what uses it.

A line is ``{"started", "elapsed", "connection", "request", "response"}``: a request has ``method``, ``url`` and ``headers`` as
pairs, a response ``status`` and ``headers``, and both a ``body`` that is text, or ``{"base64": ...}`` when it is not
UTF-8, or null. A response may have ``volatile``, pointers to what other ``takes`` did not repeat. An exchange without an
answer has ``error`` with ``kind`` and ``reason`` in place of the response, and a body that was too long to be kept is
``{"left_out": BYTES}``. The first line is ``{"recording": {...}}``: where it comes from. A writer that was killed leaves a
last line that is torn; that one is passed over.

Others write such lines too, and are understood: headers as an object or as ``{"name", "value"}``, a body that is JSON itself, a
``uri``, a ``status_code``, an entry of a HAR file on each line, and the events of Schemathesis, which hold calls.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Collection, Mapping
from typing import Any, TextIO

import orjson

from conformance.cases.har import exchange_of
from conformance.cases.members import (
    UNUSABLE,
    Unusable,
    encoded,
    from_base64,
    http_url,
    mapped_pairs,
    mapping,
    moment,
    named_pairs,
    plain,
    request,
    seconds,
    status_code,
    text,
    whole,
    why,
)
from conformance.cases.recorded import RecordedExchange, Recording, SkippedEntry
from conformance.errors import RecordingError
from conformance.model.message import Headers, NoResponse, Request, Response

VERSION = 1
_STATUSES = ("status", "status_code", "statusCode")
Body = bytes | int | None
"""A body: its bytes, or how many were left out."""


def heading(**facts: Any) -> bytes:
    """The first line of a file: when it was begun, with which target and document."""
    return orjson.dumps({"recording": {"version": VERSION, **facts}}) + b"\n"


def line(
    request: Request, response: Response | NoResponse, *, started: str, connection: int, left_out: tuple[int, int] = (0, 0),
    volatile: Collection[str] | None = None, takes: int = 1,
) -> bytes:  # fmt: skip
    """The line of one exchange, with its line break. Redact it before: what is given here is what is written.

    ``left_out`` is how many bytes of the two bodies are not here, ``volatile`` and ``takes`` are as in ``RecordedExchange``.
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
        if volatile is not None:
            found["response"] |= {"takes": takes, "volatile": sorted(volatile)}
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


def recording_from_ndjson(file: str | TextIO, *, name: str, source: str) -> Recording:
    """The exchanges in a file, read a line at a time.

    Args:
        file: the file or its text; a byte order mark is allowed, and so is a last line that is torn.
        name: a short name for the recording.
        source: its path, for messages.

    Raises:
        RecordingError: when no line is there that could be an exchange, and one is not JSON.
    """
    exchanges: list[RecordedExchange] = []
    skipped: list[SkippedEntry] = []
    origin, index, torn = "", 0, ""
    for number, raw in enumerate(io.StringIO(file) if isinstance(file, str) else file, 1):
        said = raw.removeprefix("\ufeff") if number == 1 else raw
        if not said.strip():
            continue
        try:
            value = json.loads(said)
        except (ValueError, RecursionError) as raised:
            if not raw.endswith("\n"):  # whoever wrote it did not get further
                break
            torn = torn or f"not well-formed JSON at line {number}: {raised}"
            skipped.append(SkippedEntry(index=index, reason=f"line {number} is not well-formed JSON: {raised}"))
            index += 1
            continue
        if isinstance(value, dict) and "recording" in value:
            origin = text(mapping(value["recording"]).get("target")) or origin
            continue
        for one in _calls(value):
            try:
                exchanges.append(_exchange(one, index, source))
            except UNUSABLE as raised:
                skipped.append(SkippedEntry(index=index, reason=why(raised)))
            index += 1
    if torn and not exchanges:
        raise RecordingError(source=source, reason=torn)
    return Recording(name=name, source=source, exchanges=tuple(exchanges), skipped=tuple(skipped), form="ndjson", origin=origin)


def _calls(value: Any) -> list[Mapping[str, Any]]:
    """What a line holds: an exchange, or the calls that an event of Schemathesis tells of."""
    line = mapping(value)
    if "request" in line or len(line) != 1:
        return [line]
    calls = mapping(mapping(next(iter(line.values()))).get("recorder")).get("interactions")
    return [mapping(one) for one in mapping(calls).values()]


def _exchange(value: Mapping[str, Any], index: int, source: str) -> RecordedExchange:
    sent, answer, error = (mapping(value.get(key)) for key in ("request", "response", "error"))
    if "content" in answer and isinstance(answer.get("headers"), list):
        return exchange_of(value, index, source)  # an entry of a HAR file
    url, method = http_url(sent.get("url", sent.get("uri"))), text(sent.get("method"))
    if not method:
        raise Unusable("it has no method")
    if error:
        raise Unusable(f"it has no answer ({text(error.get('kind'))}): {text(error.get('reason'))}")
    status = next((status_code(answer[name]) for name in _STATUSES if name in answer), None)
    volatile, started = answer.get("volatile"), value.get("started", value.get("timestamp"))
    return RecordedExchange(
        request=request(method.upper(), url, _headers(sent), _body(sent, "request")),
        response=plain(Response(
            status=status if status is not None else status_code(None), headers=_headers(answer), body=_body(answer, "answer"),
            elapsed=seconds(value.get("elapsed", answer.get("elapsed"))),
        )),
        started=moment(started),
        source_file=source,
        index=index,
        volatile=frozenset(map(str, volatile)) if isinstance(volatile, list) else None,
        takes=whole(answer.get("takes")),
    )  # fmt: skip


def _headers(message: Mapping[str, Any]) -> Headers:
    found = message.get("headers")
    if isinstance(found, dict):
        return mapped_pairs(found)
    pairs = found if isinstance(found, list) else []
    written = tuple(
        (pair[0], pair[1]) for pair in pairs if isinstance(pair, list) and len(pair) == 2 and all(map(_is_text, pair))
    )
    return written or named_pairs(pairs)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _body(message: Mapping[str, Any], what: str) -> bytes:
    body = message.get("body", message.get("content"))
    if isinstance(body, str):
        return encoded(body)
    if isinstance(body, dict):
        coded = body.get("base64", body.get("$base64"))
        if isinstance(coded, str) and len(body) == 1:
            return from_base64(coded, what)
        if "left_out" in body and len(body) == 1:
            raise Unusable(f"the body of its {what} was not recorded: {text(body['left_out'])} bytes")
    return encoded(json.dumps(body, ensure_ascii=False, separators=(",", ":"))) if body is not None else b""
