"""A scripted client that shows the faults of the second set: the same walk through the clean service and through the proxy.

A fault counts as seen where the walk differs at the steps that its promise is about. What the suite knows is not used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from second_site import Fault, Proxy, Site, is_there
from second_spoiling import media_of
from second_walk import Step, Walk
from second_walk_parts import creates, lists, lists_empty, others, plain, protocol, variants
from second_walk_writes import deletes, strangers, writes

from conformance.model.message import NoResponse, Response
from conformance.run.setting import Setting, responder
from conformance.spec.document import Document

_LIVES = (lists_empty, creates, plain, lists, writes, strangers, deletes)
_WHOLE = (lists_empty, creates, plain, lists, variants, protocol, others)
_ABOUT = {"answer", "doubled", "no-content", "accepted", "refused", "crashed"}
_BARE = (creates, plain, protocol, others)
_BARE_ABOUT = {
    "method",
    "head",
    "made-header",
    "wait",
    "not-modified",
    "modified",
    "slow",
    "accept",
    "anonymous",
    "wrong-token",
    "other-scheme",
}


def parts(fault: Fault) -> tuple[Callable[[Walk, Site], None], ...]:
    """The parts of the walk that a fault can show in."""
    if fault.proof in {"charset", "unknown", "get-header"}:
        return (*_WHOLE, writes)
    return _WHOLE if fault.proof in _ABOUT else _BARE if fault.proof in _BARE_ABOUT else _LIVES


def tell(walk: Walk, chosen: Sequence[Callable[[Walk, Site], None]]) -> None:
    """Some parts of the walk."""
    site = walk.site
    for part in chosen:
        try:
            part(walk, site)
        except (KeyError, IndexError, TypeError, StopIteration) as raised:
            if isinstance(raised, TypeError) and "NoneType" not in str(raised):
                raise


# What is seen


Judge = Callable[[Walk, Walk], str]


def _differs(prefix: str) -> Judge:
    """The walks differ in what steps of one name are about."""

    def judge(walk: Walk, clean: Walk) -> str:
        names = tuple(f"{one}/" for one in prefix.split("|"))
        return next((label for label, step in walk.steps.items() if label.startswith(names) and label in clean.steps
                     and step.fact != clean.steps[label].fact), "")  # fmt: skip

    return judge


def _each(test: Callable[[Step, Step], bool]) -> Judge:
    """A step of the site's own operation shows it."""

    def judge(walk: Walk, clean: Walk) -> str:
        return next((label for label, step in walk.steps.items() if step.operation is walk.site.operation
                     and label in clean.steps and test(step, clean.steps[label])), "")  # fmt: skip

    return judge


def _broken(step: Step) -> bool:
    """Whether an answer is none that the document and RFC 8259 allow."""
    answer = step.answer
    if not isinstance(answer, Response) or step.operation is None:
        return True
    spec = step.operation.response_for(answer.status)
    if spec is None:
        return True
    if not spec.content:
        return False
    media = media_of(step.operation, answer.status)
    if media is None or media.schema is None:
        return False
    try:
        body = json.loads(answer.body.decode("utf-8"), parse_constant=_never)
    except ValueError:
        return True
    return answer.media_type != media.name or not media.schema.is_valid(body, direction="response")


def _never(name: str) -> Any:
    raise ValueError(name)


def _has_doubles(step: Step, _clean: Step) -> bool:
    found: list[bool] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found.append(len({name for name, _ in items}) < len(items))
        return dict(items)

    if isinstance(step.answer, Response) and is_there(step.body):
        json.loads(step.answer.body, object_pairs_hook=pairs)
    return any(found)


def _wrongly_accepted(step: Step, clean: Step) -> bool:
    return step.reading is not None and bool(step.reading.errors) and 200 <= step.status < 300 and clean.status >= 400


def _wrongly_refused(step: Step, clean: Step) -> bool:
    good = step.reading is not None and not step.reading.errors and not step.reading.oddities
    return good and 400 <= step.status < 500 and 200 <= clean.status < 300


def _crashed(step: Step, clean: Step) -> bool:
    return (step.status >= 500 or isinstance(step.answer, NoResponse)) and 0 < clean.status < 500


_JUDGES: Mapping[str, Judge] = {
    "answer": _each(lambda step, clean: _broken(step) and not _broken(clean)),
    "doubled": _each(_has_doubles),
    "no-content": _each(lambda step, _clean: step.status == 204 and isinstance(step.answer, Response) and bool(step.answer.body)),
    "accepted": _each(_wrongly_accepted),
    "refused": _each(_wrongly_refused),
    "crashed": _each(_crashed),
    "crashed-again": _each(_crashed),
    "others": _differs("written"), "identity": _differs("read|there|read-again"), "created": _differs("create"),
         "update-identity": _differs("update"),
    "read": _differs("read"),
}  # fmt: skip


def seen(fault: Fault, walk: Walk, clean: Walk) -> str:
    """The label of the step that shows the fault; empty when none does."""
    return _JUDGES.get(fault.proof, _differs(fault.proof))(walk, clean)


def shown(document: Document, faults: Sequence[Fault], ground: Mapping[str, Site], setting: Setting, *, operations: int) -> int:
    """Look for as many operations, of different resources, as each fault needs, and say where it was seen."""
    clean: dict[tuple[str, Any], Walk] = {}
    unseen = 0
    for fault in faults:
        found: dict[str, str] = {}
        tried = 0
        for site in ground.values():
            home = site.operation.path.rpartition("/{")[0] or site.operation.path
            if not fault.applies(site) or home in found or len(found) >= operations or tried >= 5 * operations:
                continue
            tried += 1
            chosen = parts(fault)
            if (site.operation.label, chosen) not in clean:
                clean[site.operation.label, chosen] = _walked(document, site, setting, None, chosen)
            label = seen(fault, _walked(document, site, setting, fault, chosen), clean[site.operation.label, chosen])
            if label:
                found[home] = f"{site.operation.label} ({label})"
        print(f"{fault.id:<28} {len(found)}/{tried}  {'; '.join(found.values())}", flush=True)
        unseen += len(found) < operations
    print(f"\n{len(faults) - unseen}/{len(faults)} faults shown at {operations} operations of different resources")
    return int(unseen > 0)


def _walked(
    document: Document, site: Site, setting: Setting, fault: Fault | None, chosen: Sequence[Callable[[Walk, Site], None]]
) -> Walk:
    walk = Walk(document=document, site=site, responder=Proxy(responder(setting, document), site, fault), setting=setting)
    tell(walk, chosen)
    return walk
