"""How a client writes what it sends: the styles of parameters, the characters of a URL, and what only its language understands.

Services may read such requests either way, so a run of ours makes nothing of them; of a client they are slips all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote_plus

from conformance.gate.rules import AMBIGUOUS, SDK, Complaint
from conformance.model.message import Request
from conformance.model.operation import Parameter
from conformance.spec.parameters import query_pairs
from conformance.spec.pointer import join
from conformance.spec.reading import BODILESS, RequestReading
from conformance.spec.values import array, wire_types

_ODDITY = re.compile(
    r"the (query|path|header|cookie) parameter '(.*)' "
    r"(is sent more than once|is written in brackets|has not the mark of its style|is written loosely)", re.DOTALL,
)  # fmt: skip
_BOOLEANS = frozenset({"true", "false", "yes", "no", "on", "off"})
_TYPELESS: Final = "the body has no content type"
_UNASKED: Final = "the operation takes no body"
_NOTHING = frozenset({b"", b"{}", b"[]", b"null"})

# What Python, JavaScript, Ruby, Java and Go show of a value that nobody has written for the wire.
_SHOWN = re.compile(
    r"\[object \w+\]|<[\w.]+ object at 0x[0-9a-f]+>|#<[A-Z][\w:]*:0x[0-9a-f]+.*"
    r"|(?:\[L)?(?:[a-z_]\w*\.)+[A-Z][\w$]*;?@[0-9a-f]{4,8}|%!\w\(.*\)|map\[\w+:.*\]"
    r"|\[(?:'[^']*'(?:, )?)+\]|\{'[^']*': .*\}|b'.*'", re.DOTALL,
)  # fmt: skip
# What cannot stand in a text on purpose; and what JavaScript, Java, Ruby and Go show of a point in time.
_SURELY_SHOWN = re.compile(
    r"\[object [A-Z]\w+\]|<[\w.]+ object at 0x[0-9a-f]+>|#<[A-Z][\w:]*:0x[0-9a-f]+.*|%!\w\(.*\)"
    r"|(?:\[L)?(?:[a-z_]\w*\.)+[A-Z][\w$]*;?@[0-9a-f]{4,8}", re.DOTALL,
)  # fmt: skip
_TIME_SHOWN = re.compile(
    r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d (?:\d{4} \d\d:\d\d:\d\d GMT[+-]\d{4}(?: \(.+\))?|\d\d:\d\d:\d\d \S{3,6} \d{4})"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4}(?: [A-Z]{3,5}.*)?|Invalid [Dd]ate"
)
_MOST = 10
_ABSENT = frozenset({"undefined", "None", "null", "nil", "<nil>", "NaN"})
_ABSENT_IN_A_QUERY = frozenset({"undefined", "<nil>", "NaN"})
_SHORT = 20
_TEMPLATE = re.compile(r"\{\w+\}")

_FORBIDDEN = re.compile(r"[^\x21-\x7e]|[\"<>]|%(?![0-9A-Fa-f]{2})")
_FORBIDDEN_IN_A_PATH = re.compile(r"[`^|\\]")
_PLUS = re.compile(r"\+[0-9]{6,15}")


def slips(reading: RequestReading, request: Request) -> Iterator[Complaint]:
    """How a request that leads to an operation is written otherwise than the document, or a URL, has it."""
    yield from _unencoded(reading, request)
    found = (*_unserialised(reading, request), *_unstyled(reading, request))
    yield from {complaint.place: complaint for complaint in reversed(found)}.values()
    yield from _body(reading, request)
    if reading.has_body and reading.media is not None:
        yield from islice(_unwritten_below(reading, reading.body, "/body"), _MOST)
    authorization = (request.header("authorization") or "").partition(" ")[2].strip()
    if authorization in _ABSENT:
        yield _unwritten(reading, "/header/Authorization", authorization, AMBIGUOUS, reading.operation.pointer)


def _unwritten(reading: RequestReading, place: str, value: str, blame: str, pointer: str) -> Complaint:
    what = "a template that was not filled in" if _TEMPLATE.fullmatch(value) else "what a language shows of a value"
    what = "what a language shows where there is no value" if value in _ABSENT else what
    kind = "absent" if blame == AMBIGUOUS else "unserialised"
    # What is inside such a text may be private, and is not known by a name.
    shown = repr(value) if len(value) <= _SHORT and "'" not in value else f"{value[:2]}…{value[-1]}"
    return Complaint(rule="value-unserialised", message=f"{place}: {shown} is {what}", blame=blame,
                     pointer=pointer or reading.operation.pointer, detail=f"{kind} {place}", place=place)  # fmt: skip


def _unserialised(reading: RequestReading, request: Request) -> Iterator[Complaint]:
    operation = reading.operation
    for parameter in (*operation.parameters_in("path"), *operation.parameters_in("header")):
        value = reading.values.get((parameter.location, parameter.name))
        if isinstance(value, str) and not _lists(parameter, value):
            is_path, place = parameter.location == "path", join("", parameter.location, parameter.name)
            if _SHOWN.fullmatch(value) or (is_path and (_TEMPLATE.fullmatch(value) or value == f":{parameter.name}")):
                yield _unwritten(reading, place, value, SDK, parameter.pointer)
            elif value in _ABSENT and is_path:
                yield _unwritten(reading, place, value, AMBIGUOUS, parameter.pointer)
    known = {parameter.name: parameter for parameter in operation.parameters_in("query")}
    for name, raw in query_pairs(request.parts().query):
        value, declared = unquote_plus(raw), known.get(name)
        if declared is not None and _lists(declared, value):
            continue
        pointer = declared.pointer if declared is not None else ""
        if _SHOWN.fullmatch(value):
            yield _unwritten(reading, join("", "query", name), value, SDK, pointer)
        elif value in _ABSENT_IN_A_QUERY:
            yield _unwritten(reading, join("", "query", name), value, AMBIGUOUS, pointer)


def _unwritten_below(reading: RequestReading, value: Any, place: str) -> Iterator[Complaint]:
    """Texts in a body that are what a language shows of a value."""
    if isinstance(value, Mapping):
        for name, held in value.items():
            yield from _unwritten_below(reading, held, join(place, name))
    elif isinstance(value, list):
        for index, held in enumerate(value):
            yield from _unwritten_below(reading, held, join(place, index))
    elif isinstance(value, str) and _SURELY_SHOWN.fullmatch(value):
        yield _unwritten(reading, place, value, SDK, reading.media.pointer if reading.media is not None else "")


def _lists(parameter: Parameter, value: str) -> bool:
    """Whether the document itself gives a value."""
    listed = parameter.schema.get("enum") if parameter.schema is not None else None
    return value in parameter.examples or (isinstance(listed, list) and value in listed)


# Styles


def _unstyled(reading: RequestReading, request: Request) -> Iterator[Complaint]:
    declared = {parameter.name: parameter for parameter in reading.operation.parameters_in("query")}
    pairs = query_pairs(request.parts().query)
    sent: dict[str, list[str]] = {}
    for name, raw in pairs:
        sent.setdefault(name, []).append(raw)
    for oddity in reading.oddities:
        found = _ODDITY.fullmatch(oddity)
        if found is not None:
            yield from _odd(reading, found[1], found[2], found[3], sent)
    for name, raws in sent.items():
        if name in declared:
            how = _restyled(declared[name], raws)
            if how:
                yield _styled(declared[name], how)
            elif declared[name].style == "deepObject" and wire_types(declared[name].schema) == {"object"}:
                yield _styled(declared[name], "is written as one value")
            continue
        outer = re.split(r"[\[.]", name, maxsplit=1)[0]
        parameter = declared.get(outer)
        if parameter is not None and "array" in wire_types(parameter.schema) and re.fullmatch(r"\[\d*\]", name[len(outer) :]):
            yield _styled(parameter, f"is written as {name!r}")


def _odd(reading: RequestReading, location: str, name: str, how: str, sent: Mapping[str, Sequence[str]]) -> Iterator[Complaint]:
    parameter = next((one for one in reading.operation.parameters_in(location) if one.name == name), None)
    if parameter is None:
        return
    if how != "is written loosely":
        # The style of an object is easily forgotten in a document, and brackets are what most services read.
        yield _styled(parameter, how, blame=AMBIGUOUS if how == "is written in brackets" else SDK)
        return
    texts = [unquote_plus(raw) for raw in sent.get(name, ())]
    if texts[:1] == [""]:
        yield _styled(parameter, "is empty, where the document has no text", form=False)
    elif texts and texts[0].lower() in _BOOLEANS:
        yield _styled(parameter, f"is written as {texts[0]!r}, not as true or false", form=False)


def _styled(parameter: Parameter, how: str, *, form: bool = True, blame: str = SDK) -> Complaint:
    told = f"; the document writes it {_form(parameter)}" if form else ""
    place = join("", parameter.location, parameter.name)
    return Complaint(rule="parameter-style", message=f"the {parameter.location} parameter {parameter.name!r} {how}{told}",
                     blame=blame, pointer=parameter.pointer, detail=f"style {place}", place=place)  # fmt: skip


def _form(parameter: Parameter) -> str:
    """How a parameter is written, by an example (OpenAPI 3.1 section 4.8.12.4)."""
    name, types = parameter.name, wire_types(parameter.schema)
    if parameter.content is not None:
        return f"{name}=JSON"
    if parameter.location != "query":
        return f"in the style {parameter.style}"
    if parameter.style == "deepObject":
        return f"{name}[key]=value"
    if "array" in types:
        between = {"spaceDelimited": "%20", "pipeDelimited": "|"}.get(parameter.style, ",")
        return f"{name}=a&{name}=b" if parameter.explode else f"{name}=a{between}b"
    if types == {"object"}:
        return "key=value" if parameter.explode else f"{name}=key,value"
    return f"{name}=value, once"


def _restyled(parameter: Parameter, raws: Sequence[str]) -> str:
    """How a list was written, where that is not its style, and its values are right once it is read so."""
    schema = parameter.schema
    if schema is None or parameter.content is not None or wire_types(schema) != {"array"} or len(raws) != 1:
        return ""
    text = unquote_plus(raws[0])
    if text.startswith("["):
        try:
            held = json.loads(text)
        except (ValueError, RecursionError):
            held = None
        if isinstance(held, list) and schema.is_valid(held, direction="request"):
            return "is written as JSON"
    own = "," if parameter.style == "form" and not parameter.explode else ""
    if schema.is_valid(array(text.split(own) if own else [text], schema), direction="request"):
        return ""
    for between in (",", "|", " ", ";"):
        pieces = text.split(between)
        if between != own and len(pieces) > 1 and schema.is_valid(array(pieces, schema), direction="request"):
            return f"has {between!r} between its values"
    return ""


# URLs


def _unencoded(reading: RequestReading, request: Request) -> Iterator[Complaint]:
    """What a URL cannot hold as it is (RFC 3986 section 2, RFC 6570 section 3.2.1)."""
    parts = request.parts()
    found = _FORBIDDEN.search(parts.path) or _FORBIDDEN_IN_A_PATH.search(parts.path) or _FORBIDDEN.search(parts.query)
    if found is not None:
        where = "path" if found.string is parts.path else "query"
        message = f"the {where} of the URL has {found[0]!r} in it, which is to be percent-encoded"
        yield Complaint(rule="url-unencoded", message=message, blame=SDK, pointer=reading.operation.pointer,
                        detail=f"url {where}", place=f"/{where}")  # fmt: skip
    for name, raw in query_pairs(parts.query):
        if _PLUS.fullmatch(raw):
            place = join("", "query", name)
            message = f"the query parameter {name!r} begins with a +, which stands for a space there; it is to be %2B"
            yield Complaint(rule="url-unencoded", message=message, blame=SDK, pointer=reading.operation.pointer,
                            detail=f"plus {place}", place=place)  # fmt: skip


# Bodies


def _body(reading: RequestReading, request: Request) -> Iterator[Complaint]:
    operation = reading.operation
    if _TYPELESS in reading.oddities and request.body:
        yield Complaint(rule="request-media-type", message="/header/content-type: the body has no Content-Type", blame=SDK,
                        pointer=operation.request_body.pointer if operation.request_body else operation.pointer,
                        detail="no content type", place="/header/content-type")  # fmt: skip
    if _UNASKED in reading.oddities:
        is_bodiless = operation.method in BODILESS
        if is_bodiless or request.body.strip() not in _NOTHING:
            method = operation.method.upper()
            message = (
                f"a body is sent, which the document does not have{f', and on {method} has no meaning' if is_bodiless else ''}"
            )
            yield Complaint(rule="body-undocumented", message=message, blame=SDK if is_bodiless else AMBIGUOUS,
                            pointer=operation.pointer, detail="body", place="/body")  # fmt: skip


def shown_time(value: Any) -> bool:
    """Whether a text is what a language shows of a point in time, as no format of JSON Schema has it."""
    return isinstance(value, str) and _TIME_SHOWN.fullmatch(value) is not None


def enumerated(value: Any, listed: Iterable[Any]) -> bool:
    """Whether a text is what Python shows of a member of an enumeration: ``Kind.SMS`` for ``sms``."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]\w*\.\w+", value):
        return False
    return value.rpartition(".")[2].lower() in {str(one).lower() for one in listed}
