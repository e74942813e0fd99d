"""Sends the requests of a story, shows every exchange to the checks, and remembers what must be told of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from conformance.cases.entry import without_credentials
from conformance.cases.fresh import FreshKeys
from conformance.cases.values import Values
from conformance.checks import table
from conformance.checks.subject import Fault
from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.model.operation import Operation, Parameter
from conformance.model.ports import Responder
from conformance.model.record import Case, Exchange, Finding, Intent
from conformance.run.lifecycle.bodies import json_media
from conformance.sandbox.envelope import Envelope, folded
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.body import is_json
from conformance.spec.document import template_names
from conformance.spec.keys import retry_header

PHASE = "lifecycle"
_TOLD = ("etag", "location")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer. ``body`` is its JSON, ``thing`` the object it shows (empty when it shows none), ``things`` its list, if any."""

    exchange: Exchange
    operation: Operation
    status: int
    body: Any = None
    thing: Mapping[str, Any] = field(default_factory=dict)
    things: Sequence[Mapping[str, Any]] | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the service says it did it, and is done."""
        return 200 <= self.status < 300 and self.status != 202

    def header(self, name: str) -> str | None:
        """A header of the answer."""
        answer = self.exchange.response
        return None if isinstance(answer, NoResponse) else answer.header(name)

    def showing(self, thing: Mapping[str, Any]) -> Told:
        """The same answer, for one thing of those that it shows."""
        return replace(self, thing=thing)

    def located(self) -> str | None:
        """The last word of a Location that lies right below what was asked for."""
        asked, found = urlsplit(self.exchange.request.url).path.rstrip("/"), urlsplit(self.header("location") or "").path
        above, _, name = found.rpartition("/")
        return unquote(name) if name and above and (above == asked or asked.endswith(above)) else None

    @property
    def refused(self) -> bool:
        """Whether the service says that it will not do it, for what was sent."""
        return 400 <= self.status < 500 and self.status not in {401, 403, 408, 429}


class Teller:
    """Sends requests in order.

    Args:
        responder: what answers.
        url_for: the absolute URL of an operation with its path filled in and a query.
        headers: go with every request.
        judged: shows an exchange to the checks.
        found: takes in a finding.
        seed: of the run.
        values: what the user knows.
        keys: gives every request a key of its own, where it has one.

    Once it is ``closing``, nothing is sent but what deletes. ``unsure`` are the labels of operations of which nothing can be said
    that does not show: a list that is too long to be seen to its end. ``succeeded`` are those that were answered with success,
    ``headed`` those that were so to HEAD, and ``headers`` what their answers had of the headers that say something of a thing.
    """

    closing = False

    def __init__(
        self, *, responder: Responder, url_for: Callable[[Operation, str], str], headers: Headers,
        judged: Callable[[Exchange], object], found: Callable[[Finding], None], seed: int, values: Values | None = None,
        keys: FreshKeys | None = None,
    ) -> None:  # fmt: skip
        self.keys = keys or FreshKeys(f"stories {seed}")
        self._responder, self._url_for, self._headers = responder, url_for, headers
        self.values = values or Values()
        self._judged, self._found, self.seed = judged, found, seed
        self.sampler = Sampler(direction="request", seed=seed)
        self.unsure: set[str] = set()
        self.succeeded: set[str] = set()
        self.headed: set[str] = set()
        self.headers: set[tuple[str, str]] = set()
        self._shown: dict[str, Any] = {}
        self._count = 0

    def send(
        self, operation: Operation, path: Sequence[str], *, why: str, body: Any = None, query: Mapping[str, str] | None = None,
        place: Envelope | None = None, intent: Intent = Intent.POSITIVE, headers: Headers = (), method: str | None = None,
        anonymous: bool = False,
    ) -> Told | None:  # fmt: skip
        """Send a request; ``None`` when it cannot be written, or nothing answers.

        Args:
            operation: what to ask for.
            path: the values of its path parameters, in the path's order.
            why: what the request is for, in words.
            body: a JSON value to send.
            query: query parameters by their names on the wire.
            place: where the thing stands in the answer.
            intent: whether the request keeps the contract.
            headers: in place of the usual ones of the same names.
            method: another than the operation's.
            anonymous: leave out what the operation's security schemes look at.
        """
        request = self._request(operation, path, body, query or {}, headers, method)
        request = without_credentials(operation, request) if anonymous and request is not None else request
        return self._sent(operation, request, why, place, intent) if request is not None else None

    def fetch(self, operation: Operation, url: str, *, why: str, place: Envelope | None) -> Told | None:
        """Send what a link asks for; ``operation`` is the one that it should lead to."""
        request = Request(method="GET", url=url, headers=(("Accept", "application/json"), *self._headers))
        return self._sent(operation, request, why, place, Intent.PROBE)

    def _sent(self, operation: Operation, request: Request, why: str, place: Envelope | None, intent: Intent) -> Told | None:
        if self.closing and request.method != "DELETE":
            return None
        self._count += 1
        case = Case(id=f"{PHASE}-{self._count}", operation=operation.label, stage="fuzz", phase=PHASE, intent=intent,
                    description=why, seed=self.seed)  # fmt: skip
        answer = self._responder.respond(request)
        exchange = Exchange(request=request, response=answer, case=case, operation=operation.label)
        self._judged(exchange)
        if isinstance(answer, NoResponse):
            return None
        found = told(exchange, answer, operation, place)
        if found.succeeded:
            (self.headed if request.method == "HEAD" else self.succeeded).add(operation.label)
            self.headers |= {(operation.label, name) for name in _TOLD if found.header(name) is not None}
            self._remember(operation, found)
        return found

    def _remember(self, operation: Operation, found: Told) -> None:
        """Keep in mind what things are shown to have: a list that must be asked by something is asked by what there is."""
        word = next((part for part in reversed(operation.path.split("/")) if part and "{" not in part), "")
        for thing in (found.thing,) if found.thing else (found.things or ())[:1]:
            for name, value in thing.items():
                if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
                    self._shown[folded(name)] = value
                    if folded(name) == "id":
                        self._shown[folded(word).removesuffix("s") + "id"] = value

    def report(
        self, check: str, told: Told, message: str, *, detail: str = "", pointer: str = "", after: Sequence[Told] = ()
    ) -> None:
        """A promise was broken; ``told`` is the answer that shows it, beside those that it comes ``after``."""
        fault = Fault(message=message, detail=detail, pointer=pointer or told.operation.pointer)
        found = table.finding(check, fault, told.exchange, told.operation)
        self._found(replace(found, lead=tuple(one.exchange for one in after)) if after else found)

    def _request(
        self, operation: Operation, path: Sequence[str], body: Any, query: Mapping[str, str], headers: Headers, method: str | None
    ) -> Request | None:
        filled = operation.path
        for name, value in zip(template_names(operation.path), path, strict=False):
            filled = filled.replace("{" + name + "}", quote(value, safe=""), 1)
        pairs: list[tuple[str, str]] = []
        added: list[tuple[str, str]] = [("Accept", "application/json")]
        for parameter in operation.parameters:
            if not parameter.required or parameter.location not in {"query", "header"}:
                continue
            if any(name == parameter.name or name.startswith(f"{parameter.name}[") for name in query):
                continue
            written = self._written(parameter)
            if written is None:
                return None
            (pairs if parameter.location == "query" else added).extend(written)
        pairs.extend(query.items())
        if body is not None:
            media = json_media(operation)
            added.append(("Content-Type", media.name if media is not None and "*" not in media.name else "application/json"))
        given = {name.lower() for name, _ in headers}
        usual = tuple(pair for pair in (*added, *self._headers) if pair[0].lower() not in given)
        url = self._url_for(operation, filled + (f"?{urlencode(pairs, quote_via=quote, safe='[]')}" if pairs else ""))
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        request = Request(method=(method or operation.method).upper(), url=url, headers=(*usual, *headers), body=content)
        # What a body has, the stories compare with what is shown; and a key that they give is theirs.
        key = retry_header(operation)
        return request if key is None or key.lower() in given else self.keys.renewed(operation, request, body=False)

    def _written(self, parameter: Parameter) -> list[tuple[str, str]] | None:
        if parameter.schema is None:
            return None
        known = self._shown.get(folded(parameter.name))
        if known is not None and parameter.schema.get("enum") is None and parameter.schema.is_valid(known, direction="request"):
            return [(parameter.name, _text(known))]
        try:
            value = self.sampler.sample(parameter.schema, salt=parameter.name, rich=False)
        except Unsatisfiable:
            return None
        if isinstance(value, Mapping):
            return [(f"{parameter.name}[{key}]", _text(held)) for key, held in value.items()] or None
        if isinstance(value, list):
            return [(parameter.name, _text(held)) for held in value] or None
        return [(parameter.name, _text(value))]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def told(exchange: Exchange, answer: Response, operation: Operation, place: Envelope | None) -> Told:
    """An answer, read."""
    body: Any = None
    if answer.body and is_json(answer.media_type or ""):
        try:
            body = json.loads(answer.body)
        except ValueError:
            body = None
    shown = place.find(body) if place is not None and body is not None else None
    return Told(
        exchange=exchange, operation=operation, status=answer.status, body=body,
        thing=shown if isinstance(shown, dict) else {},
        things=[item for item in shown if isinstance(item, dict)] if isinstance(shown, list) else None,
    )  # fmt: skip
