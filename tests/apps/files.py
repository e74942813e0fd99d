"""Bodies that are not JSON: forms, uploads, CSV, pictures, text, redirects, and answers in several media types."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from apps.kit import Call, Refused, Response, Service, answer, integer
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

BAD = {"description": "bad", "content": {"application/json": {"schema": {
    "type": "object", "required": ["errors"], "properties": {"errors": {"type": "array"}}}}}}  # fmt: skip
FORM = {"type": "object", "required": ["To", "Body"], "properties": {
    "To": {"type": "string", "pattern": "^[+][0-9]{5,15}$"}, "Body": {"type": "string", "maxLength": 160},
    "Count": {"type": "integer", "minimum": 1, "maximum": 3}, "Flash": {"type": "boolean"},
    "Media": {"type": "array", "items": {"type": "string"}, "maxItems": 2}}}  # fmt: skip
UPLOAD = {"type": "object", "required": ["title", "file"], "properties": {
    "title": {"type": "string", "minLength": 1}, "file": {"type": "string", "format": "binary"},
    "copies": {"type": "integer", "minimum": 1, "maximum": 9},
    "about": {"type": "object", "required": ["author"], "properties": {"author": {"type": "string"}}}}}  # fmt: skip
RECEIPT = {"description": "made", "content": {"application/json": {"schema": {
    "type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "size": {"type": "integer"}}}}}}  # fmt: skip
_REQUEST_ID = {"X-Request-Id": {"schema": {"type": "string", "format": "uuid"}},
               "X-Rate": {"required": True, "schema": {"type": "array", "items": {"type": "integer"}}}}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Files", "version": "1"},
    "paths": {
        "/messages": {"post": {
            "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": FORM}}},
            "responses": {"201": RECEIPT, "400": BAD, "415": BAD, "422": BAD}}},
        "/uploads": {"post": {
            "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}},
            "responses": {"201": RECEIPT, "400": BAD, "415": BAD, "422": BAD}}},
        "/notes": {"put": {
            "requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string", "minLength": 1, "maxLength": 20}}}},
            "responses": {"204": {"description": "kept"}, "400": BAD, "413": BAD, "415": BAD, "422": BAD}}},
        "/blobs": {"put": {
            "requestBody": {"content": {"application/octet-stream": {}}},
            "responses": {"204": {"description": "kept"}, "413": BAD, "415": BAD}}},
        "/merges": {"patch": {
            "requestBody": {"required": True, "content": {"application/merge-patch+json": {"schema": {
                "type": "object", "properties": {"a": {"type": ["integer", "null"]}}}}}},
            "responses": {"200": {"description": "merged", "content": {"application/json": {"schema": {"type": "object"}}}},
                          "400": BAD, "415": BAD, "422": BAD}}},
        "/tables": {"get": {
            "parameters": [{"name": "rows", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 5}}],
            "responses": {"200": {"description": "rows", "headers": _REQUEST_ID,
                                  "content": {"text/csv": {"schema": {"type": "string"}}}}, "400": BAD}}},
        "/pictures": {"get": {"responses": {"200": {"description": "a picture", "content": {"image/*": {
            "schema": {"type": "string", "format": "binary"}}}}}}, "head": {"responses": {"200": {"description": "there"}}}},
        "/moved": {"get": {"responses": {"302": {"description": "there", "headers": {"Location": {
            "required": True, "schema": {"type": "string", "format": "uri"}}}}}}},
        "/either": {"get": {
            "parameters": [{"name": "Accept", "in": "header", "schema": {"type": "string", "enum": ["text/plain", "application/json"]}}],
            "responses": {"200": {"description": "one or the other", "content": {
                "application/json; charset=utf-8": {"schema": {"type": "object", "required": ["ok"]}},
                "text/plain": {"schema": {"type": "string"}}}}}}},
        "/options": {"options": {"responses": {"200": {"description": "what can be done", "content": {
            "application/json": {"schema": {"type": "object"}}}}}},
            "trace": {"responses": {"405": {"description": "never"}}}},
        "/nothing": {"get": {"responses": {"200": {"description": "not said what"}}}},
        "/jobs": {"post": {"responses": {"202": {"description": "later"}}}},
    },
}  # fmt: skip


def refuse(status: int = 422) -> Refused:
    return Refused(status, "bad")


class Files(Service):
    """Takes and gives what is not JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.route("POST", "/messages", self.message)
        self.route("POST", "/uploads", self.upload)
        self.route("PUT", "/notes", self.note)
        self.route("PUT", "/blobs", self.blob)
        self.route("PATCH", "/merges", self.merge)
        self.route("GET", "/tables", self.table)
        self.route(
            "GET", "/pictures", lambda _: Response(status=200, headers=(("Content-Type", "image/png"),), body=b"\x89PNG\r\n")
        )
        self.route("GET", "/moved", lambda _: Response(status=302, headers=(("Location", "https://files.test/there"),)))
        self.route("GET", "/either", self.either)
        self.route("OPTIONS", "/options", lambda _: answer(200, {"can": []}))
        self.route("GET", "/nothing", lambda _: Response(status=200, headers=(("Content-Type", "text/html"),), body=b"<p>hello"))
        self.route("POST", "/jobs", lambda _: Response(status=202))

    def message(self, call: Call) -> Response:
        if call.kind != "application/x-www-form-urlencoded":
            raise refuse(415 if call.request.body else 422)
        try:
            pairs = parse_qsl(call.request.body.decode("utf-8"), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            raise refuse(400) from None
        values = dict(reversed(pairs))
        if not re.fullmatch(r"[+][0-9]{5,15}", values.get("To", ""), re.ASCII) or len(values.get("Body", "x" * 161)) > 160:
            raise refuse()
        integer(values.get("Count"), 1, 3, 1)
        if values.get("Flash") not in {None, "true", "false"} or sum(name == "Media" for name, _ in pairs) > 2:
            raise refuse()
        return answer(201, {"id": "m1"})

    def upload(self, call: Call) -> Response:
        if call.kind != "multipart/form-data":
            raise refuse(415 if call.request.body else 422)
        parts = _parts(call.request)
        if not parts.get("title") or "file" not in parts:
            raise refuse()
        if "copies" in parts:
            integer(parts["copies"].decode("utf-8", "replace"), 1, 9, 1)
        if "about" in parts:
            import json

            try:
                about = json.loads(parts["about"])
            except (ValueError, RecursionError):
                raise refuse() from None
            if not isinstance(about, dict) or not isinstance(about.get("author"), str):
                raise refuse()
        return answer(201, {"id": "u1", "size": len(parts["file"])})

    def note(self, call: Call) -> Response:
        if call.kind != "text/plain":
            raise refuse(415 if call.request.body else 422)
        try:
            text = call.request.body.decode("utf-8")
        except UnicodeDecodeError:
            raise refuse(400) from None
        if not 1 <= len(text) <= 20:
            raise Refused(413 if len(text) > 20 else 422, "size")
        return Response(status=204)

    def blob(self, call: Call) -> Response:
        if call.request.body and call.kind not in {"application/octet-stream", ""}:
            raise refuse(415)
        return Response(status=204)

    def merge(self, call: Call) -> Response:
        value = call.json(kinds=("application/merge-patch+json",))
        held = value.get("a") if isinstance(value, dict) else True
        if isinstance(held, bool) or not (held is None or (isinstance(held, (int, float)) and held == held // 1)):
            raise refuse()
        return answer(200, value)

    def table(self, call: Call) -> Response:
        rows = integer(call.one("rows"), 0, 5, 5, status=400)
        headers = (("Content-Type", "text/csv; charset=utf-8"), ("X-Request-Id", "8a6e0804-2bd0-4672-b79d-d97027f9071a"),
                   ("X-Rate", "1, 2"))  # fmt: skip
        return Response(status=200, headers=headers, body=b"a,b\r\n" * rows)

    def either(self, call: Call) -> Response:
        accept = call.header("accept") or "*/*"
        if "json" in accept or "*" in accept:
            return answer(200, {"ok": 1}, kind="application/json")
        return Response(status=200, headers=(("Content-Type", "text/plain; charset=utf-8"),), body=b"ok")


def _parts(request: Any) -> dict[str, bytes]:
    from python_multipart.multipart import MultipartParser

    boundary = parse_options_header(request.header("content-type"))[1].get(b"boundary")
    if not boundary:
        raise refuse(400)
    found: dict[str, bytes] = {}
    state: dict[str, Any] = {}

    def begin() -> None:
        state.update(header=b"", value=b"", data=b"", name="")

    def name(data: bytes, start: int, end: int) -> None:
        state["header"] += data[start:end]

    def value(data: bytes, start: int, end: int) -> None:
        state["value"] += data[start:end]

    def header_end() -> None:
        if state["header"].lower() == b"content-disposition":
            state["name"] = parse_options_header(state["value"])[1].get(b"name", b"").decode()
        state.update(header=b"", value=b"")

    def data(chunk: bytes, start: int, end: int) -> None:
        state["data"] += chunk[start:end]

    def end() -> None:
        found.setdefault(state["name"], state["data"])

    parser = MultipartParser(boundary, {"on_part_begin": begin, "on_header_field": name, "on_header_value": value,
                                        "on_header_end": header_end, "on_part_data": data, "on_part_end": end})  # fmt: skip
    try:
        parser.write(request.body)
        parser.finalize()
    except FormParserError:
        raise refuse(400) from None
    return found
