"""What the services of this folder are made of: routes, a call, refusals. It knows nothing of OpenAPI, on purpose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.model.message import Request, Response

Pairs = tuple[tuple[str, str], ...]


class Refused(Exception):
    """The service says no."""

    def __init__(self, status: int, why: str = "", headers: Pairs = ()) -> None:
        self.status, self.why, self.headers = status, why, headers
        super().__init__(why)


@dataclass
class Call:
    """A request as a web framework shows it."""

    request: Request
    path: dict[str, str]
    query: list[tuple[str, str]]
    cookies: dict[str, str] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def header(self, name: str) -> str | None:
        value = self.request.header(name)
        return value.strip() if value is not None else None

    @property
    def kind(self) -> str:
        return (self.request.header("content-type") or "").partition(";")[0].strip().lower()

    def json(self, *, kinds: tuple[str, ...] = ("application/json",), required: bool = True) -> Any:
        """The JSON body; ``None`` when there is none and none is needed."""
        if not self.request.body:
            if required:
                raise Refused(422, "a body is needed")
            return None
        if self.kind not in kinds:
            raise Refused(415, f"send {kinds[0]}")
        try:
            return json.loads(self.request.body.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise Refused(400, "malformed") from None


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def answer(status: int, value: Any = None, headers: Pairs = (), *, kind: str = "application/json") -> Response:
    """A JSON answer, or an empty one."""
    if value is None:
        return Response(status=status, headers=headers)
    return Response(status=status, headers=(("Content-Type", kind), *headers), body=json.dumps(value).encode())


Handler = Callable[[Call], Response]


class Service:
    """Routes and their handlers; ``routes`` are method, path template and handler, ``base`` a prefix of every path."""

    def __init__(self, *, base: str = "") -> None:
        self.base = base
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def route(self, method: str, template: str, handler: Handler) -> None:
        parts = re.split(r"(\{\w+\})", self.base + template)
        pattern = "".join(f"(?P<{part[1:-1]}>[^/]+?)" if part.startswith("{") else re.escape(part) for part in parts)
        self._routes.append((method, re.compile(pattern), handler))

    def problem(self, status: int, why: str, headers: Pairs) -> Response:
        return answer(status, {"errors": [{"title": why}]}, headers)

    def admit(self, call: Call) -> None:
        """Raises ``Refused`` for who may not come in."""

    def respond(self, request: Request) -> Response:
        url = urlsplit(request.url)
        method = request.method.upper()
        matches = [(name, found, handler) for name, pattern, handler in self._routes
                   if (found := pattern.fullmatch(_readable(url.path)))]  # fmt: skip
        try:
            got = self._answer(request, method, matches)
        except Refused as no:
            got = self.problem(no.status, no.why, no.headers)
        return Response(status=got.status, headers=got.headers) if method == "HEAD" else got

    def _answer(self, request: Request, method: str, matches: list[Any]) -> Response:
        if not matches:
            raise Refused(404, "no such path")
        for name, found, handler in matches:
            if name == method or (method == "HEAD" and name == "GET"):
                values = {key: unquote(value) for key, value in found.groupdict().items()}
                call = Call(request=request, path=values, cookies=_cookies(request),
                            query=parse_qsl(urlsplit(request.url).query, keep_blank_values=True))  # fmt: skip
                self.admit(call)
                return handler(call)
        allowed = ", ".join(dict.fromkeys(name for name, _, _ in matches))
        if method == "OPTIONS":
            return Response(status=204, headers=(("Allow", allowed),))
        raise Refused(405, "no such method", (("Allow", allowed),))


def _readable(path: str) -> str:
    """Percent-encoded letters decoded where no slash is at stake."""
    return "/".join(part if "%2f" in part.lower() else unquote(part) for part in path.split("/"))


def _cookies(request: Request) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(request.header("cookie") or "")
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


# Validation by hand, in the manner of a typed model.

Rule = Callable[[Any], bool]


def text(low: int = 0, high: int | None = None, pattern: str | None = None) -> Rule:
    return lambda value: (
        isinstance(value, str) and low <= len(value) and (high is None or len(value) <= high)
        and (pattern is None or re.search(pattern, value, re.ASCII) is not None)
    )  # fmt: skip


def whole(low: float | None = None, high: float | None = None) -> Rule:
    return lambda value: (
        isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1
        and (low is None or value >= low) and (high is None or value <= high)
    )  # fmt: skip


def number(low: float | None = None, high: float | None = None, *, above: float | None = None) -> Rule:
    return lambda value: (
        isinstance(value, (int, float)) and not isinstance(value, bool)
        and (low is None or value >= low) and (high is None or value <= high) and (above is None or value > above)
    )  # fmt: skip


def one_of(*values: Any) -> Rule:
    return lambda value: any(value == known and type(value) is type(known) for known in values)


def maybe(rule: Rule) -> Rule:
    return lambda value: value is None or rule(value)


def many(rule: Rule, low: int = 0, high: int | None = None, *, unique: bool = False) -> Rule:
    return lambda value: (
        isinstance(value, list) and low <= len(value) and (high is None or len(value) <= high) and all(map(rule, value))
        and (not unique or len({json.dumps(item, sort_keys=True) for item in value}) == len(value))
    )  # fmt: skip


def truth(value: Any) -> bool:
    return isinstance(value, bool)


def anything(_: Any) -> bool:
    return True


def thing(needed: dict[str, Rule], other: dict[str, Rule] | None = None, *, closed: bool = True) -> Rule:
    """An object with the fields of ``needed``, perhaps those of ``other``, and, unless ``closed``, any more."""
    rules = {**needed, **(other or {})}
    return lambda value: (
        isinstance(value, dict) and all(name in value for name in needed)
        and all(rules[name](held) if name in rules else not closed for name, held in value.items())
    )  # fmt: skip


def check(rule: Rule, value: Any, *, status: int = 422, why: str = "invalid") -> Any:
    if not rule(value):
        raise Refused(status, why)
    return value


def integer(raw: str | None, low: int, high: int, default: int, *, status: int = 422) -> int:
    """A whole number from a query string."""
    if raw is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,18}", raw, re.ASCII) or not low <= int(raw) <= high:
        raise Refused(status, "not a number in range")
    return int(raw)
