"""The stand-ins of one recording: what a live value becomes, the same wherever it stands, so that chains still hold.

Live values are in memory only: credentials as they are, to be found inside other texts and by the last scan; the rest as digests.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import quote, unquote, unquote_plus

from conformance.redaction import disguise
from conformance.redaction.names import Kind, kind_of, parameter_kind
from conformance.redaction.shapes import (
    BASE64,
    BEARER,
    CODED_TOKEN,
    EMAIL,
    ENCODED,
    FORM,
    NUMBER,
    RELATIVE,
    SIP_USER,
    TOKEN,
    URL_FRAGMENT,
    URL_QUERY,
    USER,
    is_plain,
    may_hold_a_token,
)
from conformance.redaction.written import CODED, coded, forms, in_json

T = TypeVar("T")

REDACTED = "[redacted]"
SHORTEST = 8
"""Shorter credentials are not looked for inside other texts: they would take every word apart."""

_DIGITS = re.compile(r"\+?[0-9]{7,15}")
_CERTAIN, _SHORT = 12, 14
_MOST = 1_000_000
_MOST_KNOWN = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """What was replaced in some text: ``fresh`` is live values with their stand-ins, ``here`` the stand-ins."""

    fresh: dict[str, str]
    here: set[str]


class StandIns:
    """What each value of one recording becomes. Not for several threads at once.

    ``public`` are words that say nothing of anybody, such as the values that a document lists; ``credentials`` are names of
    parameters that carry one. ``learnt`` is told of each credential that is long enough to be searched for.
    """

    def __init__(
        self, *, public: Iterable[str] = (), credentials: Iterable[str] = (), learnt: Callable[[str], None] = lambda _: None
    ) -> None:
        self._learnt = learnt
        self._public, self._named = frozenset(public), frozenset(credentials)
        self._given: set[str] = set()
        self._fresh: dict[str, str] = {}
        self._here: set[str] = set()
        self._numbers: dict[bytes, int] = {}
        self._known: dict[str, str] = {}
        self._forms: dict[str, str] = {}
        self._learnings = 0
        self._counts = {"credential": 0, "number": 0, "email": 0, "text": 0}

    def begin(self) -> None:
        """Another exchange begins."""
        self._fresh = {}
        self._here = set()

    @property
    def learnings(self) -> int:
        """Grows with all that makes the same text another one, from now on: a credential that was not known before."""
        return self._learnings

    def apart(self, change: Callable[[], T]) -> tuple[T, Replaced]:
        """What a change gives that looks at nothing that was replaced in this exchange before, and what it replaced."""
        before, self._fresh, self._here = (self._fresh, self._here), {}, set()
        try:
            found = change()
        finally:
            replaced = Replaced(fresh=self._fresh, here=self._here)
            self._fresh, self._here = before
            self.again(replaced)
        return found, replaced

    def again(self, replaced: Replaced) -> None:
        """What was replaced in another exchange is replaced in this one too."""
        self._fresh |= replaced.fresh
        self._here |= replaced.here

    def credential(self, value: str) -> str:
        """The stand-in of a credential, which is remembered. A stand-in stands for itself."""
        if value in self._given:
            return value
        found = self._known.get(value)
        return found if found is not None else self._known_as(value, disguise.text(value, self._next("credential", value)))

    def is_stand_in(self, value: str) -> bool:
        """Whether a value stands for a credential."""
        return value in self._given

    def is_known(self, value: str) -> bool:
        """Whether a value is a credential that was seen before."""
        return value in self._known

    def _known_as(self, value: str, stand_in: str) -> str:
        if len(self._known) < _MOST_KNOWN:
            self._known[value] = stand_in
            self._learnings += 1
            self._given.add(stand_in)
            if len(value) >= SHORTEST:
                self._learnt(value)
                self._forms |= {form: coded(stand_in) if form == coded(value) else stand_in for form in forms(value)}
        return stand_in

    def number(self, value: str) -> str:
        """The stand-in of a telephone number; with and without its plus it is the same number."""
        digits = value.removeprefix("+")
        if digits in self._here:
            return value
        stand_in = disguise.number(digits, self._next("number", digits))
        self._replaced(digits, stand_in)
        return value[: len(value) - len(digits)] + stand_in

    def email(self, value: str) -> str:
        """The stand-in of an e-mail address."""
        if value in self._here:
            return value
        stand_in = disguise.email(self._next("email", value.lower()))
        self._replaced(value, stand_in)
        return stand_in

    def message(self, value: str) -> str:
        """The stand-in of what people say to one another."""
        stand_in = disguise.text(value, self._next("text", value))
        if len(value) >= SHORTEST:
            self._replaced(value, stand_in)
        return stand_in

    def _replaced(self, value: str, stand_in: str) -> None:
        self._here.add(stand_in)
        if value != stand_in:
            self._fresh[value] = stand_in

    def _next(self, kind: str, value: str) -> int:
        digest = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode()).digest()
        found = self._numbers.get(digest)
        if found is None:
            if len(self._numbers) >= _MOST:
                # The oldest half is forgotten. What stands for it is never given again.
                self._numbers = dict(list(self._numbers.items())[_MOST // 2 :])
                self._learnings += 1
            self._counts[kind] += 1
            found = self._numbers[digest] = self._counts[kind]
        return found

    def text(self, text: str) -> str:
        """A text without what shows by its shape."""
        if is_plain(text):
            return text
        if "=" in text and " " not in text and "://" not in text:
            if text[0] == "/" and RELATIVE.fullmatch(text):
                return self.url(text)
            if FORM.fullmatch(text):
                return self.query(text)
        if "://" in text or "@" in text or "?" in text:
            text = self._addresses(text)
        if "%25" in text or "%3" in text:
            text = ENCODED.sub(self._encoded, text)
        if "+" in text or "%2" in text or "&#" in text:
            text = NUMBER.sub(self._dialled, text)
        if "@" in text or "%40" in text:
            text = EMAIL.sub(lambda found: self.email(found[0]), text)
        text = self._tokens(text)
        return BASE64.sub(self._inside, text) if len(text) >= CODED else text

    def _tokens(self, text: str) -> str:
        if len(text) < _SHORT or not may_hold_a_token(text):
            return text
        text = BEARER.sub(lambda found: found[1] + self.credential(found[2]), text)
        text = TOKEN.sub(lambda found: self.credential(found[0]), text)
        return CODED_TOKEN.sub(lambda found: self.credential(found[0]), text) if "%" in text else text

    def _addresses(self, text: str) -> str:
        if "@" in text:
            text = SIP_USER.sub(r"\1redacted", USER.sub("redacted@", text))
        if "?" in text:
            text = URL_QUERY.sub(lambda found: found[1] + self.query(found[2]), text)
        if "#" in text:
            text = URL_FRAGMENT.sub(lambda found: found[1] + self.query(found[2]), text)
        return text

    def _dialled(self, found: re.Match[str]) -> str:
        plus = {"%": 3, "&": found[0].find(";") + 1}.get(found[0][0], 1)
        return found[0][:plus] + self.number(found[0][plus:])

    def _encoded(self, found: re.Match[str]) -> str:
        """What is percent-encoded once more than a URL asks for, or stands there for a URL of its own."""
        plain = unquote(found[0])
        clean = self.text(plain) if plain != found[0] else plain
        return found[0] if clean == plain else quote(clean, safe="".join(mark for mark in "/:@+" if mark in found[0]))

    def binary(self, text: str) -> str:
        """Bytes as Latin-1, without what shows in them; as long as they were."""
        text = NUMBER.sub(self._dialled, text)
        text = TOKEN.sub(lambda found: self.credential(found[0]), text)
        return EMAIL.sub(lambda found: self.message(found[0]) if len(found[0]) >= _CERTAIN else found[0], text)

    def _inside(self, found: re.Match[str]) -> str:
        """What may be base64, without what shows once it is decoded."""
        text = found[0]
        is_url = "-" in text or "_" in text
        try:
            plain = base64.b64decode(text + "=" * (-len(text) % 4), b"-_" if is_url else None).decode()
        except ValueError:  # random, or something binary
            return text
        clean = self._structure(plain) if plain.isprintable() else plain
        if clean == plain:
            return text
        after = (base64.urlsafe_b64encode if is_url else base64.b64encode)(clean.encode()).decode()
        return after if text.endswith("=") else after.rstrip("=")

    def _structure(self, text: str) -> str:
        """A text that may be JSON, whose names then say what is under them."""
        try:
            value = json.loads(text) if text[:1] in {"{", "["} else None
        except (ValueError, RecursionError):
            value = None
        if value is None:
            return self.text(text)
        clean = self._member(value, Kind.PLAIN)
        return text if clean == value else json.dumps(clean, ensure_ascii=False, separators=(",", ":"))

    def _member(self, value: Any, kind: Kind) -> Any:
        if isinstance(value, dict):
            return {name: self._member(held, kind_of(name)) for name, held in value.items()}
        if isinstance(value, list):
            return [self._member(held, kind) for held in value]
        return self.under(kind, value) if isinstance(value, str) else value

    def under(self, kind: Kind, text: str) -> str:
        """A value under a name that says what it is."""
        if kind is Kind.PLAIN or not text or text in self._public:
            return self.text(text)
        if kind is Kind.CREDENTIAL:
            return text if REDACTED in text else self.credential(text)
        if kind is Kind.NUMBER:
            return self.number(text) if _DIGITS.fullmatch(text) else self.text(text)
        if NUMBER.fullmatch(text) or EMAIL.fullmatch(text):
            return self.text(text)
        return self.message(text)

    def query(self, query: str) -> str:
        """A query of a URL, or a form: what has to go is replaced, and the rest stays as it was written."""
        return "&".join([self._pair(pair) for pair in query.split("&")])

    def _pair(self, pair: str) -> str:
        name, sign, value = pair.partition("=")
        if not sign:
            return self._written(pair, self.text(unquote_plus(pair)))
        plain = unquote_plus(name)
        if "+" in value:  # clients forget to encode the plus of a number, which then reads as a space
            value = NUMBER.sub(self._dialled, value)
        kind = Kind.CREDENTIAL if plain in self._named else parameter_kind(plain)
        clean = self.under(kind, unquote_plus(value))
        return f"{self._written(name, self.text(unquote_plus(name)))}={self._written(value, clean)}"

    @staticmethod
    def _written(before: str, after: str) -> str:
        return before if unquote_plus(before) == after else quote(after, safe="[]")

    def url(self, url: str) -> str:
        """A URL: user information, what its path holds by shape, and what its query holds by name and shape."""
        head, hash_mark, fragment = url.partition("#")
        address, question, query = head.partition("?")
        start, authority, path = address.partition("://")
        if authority:
            host, slash, rest = path.partition("/")
            start, path = f"{start}://{host.rpartition('@')[2]}", slash + rest
        else:
            start, path = "", address
        segments = [
            ";".join([self._segment(first), *[self._pair(pair) if "=" in pair else self._segment(pair) for pair in matrix]])
            for first, *matrix in (segment.split(";") for segment in path.split("/"))
        ]
        return f"{start}{'/'.join(segments)}{question}{self.query(query)}{hash_mark}{self.query(fragment)}"

    def _segment(self, segment: str) -> str:
        clean = self.text(unquote(segment))
        return segment if unquote(segment) == clean else quote(clean, safe="@:+" if "+" in segment else "@:")

    def present(self, *texts: str) -> dict[str, str]:
        """What of this exchange, and of all credentials, stands somewhere in some texts, with its stand-in; the longest first."""
        everything = "\0".join(texts)
        found = {form: stand_in for form, stand_in in self._forms.items() if form in everything}
        for live, stand_in in self._fresh.items():
            for form in in_json(live):
                if form in everything:
                    found[form] = stand_in
            if len(live) >= CODED and (packed := coded(live)) in everything:
                found[packed] = coded(stand_in)
        return dict(sorted(found.items(), key=lambda pair: -len(pair[0]))) if len(found) > 1 else found

    @property
    def credentials(self) -> tuple[str, ...]:
        """Every credential that was seen and is long enough to be searched for."""
        return tuple(value for value in self._known if len(value) >= SHORTEST)
