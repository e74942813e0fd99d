"""Faults of lists: pages, totals, filters and sorts that are not what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.model.operation import Operation
from conformance.sandbox.envelope import Envelope, folded
from conformance.sandbox.faults.fault import Effect, Family, Fault, Scene
from conformance.sandbox.faults.ground import Site
from conformance.sandbox.faults.memory import ghost, named, table
from conformance.sandbox.faults.spoiling import mentions
from conformance.sandbox.filters import conditions
from conformance.sandbox.listing import Page, Paging, paging
from conformance.sandbox.roles import Role
from conformance.sandbox.service import Call, Outcome
from conformance.sandbox.sorting import keys
from conformance.sandbox.state import Record
from conformance.sandbox.turn import Perform, Turn
from conformance.spec.body import ABSENT
from conformance.spec.reading import RequestReading

_MANY = 20
_CHANGES = frozenset({Role.UPDATE, Role.REPLACE})


def _paged(change: Callable[[Call, Page], Page]) -> Effect:
    """An effect that shows another page than the true one."""

    def effect(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
        outcome = perform(call)
        return replace(outcome, page=change(call, outcome.page)) if outcome.page is not None else outcome

    return effect


def _cut(page: Page, things: Sequence[Any], start: int, size: int | None = None) -> Page:
    return replace(page, items=tuple(things[start : start + (size or page.size)]))


def _size_ignored(call: Call, page: Page) -> Page:
    asked = page.paging.size is not None and page.paging.size.value(call.reading) is not None
    return _cut(page, page.things, page.start, max(_MANY, page.size + 1)) if asked else page


def _pages_overlap(call: Call, page: Page) -> Page:
    return _cut(page, page.things, page.start - 1) if page.start > 0 else page


def _pages_gap(call: Call, page: Page) -> Page:
    return _cut(page, page.things, page.start + 1) if page.start > 0 else page


def _page_ignored(call: Call, page: Page) -> Page:
    return _cut(page, page.things, 0)


def _wrong_total(call: Call, page: Page) -> Page:
    """A total that is one off, so that whether there is more stays as it was."""
    return replace(page, total=page.total + (1 if page.more or page.total == 0 else -1))


def _endless(call: Call, page: Page) -> Page:
    """The last page says that there is more, and comes again and again."""
    if page.more or not page.things:
        return page
    items = page.items or tuple(page.things[-page.size :])
    sent = page.paging.after.value(call.reading) if page.paging.after is not None else None
    after = page.after if page.after is not None else sent
    return replace(page, items=items, total=page.start + len(items) + page.size, after=after)


def _without_filters(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    place = call.place
    if place is None:
        return perform(call)
    how = paging(call.plan.operation, place)
    dropped = {key for key, value in call.reading.values.items()
               if key[0] == "query" and _filters(call.reading, {key: value}, place, how)}  # fmt: skip
    return perform(_without(call, dropped))


def _without_sort(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    place = call.place
    if place is None:
        return perform(call)
    dropped = {key for key, value in call.reading.values.items()
               if key[0] == "query" and _sorts(call.reading, {key: value}, place)}  # fmt: skip
    return perform(_without(call, dropped))


def _sort_reversed(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    outcome, place = perform(call), call.place
    if outcome.page is None or place is None or not keys(call.reading, place.item):
        return outcome
    return replace(outcome, page=_cut(outcome.page, outcome.page.things[::-1], outcome.page.start))


def _without(call: Call, dropped: set[tuple[str, str]]) -> Call:
    values = {key: value for key, value in call.reading.values.items() if key not in dropped}
    return replace(call, reading=replace(call.reading, values=values))


def _newest_missing(call: Call, page: Page) -> Page:
    """What was made last does not show yet, as where lists are read from an index that lags."""
    newest = max(page.things, key=lambda record: record.serial, default=None)
    if newest is None or call.plan.resource is None:
        return page
    things = [record for record in page.things if record is not newest]
    return replace(_cut(page, things, page.start), total=len(things))


def _note_before(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    """Keep in mind what a thing was before it was changed or deleted."""
    before = named(turn, call) if call.plan.role in _CHANGES | {Role.DELETE} else None
    likeness = ghost(before) if before is not None else None
    outcome = perform(call)
    if before is not None and likeness is not None:
        scene.notes(turn.session).setdefault((call.resource.family, call.scope), {})[before] = likeness
    return outcome


def _noted(turn: Turn, call: Call, scene: Scene) -> dict[Record, Record]:
    found: dict[Record, Record] = scene.notes(turn.session).get((call.resource.family, call.scope), {})
    return found


def _stale(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    outcome = perform(call)
    if outcome.page is None or call.plan.resource is None:
        return outcome
    before = _noted(turn, call, scene)
    return replace(outcome, page=replace(outcome.page, items=tuple(before.get(record, record) for record in outcome.page.items)))


def _deleted_shown(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    """What was deleted stays in the list, at its end."""
    outcome, held = perform(call), table(turn, call)
    if outcome.page is None or held is None or outcome.page.more or len(outcome.page.things) < len(held.records):
        return outcome
    gone = [likeness for record, likeness in _noted(turn, call, scene).items() if record.key in held.gone]
    page = outcome.page
    return replace(outcome, page=replace(page, items=(*page.items, *gone), total=page.total + len(gone)))


def _filters(reading: RequestReading, values: Mapping[tuple[str, str], Any], place: Envelope, how: Paging) -> bool:
    return bool(conditions(replace(reading, values=values), place.item, how.wires))


def _sorts(reading: RequestReading, values: Mapping[tuple[str, str], Any], place: Envelope) -> bool:
    return keys(replace(reading, values=values), place.item) != keys(replace(reading, values={}), place.item)


def _probes(operation: Operation, place: Envelope) -> Iterator[dict[tuple[str, str], Any]]:
    """Query values that could filter or sort, one parameter at a time."""
    names = list(place.item.all_properties())[:20]
    for parameter in operation.parameters_in("query"):
        schema = parameter.content.schema if parameter.content is not None else parameter.schema
        key = ("query", parameter.name)
        listed = schema.get("enum") if schema is not None else None
        yield from ({key: value} for value in [*(listed if isinstance(listed, list) else ())[:5], "text", "asc", *names])
        yield from (
            {key: {name: value}} for name in (schema.all_properties() if schema is not None else ()) for value in ("text", "asc")
        )


def _blank(operation: Operation) -> RequestReading:
    return RequestReading(operation=operation, values={}, media=None, body=ABSENT, errors=(), oddities=())


def is_list(site: Site) -> bool:
    """Whether an operation shows many things in pages."""
    return site.plan.role is Role.LIST and site.place is not None and site.place.many


def _pages(is_so: Callable[[Paging], bool]) -> Callable[[Site], bool]:
    return lambda site: is_list(site) and is_so(paging(site.operation, site.place))


def _goes_on(how: Paging) -> bool:
    return how.goes_on


def _can_filter(site: Site) -> bool:
    place, reading = site.place, _blank(site.operation)
    if not is_list(site) or place is None:
        return False
    how = paging(site.operation, place)
    return any(_filters(reading, values, place, how) for values in _probes(site.operation, place))


def _can_sort(site: Site) -> bool:
    place, reading = site.place, _blank(site.operation)
    if not is_list(site) or place is None:
        return False
    return any(_sorts(reading, values, place) for values in _probes(site.operation, place))


def _around(*roles: Role) -> Callable[[Site], bool]:
    return lambda site: is_list(site) and any(plan.role in roles for plan in site.around)


def _grows(site: Site) -> bool:
    """Whether all that is listed was created there, so that the newest thing is one that a client knows of."""
    return _around(Role.CREATE)(site) and site.plan.resource is not None and not site.plan.resource.seeded


def _says_total(site: Site) -> bool:
    answer, place = site.answer, site.place
    if answer is None or place is None or not is_list(site) or not place.path:
        return False
    return mentions(answer, lambda schema: any(folded(name).startswith("total") for name in schema.properties()))


def _row(
    id_: str, promise: str, checks: tuple[str, ...], effect: Effect, applies: Callable[[Site], bool], *,
    witness: Effect | None = None,
) -> Fault:  # fmt: skip
    return Fault(id=id_, family=Family.LISTS, promise=promise, checks=checks, applies=applies, effect=effect, witness=witness)


FAULTS = (
    _row("list-size-ignored", "A page has no more things than were asked for.", ("page-size-ignored",),
         _paged(_size_ignored), _pages(lambda how: how.size is not None)),
    _row("list-pages-overlap", "No thing is on two pages.", ("page-overlap",), _paged(_pages_overlap), _pages(_goes_on)),
    _row("list-pages-gap", "Every thing is on some page.", ("created-unlisted",), _paged(_pages_gap), _pages(_goes_on)),
    _row("list-page-ignored", "The next page is another page.", ("page-overlap", "page-endless"),
         _paged(_page_ignored), _pages(_goes_on)),
    _row("list-total-wrong", "A total is how many things there are.", ("total-wrong",), _paged(_wrong_total), _says_total),
    _row("list-endless", "The pages end.", ("page-endless",), _paged(_endless), _pages(_goes_on)),
    _row("list-filter-ignored", "A filter leaves out what does not fit it.", ("filter-ignored",), _without_filters, _can_filter),
    _row("list-sort-ignored", "A list is in the order that was asked for.", ("sort-ignored",), _without_sort, _can_sort),
    _row("list-sort-reversed", "Ascending is not descending.", ("sort-ignored",), _sort_reversed, _can_sort),
    _row("list-newest-missing", "What was created is in the list.", ("created-unlisted",),
         _paged(_newest_missing), _grows),
    _row("list-stale", "A list shows what was last written.", ("read-stale",), _stale, _around(*_CHANGES), witness=_note_before),
    _row("list-deleted-shown", "What was deleted is not in the list.", ("deleted-listed",), _deleted_shown, _around(Role.DELETE),
         witness=_note_before),
)  # fmt: skip
