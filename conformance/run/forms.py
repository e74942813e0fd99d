"""Texts that have another form than they had: a time without its zone, an id that is no UUID any more.

A form is no promise where the document names no ``format``, so little is asked. Times have theirs from one line of code,
whatever the values, and clients parse them: they are compared wherever a service like the recorded one answers. An id, a URL or
a number is of a form that the same service keeps for the same call, and that another may do otherwise. What stands in lists may
be of anybody, so only its times are compared.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from conformance.run.identity import leaves
from conformance.run.shapes import Difference
from conformance.spec.pointer import join, split

_DAY, _HOUR = r"\d{4}-\d{2}-\d{2}", r"\d{2}:\d{2}(:\d{2}([.,]\d+)?)?"
_TIMES = {
    "a time with its zone": re.compile(rf"{_DAY}[Tt]{_HOUR}([Zz]|[+-]\d{{2}}:?\d{{2}})"),
    "a time without a zone": re.compile(rf"{_DAY}[Tt]{_HOUR}"),
    "a time with a space for its T": re.compile(rf"{_DAY} {_HOUR}( ?([Zz]|UTC|GMT|[+-]\d{{2}}:?\d{{2}}))?"),
    "a date": re.compile(_DAY),
    "a time of HTTP": re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT"),
}
_OTHERS = {
    "a UUID": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "an absolute URL": re.compile(r"https?://\S+"),
    "a number in E.164": re.compile(r"\+[1-9]\d{6,14}"),
    "an amount with two decimals": re.compile(r"-?\d+\.\d{2}"),
}
_WHOLE = re.compile(r"-?[1-9]\d*")
# What a place says that has no time: "never", "n/a".
_LIKE_A_TIME = re.compile(r".*(\d{4}|\d{1,2}[:/.]\d{2})")


def form_of(text: str) -> str:
    """What a text is the form of, empty for any other."""
    return next((name for forms in (_TIMES, _OTHERS) for name, form in forms.items() if form.fullmatch(text)), "")


def form_differences(was: Any, now: Any, *, is_same: bool, settled: Collection[str] = ()) -> Iterator[Difference]:
    """The places of a JSON body at which every recorded text has one form, and no fresh one has it.

    Args:
        was: the recorded body.
        now: the fresh one.
        is_same: whether the service that was recorded is the one that is asked.
        settled: places of which more is known than their form.
    """
    before, after = _texts(was), _texts(now)
    for place, texts in before.items():
        (form, *others), fresh = {form_of(text) for text in texts}, after.get(place)
        if others or not form or not fresh or place in settled:
            continue
        is_time, is_listed = form in _TIMES, "*" in split(place)
        if not (is_time or (is_same and not is_listed)) or (is_time and not all(map(_LIKE_A_TIME.match, fresh))):
            continue
        if form == "an amount with two decimals" and not (_is_padded(texts) and all(map(_WHOLE.fullmatch, fresh))):
            continue
        if form not in {form_of(text) for text in fresh}:
            found = next(filter(None, map(form_of, fresh)), "no such text")
            yield Difference(id="recording-form-changed", detail=place or "/",
                             message=f"{place or 'the body'} is {form} in the recording, {found} in the answer")  # fmt: skip


def _is_padded(texts: list[str]) -> bool:
    """Whether a zero shows that amounts have two decimals always, and not by chance."""
    return any(text.endswith("0") for text in texts)


def _texts(body: Any) -> dict[str, list[str]]:
    """The texts of a body that are not empty, by their place, ``*`` for an index."""
    found: dict[str, list[str]] = {}
    for pointer, value in leaves(body):
        if isinstance(value, str) and value:
            place = join("", *("*" if token.isdecimal() else token for token in split(pointer))) if pointer else ""
            found.setdefault(place, []).append(value)
    return found
