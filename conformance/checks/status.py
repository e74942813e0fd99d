"""Promises about the status: no server error, nothing undocumented, right for the request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks.absent import may_name_nothing, may_refer_to_nothing
from conformance.checks.standing import may_be_about_more
from conformance.checks.subject import INVALID, UNAUTHENTICATED, UNKNOWN, UNSUPPORTED, Fault, Subject, said
from conformance.model.message import UNABLE
from conformance.spec.reading import CODED, RequestError

# What a client hands back as a list gave it, so that no text of its own will do; in lower case, letters alone.
_CURSOR = re.compile(r"cursor$|(page|next|sync|continuation)token$|^(starting|page)?after$|^(ending|page)?before$|^continuation$")


def no_server_error(subject: Subject) -> Iterator[Fault]:
    """No request, however odd, makes the service fail (RFC 9110 section 15.6)."""
    if subject.status >= 500 and not _deliberate(subject):
        yield Fault(message=f"the service failed with {subject.status}", detail=str(subject.status))


def _deliberate(subject: Subject) -> bool:
    """501 on a method that the document does not have, and a 503 that it lists, are answers and not accidents.

    Nor is it one where a sandbox finds that nothing would do as an answer: that is the document's, and lint says so.
    """
    if subject.operation is None or subject.response.header(UNABLE) is not None:
        return subject.status == 501
    return subject.status in {501, 503} and str(subject.status) in subject.operation.responses


CONDITIONS = {
    206: ("range",), 416: ("range",), 417: ("expect",), 304: ("if-none-match", "if-modified-since"),
    412: ("if-match", "if-none-match", "if-unmodified-since"),
}  # fmt: skip
"""By status: the headers of a request that ask for it (RFC 9110 sections 10.1.1, 13.1 and 14.2)."""


def status_is_documented(subject: Subject) -> Iterator[Fault]:
    """The status is one that the operation lists: as a code, as a range such as 4XX, or by default."""
    operation = subject.operation
    if operation is not None and subject.spec is None and operation.responses and not excused(subject):
        listed = ", ".join(operation.responses)
        yield Fault(message=f"{subject.status} is not documented; the document lists {listed}", detail=str(subject.status),
                    pointer=f"{operation.pointer}/responses")  # fmt: skip


def excused(subject: Subject) -> bool:
    """Whether HTTP itself explains the status, and the document lists none for the situation.

    A document need not repeat on each operation that a missing token is refused or that an unknown path
    is unknown. Where it does list a status for the situation, that is the one to use.
    """
    reading, status = subject.reading, subject.status
    if subject.is_intercepted:
        return True
    if status in {405, 406, 408, 413, 414, 429, 431}:
        return status != 405 or subject.operation is None
    if status >= 500:
        return True  # `server-error` speaks of it
    if any(subject.request.header(name) is not None for name in CONDITIONS.get(status, ())):
        return True
    if _is_turned_away(subject):
        return True
    if status in UNKNOWN and subject.operation is not None and subject.operation.parameters_in("path"):
        return not subject.documented(UNKNOWN)
    if reading is None or not (reading.errors or reading.oddities):
        return False
    kinds = {error.kind for error in reading.errors}
    if (status == 400 and "syntax" in kinds) or (status == 415 and CODED in reading.oddities):
        # Malformed syntax is found before anything of the operation's is looked at (RFC 9110 section 15.5.1).
        return True
    if status == 415 and "media-type" in kinds:
        return not subject.documented(UNSUPPORTED - INVALID)
    return status in INVALID | UNSUPPORTED and not subject.documented(INVALID)


def _is_turned_away(subject: Subject) -> bool:
    """Whether the status is about the credentials."""
    if subject.operation is None or not subject.operation.security:
        return False
    if subject.status in UNAUTHENTICATED:
        # 401 is who you are, 403 what you may: a document that lists one has not ruled out the other.
        return True
    # The name of a scheme alone is malformed rather than wrong (RFC 6750 section 3.1).
    return subject.status == 400 and subject.request.header("authorization") is not None and not subject.carries_credentials()


def valid_is_accepted(subject: Subject) -> Iterator[Fault]:
    """A request that the document allows in every part is not called invalid."""
    status = subject.status
    if status in {400, 405, 406, 411, 415, 422}:
        kept = "the request keeps every rule of the document, and the service calls it invalid"
        yield Fault(message=f"{kept} ({status})", detail=str(status))


def valid_applies(subject: Subject) -> str | None:
    """Skip what the document leaves open."""
    reading = subject.reading
    if subject.operation is None or reading is None:
        return "the request reaches no operation"
    if reading.errors:
        return "the request breaks the contract"
    if reading.oddities:
        return f"services may differ: {reading.oddities[0]}"
    if subject.operation.needs_auth and not subject.carries_credentials():
        return "the request carries no credentials"
    if subject.status == 406 and not _asks_for_what_there_is(subject):
        return "the request asks for a media type"
    if not subject.operation.promises_success:
        return "the document promises no success"
    return next((why for may_be, why in _REASONS if may_be(subject)), None)


def _hands_back(subject: Subject) -> bool:
    reading = subject.reading
    return (
        reading is not None and subject.status in INVALID and any(_is_cursor(*key, held) for key, held in reading.values.items())
    )


def _is_cursor(location: str, name: str, value: object) -> bool:
    return location == "query" and isinstance(value, str) and _CURSOR.search(re.sub(r"[^a-z]", "", name.lower())) is not None


_REASONS = (
    (may_name_nothing, "what the path names may not exist, and the document has no 404 to say so"),
    (may_refer_to_nothing, "what the request refers to may not exist"),
    (may_be_about_more, "the refusal speaks of what there is already, or of several fields at once"),
    (_hands_back, "a cursor is whatever the service gave out, and no other"),
)
"""Why a service may refuse what keeps every rule."""


def _asks_for_what_there_is(subject: Subject) -> bool:
    """Whether a request takes every media type that the document has for a success (RFC 9110 section 12.5.1)."""
    accept = (subject.request.header("accept") or "*/*").lower()
    if re.search(r"q\s*=\s*0(\.0*)?(\s|,|$)", accept):
        return False
    ranges = {part.partition(";")[0].strip() for part in accept.split(",")}
    specs = subject.operation.responses.items() if subject.operation is not None else ()
    kinds = {name.partition(";")[0].strip().lower() for status, spec in specs if status.startswith("2") for name in spec.content}
    # What the document has for a range is no media type that one can ask for by its name.
    wanted = [{f"{kind.partition('/')[0]}/*"} | ({kind} if "*" not in kind else set()) for kind in kinds]
    return "*/*" in ranges or (bool(kinds) and all(ways & ranges for ways in wanted))


def invalid_is_refused(subject: Subject) -> Iterator[Fault]:
    """A request that clearly breaks the contract is not answered with success."""
    error = next((error for error in _errors(subject) if error.keyword != "format"), None)
    if subject.succeeded and error is not None:
        yield Fault(message=f"{subject.status} for a request that breaks the contract: {error.pointer}: {error.message}",
                    detail=said(error.keyword, [error] if error.keyword == "required" else [], error.schema_pointer),
                    pointer=error.schema_pointer, place=error.pointer)  # fmt: skip


def invalid_applies(subject: Subject) -> str | None:
    """Skip requests without a clear breach."""
    if subject.operation is None or subject.reading is None:
        return "the request reaches no operation"
    if not subject.reading.errors:
        return "the request keeps the contract"
    only_formats = all(error.keyword == "format" for error in subject.reading.errors)
    return "the request breaks no more than a format" if only_formats else None


def formats_are_held_to(subject: Subject) -> Iterator[Fault]:
    """A value that has not its declared format is not answered with success.

    JSON Schema lets a service take a format as a mere annotation (2020-12 validation, section 7.2.1): a note.
    """
    if subject.succeeded:
        for error in _errors(subject)[:1]:
            yield Fault(message=f"{subject.status} for a value that has not its format: {error.pointer}: {error.message}",
                        detail=error.schema_pointer, pointer=error.schema_pointer, place=error.pointer)  # fmt: skip


def formats_apply(subject: Subject) -> str | None:
    """Requests that break nothing but formats."""
    if not _errors(subject):
        return "the request keeps the contract" if subject.reading is not None else "the request reaches no operation"
    return None if all(error.keyword == "format" for error in _errors(subject)) else "the request breaks more than a format"


def _errors(subject: Subject) -> tuple[RequestError, ...]:
    return subject.reading.errors if subject.operation is not None and subject.reading is not None else ()
