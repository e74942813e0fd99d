"""The table of checks, and the one function that runs them over an exchange."""

from __future__ import annotations

from functools import lru_cache

from conformance.checks import content, leaks, letters, protocol, status, written
from conformance.checks.over_time import OVER_TIME
from conformance.checks.row import Check, elsewhere
from conformance.checks.subject import Fault, Subject
from conformance.model.message import NoResponse
from conformance.model.operation import Operation
from conformance.model.record import Exchange, Finding, Observation, Outcome, Severity, Verdict

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CHECKS: tuple[Check, ...] = tuple(sorted((*OVER_TIME,
    Check(id="allow-missing", severity=W, area="protocol", function=protocol.allow_lists_methods, applies=protocol.method_applies,
          summary="405 lists the path's methods in Allow.",
          why="A client that asked with the wrong method cannot learn the right one.",
          fix="Send Allow with the methods that the document has for the path."),
    Check(id="allow-incomplete", severity=N, area="protocol", function=protocol.options_names_methods,
          applies=protocol.options_applies,
          summary="OPTIONS that is answered with Allow names the path's methods.",
          why="Clients take what is not named for impossible (RFC 9110 section 10.2.1).",
          fix="Send Allow with the methods that the document has for the path, or without."),
    Check(id="auth-challenge-missing", severity=W, area="auth", function=protocol.challenge_is_given,
          applies=protocol.challenge_applies,
          summary="401 says in WWW-Authenticate how to authenticate.",
          why="Generic clients and proxies cannot start authentication without it.",
          fix="Send WWW-Authenticate with the scheme of the document."),
    Check(id="auth-ignored", severity=E, area="auth", function=protocol.credentials_are_required,
          applies=protocol.credentials_apply,
          summary="An operation that needs credentials refuses a request without them.",
          why="Anybody can use it.",
          fix="Require the documented credentials, or document the operation as open (security: [])."),
    Check(id="body-forbidden", severity=W, area="body", function=content.no_body_where_none_may_be,
          summary="204, 205 and 304 come without a body.",
          why="Clients that keep the connection read the body as the next answer.",
          fix="Send no body, or use 200."),
    Check(id="body-missing", severity=E, area="body", function=content.body_is_present, applies=content.body_applies,
          summary="A documented JSON body is there.",
          why="Generated clients parse the body and fail on nothing.",
          fix="Send the body, or document the status without content."),
    Check(id="body-name-repeated", severity=W, area="body", function=written.names_stand_once, applies=written.charset_applies,
          summary="No JSON object has the same name twice.",
          why="Which of the values counts differs from reader to reader (RFC 8259 section 4).",
          fix="Write every name once."),
    Check(id="body-schema", severity=E, area="body", function=content.body_fits_schema, applies=content.schema_applies,
          summary="The body validates against its schema.",
          why="Typed clients fail to decode it, or decode it wrongly.",
          fix="Send what the schema says, or correct the schema."),
    Check(id="body-syntax", severity=E, area="body", function=content.body_parses,
          summary="A body that claims to be JSON parses.",
          why="No client can read it.",
          fix="Send well-formed JSON, or name the right content type."),
    Check(id="charset-wrong", severity=W, area="body", function=written.json_is_utf8, applies=written.charset_applies,
          summary="JSON is not said to be in another charset than UTF-8.",
          why="JSON between systems is UTF-8 (RFC 8259 section 8.1): clients that believe the charset read other letters.",
          fix="Send UTF-8, and leave the charset out."),
    Check(id="condition-ignored", severity=N, area="protocol",
          summary="A read on the condition that a thing has another ETag is answered with 304 when it has not.",
          why="Clients and caches load again what they have (RFC 9110 section 13.1.2).",
          fix="Compare If-None-Match with the tag, or leave ETag out."),
    Check(id="content-coding-wrong", severity=E, area="headers", function=written.coding_is_applied,
          applies=written.coding_applies,
          summary="A body that is said to be compressed is.",
          why="Clients cannot unpack it, and see nothing of it.",
          fix="Leave Content-Encoding out where the body is not coded."),
    Check(id="content-length-wrong", severity=W, area="headers", function=written.length_is_told, applies=written.length_applies,
          summary="Content-Length is the number of bytes of the body.",
          why="Clients wait for what does not come, or take the rest for the next answer (RFC 9110 section 8.6).",
          fix="Count the bytes, after compression and not the characters, or send the body in chunks."),
    Check(id="content-type-undocumented", severity=E, area="body", function=content.media_type_is_documented,
          applies=content.media_type_applies,
          summary="The body's content type is documented for the status.",
          why="Clients choose a decoder by it.",
          fix="Send a documented content type, or document this one."),
    Check(id="credentials-repeated", severity=E, area="auth", function=leaks.credentials_are_kept, applies=leaks.leaks_apply,
          summary="An error does not repeat the credentials that the request carried.",
          why="Errors end in logs, in tickets and on screens, where whoever reads them can use the key.",
          fix="Say what was wrong with the credentials, and leave them out."),
    Check(id="error-envelope", severity=N, area="errors", function=content.error_has_envelope, applies=content.envelope_applies,
          summary="An error without a schema has the document's usual shape.",
          why="Clients handle errors in one place.",
          fix="Answer with the usual error object, and give the status a schema."),
    Check(id="field-undocumented", severity=N, area="body", function=content.fields_are_named, applies=content.schema_applies,
          summary="An answer has no field that its schema does not name.",
          why="JSON Schema allows it, but documentation and generated clients do not have the field, and it may tell too much.",
          fix="Add it to the schema, leave it out of the answer, or say additionalProperties where others may come."),
    Check(id="format-ignored", severity=N, area="input", function=status.formats_are_held_to, applies=status.formats_apply,
          summary="A value without its declared format is refused.",
          why="JSON Schema allows a service to ignore formats, but clients and documentation show them as a promise.",
          fix="Refuse it with a documented 4XX, or leave the format out."),
    Check(id="head-refused", severity=N, area="protocol",
          summary="HEAD has the status that GET has.",
          why="Clients and caches that ask by HEAD take the thing for gone (RFC 9110 section 9.3.2).",
          fix="Answer HEAD as GET without the body, or with 405."),
    Check(id="header-malformed", severity=W, area="headers", function=written.headers_are_well_formed,
          summary="A header that HTTP defines, and the document leaves to it, has the form that HTTP gives it.",
          why="Clients and caches ignore it, or misread it.",
          fix="Write it as the section of the RFC says."),
    Check(id="header-schema", severity=E, area="headers", function=protocol.headers_are_as_declared,
          applies=protocol.headers_apply,
          summary="Declared response headers are there and fit their schemas.",
          why="Clients that rely on them break.",
          fix="Send the header as declared, or correct the declaration."),
    Check(id="internals-shown", severity=W, area="errors", function=leaks.inside_is_kept, applies=leaks.leaks_apply,
          summary="An error tells nothing of the code or the database that made it.",
          why="Clients cannot use it, and attackers can.",
          fix="Log it, and answer with words of the contract."),
    Check(id="invalid-accepted", severity=E, area="input", function=status.invalid_is_refused, applies=status.invalid_applies,
          summary="A request that breaks the contract is not answered with success.",
          why="What the client meant is lost, or bad data is stored.",
          fix="Refuse it with a documented 4XX, or relax the schema to what is accepted."),
    Check(id="latency-exceeded", severity=W, area="latency", own=True,
          summary="An operation answers within the time that its x-latency-category promises.",
          why="Clients that wait for a responsive operation freeze, or give up and ask again.",
          fix="Make it faster, or give it the category that it has."),
    Check(id="letters-lost", severity=E, area="state", function=letters.letters_come_back, applies=letters.letters_apply,
          summary="A text that is answered has all the letters that it was written with.",
          why="Names and messages are spoilt for ever (JSON is UTF-8: RFC 8259 section 8.1).",
          fix="Keep texts in Unicode all the way, and refuse with 422 what cannot be kept, or document maxLength."),
    Check(id="method-undeclared", severity=E, area="protocol", function=protocol.undeclared_method_is_refused,
          applies=protocol.method_applies,
          summary="A method that the document does not have is refused.",
          why="There is a way in that nobody reviews or documents.",
          fix="Answer 405, or document the operation."),
    Check(id="location-missing", severity=W, area="protocol", function=written.redirect_leads_somewhere,
          applies=written.redirect_applies,
          summary="A redirection for which the document has Location says where to.",
          why="A client that is sent elsewhere cannot go there (RFC 9110 section 15.4).",
          fix="Send Location, or another status."),
    Check(id="no-response", severity=E, area="liveness", own=True,
          summary="Every request is answered.",
          why="Clients hang or fail without a reason to show.",
          fix="Answer with a status, also when the request is bad."),
    Check(id="resource-unavailable-after-create", severity=E, area="state",
          summary="What was created can be read.",
          why="Clients read what they created a moment ago.",
          fix="Make the object readable before the create is answered, or answer 202."),
    Check(id="retry-after-missing", severity=N, area="protocol", function=protocol.retry_is_told, applies=protocol.retry_applies,
          summary="429 says in Retry-After when to come again.",
          why="Clients wait too long, or come again at once (RFC 6585 section 4).",
          fix="Send Retry-After with seconds or a date."),
    Check(id="server-error", severity=E, area="liveness", function=status.no_server_error,
          summary="No request makes the service fail.",
          why="A 5XX is a fault of the service whatever was sent.",
          fix="Handle the input, and answer 4XX when it is bad."),
    Check(id="status-undocumented", severity=E, area="status", function=status.status_is_documented,
          summary="The status is documented for the operation.",
          why="Clients have no branch for it.",
          fix="Document the status, or use a documented one."),
    Check(id="use-after-delete", severity=E, area="state",
          summary="What was deleted is gone.",
          why="Clients take the deletion as done.",
          fix="Answer 404 or 410 for a deleted object."),
    Check(id="valid-refused", severity=W, area="input", own=True, function=status.valid_is_accepted, applies=status.valid_applies,
          summary="A request that keeps every rule of the document is not called invalid.",
          why="Clients that follow the document are turned away.",
          fix="Accept it, or document the rule that it breaks."),
), key=lambda check: check.id))  # fmt: skip

BY_ID = {check.id: check for check in CHECKS}

_JUDGING = tuple(
    (check, check.applies, check.function, Verdict(check=check.id, outcome=Outcome.PASSED))
    for check in CHECKS
    if check.function is not elsewhere
)
"""The checks of one exchange, each with what it says when all is well."""


def finding(check_id: str, fault: Fault, exchange: Exchange, operation: Operation | None) -> Finding:
    """A fault as a finding, with the exchange and the words of the table."""
    check = BY_ID[check_id]
    response = None if isinstance(exchange.response, NoResponse) else exchange.response
    return Finding(
        id=check.id,
        severity=check.severity,
        stage=exchange.case.stage,
        phase=exchange.case.phase,
        message=fault.message,
        pointer=fault.pointer or (operation.pointer if operation is not None else ""),
        detail=fault.detail,
        place=fault.place,
        own=check.own,
        seed=exchange.case.seed,
        operation=operation.label if operation is not None else exchange.operation,
        operation_id=operation.operation_id if operation is not None else None,
        tags=operation.tags if operation is not None else (),
        status=response.status if response is not None else None,
        request=exchange.request,
        response=response,
        why=check.why,
        fix=check.fix,
    )


@lru_cache(maxsize=1024)
def _skipped(check: str, reason: str) -> Verdict:
    """A verdict, the same object for the same words: there are dozens for each exchange."""
    return Verdict(check=check, outcome=Outcome.SKIPPED, reason=reason)


def judge(subject: Subject, exchange: Exchange, operation: Operation | None) -> Observation:
    """Every check's verdict on one answered exchange.

    Args:
        subject: the exchange, read.
        exchange: the same, for the record.
        operation: whose findings these are: the subject's own, or the one that the case was made for.
    """
    verdicts: list[Verdict] = []
    findings: list[Finding] = []
    for check, applies, function, passed in _JUDGING:
        reason = applies(subject)
        if reason is not None:
            verdicts.append(_skipped(check.id, reason))
            continue
        faults = list(function(subject))
        if not faults:
            verdicts.append(passed)
            continue
        verdicts.append(Verdict(check=check.id, outcome=Outcome.FAILED))
        findings.extend(finding(check.id, fault, exchange, operation) for fault in faults)
    return Observation(exchange=exchange, verdicts=tuple(verdicts), findings=tuple(findings))


def unanswered(exchange: Exchange, operation: Operation | None) -> Observation:
    """The verdict on an exchange without an answer."""
    assert isinstance(exchange.response, NoResponse)
    if exchange.response.kind == "unsent":
        verdict = Verdict(check="no-response", outcome=Outcome.SKIPPED, reason=f"it was not sent: {exchange.response.reason}")
        return Observation(exchange=exchange, verdicts=(verdict,))
    fault = Fault(message=f"no answer: {exchange.response.reason}", detail=exchange.response.kind)
    return Observation(
        exchange=exchange,
        verdicts=(Verdict(check="no-response", outcome=Outcome.FAILED),),
        findings=(finding("no-response", fault, exchange, operation),),
    )
