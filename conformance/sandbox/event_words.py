"""The words of names, without their endings, and what the verbs of event names say of a life: begun, under way, over, failed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

Words = tuple[str, ...]

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
# fmt: off
_IRREGULAR = {"left": "leave", "sent": "send", "began": "begin", "begun": "begin", "held": "hold", "spoke": "speak",
              "paid": "pay", "made": "make", "built": "build", "bought": "buy", "sold": "sell", "lost": "lose", "done": "do",
              "ran": "run", "taken": "take", "gone": "go", "found": "find", "won": "win", "hung": "hang", "frozen": "freeze",
              "written": "write", "failure": "fail", "delivery": "deliver", "success": "succeed", "successful": "succeed"}
# fmt: on
_ENDINGS = (
    ("ies", "y", 5),
    ("ations", "", 9),
    ("ation", "", 8),
    ("ions", "", 7),
    ("ion", "", 6),
    ("ments", "", 7),
    ("ment", "", 6),
    ("xes", "x", 4),
    ("ches", "ch", 6),
    ("shes", "sh", 6),
    ("ing", "", 6),
    ("ed", "", 5),
)  # fmt: skip
_PREFIX = 4


@lru_cache(maxsize=16384)
def stems(name: str) -> Words:
    """The words of a name in camel, snake, kebab or dotted case, each without its ending."""
    return tuple(stem(word) for word in _WORD.findall(name))


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """What ``answer``, ``answers``, ``answered`` and ``answering`` have in common. Not always a word itself."""
    word = _IRREGULAR.get(word.lower(), word.lower())
    for ending, instead, shortest in _ENDINGS:
        if word.endswith(ending) and len(word) >= shortest:
            word = word.removesuffix(ending) + instead
            break
    else:
        if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
            word = word[:-1]
    word = word.removesuffix("e") if len(word) > 3 else word
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def alike(one: str, other: str) -> bool:
    """Whether two stems mean the same: equal, or one the beginning of the other (``play``, ``playback``)."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= _PREFIX and long.startswith(short)


def _stemmed(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in text.split())


BIRTH = _stemmed("created initiated queued started submitted new opened added ordered scheduled accepted registered uploaded "
                 "purchased placed issued published requested pending launched joined")  # fmt: skip
COMPLETION = _stemmed("sent delivered finalized complete processed succeeded done finished ready activated provisioned fulfilled "
                      "shipped settled succeed saved")  # fmt: skip
OVER = _stemmed(
    "ended hangup stopped closed terminated expired left dequeued disconnected finished complete saved deleted result"
)
GONE = _stemmed("deleted removed cancelled canceled terminated destroyed revoked released archived unregistered left")
CHANGED = _stemmed("updated changed modified edited replaced patched")
FAILED = _stemmed("failed error rejected declined undeliverable undelivered bounced timeout denied failover")
GENERIC = _stemmed(
    "event webhook hook callback notification notify notice update status change on payload request delivery the a"
)
START = _stemmed("start begin enable resume")
STOP = _stemmed("stop end finish disable cancel")
# Steps of something inside the thing that its making leads to.
STEPS = _stemmed("started processed delivered completed finished finalized sent")

# Where the bare verb of a thing stands in its life; what is not listed is in the middle.
_LIFE: tuple[frozenset[str], ...] = (
    _stemmed("created new initiated queued scheduled submitted requested registered pending opened added ordered placed issued"),
    _stemmed("started began accepted enqueued"),
    _stemmed("ringing sent processing"),
    _stemmed("answered connected joined confirmed approved shipped"),
    _stemmed("bridged"),
    frozenset(),
    _stemmed("delivered saved"),
    _stemmed("finalized complete succeeded done finished fulfilled settled"),
    _stemmed("ended hangup closed stopped left dequeued terminated expired disconnected deleted removed"),
)
_MIDDLE = 5


def has_failed(rest: Sequence[str]) -> bool:
    """Whether an event says that something went wrong."""
    return bool(rest) and rest[-1] in FAILED


def life(rest: Sequence[str]) -> int:
    """Where in the life of a thing an event happens, by the words of its name without the thing's own."""
    if has_failed(rest):
        return len(_LIFE)
    if len(rest) != 1:
        return _MIDDLE
    return next((rank for rank, verbs in enumerate(_LIFE) if rest[0] in verbs), _MIDDLE)


def stage(rest: Sequence[str]) -> int:
    """Whether something inside the thing starts (0), goes on (1) or is over (2)."""
    return 1 if len(rest) < 2 else 0 if rest[-1] in START | BIRTH else 2 if rest[-1] in OVER | STOP else 1


def without(words: Words, part: Words) -> Words | None:
    """Words without a run of them, or ``None`` when the run is not there."""
    for start in range(len(words) - len(part) + 1):
        if words[start : start + len(part)] == part:
            return words[:start] + words[start + len(part) :]
    return None
