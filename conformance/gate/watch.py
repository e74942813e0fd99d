"""Watches what a client puts on the wire: what it does wrong, whose it is to mend, and what it touches."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from conformance.gate.disturbance import MARK
from conformance.gate.nearest import Near, Nearest
from conformance.gate.requests import complaints
from conformance.gate.retries import Conduct, Retries
from conformance.gate.rules import AMBIGUOUS, DOCUMENT, SDK, STAGE, TARGET, finding
from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation, SecurityScheme
from conformance.model.record import Exchange, Finding, Severity
from conformance.run.baseline import Baseline
from conformance.run.judge import Judged
from conformance.run.watch import Watch, Watched, call_of
from conformance.sandbox.auth import refusal
from conformance.sandbox.lenience import EXCUSED
from conformance.spec.document import Document, base_path
from conformance.spec.parameters import query_pairs
from conformance.spec.router import Router

TEST = "x-conformance-test"
"""The header in which a client says which of its tests a request is from. It is not passed on."""

_LONGEST = 300
_MOST_HELD = 20_000
_CREDENTIAL = re.compile(r"(?i)authorization|(x-)?(api|auth|access)[-_]?(key|token)|token")
_VERSION = re.compile(r"/v[0-9][0-9.]*$")
# Of requests; the gate has its own words for these, and says them where a lenient sandbox lets a request pass too.
_OF_REQUESTS = frozenset({"invalid-accepted", "format-ignored", "auth-ignored", "path-undocumented"})
# What a sandbox does that is asked to be lenient, and what it does for want of anything better.
_OF_SANDBOX = frozenset({"valid-refused", "server-error", "status-undocumented", "error-envelope", "method-undeclared"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """What the gate looks at; picklable.

    ``is_sandbox`` is whether the sandbox answers. ``only`` are the labels of the operations that count, ``None`` for all;
    ``former`` are the operations that an earlier document had and this one has not, for calls to what was taken away.
    """

    is_sandbox: bool
    only: frozenset[str] | None = None
    former: tuple[Operation, ...] = ()

    def holds(self, label: str) -> bool:
        """Whether an operation counts."""
        return self.only is None or label in self.only


@dataclass(slots=True, kw_only=True)
class Gated(Watched):
    """What a session brought; picklable. ``tests`` is by fingerprint, ``by_test`` and ``statuses`` by test and operation.

    ``nearest`` says for a call that the document does not have what it comes nearest to. ``aside`` counts findings on
    operations that do not count, ``named`` requests that say their test. ``orders`` is the number of the exchange that showed
    a finding first.
    """

    conduct: Conduct = field(default_factory=Conduct)
    tests: dict[str, set[str]] = field(default_factory=dict)
    by_test: dict[str, set[str]] = field(default_factory=dict)
    statuses: dict[str, Counter[str]] = field(default_factory=dict)
    nearest: dict[str, tuple[str, str]] = field(default_factory=dict)
    agents: Counter[str] = field(default_factory=Counter)
    deprecated: Counter[str] = field(default_factory=Counter)
    orders: dict[str, int] = field(default_factory=dict)
    aside: int = 0
    named: int = 0


class GateWatch(Watch):
    """Judges what a client sends, and what is answered; ``focus`` comes on top of what ``Watch`` takes."""

    source = STAGE

    def __init__(
        self, document: Document, *, base_url: str, baseline: Baseline, shown: Callable[[Finding], Finding] = lambda found: found,
        focus: Focus,
    ) -> None:  # fmt: skip
        super().__init__(document, base_url=base_url, baseline=baseline, shown=shown)
        self._focus = focus
        self.watched: Gated = Gated()
        self._retries = Retries()
        self.watched.conduct = self._retries.conduct
        self._base = base_path(base_url)
        self._nearest: Nearest | None = None
        self._former = Router(focus.former, extra_bases=(self._base,)) if focus.former else None
        self._bare: dict[str, tuple[Exchange, int]] = {}
        self._authenticated: set[str] = set()
        self._held: list[tuple[str, Finding, int]] = []
        self._keeps_base = False
        self._test, self._at = "", 0.0

    def see(self, exchange: Exchange, *, alone: bool, at: float) -> Iterator[Finding]:
        """Take in one exchange; yields the findings that are seen for the first time."""
        request, watched = exchange.request, self.watched
        self._test, self._at = (request.header(TEST) or "")[:_LONGEST], at
        if self._test:
            watched.named += 1
            watched.by_test.setdefault(self._test, set())
            exchange = replace(exchange, request=request.with_header(TEST, None))
        watched.agents[(request.header("user-agent") or "")[:_LONGEST]] += 1
        # A lenient sandbox brings to life whatever is asked for, so nothing of it is held to what came before.
        yield from super().see(exchange, alone=alone and not self._focus.is_sandbox, at=at)

    def _found(self, exchange: Exchange, judged: Judged) -> Iterator[Finding]:
        operation, watched = judged.operation, self.watched
        if operation is None:
            found = tuple(self._astray(exchange))
        else:
            if self._test:
                watched.by_test[self._test].add(operation.label)
            answer = exchange.response
            status = str(answer.status) if isinstance(answer, Response) else answer.kind
            watched.statuses.setdefault(operation.label, Counter())[status] += 1
            found = (*self._asked(exchange, judged, operation), *self._answered(exchange, judged, operation))
        retried = tuple(self._retried(exchange, operation))
        # What stands in a list twice is one violation of one request.
        for one in {found.fingerprint: found for found in reversed((*found, *retried))}.values():
            if one.operation is not None and not self._focus.holds(one.operation):
                watched.aside += 1
                continue
            yield self._placed(one, watched.exchanges)

    def _placed(self, found: Finding, order: int) -> Finding:
        """A finding with its test, noted with the exchange that shows it."""
        self.watched.orders.setdefault(found.fingerprint, order)
        tests = self.watched.tests.setdefault(found.fingerprint, set())
        if self._test:
            tests.add(self._test)
        return replace(found, test=found.test or self._test)

    def _hold(self, why: str, found: Finding) -> None:
        """Keep a finding until the end, for only then is it known whether, or whose, it is."""
        if len(self._held) < _MOST_HELD and (found.operation is None or self._focus.holds(found.operation)):
            self._held.append((why, replace(found, test=self._test), self.watched.exchanges))

    # Requests

    def _astray(self, exchange: Exchange) -> Iterator[Finding]:
        """A call that is not in the document."""
        if _is_preflight(exchange.request):
            return  # a browser asks by itself
        call, near = call_of(exchange), self._near(exchange)
        if self._focus.only is not None and not self._is_former(exchange):
            self.watched.aside += 1
            return
        label, slip = (near.operation.label, near.slip) if near is not None else ("", "")
        doubled = self._nearest.doubled(exchange.request.parts().path) if self._nearest is not None else ""
        if doubled and not slip:
            label, slip = "", f"{doubled} stands twice"
        self.watched.nearest[call] = (label, slip)
        rule, blame, severity = "path-undocumented", SDK if slip else AMBIGUOUS, None
        if near is not None and near.allowed:
            rule, blame = "method-undocumented", SDK
            if exchange.request.method == "HEAD" and "GET" in near.allowed:
                blame, severity = AMBIGUOUS, Severity.NOTE  # servers that have GET have HEAD as well (RFC 9110 section 9.1)
            message = f"{call} is not in the document; {near.operation.path} has {', '.join(near.allowed)}"
        else:
            message = f"{call} is not in the document{f': {slip}' if slip else ''}{f'; the nearest is {label}' if label else ''}"
            message += f"; {near.hint}" if near is not None and near.hint else ""
            if near is not None and near.is_empty:
                rule, blame = "path-parameter-empty", AMBIGUOUS
        if self._is_former(exchange):
            message, blame = f"{message}; an earlier version of the document has it", SDK
        yield finding(rule, message, exchange, None, blame=blame, detail=call, severity=severity)

    def _near(self, exchange: Exchange) -> Near | None:
        if self._nearest is None:
            self._nearest = Nearest(self._document.operations, bases=(self._base,))
        return self._nearest(exchange.request.method, exchange.request.parts().path)

    def _is_former(self, exchange: Exchange) -> bool:
        if self._former is None:
            return False
        match = self._former.match(exchange.request.method, exchange.request.url)
        return match is not None and match.operation is not None

    def _asked(self, exchange: Exchange, judged: Judged, operation: Operation) -> Iterator[Finding]:
        reading = judged.reading
        for one in complaints(reading, exchange.request, raw=self._document.raw) if reading is not None else ():
            yield finding(one.rule, one.message, exchange, operation, blame=one.blame, pointer=one.pointer, detail=one.detail,
                          place=one.place, severity=one.severity)  # fmt: skip
        if _VERSION.search(self._base) and operation.path.startswith(self._base[self._base.rindex("/") :] + "/"):
            message = f"the path repeats the base path, so that {operation.method.upper()} {self._base}{operation.path} is called"
            yield finding("base-repeated", message, exchange, operation, blame=DOCUMENT)
        if self._is_above_base(exchange, operation):
            message = f"{call_of(exchange)} is called without the path of the base URL, {self._base}"
            self._hold("base-missing", finding("base-missing", message, exchange, operation, blame=SDK))
        else:
            self._keeps_base = True
        if operation.deprecated:
            self.watched.deprecated[operation.label] += 1
            yield finding("operation-deprecated", f"{operation.label} is deprecated", exchange, operation, blame=SDK)
        if refusal(operation, exchange.request) is not None:
            self._bare.setdefault(operation.label, (exchange, self.watched.exchanges))
        elif operation.needs_auth:
            self._authenticated.add(operation.label)

    def _is_above_base(self, exchange: Exchange, operation: Operation) -> bool:
        """Whether a client has put the path of a call in the place of the base URL's; a target may be there as well."""
        path, bases = exchange.request.parts().path, {self._base, *(base_path(server) for server in operation.servers)}
        if "" in bases or operation.path.startswith(f"{self._base}/") or any(path.startswith(f"{base}/") for base in bases):
            return False
        answer = exchange.response
        return self._focus.is_sandbox or (isinstance(answer, Response) and answer.status == 404)

    def _retried(self, exchange: Exchange, operation: Operation | None) -> Iterator[Finding]:
        for slip in self._retries.see(exchange.request, exchange.response, at=self._at, test=self._test):
            blame = SDK if slip.is_sure else AMBIGUOUS
            found = finding(slip.rule, slip.message, exchange, operation, blame=blame, detail=slip.detail)
            if slip.is_sure:
                yield found
            else:
                self._hold(slip.method, replace(found, severity=Severity.WARNING))

    # Answers

    def _answered(self, exchange: Exchange, judged: Judged, operation: Operation) -> Iterator[Finding]:
        answer = exchange.response
        if isinstance(answer, Response) and answer.header(MARK) is not None:
            return
        if not self._focus.is_sandbox:
            yield from (replace(one, blame=TARGET) for one in judged.observation.findings if one.id not in _OF_REQUESTS)
            return
        if isinstance(answer, NoResponse):
            yield from (replace(one, blame=AMBIGUOUS) for one in judged.observation.findings)
            return
        if answer.status == 501:
            message = "the sandbox can make no answer that the document allows"
            yield finding("answer-impossible", message, exchange, operation, blame=DOCUMENT)
            return
        if answer.header(EXCUSED) is None or answer.status < 400:
            wanted = (one for one in judged.observation.findings if one.id not in _OF_REQUESTS | _OF_SANDBOX)
            yield from (replace(one, blame=DOCUMENT) for one in wanted)

    # The end

    def end(self, limits: dict[str, float]) -> Iterator[Finding]:
        """The findings that only all exchanges together show."""
        settled = self._retries.settle()
        for why, found, order in self._held:
            self._test = found.test
            if why == "base-missing":
                # Where other calls have the path, somebody has left it out on purpose.
                yield from self._keep(self._placed(replace(found, blame=AMBIGUOUS if self._keeps_base else SDK), order))
            elif why in settled:
                yield from self._keep(self._placed(found, order))
        self._test = ""
        for label, (exchange, order) in self._bare.items():
            operation = self._document.by_label[label]
            if label not in self._authenticated and self._focus.holds(label):
                wanted, there = _credentials(operation, exchange.request)
                message = f"no call carries the credentials that the operation asks for ({wanted})"
                message += f"; there is {', '.join(there)}" if there else ""
                # Where no call has any, it may be that the tests were given none.
                blame = SDK if self._authenticated or there else AMBIGUOUS
                found = finding("credentials-missing", message, exchange, operation, blame=blame)
                yield from self._keep(self._placed(found, order))
        if not self._focus.is_sandbox:
            yield from (replace(one, blame=TARGET) for one in super().end(limits))


def _is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and request.header("access-control-request-method") is not None


def _credentials(operation: Operation, request: Request) -> tuple[str, list[str]]:
    """Which credentials an operation asks for, and what looks like some in a request that has none of these."""
    wanted = " or ".join(dict.fromkeys(" and ".join(map(_described, any_of)) for any_of in operation.security if any_of))
    there = [f"{name} in the query" for name, _ in query_pairs(request.parts().query) if _CREDENTIAL.fullmatch(name)]
    for name, _ in request.headers:
        if _CREDENTIAL.fullmatch(name):
            there.append("Authorization in another form" if name.lower() == "authorization" and name in wanted else name)
    return wanted, there


def _described(scheme: SecurityScheme) -> str:
    if scheme.kind == "apiKey":
        return f"{scheme.parameter} in the {scheme.location}"
    return f"Authorization: {(scheme.scheme or 'bearer').capitalize()}"
