"""Where a fault of the second set is planted, and the proxy that plants it: before the sandbox, seeing nothing but traffic.

Nothing here looks at how the sandbox or the suite infer what a document means. A resource is what paths say, plainly:
``/things`` and ``/things/{id}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import MediaType, Operation
from conformance.model.ports import Responder, Schema
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.body import is_json
from conformance.spec.document import Document
from conformance.spec.reading import RequestReading, read_request
from conformance.spec.router import Router

Answer = Response | NoResponse
Path = tuple[str | int, ...]

_TEMPLATE = re.compile(r"\{[^{}]*\}")
_LISTS = ("data", "items", "records", "results")
_SAMPLER = Sampler(direction="response", seed=7)
_MISSING: Any = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An operation, and the others of its resource by what they do; ``None`` for those that the document does not have."""

    operation: Operation
    document: Document
    create: Operation | None
    listing: Operation | None
    read: Operation | None
    update: Operation | None
    replace: Operation | None
    delete: Operation | None

    @property
    def role(self) -> str:
        """What the operation itself does to the resource; empty when it is about none."""
        names = ("create", "listing", "read", "update", "replace", "delete")
        return next((name for name in names if getattr(self, name) is self.operation), "")

    @property
    def writes(self) -> bool:
        """Whether the operation changes a thing by its id."""
        return self.role in {"update", "replace"}

    def role_of(self, operation: Operation | None) -> str:
        """What another operation does to the resource."""
        return replace(self, operation=operation).role if operation is not None else ""


def _shape(path: str) -> str:
    return _TEMPLATE.sub("{}", path)


def sites(document: Document) -> dict[str, Site]:
    """The sites of a document, by the label of their operation."""
    at: dict[str, dict[str, Operation]] = {}
    usable = [operation for operation in document.operations if operation.broken is None and operation.promises_success]
    for operation in usable:
        at.setdefault(_shape(operation.path), {}).setdefault(operation.method, operation)
    found = {}
    for operation in usable:
        shape = _shape(operation.path)
        home = shape.removesuffix("/{}")
        above, below = at.get(home, {}), at.get(home + "/{}", {})
        if not below:
            above = {}
        listing = above.get("get")
        if listing is not None and not holds_list(listing):
            listing = None
        found[operation.label] = Site(
            operation=operation, document=document, create=above.get("post"), listing=listing, read=below.get("get"),
            update=below.get("patch"), replace=below.get("put"), delete=below.get("delete"),
        )  # fmt: skip
    return found


def success(operation: Operation) -> tuple[int, MediaType | None]:
    """The first status of success that the document lists, and its JSON body if it has one."""
    for status, spec in operation.responses.items():
        if status.startswith("2") or status == "default":
            media = next((media for media in spec.content.values() if is_json(media.name) and media.schema is not None), None)
            return (int(status) if status.isdigit() else 200), media
    return 200, None


def sampled(schema: Schema, salt: str = "") -> Any:
    """A body that the schema accepts; ``None`` when there is none."""
    try:
        return _SAMPLER.sample(schema, salt=salt)
    except Unsatisfiable:
        return None


def holds_list(operation: Operation) -> bool:
    """Whether what an operation answers holds a list of things."""
    _, media = success(operation)
    if media is None or media.schema is None:
        return False
    return things(sampled(media.schema)) is not None


def thing(body: Any) -> dict[str, Any] | None:
    """The thing that a body shows."""
    if not isinstance(body, dict):
        return None
    inner = body.get("data")
    return inner if isinstance(inner, dict) else body


def things(body: Any) -> list[Any] | None:
    """The things that a body lists."""
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return None
    named = [body[name] for name in _LISTS if isinstance(body.get(name), list)]
    lists = named or [value for value in body.values() if isinstance(value, list) and any(isinstance(one, dict) for one in value)]
    return lists[0] if lists and "id" not in body else None


def loaded(text: bytes) -> Any:
    """A JSON body, or nothing that any body is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _MISSING


def is_there(value: Any) -> bool:
    """Whether there was a JSON body."""
    return value is not _MISSING


def with_body(answer: Response, body: Any) -> Response:
    """The same answer with another body."""
    return replace(answer, body=json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))


def with_header(answer: Response, name: str, value: str | None) -> Response:
    """The same answer with a header replaced, or without it."""
    kept = tuple(pair for pair in answer.headers if pair[0].lower() != name.lower())
    return replace(answer, headers=kept if value is None else (*kept, (name, value)))


def walked(schema: Schema | None, value: Any, path: Path = ()) -> Iterator[tuple[Path, Schema, Any]]:
    """Every value in a body that the document describes, with its schema."""
    if schema is None or len(path) > 12:
        return
    yield path, schema, value
    if isinstance(value, dict):
        known = schema.all_properties()
        for name, held in value.items():
            if name in known:
                yield from walked(known[name], held, (*path, name))
    elif isinstance(value, list):
        nodes = (schema, *(branch for keyword in ("allOf", "anyOf", "oneOf") for branch in schema.branches(keyword)))
        items = next((found for node in nodes if (found := node.child("items")) is not None), None)
        for index, held in enumerate(value):
            yield from walked(items, held, (*path, index))


def put(body: Any, path: Path, value: Any) -> Any:
    """A copy of a body with another value at a path; without it, where the value is ``MISSING``."""
    if not path:
        return value
    found = deepcopy(body)
    place = found
    for step in path[:-1]:
        place = place[step]
    if value is _MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return found


MISSING = _MISSING
Send = Callable[[Request], Answer]


@dataclass(slots=True, kw_only=True)
class Turn:
    """One request on its way through the proxy. ``values`` are the path's parameters as they stand there."""

    request: Request
    operation: Operation | None
    values: Mapping[str, str]
    site: Site
    onward: Send
    notes: dict[str, Any]
    _reading: RequestReading | None = field(default=None)

    @property
    def here(self) -> bool:
        """Whether it is the operation that the fault is planted at."""
        return self.operation is not None and self.operation.label == self.site.operation.label

    @property
    def beside(self) -> bool:
        """Whether the request uses a method on the site's path that the document does not have."""
        shape = "/".join("[^/]+" if "{" in step else re.escape(step) for step in self.site.operation.path.split("/"))
        return self.operation is None and re.search(f"{shape}$", self.path) is not None

    @property
    def role(self) -> str:
        """What the request does to the site's resource."""
        return self.site.role_of(self.operation)

    @property
    def path(self) -> str:
        """The path, as it was sent."""
        return urlsplit(self.request.url).path

    @property
    def home(self) -> str:
        """The path of the collection that is meant: its parents' ids included."""
        return self.path.rpartition("/")[0] if self.role in {"read", "update", "replace", "delete"} else self.path

    @property
    def name(self) -> str:
        """The id of the thing that is meant."""
        return unquote(self.path.rpartition("/")[2])

    @property
    def body(self) -> Any:
        """What was sent, as JSON."""
        return loaded(self.request.body) if self.request.body else _MISSING

    @property
    def user(self) -> str:
        """The credentials, as they were sent."""
        return self.request.header("authorization") or ""

    @property
    def reading(self) -> RequestReading:
        """The request, read as the document says."""
        if self._reading is None:
            assert self.operation is not None
            self._reading = read_request(self.operation, self.request, self.values)
        return self._reading

    def send(self, request: Request | None = None) -> Answer:
        """Ask the service."""
        return self.onward(request or self.request)

    def sent_as(self, body: Any) -> Request:
        """The same request with another JSON body."""
        return replace(self.request, body=json.dumps(body).encode())

    def get(self, url: str | None = None) -> Response | None:
        """Read something at a URL (this one, if none is given) for whoever asks; ``None`` where that is refused."""
        kept = tuple(pair for pair in self.request.headers if not pair[0].lower().startswith("content-"))
        answer = self.onward(Request(method="GET", url=url or self.request.url.partition("?")[0], headers=kept))
        return answer if isinstance(answer, Response) and answer.status == 200 else None

    def origin(self) -> str:
        """The URL up to the path."""
        parts = urlsplit(self.request.url)
        return f"{parts.scheme}://{parts.netloc}"


Behaviour = Callable[[Turn], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One broken promise. ``source`` is the keyword of the document or the section of an RFC that makes it.

    ``behave`` makes the behaviour for a site; it may remember. ``proof`` names the judge of ``second_witness`` that sees it.
    """

    id: str
    promise: str
    source: str
    applies: Callable[[Site], bool]
    behave: Callable[[Site], Behaviour]
    proof: str


class Proxy:
    """A responder before another, that behaves as one fault says; without a fault it hands on what it gets."""

    def __init__(self, inner: Responder, site: Site, fault: Fault | None = None) -> None:
        self._inner, self._site = inner, site
        self._behaviour = fault.behave(site) if fault is not None else None
        bases = {urlsplit(url).path.rstrip("/") for url in site.document.servers}
        self._router = Router(site.document.operations, extra_bases=bases)
        self._notes: dict[str, Any] = {}

    def respond(self, request: Request) -> Answer:
        """The answer, with the fault in it where it shows."""
        if self._behaviour is None:
            return self._inner.respond(request)
        match = self._router.match(request.method, request.url)
        operation = match.operation if match is not None else None
        turn = Turn(request=request, operation=operation, values=match.values if match is not None else {}, site=self._site,
                    onward=self._inner.respond, notes=self._notes)  # fmt: skip
        return self._behaviour(turn)


def is_good(answer: Answer) -> bool:
    """Whether an answer says that it was done."""
    return isinstance(answer, Response) and 200 <= answer.status < 300
