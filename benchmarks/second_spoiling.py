"""How an answer is spoilt: one value, the same in each, so that the document does not accept it any more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from second_site import (
    MISSING,
    Answer,
    Behaviour,
    Path,
    Site,
    Turn,
    is_good,
    is_there,
    loaded,
    put,
    sampled,
    success,
    things,
    walked,
    with_body,
)

from conformance.model.message import Response
from conformance.model.operation import MediaType, Operation
from conformance.model.ports import Schema
from conformance.spec.body import is_json

Mutate = Callable[[Schema, Any], Iterator[Any]]


Pick = Callable[[Path, Any], bool]


When = Callable[[Turn, Response], bool]


def missing(_schema: Schema, _value: Any) -> Iterator[Any]:
    yield MISSING


def null(_schema: Schema, value: Any) -> Iterator[Any]:
    if value is not None:
        yield None


def quoted(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, (int, float)):
        yield json.dumps(value)


def as_number(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        yield 17


def truth_in_words(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield "yes" if value else "no"
        yield int(value)


def other_container(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield {str(index): held for index, held in enumerate(value)}
    elif isinstance(value, dict):
        yield [value]


def single(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, list) and len(value) == 1:
        yield value[0]


def text_for_object(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield json.dumps(value)


def fraction(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, int) and not isinstance(value, bool):
        yield value + 0.5


def enum_case(schema: Schema, value: Any) -> Iterator[Any]:
    if schema.get("enum") and isinstance(value, str):
        yield value.swapcase()


def enum_new(schema: Schema, value: Any) -> Iterator[Any]:
    if schema.get("enum") and isinstance(value, str):
        yield f"{value}_v2"


def constant(schema: Schema, value: Any) -> Iterator[Any]:
    if schema.get("const") is not None and isinstance(value, str):
        yield f"{value}s"


def off_format(*names: str) -> Mutate:
    wrong = {"date-time": ("2024-02-30T10:00:00Z", "01/02/2024 10:00"), "date": ("2024-02-30",), "email": ("nobody at all",)}

    def mutate(schema: Schema, value: Any) -> Iterator[Any]:
        known = schema.get("format")
        if known in names and isinstance(value, str):
            yield from wrong.get(str(known), ())
            yield f"{value[:-1]}"
            yield f"{value} z"

    return mutate


def extra(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield {**value, "internal_shard": 3}


def null_inside(_schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield [*value, None]


def bad_map(schema: Schema, value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and schema.child("additionalProperties") is not None:
        wrong: tuple[Any, ...] = (None, 3, "x", [], {})
        for held in wrong:
            yield {**value, "one_more": held}


def _steps(path: Path) -> int:
    return sum(isinstance(step, str) for step in path if step != "data")


def anywhere(path: Path, _body: Any) -> bool:
    return bool(path)


def shallow(path: Path, _body: Any) -> bool:
    return bool(path) and _steps(path) == 1


def deep(path: Path, _body: Any) -> bool:
    return _steps(path) >= 2


def deeper(path: Path, _body: Any) -> bool:
    return _steps(path) >= 3


def _index(path: Path, body: Any) -> int | None:
    """Which thing of the list a path leads into."""
    listed = things(body)
    here = body
    for step in path:
        if here is listed and isinstance(step, int):
            return step
        here = here[step]
    return None


def last_thing(path: Path, body: Any) -> bool:
    listed, index = things(body), _index(path, body)
    return listed is not None and len(listed) >= 2 and index == len(listed) - 1


def beside_list(path: Path, body: Any) -> bool:
    """What stands beside the list: totals and the like."""
    return bool(path) and things(body) is not None and isinstance(path[0], str) and body[path[0]] is not things(body)


def when_good(_turn: Turn, answer: Response) -> bool:
    return is_good(answer)


def when_status(*statuses: int) -> When:
    return lambda _turn, answer: answer.status in statuses


def page_asked(turn: Turn) -> int:
    """The number of the page that a request asks for; 1 where it does not say."""
    for name, value in parse_qsl(urlsplit(turn.request.url).query):
        if name in {"page", "page[number]", "page_number", "pageNumber"} and value.isdigit():
            return int(value)
    return 1


def when_later_page(turn: Turn, answer: Response) -> bool:
    return is_good(answer) and page_asked(turn) > 1


def when_filtered(turn: Turn, answer: Response) -> bool:
    return is_good(answer) and any("page" not in name.lower() for name, _ in parse_qsl(urlsplit(turn.request.url).query))


def each_of(count: int) -> When:
    def when(turn: Turn, answer: Response) -> bool:
        if not is_good(answer):
            return False
        turn.notes["answers"] = turn.notes.get("answers", 0) + 1
        return bool(turn.notes["answers"] % count == 0)

    return when


def when_again(turn: Turn, answer: Response) -> bool:
    """From the second answer about the same thing on."""
    seen = turn.notes.setdefault("seen", set())
    if not is_good(answer):
        return False
    known = turn.path in seen
    seen.add(turn.path)
    return known


def media_of(operation: Operation, status: int) -> MediaType | None:
    """The JSON body that the document describes for a status."""
    spec = operation.response_for(status)
    found = (media for media in spec.content.values() if is_json(media.name)) if spec is not None else iter(())
    return next((media for media in found if media.schema is not None), None)


def _pattern(path: Path) -> str:
    return "/".join("*" if isinstance(step, int) else step for step in path)


def _wrong(
    media: MediaType, body: Any, mutate: Mutate, pick: Pick, rank: str, chosen: str | None = None
) -> tuple[str, Any] | None:
    """A body that the schema does not accept any more, and where it was spoilt; the same place whenever ``chosen``."""
    assert media.schema is not None
    places = [entry for entry in walked(media.schema, body) if entry[0] and pick(entry[0], body)]
    if chosen is not None:
        places = [entry for entry in places if _pattern(entry[0]) == chosen]
    for path, schema, value in sorted(places, key=lambda entry: sha256(f"{rank} {_pattern(entry[0])}".encode()).digest()):
        for new in mutate(schema, value):
            spoilt = put(body, path, new)
            if not media.schema.is_valid(spoilt, direction="response"):
                return _pattern(path), spoilt
    return None


def spoils(mutate: Mutate, pick: Pick = anywhere, when: When = when_good) -> Callable[[Site], Behaviour]:
    """One field, the same in every answer, is made wrong."""

    def behave(site: Site) -> Behaviour:
        chosen: list[str] = []

        def respond(turn: Turn) -> Answer:
            answer = turn.send()
            if not turn.here or not isinstance(answer, Response) or turn.operation is None or not when(turn, answer):
                return answer
            media, body = media_of(turn.operation, answer.status), loaded(answer.body)
            if media is None or not is_there(body):
                return answer
            found = _wrong(media, body, mutate, pick, site.operation.label, chosen[0] if chosen else None)
            if found is None:
                return answer
            chosen[:] = [found[0]]
            return with_body(answer, found[1])

        return respond

    return behave


def can_spoil(mutate: Mutate, pick: Pick = anywhere, status: int | None = None) -> Callable[[Site], bool]:
    """Whether a body of the operation can be spoilt so."""

    def applies(site: Site) -> bool:
        code = status if status is not None else success(site.operation)[0]
        media = media_of(site.operation, code)
        body = sampled(media.schema) if media is not None and media.schema is not None else None
        if media is None or body is None:
            return False
        listed = things(body)
        if listed and len(listed) < 2:
            listed.extend(listed[:1])
        return _wrong(media, body, mutate, pick, "") is not None

    return applies


def in_role(*names: str) -> Callable[[Site], bool]:
    return lambda site: site.role in names


def has_pages(site: Site) -> bool:
    names = {parameter.name for parameter in site.operation.parameters_in("query")}
    return site.role == "listing" and bool(names & {"page", "page[number]", "page_number"})


def changes_answer(change: Callable[[Turn, Response], Answer], when: When = when_good) -> Callable[[Site], Behaviour]:
    """The whole answer is made another."""

    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        return change(turn, answer) if turn.here and isinstance(answer, Response) and when(turn, answer) else answer

    return lambda _site: respond
