"""The walk of a scripted client: what it asked, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from second_bodies import body_sample
from second_site import Answer, Site, is_there, loaded, sampled, thing, things
from second_things import name_of

from conformance.model.message import Headers, Request, Response
from conformance.model.operation import Operation, Parameter
from conformance.model.ports import Responder
from conformance.run.setting import Setting, opened
from conformance.spec.document import Document
from conformance.spec.reading import RequestReading, read_request
from conformance.spec.router import Match, Router

_VOLATILE = re.compile(r"^[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}$|^\d{4}-\d\d-\d\d([T ].*)?$")


NO_NAME = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


LONG_TEXTS = ("plain words that are rather long for a name", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was asked under a name, and what came of it; ``fact`` is what the step is about."""

    request: Request
    operation: Operation | None
    reading: RequestReading | None
    answer: Answer
    fact: Any

    @property
    def body(self) -> Any:
        return loaded(self.answer.body) if isinstance(self.answer, Response) else None

    @property
    def status(self) -> int:
        return self.answer.status if isinstance(self.answer, Response) else 0


def scrubbed(value: Any) -> Any:
    """A body without what is another each time: ids and times."""
    if isinstance(value, dict):
        return {name: scrubbed(held) for name, held in value.items()}
    if isinstance(value, list):
        return [scrubbed(held) for held in value]
    return "~" if isinstance(value, str) and _VOLATILE.match(value) else value


@dataclass(slots=True, kw_only=True)
class Walk:
    """One walk around a site."""

    document: Document
    site: Site
    responder: Responder
    setting: Setting
    steps: dict[str, Step] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)

    _base: str = field(init=False)
    _router: Router = field(init=False)

    def __post_init__(self) -> None:
        self._base = opened(self.setting).target.base
        self._router = _router(self.document)

    def match(self, method: str, path: str) -> Match | None:
        """Where a request leads to."""
        return self._router.match(method, self._base + path)

    # Asking

    def ask(
        self, label: str, method: str, path: str, body: Any = None, *, headers: Headers | None = None, extra: Headers = (),
        raw: bytes | None = None, media: str = "application/json", about: str = "",
    ) -> Step:  # fmt: skip
        """Ask for something, and note it under a label. ``about`` says what of the answer the step is about."""
        given = (*(self.setting.headers if headers is None else headers), *extra)
        text = raw if raw is not None else json.dumps(body).encode() if body is not None else b""
        if text or raw is not None:
            given = (*given, ("Content-Type", media))
        request = Request(method=method.upper(), url=self._base + path, headers=given, body=text)
        match = self._router.match(request.method, request.url)
        operation = match.operation if match is not None else None
        reading = read_request(operation, request, match.values) if match is not None and operation is not None else None
        answer = self.responder.respond(request)
        step = Step(request=request, operation=operation, reading=reading, answer=answer, fact=self._fact(answer, about, request))
        self.steps[f"{label}#{len(self.steps)}" if label.endswith("/") else label] = step
        return step

    def _fact(self, answer: Answer, about: str, request: Request) -> Any:
        if not isinstance(answer, Response):
            return answer.kind
        if about == "headers":
            return (
                answer.status,
                sorted(pair for pair in answer.headers if pair[0].lower() != "date" or ":" not in pair[1]),
                bool(answer.body),
            )
        if about == "status":
            return answer.status
        body = loaded(answer.body)
        if not is_there(body):
            return answer.status, answer.body
        shown = thing(body) if things(body) is None else None
        own = name_of(shown, self.site) == urlsplit(request.url).path.rpartition("/")[2] if shown is not None else None
        return answer.status, own, scrubbed(body)

    def ids(self, step: Step) -> list[str]:
        """The ids that a list shows."""
        return (
            [name_of(one, self.site) for one in things(step.body) or () if isinstance(one, dict)] if is_there(step.body) else []
        )

    # Where

    def path(self, operation: Operation, name: str | None = None) -> str:
        """A path whose parents are there; ``name`` is for its last parameter."""
        found = ""
        segments = operation.path.split("/")[1:]
        for index, segment in enumerate(segments):
            if "{" not in segment:
                found += f"/{segment}"
                continue
            is_last = index == len(segments) - 1
            chosen = (
                name
                if is_last and name is not None
                else self._parent("/" + "/".join(segments[:index]), found, operation, segment)
            )
            found += "/" + re.sub(r"\{[^}]*\}", quote(chosen, safe="").replace("\\", ""), segment)
        return found

    def _parent(self, template: str, prefix: str, operation: Operation, segment: str) -> str:
        if prefix in self.parents:
            return self.parents[prefix]
        shape = re.sub(r"\{[^}]*\}", "{}", template)
        at = {other.method: other for other in self.document.operations if re.sub(r"\{[^}]*\}", "{}", other.path) == shape}
        chosen = ""
        if "post" in at:
            body = thing(self.ask("parent/", "POST", prefix + self.query(at["post"]), body_sample(at["post"])).body)
            chosen = _any_name(body, segment)
        elif "get" in at:
            shown = things(self.ask("parent/", "GET", prefix + self.query(at["get"])).body) or [None]
            chosen = _any_name(shown[0], segment)
        if not chosen:
            parameter = next((known for known in operation.parameters_in("path") if f"{{{known.name}}}" in segment), None)
            value = sampled(parameter.schema) if parameter is not None and parameter.schema is not None else "x"
            chosen = str(value) if value not in (None, "") else "x"
        self.parents[prefix] = chosen
        return chosen

    def query(self, operation: Operation, extra: Mapping[str, Any] | None = None) -> str:
        """The query of an operation: what is required, and more."""
        pairs: dict[str, Any] = {}
        for parameter in operation.parameters_in("query"):
            if parameter.required:
                pairs.update(_wired(parameter, sampled(parameter.schema) if parameter.schema is not None else "x"))
        pairs.update(extra or {})
        return "?" + urlencode([(name, as_text(value)) for name, value in pairs.items()]) if pairs else ""


def _router(document: Document) -> Router:
    return Router(document.operations, extra_bases={urlsplit(url).path.rstrip("/") for url in document.servers})


def _any_name(shown: Any, segment: str) -> str:
    if not isinstance(shown, dict):
        return ""
    own = segment.strip("{}")
    likely = [name for name in shown if name.lower().endswith("id")]
    return str(next((shown[name] for name in (own, "id", *likely) if isinstance(shown.get(name), (str, int))), ""))


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _wired(parameter: Parameter, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {f"{parameter.name}[{name}]": held for name, held in value.items() if not isinstance(held, (dict, list))}
    return {parameter.name: value if not isinstance(value, list) else value[0] if value else ""}


# The walk


def note_fact(walk: Walk, label: str, step: Step, fact: Any) -> None:
    walk.steps[label] = replace(step, fact=fact)
