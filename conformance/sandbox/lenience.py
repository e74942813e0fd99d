"""What a lenient service excuses in a request, and what it still refuses.

A request is held to what it says. Excused is

- a value of the right type that breaks a bound: a number, a length, a pattern, a format;
- what is left out: a parameter, a property, the body;
- a body in another structured media type (JSON, a form, multipart) than the declared one.

Refused stays what is said wrongly: a wrong type, a value that is not listed, a property that a closed object does not have,
a body that cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from conformance.model.message import Headers, Request
from conformance.model.operation import MediaType, Operation
from conformance.spec.body import is_json
from conformance.spec.leeway import left_to_the_service, without
from conformance.spec.pointer import split
from conformance.spec.reading import RequestError, RequestReading, read_request

EXCUSED = "x-sandbox-excused"
"""The header of an answer that says what was excused."""

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_MOST = 8
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A request as a lenient service takes it: ``errors`` are held against it, ``excused`` are not."""

    reading: RequestReading
    errors: tuple[RequestError, ...]
    excused: tuple[RequestError, ...]

    @property
    def headers(self) -> Headers:
        """What was excused, one line for each: ``/query/page/number: 0 is less than the minimum of 1``."""
        return tuple((EXCUSED, _line(f"{error.pointer}: {error.message}")) for error in self.excused[:_MOST])


def judged(
    operation: Operation, request: Request, values: Mapping[str, str], reading: RequestReading, *, lenient: bool
) -> Judgement:
    """What remains of the errors of a reading; all of them unless ``lenient``.

    Args:
        operation: the operation that the request is meant for.
        request: as it stands on the wire.
        values: its raw path segments by parameter name.
        reading: what ``read_request`` makes of these.
        lenient: whether anything is excused at all.
    """
    if not lenient or not reading.errors:
        return Judgement(reading=reading, errors=reading.errors, excused=())
    foreign = tuple(error for error in reading.errors if error.kind == "media-type")
    if foreign:
        media, name = _structured(operation), request.header("content-type") or ""
        if media is None or not _is_structured(name):
            return Judgement(reading=reading, errors=reading.errors, excused=())
        reading = read_request(_taking(operation, media, name), request, values)
    standing = tuple(error for error in reading.errors if not _excusable(reading, error))
    excused = (*foreign, *(error for error in reading.errors if error not in standing))
    return Judgement(reading=reading, errors=standing, excused=excused)


def _excusable(reading: RequestReading, error: RequestError) -> bool:
    if error.kind == "body":
        media = reading.media
        if not reading.has_body or media is None or media.schema is None:
            return True
        body = without(reading.body, tuple(left_to_the_service(reading.body, media.schema)))
        return media.schema.is_valid(body, direction="lenient")
    if error.kind != "parameter":
        return False
    location, name = split(error.pointer)[:2]
    if (location, name) not in reading.values:
        return error.keyword == "required"
    held = reading.values[location, name]
    return any(
        parameter.name == name and schema.is_valid(held, direction="lenient")
        for parameter in reading.operation.parameters_in(location)
        if (schema := parameter.content.schema if parameter.content is not None else parameter.schema) is not None
    )


def _is_structured(media_type: str) -> bool:
    return is_json(media_type) or _essence(media_type) in _FORMS


def _structured(operation: Operation) -> MediaType | None:
    """The media type that the operation takes with fields in it."""
    content = operation.request_body.content.values() if operation.request_body is not None else ()
    return next((media for media in content if _is_structured(media.name)), None)


def _taking(operation: Operation, media: MediaType, name: str) -> Operation:
    """The operation, if it took what it takes in another media type."""
    assert operation.request_body is not None
    content = {**operation.request_body.content, _essence(name): replace(media, name=_essence(name))}
    return replace(operation, request_body=replace(operation.request_body, content=content))


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _line(text: str) -> str:
    """A text that may stand in a header."""
    return "".join(character if " " <= character < "\x7f" else "?" for character in text)[:_LONGEST]
