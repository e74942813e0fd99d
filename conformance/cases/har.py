"""HAR 1.2, read with patience and written by the book.

Exporters differ: bodies in base64 or as ``params``, HTTP/2 pseudo headers among the headers, members left out. What
can be understood is; what cannot is one skipped entry with its reason, and only a file without a
list of entries is an error. Source: the HAR 1.2 specification (https://w3c.github.io/web-performance/specs/HAR/Overview.html);
fields of ours begin with an underscore, as it asks.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from conformance.cases.recorded import RecordedExchange, Recording, SkippedEntry
from conformance.errors import RecordingError
from conformance.model.message import Headers, Request, Response, header

_BOUNDARY = "recorded-form-boundary"
_TEXTUAL = ("json", "xml", "text/", "javascript", "x-www-form-urlencoded", "yaml")


def is_har(value: Any) -> bool:
    """Whether a JSON value looks like a HAR file."""
    return isinstance(value, dict) and isinstance(value.get("log"), dict) and isinstance(value["log"].get("entries"), list)


def recording_from_har(text: str, *, name: str, source: str) -> Recording:
    """The exchanges in a HAR file.

    Args:
        text: the file; a byte order mark is allowed.
        name: a short name for the recording.
        source: its path, for messages.

    Raises:
        RecordingError: when it is not JSON, or has no list of entries.
    """
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as raised:
        reason = f"not well-formed JSON at line {raised.lineno}, column {raised.colno}: {raised.msg}"
        raise RecordingError(source=source, reason=reason) from None
    except (ValueError, RecursionError) as raised:
        raise RecordingError(source=source, reason=f"not JSON that can be read: {raised}") from None
    if not is_har(value):
        raise RecordingError(source=source, reason="not a HAR file: it has no list at log.entries")
    exchanges, skipped = [], []
    for index, entry in enumerate(value["log"]["entries"]):
        try:
            exchanges.append(_exchange(_mapping(entry), index, source))
        except _Unusable as raised:
            skipped.append(SkippedEntry(index=index, reason=str(raised)))
    return Recording(name=name, source=source, exchanges=tuple(exchanges), skipped=tuple(skipped))


class _Unusable(ValueError):
    """An entry that is not an exchange over HTTP."""


def _exchange(entry: Mapping[str, Any], index: int, source: str) -> RecordedExchange:
    request, response = _mapping(entry.get("request")), _mapping(entry.get("response"))
    url, status = request.get("url"), response.get("status")
    if not isinstance(url, str) or _scheme(url) not in {"http", "https"}:
        raise _Unusable("it has no http or https URL")
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 999:
        raise _Unusable("it has no answer")
    if status == HTTPStatus.SWITCHING_PROTOCOLS:
        raise _Unusable("it switches protocols")
    headers, body = _request_body(_mapping(request.get("postData")), _headers(request.get("headers")))
    method = request.get("method")
    started, time = entry.get("startedDateTime"), entry.get("time")
    return RecordedExchange(
        request=Request(method=method if isinstance(method, str) and method else "GET", url=url, headers=headers, body=body),
        response=Response(
            status=status,
            headers=_headers(response.get("headers")),
            body=_content(_mapping(response.get("content"))),
            elapsed=time / 1000 if isinstance(time, (int, float)) and not isinstance(time, bool) and time > 0 else 0.0,
        ),
        started=started if isinstance(started, str) else "",
        source_file=source,
        index=index,
    )


def _scheme(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.scheme if parts.netloc else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _pairs(value: Any) -> list[Mapping[str, Any]]:
    return [pair for pair in value if isinstance(pair, dict)] if isinstance(value, list) else []


def _headers(value: Any) -> Headers:
    """Header pairs; the pseudo headers of HTTP/2 are parts of the URL said twice."""
    pairs = ((_text(pair.get("name")), _text(pair.get("value"))) for pair in _pairs(value))
    return tuple((name, text) for name, text in pairs if name and not name.startswith(":"))


def _decoded(text: str, encoding: Any) -> bytes:
    if encoding == "base64":
        try:
            return base64.b64decode(text)
        except (binascii.Error, ValueError):
            pass
    return text.encode("utf-8", "surrogatepass")


def _content(content: Mapping[str, Any]) -> bytes:
    return _decoded(_text(content.get("text")), content.get("encoding"))


def _request_body(data: Mapping[str, Any], headers: Headers) -> tuple[Headers, bytes]:
    """The body of a request, and its headers where the body had to be made anew from ``params``."""
    mime = _text(data.get("mimeType")) or header(headers, "content-type") or ""
    params = _pairs(data.get("params"))
    if data.get("text") or not params:
        body = _decoded(_text(data.get("text")), data.get("_encoding", data.get("encoding")))
        if body and mime and header(headers, "content-type") is None:
            headers = (*headers, ("Content-Type", mime))
        return headers, body
    kept = tuple(pair for pair in headers if pair[0].lower() != "content-type")
    if mime.startswith("multipart/"):
        mime, body = f"multipart/form-data; boundary={_BOUNDARY}", _multipart(params)
    else:
        body = urlencode([(_text(pair.get("name")), _text(pair.get("value"))) for pair in params]).encode()
        mime = mime or "application/x-www-form-urlencoded"
    return (*kept, ("Content-Type", mime)), body


def _multipart(params: list[Mapping[str, Any]]) -> bytes:
    lines: list[str] = []
    for pair in params:
        name, filename = (_text(pair.get(key)).replace('"', "%22") for key in ("name", "fileName"))
        lines.append(f"--{_BOUNDARY}")
        lines.append(f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename else ""))
        if pair.get("contentType"):
            lines.append(f"Content-Type: {_text(pair['contentType'])}")
        lines += ["", _text(pair.get("value"))]
    return "\r\n".join([*lines, f"--{_BOUNDARY}--", ""]).encode("utf-8", "surrogatepass")


def to_har(exchanges: Iterable[RecordedExchange], *, comment: str = "") -> dict[str, Any]:
    """A HAR 1.2 log with the exchanges. Redact them before: what is given here is what is written."""
    log: dict[str, Any] = {
        "version": "1.2",
        "creator": {"name": "telnyx-conformance", "version": _version()},
        "entries": [_entry(exchange) for exchange in exchanges],
    }
    if comment:
        log["comment"] = comment
    return {"log": log}


def _version() -> str:
    try:
        return version("telnyx-conformance")
    except PackageNotFoundError:
        return "0"


def _entry(exchange: RecordedExchange) -> dict[str, Any]:
    milliseconds = round(exchange.response.elapsed * 1000, 3)
    return {
        "startedDateTime": exchange.started or "1970-01-01T00:00:00.000Z",
        "time": milliseconds,
        "request": _har_request(exchange.request),
        "response": _har_response(exchange.response),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _har_request(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(request.headers, "cookie"),
        "headers": _named(request.headers),
        "queryString": _named(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)),
    }
    if request.body:
        text, encoding = _encoded(request.body, request.header("content-type") or "")
        found["postData"] = {"mimeType": request.header("content-type") or "", "text": text, "params": []}
        if encoding:
            found["postData"]["_encoding"] = encoding
    return {**found, "headersSize": -1, "bodySize": len(request.body)}


def _har_response(response: Response) -> dict[str, Any]:
    text, encoding = _encoded(response.body, response.header("content-type") or "")
    content: dict[str, Any] = {"size": len(response.body), "mimeType": response.header("content-type") or ""}
    if response.body:
        content["text"] = text
    if encoding:
        content["encoding"] = encoding
    return {
        "status": response.status,
        "statusText": _reason(response.status),
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(response.headers, "set-cookie"),
        "headers": _named(response.headers),
        "content": content,
        "redirectURL": response.header("location") or "",
        "headersSize": -1,
        "bodySize": len(response.body),
    }


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _cookies(headers: Headers, name: str) -> list[dict[str, str]]:
    found = []
    for key, value in headers:
        if key.lower() == name:
            pairs = value.split(";") if name == "cookie" else [value.partition(";")[0]]
            found += [
                {"name": left.strip(), "value": right.strip()} for left, _, right in (pair.partition("=") for pair in pairs)
            ]
    return found


def _encoded(body: bytes, content_type: str) -> tuple[str, str]:
    """A body as text; in base64 when it is not text, or would not come back the same."""
    if any(word in content_type.lower() for word in _TEXTUAL) or not content_type:
        try:
            return body.decode("utf-8"), ""
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode("ascii"), "base64"


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
