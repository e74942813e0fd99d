"""Faults of memory: what was written is lost, late, mixed up, or kept when it should not be."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from urllib.parse import unquote

from conformance.sandbox.faults.fault import Breaches, Effect, Family, Fault, Scene
from conformance.sandbox.faults.ground import Site
from conformance.sandbox.faults.input import bodies
from conformance.sandbox.faults.memory import Kept, ghost, named, neighbour, other_values, said, shown, table
from conformance.sandbox.plans import required_properties
from conformance.sandbox.roles import Role
from conformance.sandbox.service import Call, Missing, Outcome
from conformance.sandbox.turn import Perform, Turn
from conformance.spec.reading import RequestError, read_request

_CHANGES = frozenset({Role.UPDATE, Role.REPLACE})


def _create_lost(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    outcome, held = perform(call), table(turn, call)
    if outcome.record is not None and held is not None:
        held.forget(outcome.record)
    return outcome


def _create_doubled(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    perform(call)
    return perform(call)


def _note_before(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    """Keep in mind what a thing was before it was written."""
    before = named(turn, call) if call.plan.role in _CHANGES else None
    value = dict(before.value) if before is not None else None
    outcome = perform(call)
    if before is not None and outcome.record is not None:
        scene.notes(turn.session)[before] = value
    return outcome


def _read_stale(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    outcome = perform(call)
    before = scene.notes(turn.session).get(outcome.record) if outcome.record is not None else None
    return Outcome(record=ghost(outcome.record, before)) if before is not None and outcome.record is not None else outcome


def _read_wrong(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    outcome, held = perform(call), table(turn, call)
    other = neighbour(held, outcome.record) if held is not None and outcome.record is not None else None
    return Outcome(record=other) if other is not None else outcome


def _read_mixed(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    """The thing's own id, and everything else of its neighbour."""
    outcome, held = perform(call), table(turn, call)
    record = outcome.record
    other = neighbour(held, record) if held is not None and record is not None else None
    if other is None or record is None:
        return outcome
    own = {name: record.value[name] for name in call.resource.id_fields if name in record.value}
    return Outcome(record=ghost(record, {**other.value, **own}))


def _delete_ignored(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    held = table(turn, call)
    before = Kept(held) if held is not None else None
    outcome = perform(call)
    if before is not None:
        before.restore()
    return outcome


def _field_ignored(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    """One field, always the same, is never stored; the answer says what is stored."""
    before = named(turn, call)
    value = dict(before.value) if before is not None else {}
    outcome = perform(call)
    record, field = outcome.record, scene.choice(_writable(scene.site(call.plan.operation)))
    if record is None or field is None or field not in said(call) or field not in record.value:
        return outcome
    kept = {name: held for name, held in record.value.items() if name != field}
    made = value if before is not None else other_values(turn, call, record.value, set(kept), scene)
    record.change({**kept, field: made[field]} if field in made else kept)
    return outcome


def _writable(site: Site) -> set[str]:
    """The fields that requests give and answers show, without ids."""
    resource, place = site.plan.resource, site.place
    if resource is None:
        return set()
    item = place.item if place is not None else resource.item
    given = {name for schema in bodies(site) for name in schema.all_properties() if name not in schema.flagged("readOnly")}
    return {name for name in (item.all_properties() if item is not None else ()) if name in given} - set(resource.id_fields)


def _update_lost(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    """The answer shows the change, and it is not kept."""
    before = named(turn, call)
    value = before.value if before is not None else {}
    outcome = perform(call)
    if outcome.record is None or outcome.record is not before:
        return outcome
    likeness = ghost(before)
    before.change(value)
    return Outcome(record=likeness)


def _update_ignored(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    before = named(turn, call)
    value = before.value if before is not None else {}
    outcome = perform(call)
    if before is not None and outcome.record is before:
        before.change(value)
    return outcome


def _resets_others(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    outcome = perform(call)
    if outcome.record is not None:
        outcome.record.change(other_values(turn, call, outcome.record.value, said(call), scene))
    return outcome


def _put_merges(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    before = named(turn, call)
    value = before.value if before is not None else {}
    outcome = perform(call)
    if outcome.record is not None:
        outcome.record.change({**value, **outcome.record.value})
    return outcome


def _leaks(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    """What is written to one thing is written to its neighbour too."""
    outcome, held = perform(call), table(turn, call)
    other = neighbour(held, outcome.record) if held is not None and outcome.record is not None else None
    if other is not None and outcome.record is not None:
        fields = said(call) & set(shown(call))
        other.change({**other.value, **{name: outcome.record.value[name] for name in fields if name in outcome.record.value}})
    return outcome


def _refused_kept(turn: Turn, found: tuple[RequestError, ...], scene: Scene) -> tuple[RequestError, ...]:
    """What is right in a refused request is stored nevertheless."""
    if found and turn.operation is not None and not any(error.kind in {"syntax", "media-type"} for error in found):
        call = _right_part(turn, scene.site(turn.operation), scene)
        if call is not None:
            with suppress(Missing):
                turn.session.service.perform(call)
    return found


def _right_part(turn: Turn, site: Site, scene: Scene) -> Call | None:
    match = scene.match(turn.request)
    if match is None:
        return None
    reading = read_request(site.operation, turn.request, match.values)
    if not isinstance(reading.body, dict) or reading.media is None or reading.media.schema is None:
        return None
    properties = reading.media.schema.all_properties()
    right = {name: value for name, value in reading.body.items()
             if name in properties and properties[name].is_valid(value, direction="request")}  # fmt: skip
    if not right:
        return None
    return Call(plan=site.plan, reading=replace(reading, body=right, errors=()), place=site.place,
                url=turn.request.url.partition("?")[0], texts=tuple(unquote(text) for text in match.values.values()))  # fmt: skip


def _has(*roles: Role, methods: frozenset[str] = frozenset()) -> Callable[[Site], bool]:
    def applies(site: Site) -> bool:
        return site.plan.role in roles and site.plan.resource is not None and (not methods or site.operation.method in methods)

    return applies


def _can_show(*roles: Role, methods: frozenset[str] = frozenset()) -> Callable[[Site], bool]:
    """Where something else can show what became of it."""
    here = _has(*roles, methods=methods)
    return lambda site: here(site) and any(plan.role in {Role.READ, Role.LIST} for plan in site.around)


def _is_one_of_many(site: Site) -> bool:
    return site.plan.resource is not None and not site.plan.resource.singleton


def _is_item(site: Site) -> bool:
    return site.plan.role is Role.READ and _is_one_of_many(site)


def _is_shown(site: Site) -> bool:
    """Where something is shown of a thing besides its id and what a write must say of it."""
    resource = site.plan.resource
    item = site.place.item if site.place is not None else resource.item if resource is not None else None
    return (
        item is not None
        and resource is not None
        and bool(set(item.all_properties()) - set(resource.id_fields) - required_properties(site.operation))
    )


def _can_be_missed(site: Site) -> bool:
    """Where a thing that is not there is not listed, or cannot be read."""
    found = [plan for plan in site.around if plan.resource is not None]
    return any(plan.role is Role.LIST or (plan.role is Role.READ and plan.resource and plan.resource.strict) for plan in found)


def _can_leave_out(site: Site) -> bool:
    """Where a PUT need not say all that it may say of a thing."""
    return not site.plan.merges and bool(_writable(site) - required_properties(site.operation))


def _can_be_refused(*roles: Role) -> Callable[[Site], bool]:
    """Where a body can be wrong in one field and right in another."""
    here = _can_show(*roles)
    return lambda site: here(site) and bool(_writable(site)) and any(len(schema.all_properties()) > 1 for schema in bodies(site))


def _row(
    id_: str, promise: str, effect: Effect | None, applies: Callable[[Site], bool], *, checks: tuple[str, ...] = (),
    witness: Effect | None = None, breaches: Breaches | None = None,
) -> Fault:  # fmt: skip
    return Fault(id=id_, family=Family.STATE, promise=promise, checks=checks, applies=applies, effect=effect,
                 witness=witness, breaches=breaches)  # fmt: skip


_PATCH = frozenset({"patch"})

FAULTS = (
    _row("state-create-lost", "What was created can be read.", _create_lost,
         lambda site: _has(Role.CREATE)(site) and _can_be_missed(site),
         checks=("resource-unavailable-after-create",)),
    _row("state-create-doubled", "One create makes one thing.", _create_doubled,
         lambda site: site.plan.role is Role.CREATE and any(plan.role is Role.LIST for plan in site.around)),
    _row("state-read-stale", "A read shows what was last written.", _read_stale,
         lambda site: site.plan.role is Role.READ and any(plan.role in _CHANGES for plan in site.around), witness=_note_before,
         checks=("read-stale",)),
    _row("state-read-wrong", "A read shows the thing that was asked for.", _read_wrong, _is_item,
         checks=("identity-mismatch",)),
    _row("state-read-mixed", "A read shows one thing, not the fields of another.", _read_mixed,
         lambda site: _is_item(site) and _is_shown(site),
         checks=("write-ignored",)),
    _row("state-delete-ignored", "What was deleted is gone.", _delete_ignored, _can_show(Role.DELETE),
         checks=("use-after-delete",)),
    _row("state-field-ignored", "Every field of a write is stored.", _field_ignored,
         lambda site: site.plan.role in _CHANGES | {Role.CREATE} and bool(_writable(site)),
         checks=("write-ignored",)),
    _row("state-update-lost", "A change that the answer shows is kept.", _update_lost,
         lambda site: _can_show(*_CHANGES)(site) and bool(_writable(site)),
         checks=("read-stale", "update-ignored")),
    _row("state-patch-ignored", "A PATCH that succeeds has an effect.", _update_ignored,
         lambda site: _can_show(Role.UPDATE, methods=_PATCH)(site) and bool(_writable(site)),
         checks=("update-ignored",)),
    _row("state-patch-resets-others", "A PATCH changes what it names and nothing else.", _resets_others,
         lambda site: _has(Role.UPDATE, methods=_PATCH)(site) and bool(_writable(site)),
         checks=("update-overreach",)),
    _row("state-put-merges", "A PUT replaces the thing: what it does not name is not kept.", _put_merges,
         lambda site: _can_show(Role.REPLACE)(site) and _can_leave_out(site), checks=("put-merges",)),
    _row("state-put-unstable", "The same PUT twice leaves the same thing.", _resets_others,
         lambda site: _can_show(Role.REPLACE)(site) and _is_shown(site),
         checks=("put-repeats",)),
    _row("state-write-leaks", "A write changes one thing, not its neighbour.", _leaks,
         lambda site: _can_show(*_CHANGES)(site) and _is_one_of_many(site) and bool(_writable(site)),
         checks=("neighbour-changed",)),
    _row("state-refused-update-kept", "An update that is refused changes nothing.", None, _can_be_refused(*_CHANGES),
         breaches=_refused_kept, checks=("refused-write-effective",)),
    _row("state-refused-create-kept", "A create that is refused makes nothing.", None,
         lambda site: _can_be_refused(Role.CREATE)(site) and any(plan.role is Role.LIST for plan in site.around),
         breaches=_refused_kept, checks=("refused-write-effective",)),
)  # fmt: skip
