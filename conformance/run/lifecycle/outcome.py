"""What an update must have brought about: what it says is so, nothing within is lost, and what it does not name is as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.checks.meaning import agree, is_moving, missing, same, still
from conformance.run.lifecycle.asking import Asking
from conformance.run.lifecycle.collection import Way
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.reader import Reader, short
from conformance.run.lifecycle.teller import Told

_DISTINCT = 6
"""A text of so many characters is nobody else's."""


class Outcome:
    """Judges what is seen after the updates of one collection. ``first`` is the thing as it was before all of them."""

    first: Told | None = None

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def took_effect(self, name: str, value: Any, before: Told, told: Told, after: Told) -> None:
        """What a field was changed to is answered and read; ``before`` is the thing as it was."""
        value, shown, answered = still(value), still(after.thing.get(name)), still(told.thing.get(name))
        changed = f"{name} was changed to {short(value)}"
        old = before.thing.get(name)
        if old is None and answered is not None and self.first is not None:
            # An update before may have taken it away; this one answers it again.
            old = self.first.thing.get(name)
        if is_moving(name) or (shown is None and (answered is None or old is not None)):
            if not is_moving(name) and old is not None:
                said = f"{changed}, and is shown no more"
                self._reader.teller.report("update-ignored", after, said, detail=f"{told.operation.label} {name}")
            return
        if shown is not None and not agree(value, shown) and answered is not None and agree(value, answered):
            self._reader.teller.report("read-stale", after, f"{changed}, as answered, and {short(shown)} is read", detail=name)
        elif shown is not None and (not agree(value, shown) or _is_both(value, old, shown)):
            self._reader.teller.report(
                "update-ignored", after, f"{changed}, and {short(shown)} is read", detail=f"{told.operation.label} {name}"
            )
        elif answered is not None and not agree(value, answered):
            self._reader.teller.report("write-ignored", told, f"{changed}, and {short(answered)} is answered", detail=name)

    def judged(self, values: Mapping[str, Any], path: tuple[str, ...], seen: tuple[Told, Told, Told]) -> None:
        """Whether what was changed is; ``seen`` is the thing before, as the update answers, and as it is read."""
        Asking(self._reader).tagged(seen[0], seen[2])
        before, told, _ = seen
        own, answered = (identity(self._reader.collection, one.thing) for one in (before, told))
        if path and own == path[-1] and answered is not None and answered != own:
            self._reader.teller.report("identity-mismatch", told, f"{own} was changed, and {answered} is answered")
        for name, value in values.items():
            self.took_effect(name, value, *seen)
            if is_moving(name) and isinstance(value, (str, bool)):
                self._fell_back(name, value, path, seen)

    def _fell_back(self, name: str, value: Any, path: tuple[str, ...], seen: tuple[Told, Told, Told]) -> None:
        """A state may move on by itself; but what was answered as changed is not what it was before, again and again."""
        old, answered, read = (told.thing.get(name) for told in seen)
        if old is None or agree(value, old) or not agree(value, answered) or not same(old, read):
            return
        again = self._reader.found(path, "Read it once more")
        if again is not None and same(old, again.thing.get(name)):
            said = f"{name} was changed to {short(value)}, as answered, and {short(old)} is read"
            self._reader.teller.report("read-stale", again, said, detail=name)

    def complete(self, written: Mapping[str, Any], before: Told, after: Told, way: Way) -> None:
        """What was written within something is there afterwards, where it was before."""
        for lost in missing(written, before.thing, after.thing):
            said = f"{lost} was written, and is shown no more"
            self._reader.teller.report("update-ignored", after, said, detail=f"{way.operation.label} {lost}")
            return

    def kept(self, before: Told, after: Told, body: Mapping[str, Any], way: Way) -> None:
        """What the update did not name is as it was."""
        for name, old, new in self._reader.steady(before.thing, after.thing):
            if name not in body:
                self._reader.teller.report(
                    "update-overreach",
                    after,
                    detail=f"{way.operation.label} {name}",
                    message=f"{name} was not in the update, and went from {short(old)} to {short(new)}",
                )
                return


def _is_both(value: Any, old: Any, shown: Any) -> bool:
    """Whether a text is what was written beside what was there before."""
    if not all(isinstance(text, str) and len(text) >= _DISTINCT for text in (value, old, shown)) or value == shown:
        return False
    return value in shown and old in shown.replace(value, "", 1) and old not in value
