"""Operations: ids, tags, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.lint.rule import ERROR, NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of, list_of, texts_of
from conformance.model.operation import METHODS
from conformance.spec.places import FILES, Place
from conformance.spec.pointer import join, split

AREA = "operations"
_NO_CONTENT = frozenset({"204", "205", "304"})
_UNFIT = re.compile(r"""[\s?#%"<>\\^`{|}]""")
"""What needs escapes in a URL (RFC 3986 section 2), or parts a name in code for good."""
_BODILESS = ("get", "head", "delete", "trace")


def _name(operation: Place) -> str:
    """The operation in words: ``GET /path``, or where it stands."""
    tokens = split(operation.pointer)
    if len(tokens) == 3 and tokens[0] in {"paths", "webhooks"}:
        return f"{tokens[2].upper()} {tokens[1]}"
    if tokens[0] == FILES:
        return "the operation"
    return operation.pointer


def _method(operation: Place) -> str:
    return split(operation.pointer)[-1]


def _by_id(subject: Subject) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    paths = {name: number for number, name in enumerate(dict_of(subject.raw.get("paths")))}
    for place in sorted(subject.of("operation"), key=lambda place: _order(paths, place)):
        name = place.value.get("operationId")
        if isinstance(name, str) and name:
            found.setdefault(name, []).append(place)
    return found


def _order(paths: dict[str, int], place: Place) -> tuple[int, str]:
    """Operations under paths come first, in the document's order of paths."""
    tokens = split(place.pointer)
    is_path = tokens[0] == "paths" and len(tokens) > 1
    return paths.get(tokens[1], len(paths)) if is_path else len(paths), place.pointer


def operation_id_duplicate(subject: Subject) -> Iterator[Defect]:
    """No two operations have the same id."""
    for name, (first, *others) in _by_id(subject).items():
        for place in others:
            yield Defect(join(place.pointer, "operationId"), f"{_name(first)} has the operation id {name!r} too")


def operation_id_case_twin(subject: Subject) -> Iterator[Defect]:
    """No two operation ids differ in case alone."""
    folded: dict[str, str] = {}
    for name, places in _by_id(subject).items():
        twin = folded.setdefault(name.casefold(), name)
        if twin != name:
            yield Defect(join(places[0].pointer, "operationId"), f"{name!r} and {twin!r} differ in case alone")


def operation_id_missing(subject: Subject) -> Iterator[Defect]:
    """Every operation under paths has an id."""
    for entry in subject.paths:
        for _, place in entry.operations():
            if place.value.get("operationId") in (None, ""):
                where = join(place.pointer, "operationId") if "operationId" in place.value else place.pointer
                yield Defect(where, f"{_name(place)} has no operation id")


def operation_id_unfit(subject: Subject) -> Iterator[Defect]:
    """Operation ids can be written in URLs and code."""
    for place in subject.of("operation"):
        name = place.value.get("operationId")
        found = _UNFIT.search(name) if isinstance(name, str) else None
        if found is not None:
            yield Defect(join(place.pointer, "operationId"), f"{name!r} has {found.group()!r}, which no name has")


def tag_undeclared(subject: Subject) -> Iterator[Defect]:
    """The document declares every tag that operations use; told once a tag, at its first use."""
    if "tags" not in subject.raw:  # Not all tags must be declared (OpenAPI, OpenAPI Object); here none is.
        return
    declared = {dict_of(tag).get("name") for tag in list_of(subject.raw.get("tags")) if isinstance(dict_of(tag).get("name"), str)}
    used: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for operation in subject.document.operations:
        place = Place("operation", operation.pointer, {})
        for tag in dict.fromkeys(operation.tags):
            used.setdefault(tag, []).append(_name(place))
            first.setdefault(tag, join(operation.pointer, "tags", operation.tags.index(tag)))
    for tag, names in used.items():
        if tag not in declared:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            yield Defect(first[tag], f"the tag {tag!r} is not declared; {', '.join(names[:3])}{more} use it", tag)


def tag_duplicate(subject: Subject) -> Iterator[Defect]:
    """The document declares no tag twice."""
    seen: set[str] = set()
    for index, tag in enumerate(list_of(subject.raw.get("tags"))):
        name = dict_of(tag).get("name")
        if isinstance(name, str):
            if name in seen:
                yield Defect(join("/tags", index), f"the tag {name!r} is declared before")
            seen.add(name)


def tag_unused(subject: Subject) -> Iterator[Defect]:
    """Some operation uses every tag that is declared."""
    used = {tag for place in subject.of("operation") for tag in texts_of(place.value.get("tags"))}
    for index, tag in enumerate(list_of(subject.raw.get("tags"))):
        name = dict_of(tag).get("name")
        if isinstance(name, str) and name not in used:
            yield Defect(join("/tags", index), f"no operation has the tag {name!r}")


def operation_untagged(subject: Subject) -> Iterator[Defect]:
    """Every operation has a tag, in a document that uses tags."""
    if any(operation.tags for operation in subject.document.operations):
        for operation in subject.document.operations:
            if not operation.tags:
                yield Defect(operation.pointer, f"{operation.label} has no tag")


def _statuses(place: Place) -> list[str]:
    return [status.upper() for status in dict_of(place.value.get("responses")) if not status.startswith("x-")]


def error_response_missing(subject: Subject) -> Iterator[Defect]:
    """Every operation says how it fails."""
    for entry in subject.paths:
        for _, place in entry.operations():
            statuses = _statuses(place)
            if statuses and not any(status[:1] in {"4", "5"} or status == "DEFAULT" for status in statuses):
                yield Defect(join(place.pointer, "responses"), f"{_name(place)} documents no error response")


def success_response_missing(subject: Subject) -> Iterator[Defect]:
    """Every operation says how it succeeds."""
    some = any("responses" in place.value for entry in subject.paths for _, place in entry.operations())
    for entry in subject.paths:
        for _, place in entry.operations():
            # Where there is none at all, the document is invalid, but for 3.1 without the member; there, all may lack it.
            if not _statuses(place) and (subject.is_30 or "responses" in place.value or not some):
                continue
            if not any(status[:1] in {"1", "2", "3"} or status == "DEFAULT" for status in _statuses(place)):
                responses = join(place.pointer, "responses") if "responses" in place.value else place.pointer
                yield Defect(responses, f"{_name(place)} documents no response that is a success")


def response_body_forbidden(subject: Subject) -> Iterator[Defect]:
    """Statuses that never have content document none."""
    for place in subject.of("operation"):
        for status, pointer, response in subject.responses(place):
            forbidden = status in _NO_CONTENT or status[:1] == "1" or _method(place) == "head"
            if forbidden and dict_of(response.value.get("content")):
                what = "an answer to HEAD" if _method(place) == "head" else f"a {status} response"
                own = response.pointer == pointer
                yield Defect(join(pointer, "content") if own else pointer, f"{what} has no content, yet some is documented")


def request_body_unexpected(subject: Subject) -> Iterator[Defect]:
    """Methods without a meaning for a body take none."""
    for place in subject.of("operation"):
        if "requestBody" in place.value and _method(place) in _BODILESS:
            yield Defect(join(place.pointer, "requestBody"), f"a body on {_method(place).upper()} has no defined meaning")


def media_type_malformed(subject: Subject) -> Iterator[Defect]:
    """Keys of content are media types or ranges."""
    for place in subject.of("media-type"):
        name = split(place.pointer)[-1]
        main, slash, sub = name.partition(";")[0].strip().partition("/")
        if name != "*" and (
            not slash or not main or not sub or "/" in sub or any(character.isspace() for character in main + sub)
        ):
            yield Defect(place.pointer, f"{name!r} is no media type")


def method_unknown(subject: Subject) -> Iterator[Defect]:
    """Members of a path item are methods in lower case."""
    for place in subject.of("path-item"):
        for key in place.value:
            if key not in METHODS and key.lower() in METHODS:
                yield Defect(join(place.pointer, key), f"{key!r} is read by nobody; methods are written in lower case")


RULES = (
    Rule(
        id="error-response-missing", severity=NOTE, area=AREA, function=error_response_missing,
        summary="An operation documents no error response.",
        fix="Add the 4XX responses it gives, or `default`.",
        why="A client cannot tell a failure that is meant from one that is not (OpenAPI, Responses Object).",
    ),
    Rule(
        id="media-type-malformed", severity=ERROR, area=AREA, function=media_type_malformed,
        summary="A key of content is no media type.",
        fix="Write it as type/subtype, such as application/json.",
        why="No message can have it, so the content is never used (RFC 6838 section 4.2).",
    ),
    Rule(
        id="method-unknown", severity=ERROR, area=AREA, function=method_unknown,
        summary="A method is written in upper or mixed case.",
        fix="Write it in lower case.",
        why="Tools do not see the operation (OpenAPI, Path Item Object).",
    ),
    Rule(
        id="operation-id-case-twin", severity=WARNING, area=AREA, function=operation_id_case_twin,
        summary="Two operation ids differ in case alone.",
        fix="Give one of them another name.",
        why="Generated code, and file systems that ignore case, take them for one.",
    ),
    Rule(
        id="operation-id-duplicate", severity=ERROR, area=AREA, function=operation_id_duplicate,
        summary="Two operations have the same id.",
        fix="Give each operation an id of its own.",
        why="Ids must be unique; generated clients lose one of the operations (OpenAPI, Operation Object).",
    ),
    Rule(
        id="operation-id-missing", severity=NOTE, area=AREA, function=operation_id_missing,
        summary="An operation has no id.",
        fix="Add an `operationId`.",
        why="Generated clients invent a name, which changes when the path does.",
    ),
    Rule(
        id="operation-id-unfit", severity=NOTE, area=AREA, function=operation_id_unfit,
        summary="An operation id has characters that names do not have.",
        fix="Use letters, digits and underscores.",
        why="Libraries make names of functions and links from it (OpenAPI, Operation Object, `operationId`).",
    ),
    Rule(
        id="operation-untagged", severity=NOTE, area=AREA, function=operation_untagged,
        summary="An operation has no tag, in a document that uses tags.",
        fix="Add the tag under which readers look for it.",
        why="It is missing from navigation and from reports by tag.",
    ),
    Rule(
        id="request-body-unexpected", severity=WARNING, area=AREA, function=request_body_unexpected,
        summary="GET, HEAD, DELETE or TRACE takes a body.",
        fix="Move what it says into parameters, or use POST.",
        why="HTTP gives it no meaning; proxies drop it and servers may refuse it (RFC 9110 section 9.3; OpenAPI 3.0 ignores it).",
    ),
    Rule(
        id="response-body-forbidden", severity=WARNING, area=AREA, function=response_body_forbidden,
        summary="Content is documented where HTTP allows none.",
        fix="Remove the content, or use a status that has some.",
        why="No client will ever see it (RFC 9110 sections 6.4.1 and 15).",
    ),
    Rule(
        id="success-response-missing", severity=WARNING, area=AREA, function=success_response_missing,
        summary="An operation documents no success.",
        fix="Add the response that a successful call gets.",
        why="A client cannot know what it is called for (OpenAPI, Responses Object).",
    ),
    Rule(
        id="tag-duplicate", severity=ERROR, area=AREA, function=tag_duplicate,
        summary="A tag is declared twice.",
        fix="Remove one of the declarations.",
        why="Names of tags must be unique (OpenAPI, `tags` of the root).",
    ),
    Rule(
        id="tag-undeclared", severity=WARNING, area=AREA, function=tag_undeclared,
        summary="Operations use a tag that the document does not declare.",
        fix="Add it to the root's `tags`.",
        why="It has no place in the order, no description, and may be a misspelling of another.",
    ),
    Rule(
        id="tag-unused", severity=NOTE, area=AREA, function=tag_unused,
        summary="A declared tag is used by no operation.",
        fix="Remove it, or tag the operations that it was made for.",
        why="Readers find an empty chapter.",
    ),
)  # fmt: skip
