"""The lifecycle phase of a unit: its stories, told through whatever the unit sends by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from conformance.cases.fresh import FreshKeys
from conformance.model.operation import Operation
from conformance.model.ports import Responder
from conformance.model.record import Exchange, Finding
from conformance.run.lifecycle.story import tell
from conformance.run.lifecycle.teller import PHASE, Teller
from conformance.run.setting import Opened, Setting

__all__ = ["PHASE", "tell_stories"]


def tell_stories(
    here: Opened, setting: Setting, operations: Sequence[Operation], *, responder: Responder, seed: int,
    judged: Callable[[Exchange], object], found: Callable[[Finding], None], before_end: Callable[[], None] = lambda: None,
    only: frozenset[str] = frozenset(), enough: Callable[[], bool] = lambda: False,
    around: Sequence[Operation] = (), left_out: Callable[[str, str, str], object] = lambda _label, _check, _reason: None,
    told: Callable[[frozenset[str]], object] = lambda _labels: None,
    keys: FreshKeys | None = None,
    others: Sequence[Operation] = (), refer: Callable[[Mapping[str, str]], object] = lambda _names: None,
) -> frozenset[str]:  # fmt: skip
    """Tell the stories of some operations; returns the labels of those of which nothing can be said that does not show.

    Args:
        here: the document and the target.
        setting: whose headers go with every request.
        operations: those that may be asked for.
        responder: what answers.
        seed: decides every value.
        judged: shows an exchange to the checks that look at one.
        found: takes in what only several exchanges show.
        before_end: called when the stories are told, and some of what they made is still there.
        only: the labels of operations; the stories of others are left out. Empty for all.
        around: operations that may be asked to make what others live in.
        keys: gives requests keys of their own; others than before, where the stories are told once more.
        others: operations that may be asked to make what bodies refer to, where the service refuses a create.
        refer: hears of the ids of such things, by the names of the fields that refer to them.
        left_out: takes in, for each operation and check, why the check was left out; nothing when it was not.
        told: hears of the labels of each collection whose story has come to its end.
        enough: asked after each exchange whether to come to an end: nothing is sent then but what deletes.
    """

    def seen(exchange: Exchange) -> None:
        judged(exchange)
        teller.closing = teller.closing or enough()

    teller = Teller(responder=responder, url_for=here.target.url_for, headers=setting.headers, judged=seen, found=found,
                    seed=seed, values=setting.values, keys=keys)  # fmt: skip
    tell(operations, teller, other_user=setting.other_user, known=here.layout.resources, before_end=before_end, only=only,
         around=around, left_out=left_out, told=told, others=others, refer=refer)  # fmt: skip
    return frozenset(teller.unsure)
