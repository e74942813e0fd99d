"""HAR 1.2, read with patience and written by the book.

Exporters differ: bodies in base64 or as ``params``, HTTP/2 pseudo headers among the headers, members left out. What
can be understood is; what cannot is one skipped entry with its reason, and only a file without a
list of entries is an error. Source: the HAR 1.2 specification (https://w3c.github.io/web-performance/specs/HAR/Overview.html);
fields of ours begin with an underscore, as it asks.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qsl, urlsplit

from conformance.cases.members import (
    UNUSABLE,
    Unusable,
    encoded,
    form,
    from_base64,
    http_url,
    mapped_pairs,
    mapping,
    multipart,
    named_pairs,
    objects,
    plain,
    request,
    seconds,
    status_code,
    text,
    whole,
    why,
)
from conformance.cases.recorded import RecordedExchange, Recording, SkippedEntry
from conformance.cases.streamed import Stream, Torn
from conformance.errors import RecordingError
from conformance.model.message import Headers, Request, Response, header

_MOST_ATTACHED = 64 << 20
_TEXTUAL = ("json", "xml", "text/", "javascript", "x-www-form-urlencoded", "yaml")


def recording_from_har(source_text: str | TextIO, *, name: str, source: str) -> Recording:
    """The exchanges in a HAR file, read an entry at a time.

    Args:
        source_text: the file or its text; a byte order mark is allowed.
        name: a short name for the recording.
        source: its path, for messages.

    Raises:
        RecordingError: when it is not JSON, or has no list of entries. A file that breaks off after some of them gives those.
    """
    found = _Found(source)
    stream = Stream(source_text)
    try:
        _read(stream, found)
    except Torn as raised:
        if not found.exchanges:
            raise RecordingError(source=source, reason=str(raised)) from None
        found.skipped.append(SkippedEntry(index=found.count, reason=f"the file breaks off here: {raised}"))
    if not found.is_har:
        raise RecordingError(source=source, reason="not a HAR file: it has no list at log.entries")
    return Recording(name=name, source=source, exchanges=tuple(found.exchanges), skipped=tuple(found.skipped), form="har",
                     origin=found.origin, comment=found.comment)  # fmt: skip


class _Found:
    """What was found of a file so far."""

    def __init__(self, source: str) -> None:
        self.source, self.origin, self.comment, self.is_har, self.count = source, "", "", False, 0
        self.exchanges: list[RecordedExchange] = []
        self.skipped: list[SkippedEntry] = []

    def entry(self, value: Any) -> None:
        index, self.count = self.count, self.count + 1
        try:
            self.exchanges.append(exchange_of(mapping(value), index, self.source))
        except UNUSABLE as raised:
            self.skipped.append(SkippedEntry(index=index, reason=why(raised)))


def _read(stream: Stream, found: _Found) -> None:
    if stream.peek() != "{":
        stream.value()
        return
    for name in stream.members():
        if name != "log" or stream.peek() != "{":
            stream.value()
            continue
        for inner in stream.members():
            if inner == "entries" and stream.peek() == "[":
                found.is_har = True
                for _ in stream.items():
                    found.entry(stream.value())
            else:
                value = stream.value()
                if inner == "_origin":
                    found.origin = text(value)
                elif inner == "comment":
                    found.comment = text(value)


def exchange_of(entry: Mapping[str, Any], index: int, source: str) -> RecordedExchange:
    """The exchange of an entry, which is the ``index``-th of a file.

    Raises:
        Unusable: when it is none.
    """
    sent, answer = mapping(entry.get("request")), mapping(entry.get("response"))
    url, status = http_url(sent.get("url")), _status(answer)
    headers, body = _request_body(mapping(sent.get("postData")), _with_cookies(_headers(sent), sent), source)
    missed = seconds(sent.get("bodySize"))
    if not body and missed and "postData" not in sent:
        raise Unusable(f"the body of its request was not recorded: {missed:.0f} bytes")
    started, volatile = entry.get("startedDateTime"), answer.get("_volatile")
    return RecordedExchange(
        request=request(sent.get("method"), url, headers, body),
        response=plain(Response(
            status=status, headers=_headers(answer), body=_content(mapping(answer.get("content")), source),
            elapsed=seconds(entry.get("time")) / 1000,
        )),
        started=started if isinstance(started, str) else "",
        source_file=source,
        index=index,
        volatile=frozenset(map(str, volatile)) if isinstance(volatile, list) else None,
        takes=whole(answer.get("_takes")),
    )  # fmt: skip


def _headers(message: Mapping[str, Any]) -> Headers:
    found = message.get("headers")
    return mapped_pairs(found) if isinstance(found, dict) else named_pairs(found)


def _status(answer: Mapping[str, Any]) -> int:
    """The status; browsers say what went wrong where there is none.

    Raises:
        Unusable: when there was no answer.
    """
    error = text(answer.get("_error"))
    try:
        return status_code(answer.get("status"))
    except Unusable as raised:
        raise Unusable(f"{raised}: {error}" if error else str(raised)) from None


def _with_cookies(headers: Headers, sent: Mapping[str, Any]) -> Headers:
    """Some exporters take the cookies out of the headers."""
    cookies = [f"{text(one.get('name'))}={text(one.get('value'))}" for one in objects(sent.get("cookies")) if one.get("name")]
    return headers if not cookies or header(headers, "cookie") is not None else (*headers, ("Cookie", "; ".join(cookies)))


def _decoded(said: str, encoding: Any) -> bytes:
    if encoding == "base64":
        try:
            return from_base64(said, "message")
        except Unusable:
            pass
    return encoded(said)


def _content(content: Mapping[str, Any], source: str) -> bytes:
    return _attached(content, source) or _decoded(_said(content), content.get("encoding"))


def _said(holder: Mapping[str, Any]) -> str:
    """The text of a body. Some tools put JSON itself there."""
    found = holder.get("text")
    return json.dumps(found, ensure_ascii=False) if isinstance(found, (dict, list)) else text(found)


def _attached(holder: Mapping[str, Any], source: str) -> bytes:
    """A body that stands in a file of its own beside the HAR file, as Playwright writes it; nothing where there is none."""
    name = text(holder.get("_file"))
    if not name or holder.get("text") or Path(name).name != name:
        return b""
    file = Path(source).parent / name
    try:
        if file.is_file() and not file.is_symlink() and file.stat().st_size <= _MOST_ATTACHED:
            return file.read_bytes()
    except (OSError, ValueError):
        pass
    return b""


def _request_body(data: Mapping[str, Any], headers: Headers, source: str) -> tuple[Headers, bytes]:
    """The body of a request, and its headers where the body had to be made anew from ``params``."""
    mime = text(data.get("mimeType")) or header(headers, "content-type") or ""
    params = objects(data.get("params"))
    if data.get("text") or not params:
        body = _attached(data, source) or _decoded(_said(data), data.get("_encoding", data.get("encoding")))
        if body and mime and header(headers, "content-type") is None:
            headers = (*headers, ("Content-Type", mime))
        return headers, body
    kept = tuple(pair for pair in headers if pair[0].lower() != "content-type")
    if any(one.get("fileName") and not one.get("value") for one in params):
        raise Unusable("its body holds a file, which the recording does not")
    if mime.startswith("multipart/"):
        mime, body = multipart([
            (text(one.get("name")), text(one.get("value")), text(one.get("fileName")), text(one.get("contentType")))
            for one in params
        ])  # fmt: skip
    else:
        body = form((text(one.get("name")), text(one.get("value"))) for one in params)
        mime = mime or "application/x-www-form-urlencoded"
    return (*kept, ("Content-Type", mime)), body


def to_har(exchanges: Iterable[RecordedExchange], *, comment: str = "", origin: str = "") -> dict[str, Any]:
    """A HAR 1.2 log with the exchanges, answered by ``origin``. Redact them before: what is given here is what is written."""
    log: dict[str, Any] = {
        "version": "1.2",
        "creator": {"name": "telnyx-conformance", "version": _version()},
        "entries": [_entry(exchange) for exchange in exchanges],
    }
    if origin:
        log["_origin"] = origin
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
        "response": _har_response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _har_request(sent: Request) -> dict[str, Any]:
    found: dict[str, Any] = {
        "method": sent.method,
        "url": sent.url,
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(sent.headers, "cookie"),
        "headers": _named(sent.headers),
        "queryString": _named(parse_qsl(urlsplit(sent.url).query, keep_blank_values=True)),
    }
    if sent.body:
        said, encoding = _encoded(sent.body, sent.header("content-type") or "")
        found["postData"] = {"mimeType": sent.header("content-type") or "", "text": said, "params": []}
        if encoding:
            found["postData"]["_encoding"] = encoding
    return {**found, "headersSize": -1, "bodySize": len(sent.body)}


def _har_response(exchange: RecordedExchange) -> dict[str, Any]:
    response = exchange.response
    said, encoding = _encoded(response.body, response.header("content-type") or "")
    content: dict[str, Any] = {"size": len(response.body), "mimeType": response.header("content-type") or ""}
    if response.body:
        content["text"] = said
    if encoding:
        content["encoding"] = encoding
    found: dict[str, Any] = {
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
    if exchange.volatile is not None:
        found |= {"_takes": exchange.takes, "_volatile": sorted(exchange.volatile)}
    return found


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
