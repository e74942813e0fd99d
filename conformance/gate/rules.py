"""What the gate holds against a client: a table of rows; answers are judged by the checks of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.model.message import Response
from conformance.model.operation import Operation
from conformance.model.record import Exchange, Finding, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE
STAGE: Final = "gate"

SDK: Final = "sdk"
DOCUMENT: Final = "document"
TARGET: Final = "target"
AMBIGUOUS: Final = "ambiguous"
BLAMES: Final = (SDK, DOCUMENT, TARGET, AMBIGUOUS)
"""Who can have to mend a finding, in the order of every report."""
_OF_THE_DOCUMENT = frozenset({
    "base-missing", "body-undocumented", "method-undocumented", "parameter-style", "parameter-undocumented", "path-undocumented",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thing that is wrong with a request, before it is a finding; ``severity`` where it is another than the rule's."""

    rule: str
    message: str
    blame: str
    pointer: str
    detail: str
    place: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that a client must not do, or that is worth a note."""

    id: str
    severity: Severity
    summary: str
    why: str
    fix: str


RULES: tuple[Rule, ...] = (
    Rule(id="answer-impossible", severity=E, summary="The document says how the operation answers.",
         why="No service can answer in a way that the document allows, and no client can know what to expect.",
         fix="Mend the schema of the answer, or leave the operation out of the document."),
    Rule(id="base-missing", severity=E, summary="A client keeps the path of its base URL.",
         why="The service is below that path, and answers 404 elsewhere.",
         fix="Put the path of a call behind that of the base URL, not in its place; or correct the variable (--env)."),
    Rule(id="base-repeated", severity=W, summary="A path does not repeat the base path of its server.",
         why="Clients that follow the document call /v2/v2/..., which the service hardly has.",
         fix="Take the base path out of the path, or out of the server."),
    Rule(id="body-undocumented", severity=W, summary="A client sends a body where the document has one.",
         why="Services ignore it or refuse the request; on GET, HEAD and DELETE it has no meaning (RFC 9110 section 9.3).",
         fix="Send no body, or document it."),
    Rule(id="credentials-missing", severity=W, summary="A client authenticates where the operation asks for it.",
         why="The service refuses every such call with 401.",
         fix="Send the credentials with this operation too, or document that it needs none."),
    Rule(id="field-undocumented", severity=W, summary="A client writes the fields of a body as the document has them.",
         why="Services ignore what they do not know, so what the caller asked for silently does not happen.",
         fix="Use the documented name, or document the field."),
    Rule(id="method-undocumented", severity=E, summary="A client uses a method that the path has.",
         why="The service refuses the call with 405.",
         fix="Use one of the documented methods, or document the operation."),
    Rule(id="operation-deprecated", severity=N, summary="A client uses no operation that is deprecated.",
         why="It will be taken away.",
         fix="Move to what replaces it."),
    Rule(id="parameter-deprecated", severity=N, summary="A client sends no parameter that is deprecated.",
         why="It will be taken away.",
         fix="Leave the parameter out, or send what replaces it."),
    Rule(id="parameter-style", severity=W, summary="A client writes parameters in their declared style.",
         why="A service that keeps to the document reads another value, or none (OpenAPI 3.1 section 4.8.12.4).",
         fix="Write the parameter by its style and explode, or correct these in the document."),
    Rule(id="parameter-undocumented", severity=W, summary="A client sends no query parameter that is not documented.",
         why="Services ignore what they do not know, so what the caller asked for silently does not happen.",
         fix="Use the documented name, or document the parameter."),
    Rule(id="path-parameter-empty", severity=E, summary="A client refuses a call that lacks a part of its path.",
         why="The URL leads elsewhere: a call for one thing becomes a call for all of them.",
         fix="Check that the parameters of a path are not empty before the URL is made."),
    Rule(id="path-undocumented", severity=E, summary="A client calls paths that the document has.",
         why="The service answers 404, or does something that nobody promised.",
         fix="Correct the path or the base URL of the client, or document the operation."),
    Rule(id="request-body", severity=E, summary="A client's body fits its schema.",
         why="A conforming service refuses the request.",
         fix="Send what the schema asks for, or mend the schema."),
    Rule(id="request-media-type", severity=E, summary="A client's body has a media type that the operation takes.",
         why="A conforming service refuses the request with 415.",
         fix="Send one of the documented media types, or document this one."),
    Rule(id="request-parameter", severity=E, summary="A client's parameters fit their schemas, and none is missing.",
         why="A conforming service refuses the request.",
         fix="Send what the parameter's schema asks for, or mend the schema."),
    Rule(id="request-syntax", severity=E, summary="A client's body can be read as what it claims to be.",
         why="A conforming service refuses the request with 400.",
         fix="Write the body in the format of its Content-Type."),
    Rule(id="retry-after-ignored", severity=W, summary="A client that tries again waits as long as Retry-After says.",
         why="Clients that come back too early keep a busy service busy, and run into its limits (RFC 9110 section 10.2.3).",
         fix="Wait for the seconds, or until the date, that Retry-After gives."),
    Rule(id="retry-key-changed", severity=E, summary="A client that tries again keeps its idempotency key.",
         why="With another key the service takes it for another request, and does it twice.",
         fix="Make the key once for each call, and send it with every attempt."),
    Rule(id="retry-unsafe", severity=W, summary="A client sends a POST or PATCH again only where that does no harm.",
         why="After such a failure it may have been done already, and then is done twice (RFC 9110 section 9.2.2).",
         fix="Send an Idempotency-Key with the call and with every attempt, or leave it to the caller to try again."),
    Rule(id="url-unencoded", severity=W, summary="A client percent-encodes what a URL cannot hold as it is.",
         why="Servers refuse such a URL, or read something else (RFC 3986 section 2).",
         fix="Percent-encode values where they are put into paths and queries."),
    Rule(id="value-unserialised", severity=W, summary="A client sends values, not what its language shows of them.",
         why="The service takes the text for the value.",
         fix="Write the value in the form that the document asks for; refuse a call that lacks one it needs."),
)  # fmt: skip

BY_ID = {rule.id: rule for rule in RULES}


def whose(found: Finding) -> str:
    """Who has to mend a finding, in words: of an ambiguous one, which two it may be."""
    if found.blame != AMBIGUOUS or found.id not in BY_ID:
        return found.blame
    return "sdk or document" if found.id in _OF_THE_DOCUMENT else "sdk or test"


def finding(
    rule: str, message: str, exchange: Exchange, operation: Operation | None, *, blame: str, pointer: str = "", detail: str = "",
    place: str = "", test: str = "", severity: Severity | None = None,
) -> Finding:  # fmt: skip
    """A finding of one row; ``severity`` where it is another than the row's."""
    row = BY_ID[rule]
    answer = exchange.response if isinstance(exchange.response, Response) else None
    return Finding(
        id=row.id, severity=severity or row.severity, stage=STAGE, message=message, detail=detail, place=place,
        pointer=pointer or (operation.pointer if operation is not None else "/paths"),
        operation=operation.label if operation is not None else None,
        operation_id=operation.operation_id if operation is not None else None,
        tags=operation.tags if operation is not None else (), status=answer.status if answer is not None else None,
        request=exchange.request, response=answer, why=row.why, fix=row.fix, blame=blame, test=test,
    )  # fmt: skip


def page(rules: Sequence[Rule] = RULES) -> str:
    """The table of the rules as Markdown."""
    rows = [f"| `{rule.id}` | {rule.severity.value} | {rule.summary} |" for rule in rules]
    return "\n".join(["| rule | severity | what it asks for |", "| --- | --- | --- |", *rows]) + "\n"
