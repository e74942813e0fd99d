"""Headers of an answer written as HTTP defines them: dates, seconds, tags, references, lengths, codings, character sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import urlsplit

from conformance.checks.subject import MOST_DECODED, Fault, Subject
from conformance.spec.body import is_json
from conformance.spec.codings import Uncoded, codings, decoded

_MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = r"\d{2}:\d{2}:\d{2}"
# The form of today and the two that are to be understood all the same (RFC 9110 section 5.6.7).
_DATE = re.compile(
    rf"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{{2}} {_MONTH} \d{{4}} {_TIME} GMT"
    rf"|(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{{2}}-{_MONTH}-\d{{2}} {_TIME} GMT"
    rf"|(Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} [ \d]\d {_TIME} \d{{4}}",
    re.ASCII,
)
_SKEW = timedelta(hours=26)
_SECONDS = re.compile(r"\d+", re.ASCII)
_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_METHODS = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CHARSET = re.compile(r"""charset\s*=\s*"?([^";\s]+)""", re.IGNORECASE)
_REDIRECTS = {301: "15.4.2", 302: "15.4.3", 303: "15.4.4", 307: "15.4.8", 308: "15.4.9"}


def _is_date(value: str) -> bool:
    if _DATE.fullmatch(value) is None:
        return False
    try:
        parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return False
    return True


def _is_when(value: str) -> bool:
    return _SECONDS.fullmatch(value) is not None or _is_date(value)


def _is_reference(value: str) -> bool:
    try:
        urlsplit(value)
    except ValueError:
        return False
    return bool(value) and not re.search(r'[\s<>"{}|\\^`\x00-\x1f\x7f]', value)


def _is_list(value: str) -> bool:
    return all(_METHODS.fullmatch(name.strip()) for name in value.split(",") if name.strip())


FORMS: dict[str, tuple[Callable[[str], bool], str, str]] = {
    "age": (lambda value: _SECONDS.fullmatch(value) is not None, "a whole number of seconds", "RFC 9111 section 5.1"),
    "allow": (_is_list, "a list of methods", "RFC 9110 section 10.2.1"),
    "date": (_is_date, "a date of HTTP", "RFC 9110 section 6.6.1"),
    "etag": (lambda value: _TAG.fullmatch(value) is not None, "a tag in quotation marks", "RFC 9110 section 8.8.3"),
    "last-modified": (_is_date, "a date of HTTP", "RFC 9110 section 8.8.2"),
    "location": (_is_reference, "a reference", "RFC 9110 section 10.2.2"),
    "retry-after": (_is_when, "a whole number of seconds or a date of HTTP", "RFC 9110 section 10.2.3"),
}
"""By header: whether a value is right, what it has to be, and where that stands."""


_SINGLE = ("content-type", "content-length", "etag", "last-modified", "location", "retry-after")
"""Headers that are no lists: of two of them each reader takes the one that it likes."""


@lru_cache(maxsize=256)
def _is_right(name: str, value: str) -> bool:
    """Whether a header has the form that HTTP gives it; most answers say the same."""
    return FORMS[name][0](value)


def headers_are_well_formed(subject: Subject) -> Iterator[Fault]:
    """Headers that HTTP defines are written in the form that it gives them; what the document declares is for its own schema."""
    declared = {name.lower() for name in subject.spec.headers} if subject.spec is not None else set()
    for name, value in subject.response.headers:
        form = FORMS.get(name.lower()) if name.lower() not in declared else None
        if form is not None and not _is_right(name.lower(), value.strip()):
            yield Fault(message=f"{name} is {value!r}, and not {form[1]} ({form[2]})", detail=name.lower(),
                        place=f"/header/{name.lower()}")  # fmt: skip
    yield from _modified_later(subject)
    names = [name.lower() for name, _ in subject.response.headers]
    for name in _SINGLE if len(set(names)) < len(names) else ():
        values = {value.strip() for key, value in subject.response.headers if key.lower() == name}
        if len(values) > 1:
            shown = " and ".join(map(repr, sorted(values)))
            yield Fault(message=f"{name} is there more than once, as {shown}, and can have one value (RFC 9110 section 5.3)",
                        detail=f"{name} repeated", place=f"/header/{name}")  # fmt: skip


def _modified_later(subject: Subject) -> Iterator[Fault]:
    """Last-Modified is not after the moment at which the answer was made (RFC 9110 section 8.8.2.1), clocks that differ aside."""
    modified, made = (subject.response.header(name) or "" for name in ("last-modified", "date"))
    if not (_is_date(modified) and _is_date(made)):
        return
    # The older forms of a date name no zone, and are in UTC all the same.
    late, early = (parsedate_to_datetime(value).replace(tzinfo=UTC) for value in (modified, made))
    if late - early > _SKEW:
        yield Fault(message=f"Last-Modified is {modified!r}, and Date is {made!r} (RFC 9110 section 8.8.2.1)",
                    detail="last-modified later", place="/header/last-modified")  # fmt: skip


def length_is_told(subject: Subject) -> Iterator[Fault]:
    """Content-Length is the number of bytes that came (RFC 9110 section 8.6)."""
    said, length = subject.response.header("content-length") or "", len(subject.response.body)
    if _SECONDS.fullmatch(said.strip()) and int(said) != length:
        yield Fault(message=f"Content-Length is {said}, and {length} bytes came (RFC 9110 section 8.6)",
                    detail="more" if int(said) > length else "less", place="/header/content-length")  # fmt: skip


def length_applies(subject: Subject) -> str | None:
    """Answers whose bytes Content-Length counts: not those that leave the body out, nor those that are sent in chunks."""
    if subject.response.header("content-length") is None:
        return "there is no Content-Length"
    if not subject.may_have_body:
        return "HTTP allows no body here"
    return None if subject.response.header("transfer-encoding") is None else "it was sent in chunks"


def coding_is_applied(subject: Subject) -> Iterator[Fault]:
    """A body that is said to be compressed is (RFC 9110 section 8.4)."""
    given = subject.response.header("content-encoding") or ""
    try:
        decoded(subject.response.body, codings(given), most=MOST_DECODED)
    except Uncoded as raised:
        if raised.reason == "broken":
            yield Fault(message=f"Content-Encoding is {given!r}, and {raised} (RFC 9110 section 8.4)", detail=given.lower(),
                        place="/header/content-encoding")  # fmt: skip


def coding_applies(subject: Subject) -> str | None:
    """Bodies with a content coding."""
    if not subject.response.body or not subject.may_have_body:
        return "there is no body"
    return None if codings(subject.response.header("content-encoding")) else "the body has no content coding"


def redirect_leads_somewhere(subject: Subject) -> Iterator[Fault]:
    """A redirection says where to (RFC 9110 section 15.4)."""
    if subject.response.header("location") is None:
        section = _REDIRECTS[subject.status]
        yield Fault(message=f"{subject.status} without Location (RFC 9110 section {section})", detail=str(subject.status))


def redirect_applies(subject: Subject) -> str | None:
    """The statuses that send a client elsewhere."""
    if subject.operation is None or subject.is_intercepted:
        return "the operation may not have answered"
    if subject.status not in _REDIRECTS:
        return "it is no redirection"
    # HTTP only recommends it, and a document may mean a redirection that every client knows by itself.
    declared = {name.lower() for name in subject.spec.headers} if subject.spec is not None else {"location"}
    return None if "location" in declared else "the document has no Location for it"


def json_is_utf8(subject: Subject) -> Iterator[Fault]:
    """JSON that leaves its own system is UTF-8, and no charset says otherwise (RFC 8259 sections 8.1 and 11)."""
    value = subject.response.header("content-type") or ""
    found = _CHARSET.search(value)
    if found is not None and found[1].lower().replace("_", "-") not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        yield Fault(message=f"the content type is {value!r}, and JSON is always UTF-8 (RFC 8259 section 8.1)",
                    detail=found[1].lower(), place="/header/content-type")  # fmt: skip


def charset_applies(subject: Subject) -> str | None:
    """Bodies that claim to be JSON."""
    return None if subject.response.body and is_json(subject.response.media_type or "") else "the body is not JSON"


def names_stand_once(subject: Subject) -> Iterator[Fault]:
    """No object of the body has two members of one name (RFC 8259 section 4)."""
    if "a name stands twice in an object" in subject.json().oddities:
        yield Fault(message="a name stands twice in an object, and which value counts is up to the reader (RFC 8259 section 4)",
                    detail=str(subject.status))  # fmt: skip
