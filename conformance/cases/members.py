"""The members of a recorded entry, read with patience: what has the wrong type is as if it were not there."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from conformance.model.message import Headers, Request, Response
from conformance.spec.codings import Uncoded, codings, decoded

_BOUNDARY = "recorded-form-boundary"
_MOST_DECODED = 256 << 20
_MILLISECONDS = 10**11
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2


class Unusable(ValueError):
    """An entry that is not an exchange over HTTP, or cannot be sent again."""


UNUSABLE = (Unusable, UnicodeError)
"""What reading an entry may end with; a character that cannot be written anywhere ends in the second."""


def why(raised: Exception) -> str:
    """Why an entry cannot be used."""
    return str(raised) if isinstance(raised, Unusable) else "it holds a character that is none (a lone surrogate)"


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """A scalar as text, empty for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return "" if value is None or isinstance(value, (dict, list)) else json.dumps(value, default=str)


def moment(value: Any) -> str:
    """A time as ISO 8601: as it was written, or from seconds (of milliseconds, where there are that many) since the epoch."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return text(value)
    try:
        return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def seconds(value: Any) -> float:
    """A duration that is more than nothing, also when it is written as text; else 0."""
    try:
        found = 0.0 if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return found if 0 < found < float("inf") else 0.0


def whole(value: Any) -> int:
    """A number of takes; 1 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 1 else 1


def http_url(value: Any) -> str:
    """An absolute http or https URL.

    Raises:
        Unusable: when it is none.
    """
    try:
        parts = urlsplit(value.encode().decode()) if isinstance(value, str) else None  # a lone surrogate is no text
    except ValueError:
        parts = None
    if parts is None or parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        raise Unusable("it has no http or https URL")
    return str(value)


def status_code(value: Any) -> int:
    """The status of an answer that ended an exchange.

    Raises:
        Unusable: when there was no answer, or the connection became something else.
    """
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 4:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 100 <= value <= 999:
        raise Unusable("it has no answer")
    if value == HTTPStatus.SWITCHING_PROTOCOLS:
        raise Unusable("it switches protocols")
    return value


def named_pairs(value: Any, *, key: str = "name") -> Headers:
    """Header pairs from a list of objects. The pseudo headers of HTTP/2 are parts of the URL said twice."""
    pairs = [(text(pair.get(key)), text(pair.get("value"))) for pair in objects(value) if not pair.get("disabled")]
    return tuple([(name, said) for name, said in pairs if name and not name.startswith(":")])


def mapped_pairs(value: Any) -> Headers:
    """Header pairs from an object whose members are a text or a list of texts."""
    found = []
    for name, held in mapping(value).items():
        if isinstance(name, str) and name and not name.startswith(":"):
            found += [(name, text(one)) for one in (held if isinstance(held, list) else [held])]
    return tuple(found)


def from_base64(said: str, what: str) -> bytes:
    """Bytes that were written in base64.

    Raises:
        Unusable: when they are not.
    """
    try:
        return base64.b64decode("".join(said.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unusable(f"the body of its {what} is not base64") from None


def encoded(said: str) -> bytes:
    """A text as it stood in a body."""
    return said.encode("utf-8", "surrogatepass")


def plain(response: Response) -> Response:
    """The answer without its content coding, for recordings hold some bodies decoded and some not.

    A coding that is unknown here (``br``) stays where the body may still have it.
    """
    names = codings(response.header("content-encoding"))
    if not names:
        return response
    body = response.body
    try:
        body = decoded(body, names, most=_MOST_DECODED)
    except Uncoded as raised:
        if raised.reason == "large" or (raised.reason == "unknown" and not _is_text(body)):
            return response
    gone = {"content-encoding", "content-length"}
    return replace(response, body=body, headers=tuple(pair for pair in response.headers if pair[0].lower() not in gone))


def _is_text(body: bytes) -> bool:
    try:
        return "\x00" not in body.decode("utf-8")
    except UnicodeDecodeError:
        return False


def form(pairs: Iterable[tuple[str, str]]) -> bytes:
    """A form as it stands in a body."""
    return urlencode(list(pairs)).encode()


def multipart(parts: Iterable[tuple[str, str, str, str]]) -> tuple[str, bytes]:
    """A media type with its boundary, and the body, from ``(name, value, file name, media type)`` of each part."""
    lines: list[str] = []
    for name, value, filename, kind in parts:
        safe, file = name.replace('"', "%22"), filename.replace('"', "%22")
        lines.append(f"--{_BOUNDARY}")
        lines.append(f'Content-Disposition: form-data; name="{safe}"' + (f'; filename="{file}"' if file else ""))
        if kind:
            lines.append(f"Content-Type: {kind}")
        lines += ["", value]
    return f"multipart/form-data; boundary={_BOUNDARY}", encoded("\r\n".join([*lines, f"--{_BOUNDARY}--", ""]))


def request(method: Any, url: Any, headers: Headers, body: bytes) -> Request:
    """A request; without a method it is a GET.

    Raises:
        Unusable: when its URL or its method is none.
    """
    said = method if isinstance(method, str) and method else "GET"
    if _TOKEN.fullmatch(said) is None:
        raise Unusable("its method is none of HTTP")
    return Request(method=said, url=http_url(url), headers=headers, body=body)
