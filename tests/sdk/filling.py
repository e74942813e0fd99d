"""Fills collections of a sandbox through its own creates, with nothing known but the document."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.sandbox.plans import Resource, shape_of
from conformance.sandbox.responder import Sandbox
from conformance.sandbox.roles import Role
from conformance.sandbox.sample import Sampler
from conformance.spec.body import is_json
from conformance.spec.document import template_names


class Filler:
    """Creates things, and the parents that they need."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._sampler, self._count = sandbox, Sampler(direction="request"), 0
        self._plans = [sandbox.layout.plan(operation) for operation in sandbox.document.operations]
        self._ids: dict[tuple[str, tuple[str, ...]], str] = {}

    def plan(self, path: str, method: str = "get") -> Any:
        """How the sandbox answers at a path."""
        return next(plan for plan in self._plans
                    if plan.operation.method == method and shape_of(plan.operation.path) == shape_of(path))  # fmt: skip

    def create(self, resource: Resource) -> Operation | None:
        """The operation that makes what a resource shows, one thing at a time."""
        made = (plan for plan in self._plans if plan.role is Role.CREATE and plan.resource is not None
                and plan.resource.family == resource.family and not plan.copies and plan.actor is None
                and _takes_json(plan.operation))  # fmt: skip
        return min((plan.operation for plan in made), key=lambda operation: operation.path.count("{"), default=None)

    def parents(self, path: str) -> dict[str, str]:
        """Values for the parameters of a path: ids of things that are there, where there can be some."""
        known: dict[str, str] = {}
        segments = path.split("/")
        for index, segment in enumerate(segments):
            if segment.startswith("{"):
                shape = shape_of("/".join(segments[:index]))
                resource = self._sandbox.layout.resources.collection(shape)
                known[segment[1:-1]] = self._id(resource, tuple(known.values()))
        return known

    def _id(self, resource: Resource, scope: tuple[str, ...]) -> str:
        if (resource.shape, scope) not in self._ids:
            create = self.create(resource)
            item = None
            if create is not None:
                known = dict(zip(template_names(create.path), scope, strict=False))
                item = self.make(create, known if create.path.count("{") <= len(scope) else self.parents(create.path))
            elif resource.seeded:
                item = self._listed(resource, scope)
            found = [item[name] for name in resource.id_fields if item and isinstance(item.get(name), (str, int))]
            self._ids[resource.shape, scope] = str(found[0]) if found else "00000000-0000-4000-8000-000000000001"
        return self._ids[resource.shape, scope]

    def _listed(self, resource: Resource, scope: tuple[str, ...]) -> dict[str, Any] | None:
        operation = self.plan(resource.shape).operation
        answer = self._ask(operation, dict(zip(template_names(operation.path), scope, strict=True)), None)
        items = self._found(operation, answer)
        return items[0] if items else None

    def make(self, operation: Operation, known: dict[str, str], **fields: Any) -> dict[str, Any]:
        """One new thing, as it was answered."""
        self._count += 1
        body = None
        for media in operation.request_body.content.values() if operation.request_body else ():
            if is_json(media.name) and media.schema is not None:
                body = self._sampler.sample(media.schema, salt=str(self._count), rich=False)
                body = {**self._varied(body, media.schema), **fields} if isinstance(body, dict) else body
                break
        answer = self._ask(operation, known, body)
        assert answer.status < 300, (operation.label, answer.status, answer.body[:500], body)
        items = self._found(operation, answer)
        return items[0] if items else {}

    def _varied(self, body: dict[str, Any], schema: Any) -> dict[str, Any]:
        """The body with a text of its own wherever that is allowed: names must often be unique."""
        for name, child in schema.all_properties().items():
            other = f"{body.get(name, '')}{self._count}"
            if isinstance(body.get(name), str) and child.is_valid(other, direction="request"):
                body = {**body, name: other}
        return body

    def _ask(self, operation: Operation, known: dict[str, str], body: Any) -> Response:
        path = operation.path
        for name, value in known.items():
            path = path.replace("{" + name + "}", quote(value, safe=""))
        headers = [("authorization", "Bearer KEY")] + ([("content-type", "application/json")] if body is not None else [])
        headers += [(parameter.name, "key-1") for parameter in operation.parameters_in("header") if parameter.required]
        encoded = json.dumps(body).encode() if body is not None else b""
        answer = self._sandbox.respond(
            Request(method=operation.method.upper(), url=f"http://sandbox{path}", headers=tuple(headers), body=encoded)
        )
        assert isinstance(answer, Response)
        return answer

    def _found(self, operation: Operation, answer: Response) -> list[dict[str, Any]]:
        place = self._sandbox.layout.resources.envelope(operation)
        if place is None or not answer.body:
            return []
        found = place.find(json.loads(answer.body))
        return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]


def _takes_json(operation: Operation) -> bool:
    return operation.request_body is None or any(is_json(name) for name in operation.request_body.content)
