"""Where a client wants to be told: URLs in what it sends, under names such as ``webhook_url``, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from conformance.sandbox.event_kinds import Kind
from conformance.sandbox.event_words import Words, stem, stems
from conformance.sandbox.sessions import Session


def _stemmed(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in text.split())


_TOLD = _stemmed("webhook callback hook notification notify postback ipn")
_ENDS = _stemmed("url uri endpoint address href") | _TOLD
_OTHER = _stemmed("failover fallback backup secondary redirect return token variables error cancel health retry unsubscribe")
# What such names hold besides, without any say in which events are meant.
_PLAIN = (
    _TOLD
    | _ENDS
    | _stemmed("event events status update delivery http https default target the on receive to server my x api app")
)
_MOST = 20_000
_LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL to send events to. ``about`` are words that they must have in their names, ``only`` is the one type that is meant."""

    url: str
    about: frozenset[str] = frozenset()
    only: str = ""

    def takes(self, kind: Kind) -> bool:
        """Whether a kind of event is meant to go there."""
        if self.only and self.only not in {kind.value, kind.webhook.name}:
            return False
        return self.about <= {word for words in kind.spoken for word in words}


def is_address(url: object) -> bool:
    """Whether a value is an absolute http or https URL that can be asked."""
    if not isinstance(url, str) or not url.isprintable() or " " in url or len(url) > _LONGEST:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_telling(name: str) -> bool:
    """Whether a name says that its value is where to send events."""
    words = stems(name)
    return bool(words) and words[-1] in _ENDS and not _TOLD.isdisjoint(words) and _OTHER.isdisjoint(words)


def addresses(fields: Mapping[str, Any]) -> dict[str, tuple[Address, ...]]:
    """What the fields of a request say of where to send events, by name; an empty value says that nothing is to be sent.

    Fields one level below count too, where they stand in an object of their own.
    """
    found = {}
    for name, value in fields.items():
        if isinstance(name, str) and is_telling(name):
            if value is None or isinstance(value, (str, list, Mapping)):
                found[name] = tuple(_named(stems(name), value))
        elif isinstance(value, Mapping):
            inside = {f"{name}/{inner}": held for inner, held in value.items() if isinstance(inner, str) and is_telling(inner)}
            found.update({at: tuple(_named(stems(at.rpartition("/")[2]), held)) for at, held in inside.items()})
    return found


def _named(words: Words, value: Any) -> Iterator[Address]:
    about = frozenset(words) - _PLAIN
    if isinstance(value, list):
        value = next((item for item in value if is_address(item)), None)
    if isinstance(value, str) and is_address(value):
        yield Address(url=value, about=about)
    elif isinstance(value, Mapping):
        for name, held in value.items():
            held = held.get("url") if isinstance(held, Mapping) else held
            if isinstance(held, str) and is_address(held) and isinstance(name, str):
                yield Address(url=held, about=about, only="" if not _ENDS.isdisjoint(stems(name)[-1:]) else name)


class AddressBook:
    """The addresses that were given for things, by the names of the things; apart for every session, and gone with it."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[Session, dict[str, dict[str, tuple[Address, ...]]]] = WeakKeyDictionary()

    def note(self, session: Session, names: Iterable[str], given: Mapping[str, tuple[Address, ...]]) -> None:
        """Remember where to tell of the things that go by these names; what was said before under other names stays."""
        held = self._held.setdefault(session, {})
        for name in names:
            held[name] = {**held.pop(name, {}), **given}
        while len(held) > _MOST:
            del held[next(iter(held))]

    def of(self, session: Session, names: Iterable[str]) -> Iterator[Address]:
        """The addresses of things, in the order of their names."""
        held = self._held.get(session, {})
        for name in dict.fromkeys(names):
            for given in held.get(name, {}).values():
                yield from given
