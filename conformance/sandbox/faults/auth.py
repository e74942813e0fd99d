"""Faults of access: who may come in, and what is whose."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from conformance.sandbox.auth import given
from conformance.sandbox.faults.fault import Family, Fault, Scene
from conformance.sandbox.faults.ground import Site
from conformance.sandbox.roles import Role
from conformance.sandbox.service import Call, Missing, Outcome
from conformance.sandbox.turn import Perform, Turn

Challenges = tuple[str, ...] | None


def _not_required(turn: Turn, challenges: Challenges, scene: Scene) -> Challenges:
    return None


def _any_token(turn: Turn, challenges: Challenges, scene: Scene) -> Challenges:
    return None if turn.operation is not None and any(given(turn.operation, turn.request)) else challenges


def _one_verb(turn: Turn, challenges: Challenges, scene: Scene) -> Challenges:
    """The verb that was forgotten is the same everywhere."""
    verbs = {operation.method for operation in scene.selected()}
    return None if turn.operation is not None and turn.operation.method == scene.choice(verbs) else challenges


def _others_object(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    try:
        return perform(call)
    except Missing:
        for peer in turn.peers():
            try:
                return peer.service.perform(call)
            except Missing:
                continue
        raise


def _others_listed(turn: Turn, call: Call, perform: Perform, scene: Scene) -> Outcome:
    outcome = perform(call)
    if outcome.page is None or outcome.page.more:
        return outcome
    foreign: list[Any] = []
    for peer in turn.peers():
        # What the list stands below may be there for one user only.
        with suppress(Missing):
            page = peer.service.perform(call).page
            foreign.extend(page.items if page is not None else ())
    items = (*outcome.page.items, *foreign)
    return replace(outcome, page=replace(outcome.page, items=items, total=outcome.page.total + len(foreign)))


def _is_guarded(site: Site) -> bool:
    return site.operation.needs_auth


def _is_item(site: Site) -> bool:
    roles = {Role.READ, Role.UPDATE, Role.REPLACE, Role.DELETE, Role.SHOW}
    resource = site.plan.resource
    # Where any name is taken, there is nothing that one user could have and another not.
    return _is_guarded(site) and site.plan.role in roles and resource is not None and not resource.singleton and resource.strict


def _is_own_list(site: Site) -> bool:
    """Whether a list shows what its user made: what nobody makes may be everybody's, and what stands below is hidden anyway."""
    makes = any(plan.role is Role.CREATE for plan in site.around)
    return _is_guarded(site) and site.plan.role is Role.LIST and makes and not site.plan.parents


FAULTS = (
    Fault(id="auth-not-required", family=Family.AUTH, promise="A request without credentials is refused.",
          checks=("auth-ignored",), applies=_is_guarded, challenge=_not_required),
    Fault(id="auth-any-token", family=Family.AUTH, promise="A token that nobody was given is refused.",
          checks=("auth-unverified",), applies=_is_guarded, challenge=_any_token),
    Fault(id="auth-one-verb-open", family=Family.AUTH, promise="Every verb asks for credentials, not all but one.",
          checks=("auth-ignored",), applies=_is_guarded, challenge=_one_verb),
    Fault(id="auth-others-object", family=Family.AUTH, promise="What is another user's cannot be read or changed.",
          checks=("object-exposed",), applies=_is_item, effect=_others_object),
    Fault(id="auth-others-listed", family=Family.AUTH, promise="A list shows no more than what is the user's own.",
          checks=("object-exposed",), effect=_others_listed,
          applies=_is_own_list),
)  # fmt: skip
