"""Drives a sandbox with whatever a document allows or forbids, and gives two opinions on every answer.

The first opinion is the project's own table of checks. The second shares no code with it: the body goes through
``jsonschema`` with the schema as its author wrote it.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.opinion import Opinion
from sandbox.wire import encoded, escaped, flat, in_header, in_path, in_query, text

from conformance.checks.state import Ledger
from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.model.record import Case, Exchange, Intent
from conformance.run.judge import Judge
from conformance.sandbox.responder import Sandbox
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.shapes import NOTHING
from conformance.spec.body import is_json
from conformance.spec.document import Document, base_path, template_names
from conformance.spec.values import scalar

HTTP_S_OWN = {400, 401, 404, 405, 406, 413, 415, 422}
"""What HTTP itself asks for when a request is bad, whether the document lists it or not."""

# What a document leaves open is not broken by being said: the number of a page, what a thing has where it was created.
SAID_BESIDES = frozenset({"field-undocumented"})
TOLERANT = {"invalid-accepted", "format-ignored"}
"""What a lenient sandbox is meant to do."""

MAX_BODY = 20_000
KINDS = ("good", "rich", "bare", "unknown id", "anonymous", "half-authorised", "wrong type", "incomplete", "wrong query", "torn",
         "no body", "foreign media", "nothing fits", "accepts", "method", "trailing slash", "nowhere", "below base", "gzip",
         "foreign coding", "too large", "undeclared", "garbage")  # fmt: skip


@dataclass(slots=True)
class Report:
    """What was seen: answers by status, operations that did what they are for, and everything that was wrong."""

    answers: Counter[int] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)
    breaches: list[str] = field(default_factory=list)


class Driver:
    """One client of one sandbox, with what it has learnt."""

    def __init__(self, document: Document, *, seed: int = 0, independent: bool = True, **options: Any) -> None:
        self.document, self.report = document, Report()
        self.sandbox = Sandbox(document, seed=seed, max_body=MAX_BODY, **options)
        self.strict = options.get("state", "strict") == "strict"
        self.broken = self.sandbox.broken
        self.usable = [operation for operation in document.operations if operation.label not in self.broken]
        self.base = base_path(document.servers[0])
        self._bases = {base_path(server) for operation in document.operations for server in operation.servers} - {""}
        self._sampler = Sampler(direction="request", seed=seed)
        self._judge, self._ledger = Judge(document), Ledger(document.operations)
        self._opinion = Opinion(document.raw) if independent else None
        self._known: dict[str, list[str]] = {}
        self._below: dict[str, dict[str, list[str]]] = {}

    def go(self, operation: Operation, kind: str, seed: int) -> Response | None:
        """Send one request of a kind and judge the answer; ``None`` where the operation has no such request."""
        random = Random(f"{operation.label}/{kind}/{seed}")
        try:
            request = self.request(operation, kind, random)
        except Unsatisfiable:
            return None
        if request is None:
            return None
        answer = self.sandbox.respond(request)
        self._judged(operation, kind, request, answer)
        return answer

    def request(self, operation: Operation, kind: str, random: Random) -> Request | None:
        """A request of a kind: valid, or wrong in one way."""
        if kind == "nowhere":
            return Request(
                method=operation.method.upper(), url=f"http://sandbox{self.base}/no/such/{random.random()}/path/at/all"
            )
        good = self._good(operation, kind, random)
        changed = getattr(self, "_" + re.sub(r"\W", "_", kind), None)
        return changed(operation, good, random) if changed is not None else good

    # Valid requests

    def _good(self, operation: Operation, kind: str, random: Random) -> Request:
        salt = str(random.random())
        path, query, headers, cookies = operation.path, [], self._credentials(operation), []
        inner = {name: index for index, name in enumerate(template_names(operation.path))}
        for parameter in sorted(operation.parameters, key=lambda parameter: inner.get(parameter.name, len(inner))):
            location, schema = parameter.location, parameter.content.schema if parameter.content else parameter.schema
            if not parameter.required and (kind == "bare" or (kind != "rich" and random.random() < 0.6)):
                continue
            value = self._sampler.complete(schema, NOTHING, salt=salt, fresh=random.random() < 0.3) if schema is not None else "x"
            if location == "path":
                known = self._seen_at(path.partition("{" + parameter.name + "}")[0], operation.path, parameter.name)
                known = [held for held in known if schema is None or schema.is_valid(scalar(held, schema), direction="request")]
                onward = operation.path.partition("{" + parameter.name + "}")[2].partition("{")[0]
                start = path.partition("{" + parameter.name + "}")[0]
                known = [held for held in known if f"{start}{escaped(held)}{onward}" in self._below] or known
                if known and kind != "unknown id" and random.random() < 0.95:
                    value = known[-1] if random.random() < 0.6 else random.choice(known)
                path = path.replace("{" + parameter.name + "}", in_path(parameter, value))
            elif location == "query":
                query += in_query(parameter, value)
            elif location == "header" and parameter.name.lower() not in {"accept", "content-type", "authorization"}:
                headers.append((parameter.name, in_header(parameter, value)))
            elif location == "cookie":
                cookies.append(f"{parameter.name}={escaped(','.join(flat(value)) if isinstance(value, list) else text(value))}")
        if cookies:
            headers.append(("Cookie", "; ".join([*cookies, *(held for name, held in headers if name == "Cookie")])))
            headers = [pair for pair in headers[:-1] if pair[0] != "Cookie"] + headers[-1:]
        query += [f"{scheme.parameter}=key" for alternative in operation.security[:1] for scheme in alternative
                  if scheme.location == "query"]  # fmt: skip
        content_type, body = self._body(operation, kind, random)
        if content_type is not None:
            headers.append(("Content-Type", content_type))
        url = f"http://sandbox{'' if random.random() < 0.5 else base_path(next(iter(operation.servers), '/'))}{path}"
        return Request(method=operation.method.upper(), url=url + ("?" + "&".join(query) if query else ""),
                       headers=tuple(headers), body=body)  # fmt: skip

    def _body(self, operation: Operation, kind: str, random: Random) -> tuple[str | None, bytes]:
        spec = operation.request_body
        if spec is None or (kind == "bare" and not spec.required):
            return None, b""
        if not spec.content:
            return "text/plain", b"any"
        media = random.choice(list(spec.content.values()))
        if media.schema is None:
            return encoded(media, {"a": "b"})
        salt, fresh = str(random.random()), random.random() < 0.3
        return encoded(media, self._sampler.complete(media.schema, NOTHING, salt=salt, rich=kind != "bare", fresh=fresh))

    @staticmethod
    def _credentials(operation: Operation) -> list[tuple[str, str]]:
        found = []
        for scheme in operation.security[0] if operation.security else ():
            if scheme.kind == "apiKey" and scheme.location == "header":
                found.append((scheme.parameter, "key"))
            elif scheme.kind == "apiKey" and scheme.location == "cookie":
                found.append(("Cookie", f"{scheme.parameter}=key"))
            elif scheme.kind == "http" and scheme.scheme == "basic":
                found.append(("Authorization", "Basic dTpw"))
            elif scheme.kind in {"http", "oauth2", "openIdConnect"}:
                found.append(("Authorization", f"{(scheme.scheme or 'bearer').title()} key"))
        return found

    # Requests that are wrong in one way; those that have no function here are valid

    def _anonymous(self, operation: Operation, good: Request, _: Random) -> Request | None:
        names = {scheme.parameter.lower() for alternative in operation.security for scheme in alternative}
        kept = tuple(pair for pair in good.headers if pair[0].lower() not in names | {"authorization", "cookie"})
        pairs = [pair for pair in urlsplit(good.url).query.split("&") if pair and pair.partition("=")[0].lower() not in names]
        url = good.url.partition("?")[0] + ("?" + "&".join(pairs) if pairs else "")
        return replace(good, url=url, headers=kept) if operation.needs_auth else None

    def _half_authorised(self, operation: Operation, good: Request, _: Random) -> Request | None:
        first = operation.security[0] if operation.security else ()
        scheme = first[0] if len(first) > 1 and operation.needs_auth else None
        name = ("Authorization" if scheme.kind != "apiKey" else scheme.parameter) if scheme is not None else ""
        return good.with_header(name, None) if scheme is not None and scheme.location in {"", "header"} else None

    def _wrong_type(self, _: Operation, good: Request, random: Random) -> Request | None:
        body = _json_of(good)
        if not isinstance(body, dict) or not body:
            return replace(good, body=random.choice((b"[]", b"3", b'"x"', b"null", b"[[{}]]"))) if body is not None else None
        name = random.choice(sorted(body))
        odd = random.choice(([[]], {"a": {"b": []}}, "\u0000no", -1e30, True, None, "x" * 300))
        return replace(good, body=json.dumps({**body, name: odd}).encode())

    def _incomplete(self, _: Operation, good: Request, random: Random) -> Request | None:
        body = _json_of(good)
        if not isinstance(body, dict) or not body:
            return None
        name = random.choice(sorted(body))
        return replace(good, body=json.dumps({key: value for key, value in body.items() if key != name}).encode())

    def _wrong_query(self, _: Operation, good: Request, random: Random) -> Request | None:
        url, mark, query = good.url.partition("?")
        pairs = query.split("&") if mark else []
        if not pairs:
            return None
        index = random.randrange(len(pairs))
        name = pairs[index].partition("=")[0]
        changed = random.choice(([], [f"{name}=%00%FF"], [f"{name}="], [f"{name}=no", f"{name}=such"], [f"{name}[a][b]=1"]))
        return replace(good, url="?".join((url, "&".join([*pairs[:index], *changed, *pairs[index + 1 :]]))))

    def _torn(self, _: Operation, good: Request, random: Random) -> Request | None:
        return replace(good, body=random.choice((good.body[:-1], b"{", b"\xff\xfe", good.body + b"}"))) if good.body else None

    def _no_body(self, _: Operation, good: Request, __: Random) -> Request | None:
        return replace(good, body=b"").with_header("content-type", None) if good.body else None

    def _foreign_media(self, _: Operation, good: Request, random: Random) -> Request | None:
        name = random.choice(("application/x-strange", "text/strange", "nonsense", "application/json;charset=utf-16", ""))
        return good.with_header("content-type", name) if good.body else None

    def _nothing_fits(self, _: Operation, good: Request, random: Random) -> Request:
        return good.with_header("accept", random.choice(("image/x-nothing", "*/*;q=0", "x", "text/x-no, application/x-no;q=0.2")))

    def _accepts(self, operation: Operation, good: Request, random: Random) -> Request:
        names = [name.partition(";")[0] for spec in operation.responses.values() for name in spec.content] or ["text/html"]
        some = random.sample(names, k=random.randint(1, len(names)))
        weighted = [f"{name};q={random.choice(('0', '0.1', '0.9', '1', 'x'))}" for name in some]
        return good.with_header("accept", ", ".join([*weighted, *random.choice(([], ["*/*;q=0.1"], ["application/*"]))]))

    def _method(self, _: Operation, good: Request, random: Random) -> Request:
        return replace(good, method=random.choice(("PUT", "OPTIONS", "HEAD", "TRACE", "DELETE", "BREW", "get")))

    def _trailing_slash(self, _: Operation, good: Request, __: Random) -> Request:
        path, mark, query = good.url.partition("?")
        return replace(good, url=(path.removesuffix("/") if path.endswith("/") else path + "/") + mark + query)

    def _below_base(self, operation: Operation, good: Request, random: Random) -> Request:
        base = base_path(random.choice(operation.servers or ("/",)))
        return replace(good, url=self._without_base(good.url, operation).replace("http://sandbox", f"http://sandbox{base}", 1))

    def _gzip(self, _: Operation, good: Request, __: Random) -> Request | None:
        return (
            replace(good, body=gzip.compress(good.body, mtime=0)).with_header("content-encoding", "gzip") if good.body else None
        )

    def _foreign_coding(self, _: Operation, good: Request, random: Random) -> Request | None:
        return good.with_header("content-encoding", random.choice(("br", "gzip", "x", "gzip, br"))) if good.body else None

    def _too_large(self, _: Operation, good: Request, random: Random) -> Request | None:
        large = good.body.ljust(MAX_BODY + 1)
        if random.random() < 0.3:
            return (
                replace(good, body=gzip.compress(large, mtime=0)).with_header("content-encoding", "gzip") if good.body else None
            )
        return replace(good, body=large) if good.body else None

    def _undeclared(self, _: Operation, good: Request, __: Random) -> Request:
        return replace(good, url=good.url + ("&" if "?" in good.url else "?") + "not_declared=1&page[size]=&x[]=%5B")

    def _garbage(self, _: Operation, good: Request, random: Random) -> Request:
        path, mark, query = good.url.partition("?")
        head, _, _ = path.rpartition("/")
        odd = random.choice(("%00", "%FF", "..", "a%2Fb", "%F0%9F%98%80", "x" * 500, "-1", "null", "%20", "a;b=c", "{id}", ""))
        return replace(good, url=f"{head}/{odd}{mark}{query}")

    # Judging and learning

    def _judged(self, operation: Operation, kind: str, request: Request, answer: Response) -> None:
        self.report.answers[answer.status] += 1
        case = Case(id="1", operation=operation.label, stage="fuzz", phase="fuzzing", intent=Intent.POSITIVE)
        # The ledger knows a thing by its path, so the path must be written in one way.
        plain = replace(request, url=self._without_base(request.url, operation))
        exchange = Exchange(request=plain, response=answer, case=case, operation=operation.label)
        judged = self._judge(exchange, ledger=self._ledger if self.strict else None)
        wrong = [f"{finding.id}: {finding.message}" for finding in judged.observation.findings
                 if finding.id not in SAID_BESIDES and (self.strict or finding.id not in TOLERANT)]  # fmt: skip
        unable = {*self.broken, *self.document.raw.get("x-cannot-refuse", ())}
        if answer.status == 501 and judged.operation is not None and judged.operation.label in unable:
            wrong = []
        reached = judged.operation
        if reached is not None and answer.status != 501:
            spec = reached.response_for(answer.status)
            if spec is None and answer.status not in HTTP_S_OWN:
                wrong.append(f"{answer.status} is neither listed nor HTTP's own")
            if self._opinion is not None and request.method.upper() != "HEAD":
                wrong += self._opinion.breaches(spec.pointer if spec is not None else None, answer.headers, answer.body)
        wrong += self._expected(kind, answer, reached, judged.reading, meant=reached is operation)
        self.report.breaches += [f"{kind}: {request.method} {request.url[:200]} {request.body[:200]!r} "
                                 f"-> {answer.status} {answer.body[:300]!r}: {breach}" for breach in wrong]  # fmt: skip
        if (reached is not None and 200 <= answer.status < 400) or (reached and not reached.promises_success):
            self.report.reached.add(reached.label)
        if 200 <= answer.status < 300 and answer.body and is_json(answer.media_type or ""):
            self._learn(urlsplit(plain.url).path, reached, json.loads(answer.body))

    def _without_base(self, url: str, operation: Operation) -> str:
        start = operation.path.partition("{")[0]
        base = next((base for base in self._bases if url.startswith(f"http://sandbox{base}{start}")), "")
        return url.replace(f"http://sandbox{base}", "http://sandbox", 1)

    def _expected(self, kind: str, answer: Response, reached: Operation | None, reading: Any, *, meant: bool) -> list[str]:
        if answer.body and answer.status in {204, 205, 304}:
            return ["a body where none may be"]
        if kind == "nowhere" and answer.status not in {404, 405} and reached is None:
            return [f"{answer.status} for a path that is not there"]
        if reached is None or answer.status == 501:
            return []
        if kind in {"anonymous", "half-authorised"} and reached.needs_auth and answer.status != 401:
            return [f"{answer.status} without all credentials"]
        if kind == "too large" and answer.status not in {413, 401}:
            return [f"{answer.status} for a body beyond the limit"]
        if (
            meant
            and kind in {"good", "rich", "bare"}
            and not reading.oddities
            and answer.status in {400, 401, 406, 413, 415, 422}
        ):
            return [f"{answer.status} for a request that is right"] if reached.promises_success else []
        return []

    def _learn(self, path: str, operation: Operation | None, body: Any) -> None:
        """Remember what looks like an id: by the name that it has, and by the path below which it may be found."""
        if operation is None:
            return
        stack: list[tuple[str, Any]] = [("", body)]
        while stack:
            name, value = stack.pop()
            if isinstance(value, dict):
                stack.extend(value.items())
            elif isinstance(value, list):
                stack.extend((name, item) for item in value)
            elif isinstance(value, (str, int)) and not isinstance(value, bool):
                self._known.setdefault(_plain(name), []).append(str(value))
                if _plain(name).endswith("id") and operation.method in {"post", "get"}:
                    self._below.setdefault(path + "/", {}).setdefault(_plain(name), []).append(str(value))
        head, _, tail = path.rpartition("/")
        if operation.path.endswith("}"):
            self._below.setdefault(head + "/", {}).setdefault("id", []).append(unquote(tail))

    def _seen_at(self, start: str, path: str, name: str) -> list[str]:
        """Ids to try for a path parameter: those seen below the path so far, else those of its name."""
        holder = [part for part in path.partition("{" + name + "}")[0].split("/") if part and not part.startswith("{")][-1:]
        below = self._below.get(start, {})
        candidates = [*below.get("id", ())[-12:], *below.get(_plain(name), ())[-6:]]
        by_name = self._known.get(_plain(name)) or self._known.get(_plain("".join(holder).removesuffix("s") + "id")) or []
        return candidates or by_name[-20:]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9/]", "", name.lower())


def _json_of(request: Request) -> Any:
    if not request.body or not is_json(request.header("content-type") or ""):
        return None
    return json.loads(request.body)
