"""Reads of what a request has just made or deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote, urlsplit

from conformance.cases.probe import Probe
from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.model.record import Intent
from conformance.spec.body import read_json


def echoes(operations: Mapping[str, Operation], operation: Operation, request: Request, answer: Response) -> Iterator[Probe]:
    """Reads of what a request has just made or deleted, where the document has an operation for it.

    Args:
        operations: those that may be called, by label.
        operation: the one that the request was for.
        request: the request.
        answer: its answer, a success.
    """
    parts = urlsplit(request.url)
    plain = Request(method="GET", url=parts._replace(query="").geturl(),
                    headers=tuple(pair for pair in request.headers if not pair[0].lower().startswith("content-")))  # fmt: skip
    if operation.method == "delete" and answer.status != 202:
        label, url, description = f"GET {operation.path}", plain.url, "Read what was deleted"
    elif operation.method == "put" and answer.status in {200, 201, 204}:
        label, url, description = f"GET {operation.path}", plain.url, "Read what was put"
    elif operation.method == "post" and answer.status in {200, 201}:
        reader = next(
            (other for other in operations.values() if other.method == "get" and _is_item(other.path, operation.path)), None
        )
        identity = _identity(answer, reader.path.rpartition("{")[2].rstrip("}")) if reader is not None else None
        if reader is None or identity is None:
            return
        label, url, description = reader.label, f"{plain.url}/{quote(identity, safe='')}", "Read what was created"
    else:
        return
    reader = operations.get(label)
    if reader is not None and not any(parameter.required and parameter.location != "path" for parameter in reader.parameters):
        yield Probe(operation=label, intent=Intent.PROBE, description=description, request=replace(plain, url=url))


def _is_item(path: str, collection: str) -> bool:
    rest = path.removeprefix(collection)
    return path.startswith(collection + "/{") and rest.count("/") == 1 and rest.endswith("}")


def _identity(answer: Response, name: str) -> str | None:
    value = read_json(answer.body).value if answer.body else None
    thing = value.get("data", value) if isinstance(value, dict) else None
    found = thing.get(name, thing.get("id")) if isinstance(thing, dict) else None
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) and str(found) else None
