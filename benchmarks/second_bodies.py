"""What requests hold, and what a success, a refusal and an accident look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from second_site import Answer, Site, Turn, is_good, is_there, sampled, success, walked, with_body

from conformance.model.message import Response
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.body import is_json

Holds = Callable[[Turn], bool]


_REQUESTS = Sampler(direction="request", seed=7)


def body_schema(operation: Operation) -> Schema | None:
    """The schema of the JSON body that an operation takes."""
    content = operation.request_body.content.values() if operation.request_body is not None else ()
    return next((media.schema for media in content if is_json(media.name) and media.schema is not None), None)


def body_sample(operation: Operation, salt: str = "", *, rich: bool = True) -> Any:
    """A body that an operation takes; ``None`` when there is none."""
    schema = body_schema(operation)
    try:
        return _REQUESTS.sample(schema, salt=salt, rich=rich) if schema is not None else None
    except Unsatisfiable:
        return None


def body_places(operation: Operation) -> Iterator[tuple[int, Schema, Any]]:
    """Every value of a rich body: how deep it stands, its schema, and itself."""
    body = body_sample(operation)
    for path, schema, value in walked(body_schema(operation), body) if body is not None else ():
        yield len(path), schema, value


def done(turn: Turn) -> Response | None:
    """What a success looks like: the last one here, else one that the document allows."""
    last = turn.notes.get("success")
    if isinstance(last, Response):
        return last
    assert turn.operation is not None
    status, media = success(turn.operation)
    body = sampled(media.schema) if media is not None and media.schema is not None else None
    if media is not None and body is None:
        return None
    made = Response(status=status, headers=(("content-type", "application/json"),) if media is not None else ())
    return with_body(made, body) if media is not None else made


def refused(turn: Turn) -> Response | None:
    """What a refusal looks like: the last one here, else one that the document allows."""
    last = turn.notes.get("refusal")
    if isinstance(last, Response):
        return last
    assert turn.operation is not None
    for status in (422, 400):
        spec = turn.operation.response_for(status)
        media = next((media for media in spec.content.values() if is_json(media.name)), None) if spec is not None else None
        body = sampled(media.schema) if media is not None and media.schema is not None else None
        if body is not None:
            return with_body(Response(status=status, headers=(("content-type", "application/json"),)), body)
    return None


def noted(turn: Turn, answer: Answer) -> Answer:
    """The answer; it is kept to be shown again."""
    if isinstance(answer, Response) and turn.here:
        if is_good(answer):
            turn.notes["success"] = answer
        elif answer.status in (400, 422):
            turn.notes["refusal"] = answer
    return answer


def has_body(test: Callable[[int, Schema, Any], bool]) -> Callable[[Site], bool]:
    return lambda site: any(test(*place) for place in body_places(site.operation))


def has_parameter(location: str, test: Callable[[Any], bool]) -> Callable[[Site], bool]:
    return lambda site: any(test(parameter) for parameter in site.operation.parameters_in(location))


def is_typed(schema: Schema | None, *types: str) -> bool:
    return schema is not None and bool(schema.types()) and schema.types() <= set(types)


def inside(parameter: Any) -> Iterator[Schema]:
    """The schema of a parameter, and those of its properties."""
    schema = parameter.content.schema if parameter.content is not None else parameter.schema
    if schema is not None:
        yield schema
        yield from schema.all_properties().values()


def is_bounded(schema: Schema) -> bool:
    return any(schema.get(keyword) is not None for keyword in ("minimum", "maximum", "minLength", "maxLength"))


def takes_json(site: Site) -> bool:
    return body_schema(site.operation) is not None


def requires_body(site: Site) -> bool:
    schema = body_schema(site.operation)
    return schema is not None and bool(schema.required())


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for held in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(held)


def sent_values(turn: Turn) -> Iterator[tuple[Schema, Any]]:
    """Every value that a request holds, with its schema."""
    if turn.operation is None:
        return
    if is_there(turn.body):
        schema = body_schema(turn.operation)
        yield from ((found, value) for path, found, value in walked(schema, turn.body) if path)
    for parameter in turn.operation.parameters_in("query"):
        value = turn.reading.values.get(("query", parameter.name))
        schema = parameter.content.schema if parameter.content is not None else parameter.schema
        if value is not None:
            yield from ((found, held) for _, found, held in walked(schema, value))


def query_of(turn: Turn) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(turn.request.url).query, keep_blank_values=True)


def crash() -> Response:
    """What a web framework says of an exception that nobody caught."""
    return Response(status=500, headers=(("content-type", "text/plain"),), body=b"Internal Server Error")
