"""The parts of the walk of a scripted client that write, and what follows."""

from __future__ import annotations

from typing import Any

from second_bodies import body_sample, body_schema
from second_site import Site, is_good
from second_things import kept_fields, nested_fields, text_fields
from second_walk import NO_NAME, Walk, note_fact, scrubbed
from second_walk_parts import count_listed, known_names, varied

from conformance.model.message import Response
from conformance.model.operation import Operation
from conformance.model.ports import Schema


def writes(walk: Walk, site: Site) -> None:
    for operation in (site.update, site.replace):
        if operation is None or site.read is None:
            continue
        found = known_names(walk)
        path, read = walk.path(operation, found[0]), walk.path(site.read, found[0])
        schema, body = body_schema(operation), body_sample(operation)
        assert schema is not None
        _changes(walk, site, operation, path, read)
        for name in found[1:2]:
            walk.ask(
                f"update/{operation.method}", operation.method, walk.path(operation, name), varied(body, operation, site.read, 7)
            )
            walk.ask("written/", "GET", walk.path(site.read, name))
        for index in (0, 2):
            walk.ask(f"neighbour/{operation.method}{index}", "GET", walk.path(site.read, found[index]))
        walk.ask(f"update/{operation.method}0", operation.method, path, varied(body, operation, site.read, 8))
        for name in text_fields(operation, site.read):
            wrong = _spoilt(schema, varied(body, operation, site.read, 9), name)
            if wrong is not None:
                walk.ask("refused/", operation.method, path, wrong)
                walk.ask("refused-write/", "GET", read)
        if operation.method == "put":
            full = varied(body, operation, site.read, 5)
            walk.ask("put/", "PUT", path, full)
            walk.ask("put/", "PUT", path, full)
            walk.ask("put-again/", "GET", read)
            walk.ask("put/", "PUT", path, {name: held for name, held in full.items() if name in schema.required()})
            walk.ask("put-less/", "GET", read)
        walk.ask("unknown-write/", operation.method, walk.path(operation, NO_NAME), body, about="status")
        conditions(walk, operation, path, read, body)
    refused = site.create if site.role == "create" else None
    if refused is not None:
        before = count_listed(walk, site)
        schema, body = body_schema(refused), body_sample(refused)
        for name in schema.required() if schema is not None else ():
            walk.ask("refused/", "POST", walk.path(refused), {key: held for key, held in body.items() if key != name})
        walk.ask("refused/", "POST", walk.path(refused), [])
        step = walk.ask("refused/", "POST", walk.path(refused), raw=b"{")
        note_fact(walk, "refused-create/", step, count_listed(walk, site) - before)


def _changes(walk: Walk, site: Site, operation: Operation, path: str, read: str) -> None:
    """One field after another."""
    schema = body_schema(operation)
    assert schema is not None
    assert site.read is not None
    walk.ask(f"update/{operation.method}x", operation.method, path, varied(body_sample(operation), operation, site.read, 3))
    walk.ask("written/", "GET", read)
    if site.listing is not None:
        listed = walk.ask("listed-written/", "GET", walk.path(site.listing) + walk.query(site.listing))
        assert listed is not None
    base = body_sample(operation, rich=False) or {}
    for name in kept_fields(operation, site.read):
        known = schema.all_properties()[name]
        kinds: tuple[Any, ...] = (
            ("ąę changed", "") if "string" in known.types() else (False, True) if "boolean" in known.types() else (0, 3)
        )
        for value in (*kinds, *(known.get("enum") or ())):
            body = {**base, name: value}
            if schema.is_valid(body, direction="request"):
                walk.ask(f"update/{name}/", operation.method, path, body)
                label = "falsy/" if not value else "letters/" if value == kinds[0] else "written/"
                walk.ask(label, "GET", read)
                walk.ask("written/", "GET", read)
    for name, inner in nested_fields(operation, site.read):
        whole = body_sample(operation, f"{name} {inner}")
        if isinstance(whole, dict) and name in whole:
            walk.ask(f"update/{name}.{inner}", operation.method, path, {**base, name: whole[name]})
            walk.ask("written/", "GET", read)


def _spoilt(schema: Schema, body: Any, name: str) -> Any:
    for other in schema.all_properties():
        wrong_values: tuple[Any, ...] = ({"a": []}, [[]], 17, None)
        for value in wrong_values:
            wrong = {**body, other: value}
            if other != name and not schema.is_valid(wrong, direction="request"):
                return wrong
    return None


def conditions(walk: Walk, operation: Operation, path: str, read: str, body: Any) -> None:
    first = walk.ask("get-header/tag", "GET", read)
    old = first.answer.header("etag") if isinstance(first.answer, Response) else None
    walk.ask("update/tag", operation.method, path, varied(body, operation, walk.site.read, 11))
    new = walk.ask("get-header/tag2", "GET", read)
    tag = new.answer.header("etag") if isinstance(new.answer, Response) else None
    note_fact(walk, "get-header/same", new, old is not None and old == tag and scrubbed(first.body) != scrubbed(new.body))
    step = walk.ask("match/ask", operation.method, path, body, extra=(("If-Match", '"not-this"'),), about="status")
    note_fact(walk, "match/ignored", step, tag is not None and step.status == 200)
    del walk.steps["match/ask"], walk.steps["get-header/tag"], walk.steps["get-header/tag2"]


def strangers(walk: Walk, site: Site) -> None:
    other = walk.setting.other_user
    if not other or site.read is None:
        return
    name = known_names(walk)[0]
    path = walk.path(site.read, name)
    walk.ask("foreign/", "GET", path, headers=other, about="status")
    if site.listing is not None:
        walk.ask("foreign-list/", "GET", walk.path(site.listing) + walk.query(site.listing), headers=other)
    for operation in (site.update, site.replace):
        if operation is not None:
            body = varied(body_sample(operation), operation, site.read, 21)
            walk.ask("foreign-write/", operation.method, path, body, headers=other, about="status")
            walk.ask("foreign-quiet/", "GET", path)
    if site.delete is not None:
        walk.ask("foreign-delete/", "DELETE", path, headers=other, about="status")
        walk.ask("foreign-quiet/", "GET", path)


def deletes(walk: Walk, site: Site) -> None:
    if site.delete is None:
        return
    found = known_names(walk)
    one = found[1]
    if site.role == "delete" and site.read is not None:
        walk.ask("refused-delete/x", "DELETE", walk.path(site.delete, one), headers=(), about="status")
        walk.ask("refused-delete/y", "GET", walk.path(site.read, one), about="status")
        answer = walk.ask("match/ask", "GET", walk.path(site.read, found[3])).answer
        tag = answer.header("etag") if isinstance(answer, Response) else None
        step = walk.ask("match/ask", "DELETE", walk.path(site.delete, found[3]), extra=(("If-Match", '"not-this"'),))
        note_fact(walk, "match/ignored", step, tag is not None and is_good(step.answer))
        del walk.steps["match/ask"]
    walk.ask("deleted/", "DELETE", walk.path(site.delete, one))
    if site.read is not None:
        walk.ask("gone/", "GET", walk.path(site.read, one), about="status")
    if site.listing is not None:
        listed = walk.ask("unlisted/all", "GET", walk.path(site.listing) + walk.query(site.listing))
        note_fact(walk, "unlisted/all", listed, one in walk.ids(listed))
    if site.read is not None:
        for index, name in enumerate((found[0], found[2])):
            walk.ask(f"neighbour/{index}", "GET", walk.path(site.read, name), about="status")
        if site.create is not None:
            walk.ask("another/", "POST", walk.path(site.create) + walk.query(site.create), body_sample(site.create, "z"))
        walk.ask("stays-gone/", "GET", walk.path(site.read, one), about="status")
    walk.ask("deleted/again", "DELETE", walk.path(site.delete, one), about="status")
    walk.ask("deleted/more", "DELETE", walk.path(site.delete, one), about="status")
