"""The events that the sandbox tells a client of after an answer: callbacks of the operation, or webhooks that belong to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from conformance.model.message import Headers, NoResponse, Response
from conformance.model.operation import Parameter
from conformance.sandbox.addresses import Address, AddressBook, addresses, is_address, is_telling
from conformance.sandbox.content import concrete, written
from conformance.sandbox.envelope import folded
from conformance.sandbox.event_kinds import Kind, body_of, in_order, kinds_of
from conformance.sandbox.event_words import stems, without
from conformance.sandbox.moment import Moment
from conformance.sandbox.overlay import NO_OVERLAY, Overlay
from conformance.sandbox.payload import Facts, payload, timestamp
from conformance.sandbox.resources import Resources
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.sandbox.service import Call
from conformance.sandbox.shapes import NOTHING
from conformance.sandbox.triggers import Triggers
from conformance.sandbox.turn import Turn
from conformance.spec.document import Document
from conformance.spec.expressions import evaluate, expressions
from conformance.spec.values import wire_types
from conformance.spec.webhooks import Webhook

_APART = 0.05
"""Seconds between two events of one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A request that the service makes of its own accord.

    ``name`` is that of the callback or webhook, ``type`` the event type that the body states, if it states one.
    ``operation`` is the label of the operation that led to it. ``delay`` is how many seconds after the answer was made the
    answer itself leaves.
    """

    name: str
    operation: str
    url: str
    method: str
    headers: Headers = ()
    body: bytes = b""
    type: str = ""
    delay: float = 0.0


Listener = Callable[[Event], None]
"""Is told of each event in order, while the answer waits: it must not take long."""


class Events:
    """Finds out after each answer which events follow.

    Args:
        document: the document.
        resources: what its operations work on.
        listener: is told of every event.
        seed: decides every made-up value.
        overlay: exceptions to what is inferred from the document.
    """

    def __init__(
        self, document: Document, resources: Resources, listener: Listener, *, seed: int = 0, overlay: Overlay = NO_OVERLAY
    ) -> None:
        self._document, self._resources, self._listener, self._overlay = document, resources, listener, overlay
        # Both sides of a thing are told, whatever is for reading or writing only elsewhere.
        self._sampler = Sampler(direction="any", seed=seed)
        self._book = AddressBook()
        self._triggers: Triggers | None = None
        self._callbacks: dict[str, tuple[Kind, ...]] = {}

    def after(self, turn: Turn, response: Response | NoResponse) -> None:
        """Tell of what follows an answer: nothing, unless it is a success."""
        call = turn.call
        if call is None or not isinstance(response, Response) or not 200 <= response.status < 300:
            return
        if not self._document.callbacks and not self._document.webhooks:
            return
        moment = Moment(turn, call, response)
        if turn.request.method.upper() not in {"GET", "HEAD", "OPTIONS"}:
            self._remember(moment)
        due = list(self._due(moment))
        if not due:
            return
        now = turn.session.records.clock()
        for index, (kind, url) in enumerate(due):
            event = self._event(moment, kind, url, index, now + index * _APART)
            if event is not None:
                self._listener(event)

    def _remember(self, moment: Moment) -> None:
        given = addresses(moment.fields)
        if given:
            self._book.note(moment.turn.session, moment.own_names(), given)

    def _due(self, moment: Moment) -> Iterator[tuple[Kind, str]]:
        """What is to be sent and where to, in order."""
        label = moment.call.plan.operation.label
        note = self._overlay.operations.get(label)
        kinds = self._kinds_after(moment)
        if note is not None and note.sends is not None:
            kinds = tuple(self._called(note.sends, kinds))
        if not kinds:
            return
        said = (address for given in addresses(moment.fields).values() for address in given)
        asked = [*said, *self._book.of(moment.turn.session, moment.names())]
        for kind in kinds:
            url = self._url(moment, kind, asked)
            if url is not None:
                yield kind, url

    def _kinds_after(self, moment: Moment) -> tuple[Kind, ...]:
        label = moment.call.plan.operation.label
        if label not in self._document.callbacks:
            return self._webhooks.of(moment.call.plan)
        if label not in self._callbacks:
            self._callbacks[label] = self._told(label, moment.call)
        return self._callbacks[label]

    @property
    def _webhooks(self) -> Triggers:
        if self._triggers is None:
            kinds = [kind for webhook in self._usable(self._document.webhooks) for kind in kinds_of(webhook)]
            self._triggers = Triggers(self._document.operations, kinds, self._resources)
        return self._triggers

    def _told(self, label: str, call: Call) -> tuple[Kind, ...]:
        """The callbacks of an operation: of those with several event types, the types that fit the operation."""
        found: list[Kind] = []
        for webhook in self._usable(self._document.callbacks[label]):
            kinds = kinds_of(webhook)
            found.extend(kinds if len(kinds) == 1 else self._webhooks.among(kinds, call.plan) or kinds[:1])
        nouns = [stems(segment) for segment in call.plan.operation.path.split("/") if segment and "{" not in segment]
        return in_order([(kind, _beside(kind, nouns)) for kind in found])

    @staticmethod
    def _usable(webhooks: Iterable[Webhook]) -> Iterator[Webhook]:
        return (webhook for webhook in webhooks if webhook.operation.broken is None)

    def _called(self, names: Iterable[str], kinds: Iterable[Kind]) -> Iterator[Kind]:
        """The kinds that an overlay names, by event type or message, in its order."""
        known = [*kinds, *(kind for webhook in self._usable(self._document.webhooks) for kind in kinds_of(webhook))]
        for name in names:
            yield from dict.fromkeys(kind for kind in known if name in {kind.value, kind.webhook.name})

    @staticmethod
    def _url(moment: Moment, kind: Kind, asked: Iterable[Address]) -> str | None:
        if kind.webhook.expression:
            url = evaluate(kind.webhook.expression, moment.said)
            if url is not None:
                return url if is_address(url) else None
            if not any(is_telling(part.rpartition("/")[2].rpartition(".")[2]) for part in expressions(kind.webhook.expression)):
                return None
        fitting = [address for address in asked if address.takes(kind)]
        # Of several addresses, the one that is for these events in particular.
        return max(fitting, key=lambda address: (bool(address.only), len(address.about)), default=Address(url="")).url or None

    def _event(self, moment: Moment, kind: Kind, url: str, index: int, now: float) -> Event | None:
        """The event, or ``None`` when its schema accepts nothing."""
        sent = kind.webhook.operation
        salt = f"event/{moment.turn.number}/{index}"
        facts = Facts(known=moment.known, nouns=moment.nouns, moment=now, url=url, salt=salt)
        media = body_of(kind.webhook)
        headers: list[tuple[str, str]] = [("user-agent", "conformance-sandbox"), ("accept", "*/*")]
        body = b""
        try:
            if media is not None:
                value = payload(kind, media, facts, self._sampler)
                headers.append(("content-type", concrete(media.name)))
                body = _encoded(value, concrete(media.name))
            headers += self._values(sent.parameters_in("header"), facts)
            query = self._values([parameter for parameter in sent.parameters_in("query") if parameter.required], facts)
        except Unsatisfiable:
            return None
        if query:
            pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
            url = f"{url}{'&' if '?' in url else '?'}{pairs}"
        return Event(
            name=kind.webhook.name,
            type=kind.value or "",
            operation=moment.call.plan.operation.label,
            url=url,
            method=sent.method.upper(),
            headers=tuple(headers),
            body=body,
            delay=moment.response.elapsed,
        )

    def _values(self, parameters: Iterable[Parameter], facts: Facts) -> Headers:
        """Parameters with values that fit; what cannot be made is left out unless it must be there."""
        found = []
        for parameter in parameters:
            schema = parameter.content.schema if parameter.content is not None else parameter.schema
            try:
                value = (
                    self._sampler.complete(schema, _moment_for(parameter, facts), salt=facts.salt) if schema is not None else "1"
                )
            except Unsatisfiable:
                if parameter.required:
                    raise
                continue
            text = value if isinstance(value, str) else json.dumps(value)
            if text.isascii() and text.isprintable():
                found.append((parameter.name, text))
        return tuple(found)


def _beside(kind: Kind, nouns: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """A kind's words beside those of a thing in a path; all of them when it is named after none."""
    found = (without(words, noun) for noun in nouns for words in kind.spoken)
    return next((rest for rest in found if rest is not None), kind.spoken[0])


def _moment_for(parameter: Parameter, facts: Facts) -> Any:
    if not folded(parameter.name).endswith("timestamp"):
        return NOTHING
    types = wire_types(parameter.schema)
    if types & {"integer", "number"}:
        return int(facts.moment)
    return (
        timestamp(facts.moment)
        if parameter.schema is not None and parameter.schema.get("format") == "date-time"
        else str(int(facts.moment))
    )


def _encoded(value: Any, media_type: str) -> bytes:
    if media_type == "application/x-www-form-urlencoded" and isinstance(value, dict):
        return urlencode({name: held if isinstance(held, str) else json.dumps(held) for name, held in value.items()}).encode()
    return written(value, media_type)
