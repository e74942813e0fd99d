"""Which operations do more than change data: they spend money, send something, place calls, or change what exists.

Read from an operation alone, by rules for any document. A wrong alarm costs some coverage and can be allowed in one
line; a missed one costs money or trust. So in doubt a word counts.

- A *verb* counts where an action is named: at the start of a path segment, anywhere in the last one, in the operation
  id, and at the start of the summary (or after its "and" and "or").
- A *noun* counts where it is what a POST makes: as the last word of a path segment (``/group_messages``, but not
  ``/message_templates``), of the operation id, or of the summary before its first preposition.
- ``x-endpoint-cost``, and words such as "charged" in the description, count as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import Operation

READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
"""Methods that are safe by RFC 9110 section 9.2.1, and QUERY."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an operation may do, as the end of a sentence, and the word that says so."""

    does: str
    sign: str

    def __str__(self) -> str:
        return f"it may {self.does} ({self.sign})"


@dataclass(frozen=True, slots=True)
class _Row:
    does: str
    verbs: frozenset[str]
    nouns: frozenset[str]
    namespaces: bool = True  # whether a noun counts in every segment, or in the last one alone


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROWS = (
    _Row("send something",
         _words("send resend sent dispatch deliver notify invite broadcast forward reply remind announce transmit mail"),
         _words("message sms mms rcs email mail letter postcard fax notification invitation invite whatsapp broadcast otp 2fa "
                "mfa verification push tweet reminder newsletter mailing reply announcement campaign chat")),
    _Row("place or steer calls",
         _words("dial ring hangup bridge refer"),
         _words("call flashcall conference dial dtmf voicemail")),
    _Row("spend money",
         _words("buy purchase pay charge bill checkout subscribe topup recharge refund payout withdraw deposit donate rent lease "
                "reserve renew register provision settle redeem book trade transfer upgrade ship fund port"),
         _words("order purchase payment charge checkout subscription invoice refund payout transfer withdrawal deposit donation "
                "topup recharge reservation booking rental lease renewal porting transaction trade bid shipment fee")),
    _Row("use what is billed",
         _words("transcribe summarize summarise translate synthesize synthesise embed infer predict train compute"),
         _words("completion transcription embedding inference translation speech synthesis prediction finetuning tuning instance "
                "droplet vm server machine cluster license licence gateway bundle cross-connect "
                "global-ip elastic-ip static-ip public-ip floating-ip")),
    _Row("buy a number or a SIM", _words("activate"), _words("number sim esim did shortcode sim-card short-code long-code"),
         namespaces=False),
)  # fmt: skip

_BREAKS = _words(
    "delete remove destroy purge wipe clear drop truncate erase cancel terminate revoke release archive deactivate "
    "disable suspend kill shutdown logout signout reset rotate deletion removal cancellation"
)
"""Verbs that take something away, wherever they stand."""

_CHANGES = _words(
    "update modify edit replace set change move merge migrate rename assign unassign enable activate approve reject accept agree "
    "sign publish promote deploy rollback restore import sync restart reboot trigger execute launch invoke start stop close "
    "block ban kick swap switch link unlink attach detach patch overwrite put"
)
"""Verbs that change something, where they are what is done."""

_MAKING = _words("create post add new make insert bulk batch submit request")
_TAIL = _words("create post add new make insert bulk batch request async beta id action api endpoint public operation job and or")
_PREPOSITION = _words("by for to in of with from on via using at into per that which about through as associated")
_MANY = re.compile(r"\b(?:list|batch|set|group|number|series)s? of\b", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_TEMPLATE = re.compile(r"\{[^{}]*\}")
_SEGMENT = re.compile(r"[/:]")
_SUFFIX = re.compile(r"\.(json|xml|csv|html?)$", re.IGNORECASE)
_VERSION = re.compile(r"v?\d+")
_FREE = frozenset({"", "0", "none", "no", "free", "light", "low", "false", "null", "zero"})
_BILLED = re.compile(
    r"\b(?:charge[ds]?|chargeable|billed|billable|fees?|(?:will|may|can) cost|costs? money|(?:incur|incurs|incurring)|"
    r"purchas(?:e|es|ed|ing)|deduct(?:ed|s)|debited|non-?refundable|paid (?:feature|service|operation|endpoint))\b",
    re.IGNORECASE,
)
_BILLED_EACH = re.compile(
    r"\b(?:will|may|can|shall) be (?:charged|billed|debited)\b|\bincurs? (?:an? |additional )?(?:charge|cost|fee)s?\b|"
    r"\b(?:each|every|per) (?:request|call|lookup|query)\b[^.]{0,40}\b(?:charged|billed|costs?)\b",
    re.IGNORECASE,
)
_PRICE = re.compile(r"\d")
_NOT = re.compile(r"\b(?:no|not|never|free|without|isn't|aren't|won't|don't)\b[^.]{0,30}$", re.IGNORECASE)


def effect_of(operation: Operation, *, description: str = "") -> Effect | None:
    """What more than changing data an operation may do; ``None`` for a deletion, which is judged by its object.

    A read does something only where it has a price, or is called by the verb of what it does (``GET /send_message``).

    Args:
        operation: the operation.
        description: its description in the document.
    """
    if operation.method == "delete":
        return None
    if operation.method.upper() in READS:
        return _of_a_read(operation, description)
    cost = _cost(operation.extensions)
    if cost is not None:
        return Effect(does="spend money", sign=f"x-endpoint-cost is {cost}")
    named = _Names(operation)
    for row in _ROWS:
        sign = named.verb(row.verbs) or (named.noun(row.nouns, namespaces=row.namespaces) if operation.method == "post" else "")
        if sign:
            return Effect(does=row.does, sign=sign)
    billed = next((found for found in _BILLED.finditer(description) if not _NOT.search(description[: found.start()])), None)
    return Effect(does="spend money", sign=f"the description has {billed[0]!r}") if billed is not None else None


def _of_a_read(operation: Operation, description: str) -> Effect | None:
    cost = _cost(operation.extensions)
    # A read that is called heavy or medium is work for the service, and no bill.
    if cost is not None and _PRICE.search(cost):
        return Effect(does="spend money", sign=f"x-endpoint-cost is {cost}")
    named = _Names(operation)
    for does, verbs in (*((row.does, row.verbs) for row in _ROWS), ("change or delete what is there already", _BREAKS)):
        sign = named.lead(verbs)
        if sign:
            return Effect(does=does, sign=sign)
    billed = next((found for found in _BILLED_EACH.finditer(description) if not _NOT.search(description[: found.start()])), None)
    return Effect(does="spend money", sign=f"the description has {billed[0]!r}") if billed is not None else None


def change_of(operation: Operation) -> Effect | None:
    """What a POST may do to things that are there already, when its words say so; for one whose path names no thing."""
    named = _Names(operation)
    sign = named.verb(_BREAKS) or named.action(_CHANGES) or named.noun(_BREAKS | {"update"}, namespaces=False)
    return Effect(does="change or delete what is there already", sign=sign) if sign else None


def _cost(extensions: Mapping[str, Any]) -> str | None:
    value = next((held for name, held in extensions.items() if name.lower() == "x-endpoint-cost"), None)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value) if value else None
    text = str(value if value is not None else "").strip().lower()
    return text if text not in _FREE else None


class _Names:
    """The words that an operation is called by."""

    def __init__(self, operation: Operation) -> None:
        # ``/things/{id}:send`` names an action, and ``/Messages.json`` a form of the same thing.
        segments = _SEGMENT.split(_SUFFIX.sub("", _TEMPLATE.sub("", operation.path)))
        self._segments = [found for found in map(tokens, segments) if found and not _is_version(found)]
        self._id = tokens(operation.operation_id or "")
        self._summary = tokens(_MANY.sub("", operation.summary))

    def verb(self, words: frozenset[str]) -> str:
        """Where one of the verbs is what the operation does, or may be; empty when it is not."""
        firsts = (segment[:1] for segment in self._segments)
        lasts = self._segments[-1:]
        return (
            _sign(words, "the path", *firsts, *lasts)
            or _sign(words, "the operation id", self._id)
            or _sign(words, "the summary", *self._starts())
        )

    def action(self, words: frozenset[str]) -> str:
        """Like ``verb``, for words that are seldom meant outside of the first place."""
        last = [_without_lead(segment)[:1] for segment in self._segments[-1:]]
        return (
            _sign(words, "the path", *last)
            or _sign(words, "the operation id", _without_lead(self._id)[:1])
            or _sign(words, "the summary", *self._starts())
        )

    def noun(self, words: frozenset[str], *, namespaces: bool) -> str:
        """Where one of the nouns is what the operation makes; empty when it is not."""
        segments = self._segments if namespaces else self._segments[-1:]
        return (
            _sign(words, "the path", *map(_head, segments))
            or _sign(words, "the operation id", _head(self._id))
            or _sign(words, "the summary", _head(self._summary))
        )

    def lead(self, words: frozenset[str]) -> str:
        """Where one of the words is the first of the operation id, or of the summary."""
        return _sign(words, "the operation id", self._id[:1]) or _sign(words, "the summary", self._summary[:1])

    def _starts(self) -> Iterator[list[str]]:
        before = "and"
        for token in self._summary:
            if before in {"and", "or", "then", "bulk", "batch", "request"}:
                yield [token]
            before = token


def tokens(text: str) -> list[str]:
    """The words of a name or sentence, lower case, in the singular: ``SendRCSMessages`` has send, rcs and message."""
    return [_singular(found.lower()) for found in _TOKEN.findall(text)]


def _singular(word: str) -> str:
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and word not in {"sms", "mms", "rcs"} else word


def _is_version(found: list[str]) -> bool:
    return len(found) == 1 and _VERSION.fullmatch(found[0]) is not None


def _without_lead(found: list[str]) -> list[str]:
    while found and found[0] in _MAKING:
        found = found[1:]
    return found


def _head(found: list[str]) -> list[str]:
    """The last word that says what is meant, alone and together with the one before it."""
    end = next((index for index, token in enumerate(found) if index and token in _PREPOSITION), len(found))
    kept = found[:end]
    while len(kept) > 1 and (kept[-1] in _TAIL or _VERSION.fullmatch(kept[-1])):
        kept = kept[:-1]
    return [*kept[-1:], *(["-".join(kept[-2:])] if len(kept) > 1 else [])]


def _sign(words: frozenset[str], where: str, *lists: list[str]) -> str:
    word = next((token for found in lists for token in found if token in words), None)
    return f"{where} has {word!r}" if word is not None else ""
