"""Postman collections 2.0 and 2.1: the saved responses, each with the request that it answered.

Variables come from the collection, its folders and the path variables of a request; those that nothing gives a value are
listed, and a request that needs one is passed over. Only what stands before the path may stay open, for it is where the
service is, and a replay has a target of its own. An environment that was exported beside the collection, alone of its kind, goes
before the collection's own. What ``auth`` puts into a message is put there, of the request, else of the folder it is in. Scripts
are never run. Source: the schema of collections,
https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from conformance.cases.members import (
    UNUSABLE,
    Unusable,
    encoded,
    form,
    mapping,
    multipart,
    named_pairs,
    objects,
    plain,
    request,
    seconds,
    status_code,
    text,
    why,
)
from conformance.cases.recorded import RecordedExchange, Recording, SkippedEntry
from conformance.cases.streamed import Stream, Torn
from conformance.errors import RecordingError
from conformance.model.message import Headers, Response, header

_VARIABLE = re.compile(r"\{\{([^{}]{1,200})\}\}")
_FIRST = re.compile(r"^\{\{([^{}]{1,200})\}\}(?=/|$)")
_SOMEWHERE = "http://service.invalid"
_DEEPEST = 20
_KINDS = {"json": "application/json", "xml": "application/xml", "html": "text/html", "javascript": "application/javascript",
          "text": "text/plain"}  # fmt: skip


def recording_from_postman(file: str | TextIO, *, name: str, source: str) -> Recording:
    """The saved responses of a collection, in the order in which it shows them.

    Args:
        file: the file or its text.
        name: a short name for the recording.
        source: its path, for messages.

    Raises:
        RecordingError: when it is no JSON, or no collection.
    """
    try:
        value = Stream(file).value()
    except Torn as raised:
        raise RecordingError(source=source, reason=str(raised)) from None
    value = value.get("collection", value) if isinstance(value, dict) else value  # as the API of Postman gives it
    if not isinstance(value, dict) or not isinstance(value.get("item"), list):
        raise RecordingError(source=source, reason="not a Postman collection: it has no list of items")
    exchanges: list[RecordedExchange] = []
    skipped: list[SkippedEntry] = []
    unresolved: dict[str, None] = {}
    shared = {**_Variables(value.get("variable")), **_environment(source)}
    for index, (path, asked, auth, response, known) in enumerate(_saved(value, shared, "", 0)):
        values = _Values(known)
        try:
            exchanges.append(_exchange(asked, auth, response, values, index, source))
        except UNUSABLE as raised:
            skipped.append(SkippedEntry(index=index, reason=f"{path}: {why(raised)}"))
        unresolved |= values.missing
    if not exchanges and not skipped:
        skipped.append(SkippedEntry(index=0, reason="no request has a saved response; save some in Postman, and export it again"))
    return Recording(name=name, source=source, exchanges=tuple(exchanges), skipped=tuple(skipped), form="postman",
                     unresolved=tuple(sorted(unresolved)))  # fmt: skip


class _Variables(dict[str, str]):
    """Values by name; a variable that is there without a value is as good as none."""

    def __init__(self, listed: Any) -> None:
        super().__init__({
            text(one.get("key", one.get("id"))): text(one.get("value"))
            for one in objects(listed) if not one.get("disabled") and one.get("enabled") is not False and text(one.get("value"))
        })  # fmt: skip


class _Values:
    """Texts with their variables filled in; ``missing`` are the names of those that nothing gives a value."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known
        self.missing: dict[str, None] = {}

    def filled(self, said: Any, depth: int = 0) -> str:
        """A text; a variable's value may have variables itself."""

        def value(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name in self._known and depth < _DEEPEST:
                return self.filled(self._known[name], depth + 1)
            self.missing[name] = None
            return found[0]

        return _VARIABLE.sub(value, text(said))

    def complete(self, said: Any) -> str:
        """A text that has no variable left.

        Raises:
            Unusable: with the names of those that it has.
        """
        found = self.filled(said)
        left = [name.strip() for name in _VARIABLE.findall(found)]
        if left:
            raise Unusable(f"nothing gives a value to {', '.join(dict.fromkeys(left))}")
        return found


def _environment(source: str) -> Mapping[str, str]:
    """The variables of the one environment that stands beside a collection; of two nobody knows which is meant."""
    try:
        (file,) = Path(source).parent.glob("*.postman_environment.json")
        held = Stream(file.read_text("utf-8-sig")).value()
    except (OSError, ValueError):  # none, several, or one that cannot be read
        return {}
    return _Variables(mapping(held).get("values"))


_Saved = tuple[str, Any, Any, Mapping[str, Any], dict[str, str]]


def _saved(folder: Mapping[str, Any], known: dict[str, str], path: str, depth: int, auth: Any = None) -> Iterator[_Saved]:
    """The saved responses below a folder: where, the request, its auth, the response, and the variables that hold there."""
    auth = folder.get("auth") or auth
    for item in objects(folder.get("item")):
        place = f"{path} / {text(item.get('name'))}" if path else text(item.get("name"))
        inner = {**known, **_Variables(item.get("variable"))}
        if isinstance(item.get("item"), list) and depth < _DEEPEST:
            yield from _saved(item, inner, place, depth + 1, auth)
            continue
        for response in objects(item.get("response")):
            asked = response.get("originalRequest") or item.get("request")
            own = mapping(asked).get("auth") or mapping(item.get("request")).get("auth") or auth
            yield f"{place} / {text(response.get('name'))}", asked, own, response, inner


def _authorized(auth: Any, url: str, headers: Headers, values: _Values) -> tuple[str, Headers]:
    """The request with what its auth puts into it. One that has no value puts nothing: a credential is the run's own."""
    kind = text(mapping(auth).get("type"))
    held = mapping(auth).get(kind)  # a list of pairs, in 2.0 an object
    parts = held if isinstance(held, dict) else {text(one.get("key")): one.get("value") for one in objects(held)}
    said = {name: "" if _VARIABLE.search(found := values.filled(value)) else found for name, value in parts.items()}
    if kind == "apikey" and said.get("key") and said.get("value"):
        if said.get("in") != "query":
            return url, (*headers, (said["key"], said["value"])) if header(headers, said["key"]) is None else headers
        name = quote(said["key"], safe="")
        has = any(part.startswith(f"{name}=") for part in url.partition("?")[2].split("&"))
        return url if has else f"{url}{'&' if '?' in url else '?'}{name}={quote(said['value'], safe='')}", headers
    value = ""
    if kind == "bearer" and said.get("token"):
        value = f"Bearer {said['token']}"
    elif kind == "basic" and said.get("username"):
        pair = f"{said['username']}:{said.get('password', '')}"
        value = f"Basic {base64.b64encode(encoded(pair)).decode()}"
    return url, headers if not value or header(headers, "authorization") is not None else (*headers, ("Authorization", value))


def _exchange(asked: Any, auth: Any, response: Mapping[str, Any], values: _Values, index: int, source: str) -> RecordedExchange:
    asked = {"url": asked} if isinstance(asked, str) else mapping(asked)
    url = _url(asked.get("url"), values)
    headers = tuple([(name, values.filled(said)) for name, said in _headers(asked.get("header"))])
    # A credential is the run's own, so one that has no value is no loss.
    headers = tuple([(name, said) for name, said in headers if not (_VARIABLE.search(said) and name.lower() == "authorization")])
    for _, said in headers:
        values.complete(said)
    url, headers = _authorized(auth, url, headers, values)
    headers, body = _body(mapping(asked.get("body")), headers, values)
    answered = _headers(response.get("header"))
    language = _KINDS.get(text(response.get("_postman_previewlanguage")))
    if language and header(answered, "content-type") is None and response.get("body"):
        answered = (*answered, ("Content-Type", language))
    return RecordedExchange(
        request=request(values.complete(asked.get("method")).upper(), url, headers, body),
        response=plain(Response(
            status=status_code(response.get("code")), headers=answered, body=encoded(text(response.get("body"))),
            elapsed=seconds(response.get("responseTime")) / 1000,
        )),
        source_file=source,
        index=index,
    )  # fmt: skip


def _headers(value: Any) -> Headers:
    if isinstance(value, str):  # one a line
        pairs = (line.partition(":") for line in value.splitlines())
        return tuple([(name.strip(), said.strip()) for name, colon, said in pairs if colon and name.strip()])
    return named_pairs(value, key="key")


def _url(value: Any, values: _Values) -> str:
    parts = {"raw": value} if isinstance(value, str) else mapping(value)
    raw = text(parts.get("raw")) or _joined(parts)
    first = _FIRST.match(raw)
    start = values.filled(first[0]) if first is not None else ""
    if first is not None:
        # Where the service is may stay open: the target of the replay stands in for it.
        raw = (_SOMEWHERE if _VARIABLE.search(start) else start.rstrip("/")) + raw[first.end() :]
    raw = values.complete(raw)
    for name, said in _Variables(parts.get("variable")).items():
        raw = re.sub(rf"(?<=/):{re.escape(name)}(?=[/?#]|$)", lambda _, said=said: quote(values.complete(said), safe=""), raw)  # type: ignore[misc]
    open_ = re.findall(r"/:([A-Za-z_][\w-]*)(?=[/?#]|$)", raw.partition("?")[0])
    if open_:
        values.missing |= dict.fromkeys(open_)
        raise Unusable(f"nothing gives a value to {', '.join(open_)}")
    if "://" not in raw:
        raw = f"http://{raw}"
    head, mark, query = raw.partition("?")
    # The app shows a query as it was typed, and encodes it when it sends.
    disabled = {text(one.get("key")) for one in objects(parts.get("query")) if one.get("disabled")}
    kept = [pair for pair in query.partition("#")[0].split("&") if pair.partition("=")[0] not in disabled]
    query = quote("&".join(kept), safe="%&=+:@/?!$'()*,;~-._")
    return quote(head, safe="%:/@!$&'()*+,;=~-._") + (f"?{query}" if mark and query else "")


def _joined(parts: Mapping[str, Any]) -> str:
    host, path = parts.get("host"), parts.get("path")
    name = ".".join(text(one) for one in host) if isinstance(host, list) else text(host)
    below = "/".join(text(mapping(one).get("value", one)) for one in path) if isinstance(path, list) else text(path).lstrip("/")
    scheme = "" if name.startswith("{{") else f"{text(parts.get('protocol')) or 'http'}://"
    port = f":{text(parts.get('port'))}" if parts.get("port") else ""
    query = "&".join(f"{text(one.get('key'))}={text(one.get('value'))}" for one in objects(parts.get("query")))
    return f"{scheme}{name}{port}/{below}" + (f"?{query}" if query else "")


def _body(body: Mapping[str, Any], headers: Headers, values: _Values) -> tuple[Headers, bytes]:
    mode = text(body.get("mode"))
    if body.get("disabled") or not mode:
        return headers, b""
    if mode == "raw":
        options = mapping(mapping(body.get("options")).get("raw"))
        return _typed(headers, _KINDS.get(text(options.get("language")), "")), encoded(values.complete(body.get("raw")))
    if mode == "graphql":
        raise Unusable("its body is GraphQL, which is no operation of an OpenAPI document")
    fields = [one for one in objects(body.get(mode)) if not one.get("disabled")]
    if mode == "urlencoded":
        pairs = [(values.complete(one.get("key")), values.complete(one.get("value"))) for one in fields]
        return _typed(headers, "application/x-www-form-urlencoded"), form(pairs)
    if mode == "formdata" and all(one.get("type") != "file" for one in fields):
        kind, made = multipart(
            (values.complete(one.get("key")), values.complete(one.get("value")), "", text(one.get("contentType")))
            for one in fields
        )  # fmt: skip
        return (*(pair for pair in headers if pair[0].lower() != "content-type"), ("Content-Type", kind)), made
    raise Unusable("its body is a file, which the collection does not hold")


def _typed(headers: Headers, kind: str) -> Headers:
    return headers if not kind or header(headers, "content-type") is not None else (*headers, ("Content-Type", kind))
