"""A fresh answer beside the recorded one, in layers: status, shape (``shapes``), then values (``steady``).

Below these are transport, whether an answer came at all, and the contract, which the checks of a run judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from conformance.model.message import Response
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.model.record import Exchange, Finding, Severity
from conformance.run.headers import headers_gone
from conformance.run.identity import json_body
from conformance.run.shapes import Difference, shape_differences
from conformance.run.steady import Beside, value_differences
from conformance.spec.body import media_type_for
from conformance.spec.pointer import join, split

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One way in which a service can part from its recording. ``layer`` is ``contract``, ``status``, ``shape`` or ``value``."""

    id: str
    layer: str
    severity: Severity
    summary: str
    why: str
    fix: str


COMPARISONS: tuple[Comparison, ...] = (
    Comparison(id="example-refused", layer="status", severity=N, summary="An example of the document can be sent as it shows.",
               why="Whoever tries the example is refused, though it may name things that only its author had.",
               fix="Show an example that works for everybody, or say what it needs."),
    Comparison(id="path-undocumented", layer="contract", severity=W, summary="A recorded call is in the document.",
               why="Clients use it, and nothing says what it promises.",
               fix="Document the operation, or take the call out of the recording."),
    Comparison(id="recording-field-added", layer="shape", severity=N,
               summary="The answer has no field that the recording has not.",
               why="Clients ignore what they do not know, but it may be new and undocumented.",
               fix="Refresh the recording when the field is meant."),
    Comparison(id="recording-field-removed", layer="shape", severity=W,
               summary="The answer has every field that the recording has.",
               why="Clients that read the field no longer get it.",
               fix="Bring the field back, or announce the change and refresh the recording."),
    Comparison(id="recording-form-changed", layer="shape", severity=W,
               summary="A time, an id, a URL or a telephone number is written as in the recording.",
               why="Clients that parse it fail, or take it for another.",
               fix="Bring the form back, or announce the change and refresh the recording."),
    Comparison(id="recording-header-removed", layer="shape", severity=W,
               summary="The answer has the headers of the recording that clients act on.",
               why="Clients find what they created, page on, or log in by it.",
               fix="Bring the header back, or refresh the recording."),
    Comparison(id="recording-item-lost", layer="value", severity=W,
               summary="A list shows what it showed of the things that the recording created.",
               why="Clients that read one page no longer find what was there.",
               fix="Find out whether pages became smaller or things went; refresh the recording when that is meant."),
    Comparison(id="recording-item-repeated", layer="value", severity=W,
               summary="A list shows each thing once, as it did.",
               why="Clients that add up or show a list have the thing twice.",
               fix="Look for the join or the page that repeats it."),
    Comparison(id="recording-match-failed", layer="value", severity=E,
               summary="A field is what conformance.toml asks of it.",
               why="The project says so.",
               fix="Find out why the value changed; mend the service, or the entry."),
    Comparison(id="recording-media-type", layer="shape", severity=E, summary="The answer has the media type of the recording.",
               why="Clients choose a decoder by it.",
               fix="Answer in the recorded media type, or refresh the recording."),
    Comparison(id="recording-order-changed", layer="value", severity=W,
               summary="A list has the things that the recording created in the recorded order.",
               why="Clients that take the first, or stop at the last that they know, take another one.",
               fix="Bring the order back, or let clients ask for it; refresh the recording when the change is meant."),
    Comparison(id="recording-status", layer="status", severity=E, summary="The answer has the status of the recording.",
               why="Clients that look for the exact status take another path.",
               fix="Answer with the recorded status, or refresh the recording."),
    Comparison(id="recording-status-class", layer="status", severity=E,
               summary="The answer has the status class of the recording.",
               why="What worked fails, or what was refused is let through.",
               fix="Find out why the same call ends differently; refresh the recording when that is meant."),
    Comparison(id="recording-type-changed", layer="shape", severity=E, summary="Each field has the JSON type of the recording.",
               why="Typed clients fail to decode it.",
               fix="Send the recorded type, or treat the change as a breaking one."),
    Comparison(id="recording-value-changed", layer="value", severity=W,
               summary="A value that is the same each time is still the same.",
               why="Clients build on what always was so: on what they sent, on defaults, on fixed words.",
               fix="Bring the value back, or announce the change and refresh the recording."),
)  # fmt: skip

BY_ID = {comparison.id: comparison for comparison in COMPARISONS}

LAYERS = ("transport", "contract", "status", "shape", "value")


def layer_of(finding: Finding) -> str:
    """The layer of a finding of replay."""
    row = BY_ID.get(finding.id)
    return row.layer if row is not None else "transport" if finding.id == "no-response" else "contract"


_ALONE = Beside()
_CACHED = {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}
"""One or the other goes by what a client still has, and by who else writes (RFC 9110, section 15.4.5)."""


def differences(recorded: Response, live: Response, operation: Operation | None, beside: Beside = _ALONE) -> Iterator[Difference]:
    """How an answer differs from the recorded one.

    Args:
        recorded: the answer then.
        live: the answer now.
        operation: whose answers they are, ``None`` when the document has none.
        beside: what else is known of the two exchanges; without it no values are compared.
    """
    change = f"{recorded.status} -> {live.status}"
    if {recorded.status, live.status} == _CACHED:
        return
    if recorded.status // 100 != live.status // 100:
        yield Difference(
            id="example-refused" if beside.illustrative and live.status // 100 == 4 else "recording-status-class",
            message=f"the recording has {recorded.status}, the answer is {live.status}",
            detail=change,
        )
        return
    if recorded.status != live.status and not beside.illustrative:
        yield Difference(
            id="recording-status", message=f"the recording has {recorded.status}, the answer is {live.status}", detail=change
        )
    if not beside.illustrative:
        yield from headers_gone(recorded, live, operation)
    if not recorded.body or live.status in {204, 304} or recorded.status in {204, 304}:
        return
    was, now = json_body(recorded), json_body(live)
    if was is None or now is None:
        yield from _media(recorded, live, parsed=was is not None)
        return
    if recorded.media_type and live.media_type and not beside.illustrative:
        yield from _media(recorded, live, parsed=False)
    try:
        yield from list(_bodies(was, now, live, operation, beside))
    except RecursionError:  # nested deeper than anything that is worth comparing
        return


def _bodies(was: Any, now: Any, live: Response, operation: Operation | None, beside: Beside) -> Iterator[Difference]:
    schema = _schema(operation, live)
    for pointer, matcher, before, after in beside.matchers.places(operation, was, now):
        why = matcher.refusal(before, after)
        if why:
            detail = f"{pointer} {matcher.kind}"
            yield Difference(id="recording-match-failed", message=f"{pointer or 'the body'} {why}", detail=detail)
    found = list(shape_differences(was, now, schema, shown=beside.illustrative))
    if beside.illustrative:
        found = [one for one in found if one.id != "recording-field-removed"]
    else:
        told = {(one.id, one.detail) for one in found}
        found += [one for one in value_differences(was, now, schema, operation, beside) if (one.id, one.detail) not in told]
    yield from (one for one in found if not _is_settled(one, operation, beside))


def _is_settled(difference: Difference, operation: Operation | None, beside: Beside) -> bool:
    """Whether the project has said itself what is to become of a place, or of what it is in."""
    if not beside.matchers.entries:
        return False
    tokens = split(difference.detail) if difference.detail.startswith("/") else []
    above = [join("", *tokens[:depth]) for depth in range(len(tokens) + 1)]
    held = [found for place in above if (found := beside.matchers.at(operation, place)) is not None]
    # That a field is not there at all is told, unless it is to be ignored.
    return any(one.kind == "ignore" or difference.id != "recording-field-removed" for one in held)


def _media(recorded: Response, live: Response, *, parsed: bool) -> Iterator[Difference]:
    was, now = recorded.media_type or "no media type", live.media_type or "no media type"
    if not live.body:
        yield Difference(
            id="recording-media-type",
            message=f"the recording has a body ({was}), the answer has none",
            detail=f"{was} -> nothing",
        )
    elif was != now:
        yield Difference(
            id="recording-media-type", message=f"the recording is {was}, the answer is {now}", detail=f"{was} -> {now}"
        )
    elif parsed:
        yield Difference(
            id="recording-type-changed", message="the recorded body is JSON, the answer's does not parse", detail="/ json"
        )


def _schema(operation: Operation | None, response: Response) -> Schema | None:
    spec = operation.response_for(response.status) if operation is not None else None
    media = media_type_for(spec.content, response.header("content-type")) if spec is not None else None
    return media.schema if media is not None else None


def finding(difference: Difference, exchange: Exchange, operation: Operation | None) -> Finding:
    """A difference as a finding, with the exchange and the words of the table."""
    row = BY_ID[difference.id]
    response = exchange.response if isinstance(exchange.response, Response) else None
    spec = operation.response_for(response.status) if operation is not None and response is not None else None
    return Finding(
        id=row.id,
        severity=row.severity,
        stage=exchange.case.stage,
        phase=exchange.case.phase,
        message=difference.message,
        detail=difference.detail,
        pointer=(spec.pointer if spec is not None else "") or (operation.pointer if operation is not None else "/paths"),
        operation=exchange.operation,
        operation_id=operation.operation_id if operation is not None else None,
        tags=operation.tags if operation is not None else (),
        status=response.status if response is not None else None,
        request=exchange.request,
        response=response,
        why=row.why,
        fix=row.fix,
    )
