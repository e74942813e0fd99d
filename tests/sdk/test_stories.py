"""Things are made, read, changed, listed, found, paged over, deleted and gone, through the published SDK and a socket."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background

telnyx_sdk = pytest.importorskip("telnyx")
sys.path.insert(0, str(Path(__file__).parent))
from stories import STORIES  # noqa: E402

COUNT = 5


@pytest.fixture(scope="module")
def url(telnyx):
    with serve_in_background(Sandbox(telnyx), inline=True) as address:
        yield address


@pytest.fixture(scope="module")
def client(url):
    with telnyx_sdk.Telnyx(api_key="KEY", base_url=url, max_retries=0) as made:
        yield made


@pytest.fixture
def fresh(client):
    """A client with a memory of its own."""
    return lambda name: client.with_options(default_headers={"X-Sandbox-Session": name})


class Life:
    """One resource type of the client, with the usual names for its methods."""

    def __init__(self, client, story):
        self.story, self.client = story, client
        self.parents = dict(story.parent(client)) if story.parent else {}

    def method(self, name):
        """The method, or nothing where the type has none."""
        named = self.story.methods.get(name, name)
        place = self.story.at
        if named.startswith("^"):
            place, named = place.rpartition(".")[0], named[1:]
        thing = self.client
        for part in [*place.split("."), *named.split(".")] if named else []:
            thing = getattr(thing, part, None)
        return thing if named else None

    def create(self, n):
        return unwrapped(self.method("create")(**self.parents, **self.story.new(n)))

    def one(self, method, key, **arguments):
        own = {parent: value for parent, value in self.parents.items() if parent != "brand_id"}
        return unwrapped(self.method(method)(key, **own, **arguments))

    def list(self, **arguments):
        """Everything that the list shows, over all of its pages."""
        answer = self.method("list")(**self.parents, **arguments)
        return list(answer) if hasattr(answer, "_get_page_items") else list(answer.data)

    def first_page(self, **arguments):
        return self.method("list")(**self.parents, **arguments)

    def key(self, thing):
        return getattr(thing, self.story.id)


def unwrapped(answer):
    return getattr(answer, "data", answer)


def told(thing, names):
    """What a thing says under dotted names."""
    found = {}
    for name in names:
        value = thing
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else getattr(value, part)
        found[name] = value.to_dict() if hasattr(value, "to_dict") else value
    return found


def shared(thing, expected):
    """That part of ``expected`` of which a thing of this type can speak at all: lists may show less of things."""
    return {name: value for name, value in expected.items() if name.partition(".")[0] in type(thing).model_fields}


@pytest.mark.parametrize("story", STORIES, ids=[story.at for story in STORIES])
def test_the_life_of(story, fresh):
    life = Life(fresh(story.at), story)
    says = story.says or story.new
    made = [life.create(n) for n in range(1, COUNT + 1)]
    keys = [life.key(thing) for thing in made]
    assert len(set(keys)) == COUNT
    for n, thing in enumerate(made, 1):
        assert told(thing, shared(thing, says(n))) == shared(thing, says(n))

    reads = life.method("retrieve") is not None
    for n, key in enumerate(keys, 1):
        thing = life.one("retrieve", key) if reads else made[n - 1]
        assert life.key(thing) == key
        assert told(thing, shared(thing, says(n))) == shared(thing, says(n))
        if reads:
            assert life.one("retrieve", key) == thing

    listed = life.list()
    assert sorted(life.key(thing) for thing in listed) == sorted(keys)
    for thing in listed:
        expected = shared(thing, says(keys.index(life.key(thing)) + 1))
        assert told(thing, expected) == expected
    paged(life, keys)
    found(life, keys)
    changed(life, keys, says, reads=reads)
    if story.deletes:
        deleted(life, keys, reads=reads)


def paged(life, keys):
    """Two on a page: three pages, that say so."""
    page = life.first_page()
    if not hasattr(page, "_get_page_items"):
        return
    size = {life.story.page_size: 2}
    assert sorted(life.key(thing) for thing in life.list(**size)) == sorted(keys)
    page = life.first_page(**size)
    assert len(page._get_page_items()) == 2
    if getattr(page, "total_records", None) is not None:
        assert (page.page, page.total_records) == (1, COUNT)
    elif getattr(page, "meta", None) is not None:
        assert page.meta.total_pages == 3
    number = "page" if life.story.page_size == "records_per_page" else "page_number"
    assert life.first_page(**size, **{number: 4})._get_page_items() == []


def found(life, keys):
    """Each is found by what it says, alone; and they come in the order that is asked for."""
    for n, key in enumerate(keys, 1) if life.story.found else ():
        assert [life.key(thing) for thing in life.list(**life.story.found(n))] == [key]
    if life.story.sort:
        parameter, attribute = life.story.sort
        values = [getattr(thing, attribute) for thing in life.list(sort=parameter)]
        assert values == sorted(values, reverse=parameter.startswith("-"))
        assert len(set(values)) == COUNT


def changed(life, keys, says, *, reads):
    """A change is seen by all who look, and touches nothing else."""
    if life.story.change is None:
        return
    answer = life.one("update", keys[0], **life.story.change)
    expected = {**says(1), **life.story.changed}
    for thing in [answer, *([life.one("retrieve", keys[0])] if reads else [])]:
        assert told(thing, shared(thing, expected)) == shared(thing, expected)
    for thing in life.list():
        n = keys.index(life.key(thing)) + 1
        now = shared(thing, expected if n == 1 else says(n))
        assert told(thing, now) == now


def deleted(life, keys, *, reads):
    """What was deleted is gone, everywhere, and nothing else is."""
    life.one("delete", keys[2])
    left = [key for key in keys if key != keys[2]]
    assert sorted(life.key(thing) for thing in life.list()) == sorted(left)
    for method in ("retrieve", "delete") if reads else ("delete",):
        with pytest.raises(telnyx_sdk.NotFoundError):
            life.one(method, keys[2])
    if reads:
        assert [life.key(life.one("retrieve", key)) for key in left] == left


def test_there_are_enough_lives():
    assert len({story.at for story in STORIES}) >= 25
    assert len([story for story in STORIES if story.change is not None and story.deletes]) >= 12


def test_a_life_with_the_asynchronous_client(url):
    async def life():
        headers = {"X-Sandbox-Session": "async"}
        async with telnyx_sdk.AsyncTelnyx(api_key="KEY", base_url=url, max_retries=0, default_headers=headers) as client:
            groups = [(await client.billing_groups.create(name=f"Sales {n}")).data for n in range(5)]
            assert [group.name for group in groups] == [f"Sales {n}" for n in range(5)]
            assert (await client.billing_groups.retrieve(groups[1].id)).data == groups[1]
            assert (await client.billing_groups.update(groups[1].id, name="Support")).data.name == "Support"
            names = [group.name async for group in client.billing_groups.list(page_size=2)]
            assert names == ["Sales 0", "Support", "Sales 2", "Sales 3", "Sales 4"]
            await client.billing_groups.delete(groups[0].id)
            with pytest.raises(telnyx_sdk.NotFoundError):
                await client.billing_groups.retrieve(groups[0].id)
            assert [group.name async for group in client.billing_groups.list()] == names[1:]

    asyncio.run(life())


def test_calls_are_dialled_seen_and_hung_up(fresh):
    client = fresh("calls")
    application = client.call_control_applications.create(
        application_name="Router", webhook_event_url="https://example.com/c"
    ).data
    call = client.calls.dial(connection_id=application.id, from_="+13125550199", to="+13125550100").data
    assert client.calls.retrieve_status(call.call_control_id).data.is_alive
    assert client.calls.actions.hangup(call.call_control_id).data.result == "ok"
    assert not client.calls.retrieve_status(call.call_control_id).data.is_alive
    with pytest.raises(telnyx_sdk.NotFoundError):
        client.calls.retrieve_status("v3:nobody")


def test_runs_of_a_mission_pause_resume_and_end(fresh):
    runs = fresh("runs").ai.missions.runs
    mission = fresh("runs").ai.missions.create(name="Survey").data.mission_id
    run = runs.create(mission).data
    assert runs.pause_run(run.run_id, mission_id=mission).data.status == "paused"
    assert runs.retrieve(run.run_id, mission_id=mission).data.status == "paused"
    assert runs.resume_run(run.run_id, mission_id=mission).data.status == "running"
    assert runs.cancel_run(run.run_id, mission_id=mission).data.status == "cancelled"
    assert [found.run_id for found in runs.list_runs(status="cancelled")] == [run.run_id]
    assert [found.run_id for found in runs.list(mission, status="running")] == []


def test_the_steps_of_a_plan_are_made_together_and_found_one_by_one(fresh):
    client = fresh("plan")
    mission = client.ai.missions.create(name="Survey").data.mission_id
    run = client.ai.missions.runs.create(mission).data.run_id
    plan = client.ai.missions.runs.plan
    steps = [{"description": f"Step {n}", "sequence": n, "step_id": f"s{n}"} for n in (1, 2, 3)]
    assert [step.step_id for step in plan.create(run, mission_id=mission, steps=steps[:2]).data] == ["s1", "s2"]
    plan.add_steps_to_plan(run, mission_id=mission, steps=steps[2:])
    assert [(step.step_id, step.description) for step in plan.retrieve(run, mission_id=mission).data] == [
        ("s1", "Step 1"), ("s2", "Step 2"), ("s3", "Step 3")
    ]  # fmt: skip
    assert plan.update_step("s2", mission_id=mission, run_id=run, status="completed").data.status == "completed"
    assert plan.get_step_details("s2", mission_id=mission, run_id=run).data.description == "Step 2"
