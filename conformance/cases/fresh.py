"""A key of its own for every request that has one: with the key of another, a service answers as it has answered that."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from conformance.cases.edits import with_value
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.spec.body import is_json, read_json
from conformance.spec.keys import retry_field, retry_header

_SHORTEST = 8


class FreshKeys:
    """Makes keys, no two of them alike; the same ones in the same order for the same ``salt``."""

    def __init__(self, salt: str) -> None:
        self._salt, self._count = salt, 0
        self._known: dict[str, tuple[str | None, Schema | None, str | None, Schema | None]] = {}

    def renewed(self, operation: Operation, request: Request, *, body: bool = True) -> Request:
        """The request with keys of its own in place of valid ones; those that are wrong are what it is about, and stay.

        Args:
            operation: what the request asks for.
            request: as it would be sent.
            body: whether to look into the body too.
        """
        header, header_schema, field, field_schema = self._places(operation)
        held = request.header(header) if header is not None else None
        if header is not None and held is not None and (key := self.like(held, header_schema)) != held:
            request = request.with_header(header, key)
        if not body or field is None or not request.body or not is_json(request.header("content-type") or ""):
            return request
        read = read_json(request.body)
        value = read.value.get(field) if read.error is None and isinstance(read.value, dict) else None
        if not isinstance(value, str):
            return request
        return with_value(request, {**read.value, field: self.like(value, field_schema)}) or request

    def _places(self, operation: Operation) -> tuple[str | None, Schema | None, str | None, Schema | None]:
        if operation.label not in self._known:
            header = retry_header(operation)
            header_schema = next((one.schema for one in operation.parameters_in("header") if one.name == header), None)
            content = operation.request_body.content.values() if operation.request_body is not None else ()
            schema = next((media.schema for media in content if media.schema is not None and is_json(media.name)), None)
            fields = schema.all_properties() if schema is not None else {}
            field = retry_field(fields)
            self._known[operation.label] = header, header_schema, field, fields[field] if field is not None else None
        return self._known[operation.label]

    def like(self, held: str, schema: Schema | None) -> str:
        """A new key of the length of another one, if that can be; the other one itself where it is not valid."""
        if schema is not None and not schema.is_valid(held, direction="request"):
            return held
        self._count += 1
        digest = sha256(f"{self._salt} {self._count}".encode()).hexdigest()
        length = max(_SHORTEST, len(held))
        ways = [str(UUID(digest[:32])), (digest * (length // len(digest) + 1))[:length], digest[:32]]
        # A key as long as may be stays so: that such a one is taken is worth seeing.
        ways = ways if len(held) == len(ways[0]) else [ways[1], ways[0], ways[2]]
        return next((way for way in ways if schema is None or schema.is_valid(way, direction="request")), held)
