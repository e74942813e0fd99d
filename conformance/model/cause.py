"""What findings have in common: the cause that one broken thing of the service or the document has in many operations.

Two findings of one check have the same cause when they are about the same place outside of their operations (a component,
a parameter of the path), or when they say the same of their operations: the same detail at the same place of the message.
What could be two causes stays two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.model.record import Finding

_EXCEPTION = re.compile(r"\b[A-Za-z_][\w.]*(?:Error|Exception|Fault)\b")
_NUMBER = re.compile(r"\d+")
_TELLING = ("code", "type", "title", "error", "exception")
_READ = 20_000
_DEEPEST = 4


def cause(finding: Finding) -> tuple[str, ...]:
    """What tells the cause of a finding; equal for findings that are one defect. Holds no generated value."""
    own = _prefix(finding.operation)
    if own and not (finding.pointer + "/").startswith(own + "/"):
        return ("shared", finding.stage, finding.id, finding.pointer, finding.detail)
    if finding.own or not own:
        return ("own", finding.stage, finding.id, finding.operation or "", finding.pointer, finding.detail)
    detail = " ".join(_below(word, own) for word in finding.detail.split(" "))
    shape: tuple[str, ...] = (_below(finding.pointer, own), detail)
    if shape[0].startswith("/parameters"):
        shape = (*shape, *finding.place.split("/")[1:3])
    if finding.stage == "lint":
        # The linter makes up no values, so its words can be taken as they are.
        shape = (*shape, _without(finding.message, finding))
    elif finding.status is not None and finding.status >= 500 and finding.response is not None:
        shape = (*shape, *_said(finding.response.body))
    return ("shape", finding.stage, finding.id, *shape)


def _prefix(operation: str | None) -> str:
    """Where an operation stands in the document, as its author wrote it."""
    method, _, path = (operation or "").partition(" ")
    return f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{method.lower()}" if path else ""


def _below(text: str, own: str) -> str:
    """A pointer from the operation on; a parameter goes by its name elsewhere, not by its number."""
    return re.sub(r"^/parameters/\d+", "/parameters", text.removeprefix(own)) if text.startswith("/") else text


def _without(message: str, finding: Finding) -> str:
    """A message of the linter without the name of the operation that it is about."""
    names = [finding.operation or "", (finding.operation or "").partition(" ")[2], finding.operation_id or ""]
    for name in filter(None, names):
        message = message.replace(name, "*")
    return message


def _said(body: bytes) -> tuple[str, ...]:
    """What an answer says of a failure by its names alone: exceptions, codes, titles."""
    text = body[:_READ].decode("utf-8", "replace")
    found = dict.fromkeys(_EXCEPTION.findall(text))
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    # A number alone is a code; inside of a sentence it may be anything.
    return (*found, *((_NUMBER.sub("#", value) if " " in value else value)[:80] for value in _told(told, 0)))


def _told(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield from (value[name] for name in _TELLING if isinstance(value.get(name), str))
    for inside in value.values() if isinstance(value, dict) else value[:4] if isinstance(value, list) else ():
        yield from _told(inside, depth + 1)
