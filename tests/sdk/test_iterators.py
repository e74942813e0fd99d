"""Every list iterator of the published SDK ends, and shows each thing once."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import pytest

from conformance.sandbox.plans import shape_of
from conformance.sandbox.responder import Sandbox
from conformance.sandbox.roles import Role
from conformance.serve.server import serve_in_background

telnyx_sdk = pytest.importorskip("telnyx")
sys.path.insert(0, str(Path(__file__).parent))
from filling import Filler  # noqa: E402
from surface import iterators  # noqa: E402

MANY = 45
SIZE = 7
SOME = 500
NOBODY = "5ca1ab1e-0000-4000-8000-000000000000"
PAGE_SIZES = ("page_size", "records_per_page", "limit", "per_page", "page_limit")


def walked(iterator, client, known):
    """What the iterator shows, cut off where it cannot be right any more."""
    size = next(({name: SIZE} for name in PAGE_SIZES if name in iterator.parameters), {})
    start = {"page": 1} if "page" in iterator.required else {}
    return list(islice(iterator.on(client)(**{**known, **size, **start}), SOME))


def ids_of(things, fields):
    """How things are told from one another."""
    shown = [
        thing.to_dict(mode="json", use_api_names=True, warnings=False) if hasattr(thing, "to_dict") else thing for thing in things
    ]
    return [next((str(item[name]) for name in fields if item.get(name) is not None), None) for item in shown]


def offered(document, client):
    """The iterators whose endpoint is in the document."""
    shapes = {shape_of(operation.path) for operation in document.operations if operation.method == "get"}
    return [iterator for iterator in iterators(client) if shape_of(iterator.path) in shapes]


def walk(document, state, *, many, every=1):
    """What is wrong with any iterator, and how many were walked over full collections and in all."""
    wrong, full, count = [], 0, 0
    sandbox = Sandbox(document, state=state)
    filler = Filler(sandbox)
    with serve_in_background(sandbox, inline=True) as url:
        base = next((server for operation in document.operations for server in operation.servers), "")
        path = "/" + base.partition("://")[2].partition("/")[2] if "://" in base else ""
        with telnyx_sdk.Telnyx(api_key="KEY", base_url=url + path.rstrip("/"), max_retries=0) as client:
            for iterator in offered(document, client)[::every]:
                problem, filled = checked(iterator, client, filler, many=many)
                wrong += [f"{iterator.name}: {problem}"] if problem else []
                full, count = full + filled, count + 1
    return wrong, full, count


def checked(iterator, client, filler, *, many):
    """What is wrong with an iterator, and whether there was much to walk over."""
    plan = filler.plan(iterator.path)
    if plan.role is not Role.LIST:
        return f"is no list but {plan.role}", False
    known = dict(zip(iterator_names(iterator.path), filler.parents(plan.operation.path).values(), strict=True))
    extra = {name: NOBODY for name in iterator.required if name not in known and name not in {"page", *PAGE_SIZES}}
    create = filler.create(plan.resource) if many else None
    made = []
    if create is not None:
        scope = filler.parents(create.path)
        # What the list must be asked by is a property of the things, or of their parents.
        fields = {camel(name): value for name, value in extra.items()}
        owners = dict.fromkeys(plan.resource.keys[-1], next(reversed(known.values()))) if plan.resource.is_narrowed else {}
        fields |= {name: owners[name.replace("_", "")] for name in said(create) if name.replace("_", "") in owners}
        made = [filler.make(create, scope, **fields) for _ in range(many)]
    things = walked(iterator, client, {**known, **extra})
    if len(things) >= SOME:
        return "does not end", bool(made)
    fields = plan.resource.id_fields or (filler.plan(create.path, "post").resource.id_fields if create is not None else ())
    shown = [name for name in ids_of(things, fields) if name is not None]
    if len(shown) != len(set(shown)):
        return f"shows {len(shown) - len(set(shown))} things twice", bool(made)
    mine = {str(thing[name]) for thing in made for name in fields[:1] if thing.get(name) is not None}
    if made and (len(things) < len(made) or (shown and not mine <= set(shown))):
        return f"shows {len(things)} of {len(made)}", True
    return None, bool(made)


def said(operation):
    content = operation.request_body.content.values() if operation.request_body else ()
    return {name for media in content if media.schema is not None for name in media.schema.all_properties()}


def iterator_names(path):
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


@pytest.mark.parametrize("state", ["strict", "lenient"])
def test_every_iterator_ends_and_shows_each_thing_once(telnyx, state):
    wrong, full, count = walk(telnyx, state, many=MANY if state == "strict" else SIZE + 1)
    assert wrong == [], "\n".join(wrong)
    assert (full, count) >= (25, 40)


def test_iterators_below_parents_that_nobody_made_end_in_lenient_mode(telnyx):
    sandbox = Sandbox(telnyx, state="lenient")
    with (
        serve_in_background(sandbox, inline=True) as url,
        telnyx_sdk.Telnyx(api_key="KEY", base_url=url, max_retries=0) as client,
    ):
        nested = [iterator for iterator in offered(telnyx, client) if iterator.required]
        for iterator in nested:
            things = walked(iterator, client, dict.fromkeys(iterator.required, NOBODY))
            assert len(things) < SOME, iterator.name
    assert len(nested) >= 8


@pytest.mark.slow
@pytest.mark.parametrize("name", ["telnyx-official-2026-07.json"])
def test_every_iterator_of_a_whole_api_ends(name):
    from conformance.spec.document import Document

    path = Path(__file__).resolve().parents[3] / "shared" / "specs" / name
    if not path.is_file():
        pytest.skip("the document is not at hand")
    wrong, full, count = walk(Document.load(path), "strict", many=16)
    assert wrong == [], "\n".join(wrong)
    assert count >= 190
    assert full >= 100
