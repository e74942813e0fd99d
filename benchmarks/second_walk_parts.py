"""The parts of the walk of a scripted client around one operation and its resource."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from second_bodies import body_sample, body_schema
from second_faults_lists import NUMBERS, SIZES, filters, names
from second_site import MISSING, Path, Site, is_there, put, sampled, thing, things, walked
from second_things import name_of, text_fields
from second_walk import LONG_TEXTS, NO_NAME, Walk, as_text, note_fact

from conformance.checks.latency import LIMITS
from conformance.model.message import Response
from conformance.model.operation import Operation, Parameter
from conformance.model.ports import Schema


def known_names(walk: Walk) -> list[str]:
    """The ids of the things that are there."""
    made = [name_of(shown, walk.site) for label, step in walk.steps.items() if label.startswith("create/")
            and is_there(step.body) and (shown := thing(step.body)) is not None]  # fmt: skip
    if made:
        return [name for name in made if name]
    found = next((step for label, step in walk.steps.items() if label == "list/all"), None)
    return walk.ids(found) if found is not None else []


def lists_empty(walk: Walk, site: Site) -> None:
    if site.listing is not None:
        walk.ask("empty/", "GET", walk.path(site.listing) + walk.query(site.listing))


def creates(walk: Walk, site: Site) -> None:
    if site.create is None:
        return
    path = walk.path(site.create) + walk.query(site.create)
    before = count_listed(walk, site)
    for index in range(4):
        body = varied(body_sample(site.create, str(index)), site.create, site.read, index)
        walk.ask(f"create/{index}", "POST", path, body)
        after = count_listed(walk, site)
        walk.steps[f"one-more/{index}"] = replace(walk.steps[f"create/{index}"], fact=after - before)
        before = after
    walk.ask("create/less", "POST", path, body_sample(site.create, rich=False))


def varied(body: Any, operation: Operation, read: Operation | None, index: int) -> Any:
    schema = body_schema(operation)
    for name, held in body.items() if isinstance(body, dict) else ():
        if isinstance(held, list) and schema is not None:
            longer = {**body, name: [*held, *(body_sample(operation, f"more {index}") or {}).get(name, []), f"more {index}"]}
            shorter = {**body, name: longer[name][:-1]}
            body = next((one for one in (longer, shorter) if schema.is_valid(one, direction="request")), body)
    for name, held in body.items() if isinstance(body, dict) else ():
        if isinstance(held, bool) and index % 2:
            body = {**body, name: not held}
    for name in text_fields(operation, read):
        changed = {**body, name: f"{name} {index} {LONG_TEXTS[0]}"}
        if schema is not None and schema.is_valid(changed, direction="request"):
            body = changed
    return body


def count_listed(walk: Walk, site: Site) -> int:
    if site.listing is None:
        return 0
    return len(walk.ids(walk.ask("counted/", "GET", walk.path(site.listing) + walk.query(site.listing))))


def plain(walk: Walk, site: Site) -> None:
    operation = site.operation
    if site.listing is not None:
        walk.ask("list/all", "GET", walk.path(site.listing) + walk.query(site.listing))
    for index, name in enumerate(known_names(walk)):
        if site.read is not None:
            for label in ("read", "there", "first-there"):
                walk.ask(f"{label}/{index}", "GET", walk.path(site.read, name))
            walk.ask(f"read-again/{index}", "GET", walk.path(site.read, name))
    if site.role == "":
        body = body_sample(operation)
        for index in range(5):
            walk.ask(f"call/{index}", operation.method, walk.path(operation) + walk.query(operation), body)


def _target(walk: Walk) -> str:
    """The path of the site's own operation, at something that is there."""
    site = walk.site
    if site.role in {"read", "update", "replace", "delete"}:
        names = known_names(walk)
        return walk.path(site.operation, names[-1] if names else None)
    return walk.path(site.operation)


def variants(walk: Walk, site: Site) -> None:
    """Good and bad requests of the site's own operation."""
    operation, path = site.operation, _target(walk)
    if site.role == "delete":
        walk.ask("bad/", "DELETE", walk.path(operation, "not an id!"))
        walk.ask("unknown/delete", "DELETE", walk.path(operation, NO_NAME))
        walk.ask("unknown/delete again", "DELETE", walk.path(operation, NO_NAME))
        return
    body = body_sample(operation)
    for extra in _queries(operation):
        walk.ask("query/", operation.method, path + walk.query(operation, extra), body)
    if operation.parameters_in("query"):
        walk.ask("query/", operation.method, path, body)
    if "{" in operation.path:
        walk.ask("bad/", operation.method, walk.path(operation, "not an id!") + walk.query(operation), body)
        walk.ask("unknown/", operation.method, walk.path(operation, NO_NAME) + walk.query(operation), body)
    schema = body_schema(operation)
    if schema is None or body is None:
        return
    url = path + walk.query(operation)
    for wrong in _bodies(schema, body):
        walk.ask("body/", operation.method, url, wrong)
    walk.ask("body/", operation.method, url, body_sample(operation, rich=False))
    walk.ask("body/", operation.method, url, {name: value for name, value in body.items() if name in schema.required()}
             if isinstance(body, dict) else body)  # fmt: skip
    walk.ask("body/", operation.method, url)
    walk.ask("body/", operation.method, url, raw=b'{"a": ')
    walk.ask("body/", operation.method, url, body, media="text/csv")
    walk.ask("charset/", operation.method, url, body, media="application/json; charset=utf-8", about="status")


def _queries(operation: Operation) -> Iterator[dict[str, Any]]:
    for parameter in operation.parameters_in("query"):
        if parameter.schema is None:
            continue
        sample = sampled(parameter.schema)
        for wire, schema, held in _spread(parameter, sample):
            for value in (held, *_values(schema, held)):
                yield {wire: value}


def _spread(parameter: Parameter, sample: Any) -> Iterator[tuple[str, Schema, Any]]:
    assert parameter.schema is not None
    inner = parameter.schema.all_properties()
    if isinstance(sample, dict):
        for name, schema in inner.items():
            yield f"{parameter.name}[{name}]", schema, sampled(schema)
    else:
        yield parameter.name, parameter.schema, sample


def _values(schema: Schema, value: Any) -> Iterator[Any]:
    """Other values, right and wrong ones."""
    yield from schema.get("enum") or ()
    for keyword in ("minimum", "maximum"):
        bound = schema.get(keyword)
        if isinstance(bound, int):
            yield from (bound, bound - 1, bound + 1)
    yield from (None, 17, "17", "x", "", "żółw 🐢", "y" * 300, True, False, 0, -1, 1.5, [], {}, [value], {"a": 1}, f"{value} z")


def _bodies(schema: Schema, body: Any) -> Iterator[Any]:
    yield from ([], "text", {})
    for path, held, value in list(walked(schema, body)):
        if not path or len(path) > 3:
            continue
        for new in _values(held, value):
            yield put(body, path, new)
        yield _without(body, path)


def _without(body: Any, path: Path) -> Any:

    return put(body, path, MISSING) if isinstance(path[-1], str) else body


def lists(walk: Walk, site: Site) -> None:
    listing = site.listing
    if listing is None:
        return
    path = walk.path(listing)
    whole = walk.ask("list/again", "GET", path + walk.query(listing))
    for index, name in enumerate(known_names(walk)):
        note_fact(walk, f"listed/{index}", whole, name in walk.ids(whole))
    known = names(replace(site, operation=listing))
    number, size = next(iter(known & NUMBERS), None), next(iter(known & SIZES), None)
    if size is not None:
        for count in (1, 2):
            walk.ask(f"sizes/{count}", "GET", path + walk.query(listing, {size: count}))
    if number is not None and size is not None:
        for page in range(1, 7):
            walk.ask(f"pages/{page}", "GET", path + walk.query(listing, {size: 2, number: page}))
        walk.ask("beyond/", "GET", path + walk.query(listing, {size: 20, number: 40}))
    shown = next((one for one in things(whole.body) or () if isinstance(one, dict)), {})
    _filters(walk, site, path, shown, [one for one in things(whole.body) or () if isinstance(one, dict)])
    for name in sorted(known & {"sort", "sort[]"}):
        parameter = next(parameter for parameter in listing.parameters_in("query") if parameter.name == name)
        listed = parameter.schema.get("enum") if parameter.schema is not None else None
        for value in listed or ("created_at", "-created_at", "name", "-name", "id", "-id"):
            walk.ask("sorts/", "GET", path + walk.query(listing, {name: value}))
    if "{" in listing.path:
        first = dict(walk.parents)
        walk.parents.clear()
        other = walk.path(listing)
        walk.ask("parents/other", "GET", other + walk.query(listing))
        walk.parents.update(first)
        walk.ask("parents/again", "GET", path + walk.query(listing))


def _filters(walk: Walk, site: Site, path: str, shown: dict[str, Any], every: list[dict[str, Any]]) -> None:
    assert site.listing is not None
    chosen = {}
    for name in filters(site):
        held = re.sub(r"^filter\[([^\]]*)\].*$", r"\1", name)
        values = {as_text(one[held]) for one in every if isinstance(one.get(held), (str, int))}
        for value in sorted(values):
            walk.ask(f"filters/{name}/", "GET", path + walk.query(site.listing, {name: value}))
        walk.ask(f"no-match/{name}", "GET", path + walk.query(site.listing, {name: "nothing has this"}))
        if isinstance(shown.get(held), (str, int)):
            chosen[name] = as_text(shown[held])
    for one, value in chosen.items():
        for other in chosen:
            if one != other:
                walk.ask("two-filters/", "GET", path + walk.query(site.listing, {one: value, other: "nothing has this"}))
                walk.ask(
                    "two-filters/",
                    "GET",
                    path + walk.query(site.listing, {one: value, other: as_text(every[-1].get(other, "x"))}),
                )


def protocol(walk: Walk, site: Site) -> None:
    operation, path = site.operation, _target(walk)
    url = path + walk.query(operation)
    for method in ("PUT", "PATCH", "DELETE", "POST", "TRACE"):
        match = walk.match(method, path)
        if match is not None and match.operation is None:
            walk.ask(f"method/{method}", method, path, about="headers")
    walk.ask("method/OPTIONS", "OPTIONS", path, about="headers")
    if operation.method == "get":
        walk.ask("head/", "HEAD", url, about="headers")
        got = walk.ask("get-header/one", "GET", url, about="headers")
        tag = got.answer.header("etag") if isinstance(got.answer, Response) else None
        same = walk.ask("not-modified/", "GET", url, extra=(("If-None-Match", tag or '"x"'),), about="status")
        note_fact(walk, "not-modified/is", same, tag is not None and same.status == 200)
        walk.ask("modified/", "GET", url, extra=(("If-None-Match", '"something-else"'),), about="status")
        for accept in ("application/*", "*/*"):
            walk.ask(f"accept/{accept}", "GET", url, extra=(("Accept", accept),), about="status")
    for index in range(8 if operation.method != "delete" else 0):
        step = walk.ask(f"wait/{index}", operation.method, url, body_sample(operation), about="headers")
        limit = LIMITS.get(str(operation.extensions.get("x-latency-category")))
        note_fact(
            walk, f"slow/{index}", step, isinstance(step.answer, Response) and limit is not None and step.answer.elapsed > limit
        )
    made = walk.steps.get("create/0")
    if made is not None and isinstance(made.answer, Response):
        place = made.answer.header("location")
        target = urlsplit(place).path if place is not None and "[" not in place else place
        note_fact(
            walk,
            "made-header/",
            made,
            "none" if target is None else target.rpartition("/")[2] == name_of(thing(made.body) or {}, site),
        )


def others(walk: Walk, site: Site) -> None:
    """Without credentials, and with such as nobody has."""
    operation, body = site.operation, body_sample(site.operation)
    url = _target(walk) + walk.query(operation)
    if operation.method != "delete":
        walk.ask("known/", operation.method, url, body)
    walk.ask("anonymous/", operation.method, url, body, headers=(), about="headers")
    for token in ("Bearer nobody-has-this-token", "Bearer 0"):
        walk.ask("wrong-token/", operation.method, url, body, headers=(("Authorization", token),), about="status")
    own = dict(walk.setting.headers).get("Authorization", "")
    walk.ask(
        "other-scheme/",
        operation.method,
        url,
        body,
        headers=(("Authorization", f"Token {own.partition(' ')[2]}"),),
        about="status",
    )
    walk.ask("other-scheme/", operation.method, url, body, headers=(("Authorization", "Digest x"),), about="status")
