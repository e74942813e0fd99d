"""Promises about the body: its media type is documented, it parses, and it fits the schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.checks.subject import Fault, Subject, said
from conformance.checks.unnamed import unnamed
from conformance.model.ports import SchemaError
from conformance.spec.body import ABSENT, OPAQUE
from conformance.spec.codings import codings

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Names:
    names: tuple[str, ...]


def media_type_is_documented(subject: Subject) -> Iterator[Fault]:
    """The body has a content type, and it is one that the document lists for the status."""
    spec, given = subject.spec, subject.response.header("content-type")
    if spec is None:
        return
    listed = ", ".join(spec.content)
    if given is None:
        yield Fault(message=f"a body of {len(subject.response.body)} bytes without a content type; the document lists {listed}",
                    detail=f"{spec.status} none", pointer=f"{spec.pointer}/content")  # fmt: skip
    elif subject.media is None:
        yield Fault(message=f"{given!r} is not documented for {spec.status}; the document lists {listed}",
                    detail=f"{spec.status} {subject.response.media_type}", pointer=f"{spec.pointer}/content")  # fmt: skip


def media_type_applies(subject: Subject) -> str | None:
    """Only a body that the document describes can have the wrong type."""
    spec = subject.spec
    if spec is None:
        return "the status is not documented"
    if not spec.content:
        return "the document describes no body for the status"
    return None if subject.response.body else "there is no body"


def body_is_present(subject: Subject) -> Iterator[Fault]:
    """A body that the document describes is there."""
    spec = subject.spec
    if spec is not None and not subject.response.body and any(media.schema is not None for media in spec.content.values()):
        yield Fault(message=f"no body, and the document describes one for {spec.status}", detail=spec.status,
                    pointer=f"{spec.pointer}/content")  # fmt: skip


def body_applies(subject: Subject) -> str | None:
    """Where HTTP allows a body and every described one is JSON (an empty text or file is a body too)."""
    spec = subject.spec
    if spec is None or not spec.content:
        return "the document describes no body for the status"
    if not subject.may_have_body:
        return "HTTP allows no body here"
    return None if all("json" in name for name in spec.content) else "an empty body is possible"


def no_body_where_none_may_be(subject: Subject) -> Iterator[Fault]:
    """204, 205 and 304 carry no body (RFC 9110 section 6.4.1)."""
    if subject.response.body and subject.request.method.upper() != "HEAD" and subject.status in {204, 205, 304}:
        yield Fault(
            message=f"{subject.status} came with a body of {len(subject.response.body)} bytes", detail=str(subject.status)
        )


def body_parses(subject: Subject) -> Iterator[Fault]:
    """A body that claims to be JSON is JSON (RFC 8259)."""
    error = subject.json().error
    if error is not None:
        yield Fault(message=error, detail=str(subject.status))


def body_fits_schema(subject: Subject) -> Iterator[Fault]:
    """The body validates against the schema that the document gives for the status and media type."""
    media, read = subject.media, subject.json()
    if media is None or media.schema is None or read.error is not None:
        return
    schema = media.schema
    places: dict[tuple[str, str, str], list[SchemaError]] = {}
    for error in read.note(("errors", schema), lambda: schema.errors(read.value, direction="response")):
        # What one object lacks is one defect; two objects may lack different things.
        places.setdefault((error.keyword, error.schema_pointer, error.instance_pointer), []).append(error)
    for (keyword, pointer, place), errors in places.items():
        yield Fault(message=f"{place or '/'}: {' and '.join(dict.fromkeys(error.message for error in errors))}",
                    detail=said(keyword, errors, pointer), pointer=pointer, place=place)  # fmt: skip


def fields_are_named(subject: Subject) -> Iterator[Fault]:
    """The body has no field that its schema does not name, where the schema names fields and is silent on others."""
    media, read = subject.media, subject.json()
    if media is None or media.schema is None:
        return
    whole = media.schema
    found: dict[str, list[tuple[str, str]]] = {}
    for place, name, schema in read.note(("unnamed", whole), lambda: tuple(unnamed(read.value, whole))):
        # What a client has said is what the service was asked to keep.
        if name not in subject.told:
            found.setdefault(schema.pointer, []).append((place, name))
    for pointer, fields in found.items():
        names = tuple(dict.fromkeys(name for _, name in fields))
        shown = ", ".join(names[:_SHOWN]) + (" and more" if len(names) > _SHOWN else "")
        yield Fault(message=f"{fields[0][0]}: the schema does not name {shown}", pointer=pointer, place=fields[0][0],
                    detail=said("unnamed", [_Names(names)], pointer))  # fmt: skip


def schema_applies(subject: Subject) -> str | None:
    """Where a JSON body meets a schema that can be compiled."""
    media, read = subject.media, subject.json()
    if media is None or media.schema is None:
        return "the document gives no schema for the answer"
    if media.schema.problem() is not None:
        return "the schema itself is broken"
    return "the body is not JSON" if read.value is ABSENT or read.value is OPAQUE else None


def error_has_envelope(subject: Subject) -> Iterator[Fault]:
    """An error without a schema of its own looks like every other error of the document."""
    value = subject.json().value
    if not isinstance(value, dict) or not subject.envelope <= set(value):
        names = ", ".join(sorted(subject.envelope))
        yield Fault(message=f"the error has not the document's usual shape: {names}", detail=str(subject.status))


def envelope_applies(subject: Subject) -> str | None:
    """Errors of operations, where the document has a usual shape and no schema for this one."""
    if subject.status < 400 or subject.operation is None:
        return "it is not an error of an operation"
    if not subject.envelope:
        return "the document has no usual shape of errors"
    if subject.spec is None:
        return "the status is not documented"
    if any(media.schema is not None for media in subject.spec.content.values()):
        return "the document gives a schema"
    if subject.json().value is OPAQUE and codings(subject.response.header("content-encoding")):
        return "the body is in a coding that cannot be taken off"
    return None if subject.response.body and subject.may_have_body else "there is no body"
