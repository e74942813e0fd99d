"""The stories of a unit, which go on later where their part of the budget did not suffice.

A story is told from its beginning, with fresh things: what other requests have done to the old ones meanwhile, it cannot know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.cases.fresh import FreshKeys
from conformance.model.record import Exchange, Finding
from conformance.run.lifecycle.collection import collections_of
from conformance.run.lifecycle.phase import tell_stories
from conformance.run.limits import Limited, ShareSpent
from conformance.run.plan import Unit
from conformance.run.setting import Opened, Setting


class Stories:
    """Tells the stories of a unit.

    Args:
        here: the document and the target.
        setting: whose headers and values go into the requests.
        unit: whose operations they are.
        limited: what answers, and says how much may be sent.
        judged: shows an exchange to the checks.
        found: takes in what only several exchanges show.
        more: what else ``tell_stories`` takes.
    """

    def __init__(
        self, here: Opened, setting: Setting, unit: Unit, limited: Limited, *,
        judged: Callable[[Exchange], object], found: Callable[[Finding], None], **more: Any,
    ) -> None:  # fmt: skip
        self._here, self._setting, self._unit, self._limited = here, setting, unit, limited
        self._judged, self._found, self._more = judged, found, more
        self._operations, self._around, self._others = (
            [here.document.by_label[label] for label in labels] for labels in (unit.labels, unit.around, unit.others)
        )
        self._keys = FreshKeys(f"stories {unit.seed} {unit.name} {setting.nonce}")
        self._told: set[str] = set()
        self._begun = 0
        self._cost: int | None = None

    def go(self) -> None:
        """Tell all of them.

        Raises:
            BudgetSpent: when nothing more may be sent.
        """
        self._tell(frozenset())

    def go_on(self) -> None:
        """Tell those that were not told to their end, and leave out one that would come no further than before."""
        left, cost, self._cost = self._limited.left(), self._cost, None
        if cost is None or left is None:
            return
        own = set(self._unit.labels)
        found = collections_of((*self._operations, *self._around), self._here.layout.resources)
        waiting = [one.labels for one in found if own & one.labels and not one.labels <= self._told]
        # The first of them is the one that was cut short.
        wanted = waiting if left > cost else waiting[1:]
        if wanted:
            self._tell(frozenset().union(*wanted))

    def _tell(self, only: frozenset[str]) -> None:
        self._begun = self._limited.sent
        try:
            tell_stories(
                self._here, self._setting, self._operations, responder=self._limited, seed=self._unit.seed, only=only,
                judged=self._judged, found=self._found, around=self._around, others=self._others, keys=self._keys,
                told=self._end, **self._more,
            )  # fmt: skip
        except ShareSpent:
            self._cost = self._limited.sent - self._begun
            raise

    def _end(self, labels: frozenset[str]) -> None:
        self._told |= labels
        self._begun = self._limited.sent
