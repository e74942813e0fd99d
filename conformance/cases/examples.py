"""The examples of a document as a recording: what it shows as a request and what it shows as the answer.

Where both sides name their examples (``examples``), those of one name belong together; one without a name goes with any. What
makes things comes first and what deletes them last, so that an id shown in an answer can be carried to where it is shown again.
An operation whose required parameters or body have no example cannot be called by them and is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from conformance.cases.members import UNUSABLE, Unusable, mapping, multipart, why
from conformance.cases.recorded import RecordedExchange, Recording, SkippedEntry
from conformance.errors import DocumentError, RecordingError
from conformance.model.message import Headers, Request, Response
from conformance.model.operation import MediaType, Operation, Parameter
from conformance.spec.body import is_json
from conformance.spec.document import Document
from conformance.spec.pointer import follow

_SOMEWHERE = "http://service.invalid"
_ORDER = {"post": 1, "put": 2, "get": 3, "head": 3, "patch": 4, "delete": 5}


def recording_from_document(file: Path, *, name: str, document: Document | None = None) -> Recording:
    """The examples of the document in a file.

    Args:
        file: where it is.
        name: a short name for the recording.
        document: what was read from there before, if it was.

    Raises:
        RecordingError: when it is no document.
    """
    try:
        if document is None or document.source.uri != str(file):
            document = Document.load(file)
    except DocumentError as raised:
        raise RecordingError(source=str(file), reason=str(raised)) from None
    exchanges: list[RecordedExchange] = []
    skipped: list[SkippedEntry] = []
    index = 0
    for operation in sorted(document.operations, key=_order):
        for shown, answer in _answers(operation, document):
            try:
                request = _request(operation, shown, document)
                exchanges.append(RecordedExchange(request=request, response=answer, source_file=str(file), index=index))
            except UNUSABLE as raised:
                skipped.append(SkippedEntry(index=index, reason=f"{operation.label}: {why(raised)}"))
            index += 1
    return Recording(name=name, source=str(file), exchanges=tuple(exchanges), skipped=tuple(skipped), form="openapi",
                     illustrative=True)  # fmt: skip


def _order(operation: Operation) -> tuple[int, int]:
    depth = operation.path.count("{")
    order = _ORDER.get(operation.method, 4)
    return (order, -depth) if operation.method == "delete" else (0 if order == 1 and not depth else order, depth)


def _answers(operation: Operation, document: Document) -> Iterator[tuple[str, Response]]:
    """The successful answers that the document shows, each with the name of its example."""
    for status, spec in operation.responses.items():
        for media in spec.content.values():
            if status[:1] != "2" or not is_json(media.name):
                continue
            for name, value in _shown(media, document).items():
                code = int(status) if status.isdecimal() else 200
                yield name, Response(status=code, headers=(("Content-Type", media.name),), body=_json(value))


def _shown(owner: MediaType | Parameter, document: Document) -> dict[str, Any]:
    """The examples of a media type or parameter by name; that of its schema where it has none itself."""
    if owner.examples:
        try:
            named = list(mapping(mapping(follow(document.raw, owner.pointer)).get("examples")))
        except LookupError:
            named = []
        single = len(owner.examples) - len(named)
        names = ["" if at < single else named[at - single] for at in range(len(owner.examples))] if single >= 0 else []
        return dict(zip(names, owner.examples, strict=False)) or {"": owner.examples[0]}
    if owner.schema is None:
        return {}
    example, several = owner.schema.get("example"), owner.schema.get("examples")
    if example is not None:
        return {"": example}
    return {"": several[0]} if isinstance(several, list) and several else {}


def _one(owner: MediaType | Parameter, name: str, document: Document) -> tuple[bool, Any]:
    """Whether there is an example that goes with a name, and it."""
    found = _shown(owner, document)
    if name and name in found:
        return True, found[name]
    return (True, found[""] if "" in found else next(iter(found.values()))) if found else (False, None)


def _request(operation: Operation, shown: str, document: Document) -> Request:
    path, query, headers = operation.path, list[tuple[str, str]](), list[tuple[str, str]]()
    for parameter in operation.parameters:
        has, value = _one(parameter, shown, document)
        if not has:
            if parameter.required and parameter.location != "cookie":
                raise Unusable(f"the {parameter.location} parameter {parameter.name!r} has no example")
            continue
        if not parameter.required and not (shown and shown in _shown(parameter, document)):
            continue
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(",".join(_texts(value, parameter)), safe=","))
        elif parameter.location == "query":
            texts = _texts(value, parameter)
            query += [(parameter.name, one) for one in (texts if parameter.explode else [",".join(texts)])]
        elif parameter.location == "header":
            headers.append((parameter.name, ",".join(_texts(value, parameter))))
    typed, body = _body(operation, shown, document)
    server = operation.servers[0] if operation.servers else "/"
    base = server if urlsplit(server).netloc and "{" not in server else _SOMEWHERE + urlsplit(server).path
    url = base.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
    return Request(method=operation.method.upper(), url=url, headers=(*headers, *typed), body=body)


def _texts(value: Any, parameter: Parameter) -> list[str]:
    if isinstance(value, list) and not any(isinstance(one, (dict, list)) for one in value):
        return [_text(one) for one in value]
    if isinstance(value, (dict, list)):
        raise Unusable(f"the example of the {parameter.location} parameter {parameter.name!r} is more than a list of values")
    return [_text(value)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _body(operation: Operation, shown: str, document: Document) -> tuple[Headers, bytes]:
    spec = operation.request_body
    if spec is None:
        return (), b""
    for media in spec.content.values():
        has, value = _one(media, shown, document)
        if has:
            return _written(media.name, value)
    if spec.required:
        raise Unusable("its body has no example")
    return (), b""


def _written(kind: str, value: Any) -> tuple[Headers, bytes]:
    if is_json(kind):
        return (("Content-Type", kind),), _json(value)
    flat: Mapping[str, Any] = mapping(value)
    if flat and not any(isinstance(one, (dict, list)) for one in flat.values()):
        if kind == "application/x-www-form-urlencoded":
            return (("Content-Type", kind),), urlencode({name: _text(one) for name, one in flat.items()}).encode()
        if kind == "multipart/form-data":
            made, body = multipart((name, _text(one), "", "") for name, one in flat.items())
            return (("Content-Type", made),), body
    if isinstance(value, str):
        return (("Content-Type", kind),), value.encode("utf-8", "surrogatepass")
    raise Unusable(f"the example of its body cannot be written as {kind}")
