"""Documents, and a client that knows no more than the document and what it was answered."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from conformance.model.message import Request
from conformance.sandbox.resources import shape_of
from conformance.sandbox.responder import Sandbox
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.body import is_json, media_type_for
from conformance.spec.document import Document
from conformance.spec.load import Source

ROOT = Path(__file__).resolve().parents[2]
# What HTTP itself asks for when a request is bad, whether the document lists it or not.
PROTOCOL = {400, 401, 404, 405, 406, 415, 422}


def from_value(value) -> Document:
    """A document from a Python value; a full one is made around bare paths."""
    if "openapi" not in value:
        value = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, **value}
    return Document(Source(uri="inline", text=json.dumps(value), value=value, form="JSON"))


def text(value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Client:
    """Sends sampled requests, learns ids from answers, and says where an answer breaks the document."""

    def __init__(self, document: Document, sandbox: Sandbox | None = None) -> None:
        self.document, self.sandbox = document, sandbox or Sandbox(document)
        self.sampler = Sampler(direction="request")
        self._by_shape = {}
        for operation in document.operations:
            self._by_shape.setdefault((shape_of(operation.path), operation.method), operation)

    def ask(self, method, path, body=None, headers=(("authorization", "Bearer t"),)):
        encoded = json.dumps(body).encode() if body is not None else b""
        headers = (*headers, ("content-type", "application/json")) if body is not None else headers
        return self.sandbox.respond(Request(method=method, url=f"http://sandbox{path}", headers=headers, body=encoded))

    def request(self, operation, known=None, salt=""):
        """A valid request; ``known`` are path values by name, the rest is sampled."""
        known, path, headers, query = known or {}, operation.path, [("authorization", "Bearer t")], []
        for parameter in operation.parameters:
            schema = parameter.schema or (parameter.content.schema if parameter.content else None)
            if parameter.location == "path":
                value = known.get(parameter.name)
                value = self.sampler.sample(schema, salt=salt, rich=False) if value is None and schema else value or "x"
                path = path.replace("{" + parameter.name + "}", quote(text(value), safe=""))
            elif parameter.required:
                value = self.sampler.sample(schema, salt=salt) if schema else "x"
                if parameter.location == "query" and isinstance(value, dict):
                    query += [f"{quote(parameter.name)}[{quote(name)}]={quote(text(item))}" for name, item in value.items()]
                elif parameter.location == "query":
                    query += [
                        f"{quote(parameter.name)}={quote(text(item))}" for item in (value if isinstance(value, list) else [value])
                    ]
                elif parameter.location == "header":
                    headers.append((parameter.name, text(value)))
        body = self._body(operation, headers, salt)
        url = f"http://sandbox{path}" + (f"?{'&'.join(query)}" if query else "")
        return Request(method=operation.method.upper(), url=url, headers=tuple(headers), body=body)

    def _body(self, operation, headers, salt):
        content = operation.request_body.content if operation.request_body else {}
        media = next((media for media in content.values() if is_json(media.name)), None) or next(iter(content.values()), None)
        if media is None:
            return b""
        value = self.sampler.sample(media.schema, salt=salt, rich=is_json(media.name)) if media.schema else {}
        if is_json(media.name):
            headers.append(("content-type", media.name))
            return json.dumps(value).encode()
        if media.name.startswith("multipart/"):
            headers.append(("content-type", f"{media.name}; boundary=b"))
            part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
            return ("".join(part.format(name, text(item)) for name, item in value.items()) + "--b--\r\n").encode()
        headers.append(("content-type", media.name))
        if media.name == "application/x-www-form-urlencoded":
            return "&".join(f"{quote(name)}={quote(text(item))}" for name, item in value.items()).encode()
        return b"text"

    def learn(self, operation, salt=""):
        """Ids for the operation's path, from the create or the list of every collection on the way."""
        segments, known = operation.path.split("/"), {}
        for index, segment in enumerate(segments):
            if not (segment.startswith("{") and segment.endswith("}")):
                continue
            shape, before = (
                shape_of("/".join(segments[:index])),
                [known.get(part[1:-1]) for part in segments[:index] if part.startswith("{")],
            )
            for method in ("post", "get"):
                source = self._by_shape.get((shape, method))
                found = self._id_from(source, before, segment[1:-1], salt) if source is not None else None
                if found is not None:
                    known[segment[1:-1]] = found
                    break
        return known

    def _id_from(self, source, before, name, salt):
        names = [part[1:-1] for part in source.path.split("/") if part.startswith("{")]
        try:
            answer = self.sandbox.respond(self.request(source, dict(zip(names, before, strict=True)), salt))
        except Unsatisfiable:
            return None
        if answer.status >= 300 or not answer.body or not is_json(answer.media_type):
            return None
        resources = self.sandbox.layout.resources
        place, resource = resources.envelope(source), resources.collection(shape_of(source.path))
        item = place.find(json.loads(answer.body)) if place is not None else None
        item = (item[-1] if item else None) if isinstance(item, list) else item
        fields = resource.id_fields if isinstance(item, dict) else ()
        return next((item[field] for field in fields if isinstance(item.get(field), (str, int))), None)

    @staticmethod
    def breaches(operation, answer):
        """Where an answer breaks what the document says of the operation."""
        spec = operation.response_for(answer.status)
        if spec is None:
            return [] if answer.status in PROTOCOL else [f"{answer.status} is not documented"]
        found = [f"no header {name}" for name, header in spec.headers.items() if header.required and answer.header(name) is None]
        found += [
            f"header {name}: {error.message}"
            for name, header in spec.headers.items()
            if header.schema is not None and header.schema.types() == {"string"} and answer.header(name) is not None
            for error in header.schema.errors(answer.header(name), direction="response")
        ]
        if not spec.content:
            return [*found, "a body that is not documented"] if answer.body else found
        media = media_type_for(spec.content, answer.header("content-type"))
        if media is None:
            return [*found, f"content type {answer.header('content-type')}"]
        if media.schema is not None and is_json(answer.media_type):
            found += [error.message for error in media.schema.errors(json.loads(answer.body), direction="response")]
        return found


@pytest.fixture(scope="session")
def document_of():
    return from_value


@pytest.fixture(scope="session")
def client_for():
    return lambda document, **options: Client(document, Sandbox(document, **options))


@pytest.fixture(scope="session")
def shipped():
    return Document.load(ROOT / "specs" / "telnyx-v2.json")


@pytest.fixture(params=["telnyx-official-2026-07.json", "telnyx-2021.json"])
def other_document(request):
    path = ROOT.parent / "shared" / "specs" / request.param
    if not path.is_file():
        pytest.skip("the document is not at hand")
    return Document.load(path)
