"""Links filled in: a recorded request with what the live answers gave in the places of what the recorded ones did."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

from conformance.model.message import Request, Response
from conformance.run.coded import coded_like, plain_of
from conformance.run.identity import json_body, value_text
from conformance.run.links import Link, Source, links_in, pairs_of, split_link
from conformance.spec.pointer import follow, join, split


class MissingValue(LookupError):
    """The live answer does not hold the value that a later request needs."""

    def __init__(self, link: Link) -> None:
        self.link = link
        super().__init__(f"entry {link.source.index} gave nothing at {link.source}, which {link.name} needs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What an entry gave: its live answer, with the JSON of its body and of the recorded one."""

    answer: Response
    body: Any
    recorded: Any

    @classmethod
    def of(cls, answer: Response, recorded: Response) -> Given:
        """The bodies parsed once."""
        return cls(answer=answer, body=json_body(answer), recorded=json_body(recorded))


def carried(request: Request, links: Sequence[Link], live: Mapping[int, Given]) -> Request:
    """A recorded request with its links filled in.

    Args:
        request: as recorded.
        links: the links whose target it is.
        live: what the entries before it gave, by index; one without an answer is absent.

    Raises:
        MissingValue: when a live answer does not hold what the request needs.
    """
    places: dict[str, list[tuple[str, str]]] = {}
    inside: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for link in links:
        swaps = inside.setdefault((link.place, link.coded), []) if link.coded else places.setdefault(link.place, [])
        swaps.append((link.recorded, live_value(link, live)))
    for (place, coded), swaps in inside.items():
        places.setdefault(place, []).append((coded, coded_like(coded, _swapped(plain_of(coded) or "", swaps))))
    for place, swaps in places.items():
        request = _replaced(request, split(place), swaps)
    return request


def live_value(link: Link, live: Mapping[int, Given]) -> str:
    """What a link takes from the live answers.

    Raises:
        MissingValue: when it is not there.
    """
    given = live.get(link.source.index)
    found = None if given is None else _given(given, link.source, link.recorded)
    if found is None:
        raise MissingValue(link)
    return found


def _given(given: Given, source: Source, recorded: str) -> str | None:
    if source.header:
        return next((found for said in _headers(given.answer, source.header) if (found := part_of(said, source.part))), None)
    tokens = split(source.pointer)
    if not source.part and any(token.isdecimal() for token in tokens) and _is_anywhere(given.body, tokens, recorded):
        return recorded
    text = value_text(_same_place(given.body, given.recorded, tokens))
    return part_of(text, source.part) if text is not None else None


def _headers(answer: Response, name: str) -> list[str]:
    return [value for key, value in answer.headers if key.lower() == name]


def part_of(text: str, part: str) -> str | None:
    """A part of a text, see ``Source``; ``None`` when it has no such part."""
    relation, part = split_link(part)
    if relation:
        url = dict(links_in(text)).get(relation)
        return part_of(url, part) if url is not None else None
    kind, _, name = part.partition("/")
    if kind in {"path", "query"}:
        try:
            parts = urlsplit(text.strip("<>"))
        except ValueError:
            return None
        if kind == "path":
            segments, at = parts.path.split("/"), int(name)
            return unquote(segments[at]) or None if len(segments) >= -at else None
        return {unquote_plus(key): unquote_plus(value) for key, value in pairs_of(parts.query)}.get(name) or None
    if kind in {"cookie", "value"}:
        pair = text.partition(";")[0].strip()
        key, _, value = pair.partition("=")
        return None if key.strip() != name else pair if kind == "cookie" else value
    return text


def _same_place(live: Any, recorded: Any, tokens: Sequence[str]) -> Any:
    """What is at a pointer. In a list it is in the item that is most like the recorded one, for positions change."""
    for token in tokens:
        if isinstance(live, list) and token.isdecimal():
            before = recorded[int(token)] if isinstance(recorded, list) and int(token) < len(recorded) else None
            live, recorded = _likest(live, before, int(token)), before
        elif isinstance(live, dict) and token in live:
            live, recorded = live[token], recorded.get(token) if isinstance(recorded, dict) else None
        else:
            return None
    return live


def _likest(items: list[Any], before: Any, at: int) -> Any:
    def likeness(position: int) -> tuple[int, bool]:
        item = items[position]
        same = sum(item.get(name) == value for name, value in before.items() if isinstance(value, (str, int)))
        return same, position == at

    if not isinstance(before, dict) or not all(isinstance(item, dict) for item in items):
        return items[at] if at < len(items) else None
    # Where another item is as like as the one in its place, the place decides.
    return items[max(range(len(items)), key=likeness)] if items else None


def _is_anywhere(value: Any, tokens: Sequence[str], recorded: str) -> bool:
    """Whether the recorded value is still at a pointer, whatever the positions in lists."""
    if not tokens:
        return value_text(value) == recorded
    if isinstance(value, list):
        return any(_is_anywhere(item, tokens[1:], recorded) for item in value)
    return isinstance(value, dict) and tokens[0] in value and _is_anywhere(value[tokens[0]], tokens[1:], recorded)


def _replaced(request: Request, place: Sequence[str], swaps: Sequence[tuple[str, str]]) -> Request:
    kind, rest = place[0], place[1:]
    if kind == "header":
        headers = tuple((name, _swapped(value, swaps) if name.lower() == rest[0] else value) for name, value in request.headers)
        return replace(request, headers=headers)
    if kind == "body":
        return replace(request, body=_body(request, rest, swaps))
    if kind == "form":
        return replace(request, body=_pairs(request.body.decode("utf-8"), int(rest[0]), swaps).encode())
    parts = request.parts()
    if kind == "path":
        segments, index = parts.path.split("/"), int(rest[0]) + 1
        segments[index] = quote(_swapped(unquote(segments[index]), swaps), safe="!$&'()*+,;=:@~-._")
        return replace(request, url=parts._replace(path="/".join(segments)).geturl())
    return replace(request, url=parts._replace(query=_pairs(parts.query, int(rest[0]), swaps)).geturl())


def _pairs(query: str, at: int, swaps: Sequence[tuple[str, str]]) -> str:
    pairs = query.split("&")
    position = [position for position, pair in enumerate(pairs) if pair][at]
    name, _, value = pairs[position].partition("=")
    pairs[position] = f"{name}={quote_plus(_swapped(unquote_plus(value), swaps))}"
    return "&".join(pairs)


def _body(request: Request, tokens: Sequence[str], swaps: Sequence[tuple[str, str]]) -> bytes:
    value = json_body(request)
    if value is None:
        return _swapped(request.body.decode("utf-8"), swaps).encode()
    if not tokens:
        return _dumped(_swapped_leaf(value, swaps))
    owner = follow(value, join("", *tokens[:-1]))
    key = int(tokens[-1]) if isinstance(owner, list) else tokens[-1]
    owner[key] = _swapped_leaf(owner[key], swaps)
    return _dumped(value)


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _swapped_leaf(value: Any, swaps: Sequence[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        return _swapped(value, swaps)
    text = swaps[0][1]
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text


def _swapped(text: str, swaps: Sequence[tuple[str, str]]) -> str:
    for recorded, live in swaps:
        text = live if text == recorded else text.replace(recorded, live)
    return text
