"""VCR cassettes: those of vcrpy, Schemathesis, Ruby's VCR, go-vcr and php-vcr, in YAML or JSON.

vcrpy and go-vcr write ``interactions``, with bodies as text, bytes or ``{string}`` and compressed as they came; Schemathesis and
Ruby's VCR write ``http_interactions`` with ``{encoding, string}`` or ``{base64_string}``; those of php-vcr are the file itself.
YAML is read as data alone: a tag that would make an object is an error, but for texts and bytes that a language names as its own.
What the writers put at the margin, ``- `` for each interaction, is read one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TextIO

import yaml

from conformance.cases.members import (
    UNUSABLE,
    encoded,
    form,
    from_base64,
    mapped_pairs,
    mapping,
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

LISTS = ("interactions", "http_interactions")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader. Old cassettes name Python's own texts, which are texts."""


def _as_text(loader: Any, node: Any) -> Any:
    return loader.construct_scalar(node)


for _tag in ("tag:yaml.org,2002:python/unicode", "tag:yaml.org,2002:python/str", "tag:yaml.org,2002:timestamp"):
    _Loader.add_constructor(_tag, _as_text)


def _as_bytes(loader: Any, node: Any) -> Any:
    """Bytes: as Ruby and Python name them, or held by what vcrpy saw as a file."""
    if isinstance(node, yaml.MappingNode):
        state = loader.construct_mapping(node, deep=True).get("state")
        return state[0] if isinstance(state, list) and state and isinstance(state[0], (bytes, str)) else b""
    return loader.construct_yaml_binary(node)


def _as_list(loader: Any, node: Any) -> Any:
    return loader.construct_sequence(node, deep=True)


for _tag in ("!binary", "tag:yaml.org,2002:python/bytes", "tag:yaml.org,2002:python/object/new:_io.BytesIO"):
    _Loader.add_constructor(_tag, _as_bytes)
_Loader.add_constructor("tag:yaml.org,2002:python/tuple", _as_list)


def recording_from_vcr(file: str | TextIO, *, name: str, source: str) -> Recording:
    """The interactions of a cassette in YAML.

    Args:
        file: the file or its text.
        name: a short name for the recording.
        source: its path, for messages.

    Raises:
        RecordingError: when it is no YAML, asks for more than data, or has no list of interactions.
    """
    content = file if isinstance(file, str) else file.read()
    entries = _one_by_one(content)
    if entries is None or any(isinstance(one, _Broken) and one.needs_others for one in entries):
        entries = _at_once(content, source)
    return _recording(entries, name=name, source=source)


def recording_from_vcr_json(file: str | TextIO, *, name: str, source: str) -> Recording:
    """The interactions of a cassette in JSON, read one at a time.

    Raises:
        RecordingError: when it is no JSON or has no list of interactions.
    """
    stream, entries, is_one = Stream(file), list[Any](), False
    try:
        if stream.peek() == "[":
            is_one = True
            for _ in stream.items():
                entries.append(stream.value())
            is_one = any("request" in mapping(one) for one in entries)
        for member in () if is_one else stream.members():
            if member in LISTS and stream.peek() == "[":
                is_one = True
                for _ in stream.items():
                    entries.append(stream.value())
            else:
                stream.value()
    except Torn as raised:
        if not entries:
            raise RecordingError(source=source, reason=str(raised)) from None
        entries.append(_Broken(f"the file breaks off here: {raised}"))
    if not is_one:
        raise RecordingError(source=source, reason=_no_list())
    return _recording(entries, name=name, source=source)


class _Broken:
    """An interaction that cannot be read; ``needs_others`` when it refers to what stands in another."""

    def __init__(self, reason: str, *, needs_others: bool = False) -> None:
        self.reason, self.needs_others = reason, needs_others


def _one_by_one(content: str) -> list[Any] | None:
    """The interactions, each parsed for itself; ``None`` when they do not stand at the margin."""
    chunks = list(_chunks(content))
    if not chunks:
        return None
    found: list[Any] = []
    for chunk in chunks:
        try:
            (value,) = _loaded(chunk)
        except (yaml.YAMLError, ValueError, TypeError, RecursionError) as raised:
            value = _Broken(_why(raised), needs_others="alias" in str(raised))
        found.append(value)
    return found


def _chunks(content: str) -> Iterator[str]:
    """The items of the list of interactions, where they begin at the margin."""
    is_inside, lines = False, list[str]()
    for line in content.splitlines(keepends=True):
        starts = line[:1] not in {" ", "\t", "\n", "\r", "#"}
        if is_inside and (line.startswith("- ") or (starts and not line.startswith("-"))):
            if lines:
                yield "".join(lines)
            lines = []
            is_inside = line.startswith("- ")
        if is_inside:
            lines += [line] if lines or line.startswith("- ") else []
        elif starts and line.split("#")[0].strip() in {f"{one}:" for one in LISTS}:
            is_inside = True
    if lines:
        yield "".join(lines)


def _at_once(content: str, source: str) -> list[Any]:
    try:
        value = _loaded(content)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as raised:
        raise RecordingError(source=source, reason=_why(raised)) from None
    found = next((value[one] for one in LISTS if isinstance(value, dict) and isinstance(value.get(one), list)), None)
    if isinstance(value, list) and any("request" in mapping(one) for one in value):
        found = value
    if found is None:
        raise RecordingError(source=source, reason=_no_list())
    return list(found)


def _loaded(content: str) -> Any:
    return yaml.load(content, _Loader)  # noqa: S506 - a subclass of the safe one


def _no_list() -> str:
    return "not a cassette: it has no list of interactions"


def _why(raised: BaseException) -> str:
    mark = getattr(raised, "problem_mark", None)
    problem = getattr(raised, "problem", None) or str(raised).partition("\n")[0] or type(raised).__name__
    where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
    if isinstance(raised, yaml.constructor.ConstructorError):
        return f"it asks for more than data{where}: {problem}"
    return f"not well-formed YAML{where}: {problem}"


def _recording(entries: list[Any], *, name: str, source: str) -> Recording:
    exchanges, skipped = [], []
    for index, entry in enumerate(entries):
        if isinstance(entry, _Broken):
            skipped.append(SkippedEntry(index=index, reason=entry.reason))
            continue
        try:
            exchanges.append(_exchange(mapping(entry), index, source))
        except UNUSABLE as raised:
            skipped.append(SkippedEntry(index=index, reason=why(raised)))
    return Recording(name=name, source=source, exchanges=tuple(exchanges), skipped=tuple(skipped), form="vcr")


def _exchange(entry: Mapping[str, Any], index: int, source: str) -> RecordedExchange:
    sent, answer = mapping(entry.get("request")), mapping(entry.get("response"))
    code = status_code(_status(answer))
    method = text(sent.get("method")).upper()
    return RecordedExchange(
        request=request(method, sent.get("uri", sent.get("url")), *_sent(sent)),
        response=plain(Response(
            status=code, headers=mapped_pairs(answer.get("headers")),
            body=_body(answer.get("body", answer.get("content")), "answer"), elapsed=seconds(answer.get("elapsed")),
        )),
        started=text(entry.get("recorded_at")),
        source_file=source,
        index=index,
    )  # fmt: skip


def _status(answer: Mapping[str, Any]) -> Any:
    """The status: a number under one of two names, ``{code}``, or what stood in the first line (``200 OK``)."""
    found = answer.get("status_code", answer.get("code", answer.get("status")))
    found = mapping(found).get("code", found)
    return found.partition(" ")[0] if isinstance(found, str) else found


def _sent(sent: Mapping[str, Any]) -> tuple[Headers, bytes]:
    headers, body = mapped_pairs(sent.get("headers")), sent.get("body")
    fields = sent.get("post_fields", sent.get("form"))  # php-vcr and go-vcr, where the client gave a form
    if not body and isinstance(fields, dict) and fields and not sent.get("post_files"):
        body = [(name, one) for name, held in fields.items() for one in (held if isinstance(held, list) else [held])]
    if isinstance(body, list):  # vcrpy, where the client gave a form as pairs
        pairs = [(text(pair[0]), text(pair[1])) for pair in body if isinstance(pair, (list, tuple)) and len(pair) == 2]
        if header(headers, "content-type") is None:
            headers = (*headers, ("Content-Type", "application/x-www-form-urlencoded"))
        return headers, form(pairs)
    return headers, _body(body, "request")


def _body(body: Any, what: str) -> bytes:
    if isinstance(body, list):  # in pieces, as a stream was read
        return b"".join(_piece(one, what) for one in body if not isinstance(one, (list, type(None))))
    return _piece(body, what)


def _piece(body: Any, what: str) -> bytes:
    if isinstance(body, dict):
        if body.get("base64_string") is not None:
            return from_base64(text(body["base64_string"]), what)
        body = body.get("string", body.get("text"))
    return body if isinstance(body, bytes) else encoded(text(body))
