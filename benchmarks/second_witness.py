"""A scripted client that shows the faults of the second set: the same walk through the clean service and through the proxy.

A fault counts as seen where the walk differs at the steps that its promise is about. What the suite knows is not used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from second_faults_answers import media_of
from second_faults_input import body_sample, body_schema
from second_faults_lists import NUMBERS, SIZES, filters, names
from second_faults_state import kept_fields, name_of, nested_fields, text_fields
from second_site import Answer, Fault, Path, Proxy, Site, is_good, is_there, loaded, put, sampled, thing, things, walked

from conformance.checks.latency import LIMITS
from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.model.operation import Operation, Parameter
from conformance.model.ports import Responder, Schema
from conformance.run.setting import Setting, opened, responder
from conformance.spec.document import Document
from conformance.spec.reading import RequestReading, read_request
from conformance.spec.router import Router

_VOLATILE = re.compile(r"^[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}$|^\d{4}-\d\d-\d\d([T ].*)?$")
_MISSING_NAME = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
_TEXTS = ("plain words that are rather long for a name", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was asked under a name, and what came of it; ``fact`` is what the step is about."""

    request: Request
    operation: Operation | None
    reading: RequestReading | None
    answer: Answer
    fact: Any

    @property
    def body(self) -> Any:
        return loaded(self.answer.body) if isinstance(self.answer, Response) else None

    @property
    def status(self) -> int:
        return self.answer.status if isinstance(self.answer, Response) else 0


def scrubbed(value: Any) -> Any:
    """A body without what is another each time: ids and times."""
    if isinstance(value, dict):
        return {name: scrubbed(held) for name, held in value.items()}
    if isinstance(value, list):
        return [scrubbed(held) for held in value]
    return "~" if isinstance(value, str) and _VOLATILE.match(value) else value


@dataclass(slots=True, kw_only=True)
class Walk:
    """One walk around a site."""

    document: Document
    site: Site
    responder: Responder
    setting: Setting
    steps: dict[str, Step] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._base = opened(self.setting).target.base
        self._router = _router(self.document)

    _base: str = ""
    _router: Any = None

    # Asking

    def ask(
        self, label: str, method: str, path: str, body: Any = None, *, headers: Headers | None = None, extra: Headers = (),
        raw: bytes | None = None, media: str = "application/json", about: str = "",
    ) -> Step:  # fmt: skip
        """Ask for something, and note it under a label. ``about`` says what of the answer the step is about."""
        given = (*(self.setting.headers if headers is None else headers), *extra)
        text = raw if raw is not None else json.dumps(body).encode() if body is not None else b""
        if text or raw is not None:
            given = (*given, ("Content-Type", media))
        request = Request(method=method.upper(), url=self._base + path, headers=given, body=text)
        match = self._router.match(request.method, request.url)
        operation = match.operation if match is not None else None
        reading = read_request(operation, request, match.values) if operation is not None else None
        answer = self.responder.respond(request)
        step = Step(request=request, operation=operation, reading=reading, answer=answer, fact=self._fact(answer, about, request))
        self.steps[f"{label}#{len(self.steps)}" if label.endswith("/") else label] = step
        return step

    def _fact(self, answer: Answer, about: str, request: Request) -> Any:
        if not isinstance(answer, Response):
            return answer.kind
        if about == "headers":
            return answer.status, sorted(pair for pair in answer.headers if pair[0].lower() != "date" or ":" not in pair[1]), bool(answer.body)
        if about == "status":
            return answer.status
        body = loaded(answer.body)
        if not is_there(body):
            return answer.status, answer.body
        shown = thing(body) if things(body) is None else None
        own = name_of(shown, self.site) == urlsplit(request.url).path.rpartition("/")[2] if shown is not None else None
        return answer.status, own, scrubbed(body)

    def ids(self, step: Step) -> list[str]:
        """The ids that a list shows."""
        return [name_of(one, self.site) for one in things(step.body) or () if isinstance(one, dict)] if is_there(step.body) else []

    # Where

    def path(self, operation: Operation, name: str | None = None) -> str:
        """A path whose parents are there; ``name`` is for its last parameter."""
        found = ""
        segments = operation.path.split("/")[1:]
        for index, segment in enumerate(segments):
            if "{" not in segment:
                found += f"/{segment}"
                continue
            is_last = index == len(segments) - 1
            chosen = name if is_last and name is not None else self._parent("/" + "/".join(segments[:index]), found, operation, segment)
            found += "/" + re.sub(r"\{[^}]*\}", quote(chosen, safe="").replace("\\", ""), segment)
        return found

    def _parent(self, template: str, prefix: str, operation: Operation, segment: str) -> str:
        if prefix in self.parents:
            return self.parents[prefix]
        shape = re.sub(r"\{[^}]*\}", "{}", template)
        at = {other.method: other for other in self.document.operations if re.sub(r"\{[^}]*\}", "{}", other.path) == shape}
        chosen = ""
        if "post" in at:
            body = thing(self.ask("parent/", "POST", prefix + self.query(at["post"]), body_sample(at["post"])).body)
            chosen = _any_name(body, segment)
        elif "get" in at:
            shown = things(self.ask("parent/", "GET", prefix + self.query(at["get"])).body) or [None]
            chosen = _any_name(shown[0], segment)
        if not chosen:
            parameter = next((known for known in operation.parameters_in("path") if f"{{{known.name}}}" in segment), None)
            value = sampled(parameter.schema) if parameter is not None and parameter.schema is not None else "x"
            chosen = str(value) if value not in (None, "") else "x"
        self.parents[prefix] = chosen
        return chosen

    def query(self, operation: Operation, extra: Mapping[str, Any] | None = None) -> str:
        """The query of an operation: what is required, and more."""
        pairs: dict[str, Any] = {}
        for parameter in operation.parameters_in("query"):
            if parameter.required:
                pairs.update(_wired(parameter, sampled(parameter.schema) if parameter.schema is not None else "x"))
        pairs.update(extra or {})
        return "?" + urlencode([(name, _text(value)) for name, value in pairs.items()]) if pairs else ""


def _router(document: Document) -> Router:
    return Router(document.operations, extra_bases={urlsplit(url).path.rstrip("/") for url in document.servers})


def _any_name(shown: Any, segment: str) -> str:
    if not isinstance(shown, dict):
        return ""
    own = segment.strip("{}")
    likely = [name for name in shown if name.lower().endswith("id")]
    return str(next((shown[name] for name in (own, "id", *likely) if isinstance(shown.get(name), (str, int))), ""))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _wired(parameter: Parameter, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {f"{parameter.name}[{name}]": held for name, held in value.items() if not isinstance(held, (dict, list))}
    return {parameter.name: value if not isinstance(value, list) else value[0] if value else ""}


# The walk


def _names(walk: Walk) -> list[str]:
    """The ids of the things that are there."""
    made = [name_of(shown, walk.site) for label, step in walk.steps.items() if label.startswith("create/")
            and is_there(step.body) and (shown := thing(step.body)) is not None]  # fmt: skip
    if made:
        return [name for name in made if name]
    found = next((step for label, step in walk.steps.items() if label == "list/all"), None)
    return walk.ids(found) if found is not None else []


def _lists_empty(walk: Walk, site: Site) -> None:
    if site.listing is not None:
        walk.ask("empty/", "GET", walk.path(site.listing) + walk.query(site.listing))


def _creates(walk: Walk, site: Site) -> None:
    if site.create is None:
        return
    path = walk.path(site.create) + walk.query(site.create)
    before = _count(walk, site)
    for index in range(4):
        body = _varied(body_sample(site.create, str(index)), site.create, site.read, index)
        walk.ask(f"create/{index}", "POST", path, body)
        after = _count(walk, site)
        walk.steps[f"one-more/{index}"] = replace(walk.steps[f"create/{index}"], fact=after - before)
        before = after
    walk.ask("create/less", "POST", path, body_sample(site.create, rich=False))


def _varied(body: Any, operation: Operation, read: Operation | None, index: int) -> Any:
    schema = body_schema(operation)
    for name, held in body.items() if isinstance(body, dict) else ():
        if isinstance(held, list) and schema is not None:
            longer = {**body, name: [*held, *(body_sample(operation, f"more {index}") or {}).get(name, []), f"more {index}"]}
            shorter = {**body, name: longer[name][:-1]}
            body = next((one for one in (longer, shorter) if schema.is_valid(one, direction="request")), body)
    for name in text_fields(operation, read):
        changed = {**body, name: f"{name} {index} {_TEXTS[0]}"}
        if schema is not None and schema.is_valid(changed, direction="request"):
            body = changed
    return body


def _count(walk: Walk, site: Site) -> int:
    if site.listing is None:
        return 0
    return len(walk.ids(walk.ask("counted/", "GET", walk.path(site.listing) + walk.query(site.listing))))


def _plain(walk: Walk, site: Site) -> None:
    operation = site.operation
    if site.listing is not None:
        walk.ask("list/all", "GET", walk.path(site.listing) + walk.query(site.listing))
    for index, name in enumerate(_names(walk)):
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
        names = _names(walk)
        return walk.path(site.operation, names[-1] if names else None)
    return walk.path(site.operation)


def _variants(walk: Walk, site: Site) -> None:
    """Good and bad requests of the site's own operation."""
    operation, path = site.operation, _target(walk)
    if site.role == "delete":
        walk.ask("bad/", "DELETE", walk.path(operation, "not an id!"))
        walk.ask("unknown/delete", "DELETE", walk.path(operation, _MISSING_NAME))
        walk.ask("unknown/delete again", "DELETE", walk.path(operation, _MISSING_NAME))
        return
    body = body_sample(operation)
    for extra in _queries(operation):
        walk.ask("query/", operation.method, path + walk.query(operation, extra), body)
    if operation.parameters_in("query"):
        walk.ask("query/", operation.method, path, body)
    if "{" in operation.path:
        walk.ask("bad/", operation.method, walk.path(operation, "not an id!") + walk.query(operation), body)
        walk.ask("unknown/", operation.method, walk.path(operation, _MISSING_NAME) + walk.query(operation), body)
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
    from second_site import MISSING

    return put(body, path, MISSING) if isinstance(path[-1], str) else body


def _lists(walk: Walk, site: Site) -> None:
    listing = site.listing
    if listing is None:
        return
    path = walk.path(listing)
    whole = walk.ask("list/again", "GET", path + walk.query(listing))
    for index, name in enumerate(_names(walk)):
        _fact(walk, f"listed/{index}", whole, name in walk.ids(whole))
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
        values = {_text(one[held]) for one in every if isinstance(one.get(held), (str, int))}
        for value in sorted(values):
            walk.ask(f"filters/{name}/", "GET", path + walk.query(site.listing, {name: value}))
        walk.ask(f"no-match/{name}", "GET", path + walk.query(site.listing, {name: "nothing has this"}))
        if isinstance(shown.get(held), (str, int)):
            chosen[name] = _text(shown[held])
    for one in chosen:
        for other in chosen:
            if one != other:
                walk.ask("two-filters/", "GET", path + walk.query(site.listing, {one: chosen[one], other: "nothing has this"}))
                walk.ask("two-filters/", "GET", path + walk.query(site.listing, {one: chosen[one], other: _text(every[-1].get(other, "x"))}))


def _fact(walk: Walk, label: str, step: Step, fact: Any) -> None:
    walk.steps[label] = replace(step, fact=fact)


def _protocol(walk: Walk, site: Site) -> None:
    operation, path = site.operation, _target(walk)
    url = path + walk.query(operation)
    for method in ("PUT", "PATCH", "DELETE", "POST", "TRACE"):
        match = walk._router.match(method, walk._base + path)
        if match is not None and match.operation is None:
            walk.ask(f"method/{method}", method, path, about="headers")
    walk.ask("method/OPTIONS", "OPTIONS", path, about="headers")
    if operation.method == "get":
        walk.ask("head/", "HEAD", url, about="headers")
        got = walk.ask("get-header/one", "GET", url, about="headers")
        tag = got.answer.header("etag") if isinstance(got.answer, Response) else None
        same = walk.ask("not-modified/", "GET", url, extra=(("If-None-Match", tag or '"x"'),), about="status")
        _fact(walk, "not-modified/is", same, tag is not None and same.status == 200)
        walk.ask("modified/", "GET", url, extra=(("If-None-Match", '"something-else"'),), about="status")
        for accept in ("application/*", "*/*"):
            walk.ask(f"accept/{accept}", "GET", url, extra=(("Accept", accept),), about="status")
    for index in range(8 if operation.method != "delete" else 0):
        step = walk.ask(f"wait/{index}", operation.method, url, body_sample(operation), about="headers")
        limit = LIMITS.get(str(operation.extensions.get("x-latency-category")))
        _fact(walk, f"slow/{index}", step, isinstance(step.answer, Response) and limit is not None and step.answer.elapsed > limit)
    made = walk.steps.get("create/0")
    if made is not None and isinstance(made.answer, Response):
        place = made.answer.header("location")
        target = urlsplit(place).path if place is not None and "[" not in place else place
        _fact(walk, "made-header/", made, "none" if target is None else target.rpartition("/")[2] == name_of(thing(made.body) or {}, site))


def _others(walk: Walk, site: Site) -> None:
    """Without credentials, and with such as nobody has."""
    operation, body = site.operation, body_sample(site.operation)
    url = _target(walk) + walk.query(operation)
    if operation.method != "delete":
        walk.ask("known/", operation.method, url, body)
    walk.ask("anonymous/", operation.method, url, body, headers=(), about="headers")
    for token in ("Bearer nobody-has-this-token", "Bearer 0"):
        walk.ask("wrong-token/", operation.method, url, body, headers=(("Authorization", token),), about="status")
    own = dict(walk.setting.headers).get("Authorization", "")
    walk.ask("other-scheme/", operation.method, url, body, headers=(("Authorization", f"Token {own.partition(' ')[2]}"),), about="status")
    walk.ask("other-scheme/", operation.method, url, body, headers=(("Authorization", "Digest x"),), about="status")


def _writes(walk: Walk, site: Site) -> None:
    for operation in (site.update, site.replace):
        if operation is None or site.read is None:
            continue
        found = _names(walk)
        path, read = walk.path(operation, found[0]), walk.path(site.read, found[0])
        schema, body = body_schema(operation), body_sample(operation)
        assert schema is not None
        _changes(walk, site, operation, path, read)
        for name in found[1:2]:
            walk.ask(f"update/{operation.method}", operation.method, walk.path(operation, name), _varied(body, operation, site.read, 7))
            walk.ask("written/", "GET", walk.path(site.read, name))
        for index in (0, 2):
            walk.ask(f"neighbour/{operation.method}{index}", "GET", walk.path(site.read, found[index]))
        walk.ask(f"update/{operation.method}0", operation.method, path, _varied(body, operation, site.read, 8))
        for name in text_fields(operation, site.read):
            wrong = _spoilt(schema, _varied(body, operation, site.read, 9), name)
            if wrong is not None:
                walk.ask("refused/", operation.method, path, wrong)
                walk.ask("refused-write/", "GET", read)
        if operation.method == "put":
            full = _varied(body, operation, site.read, 5)
            walk.ask("put/", "PUT", path, full)
            walk.ask("put/", "PUT", path, full)
            walk.ask("put-again/", "GET", read)
            walk.ask("put/", "PUT", path, {name: held for name, held in full.items() if name in schema.required()})
            walk.ask("put-less/", "GET", read)
        walk.ask("unknown-write/", operation.method, walk.path(operation, _MISSING_NAME), body, about="status")
        _conditions(walk, operation, path, read, body)
    refused = site.create if site.role == "create" else None
    if refused is not None:
        before = _count(walk, site)
        schema, body = body_schema(refused), body_sample(refused)
        for name in schema.required() if schema is not None else ():
            walk.ask("refused/", "POST", walk.path(refused), {key: held for key, held in body.items() if key != name})
        walk.ask("refused/", "POST", walk.path(refused), [])
        step = walk.ask("refused/", "POST", walk.path(refused), raw=b"{")
        _fact(walk, "refused-create/", step, _count(walk, site) - before)


def _changes(walk: Walk, site: Site, operation: Operation, path: str, read: str) -> None:
    """One field after another."""
    schema = body_schema(operation)
    assert schema is not None and site.read is not None
    walk.ask(f"update/{operation.method}x", operation.method, path, _varied(body_sample(operation), operation, site.read, 3))
    walk.ask("written/", "GET", read)
    if site.listing is not None:
        listed = walk.ask("listed-written/", "GET", walk.path(site.listing) + walk.query(site.listing))
        assert listed is not None
    base = body_sample(operation, rich=False) or {}
    for name in kept_fields(operation, site.read):
        known = schema.all_properties()[name]
        kinds: tuple[Any, ...] = ("ąę changed", "") if "string" in known.types() else (False, True) if "boolean" in known.types() else (0, 3)
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


def _conditions(walk: Walk, operation: Operation, path: str, read: str, body: Any) -> None:
    first = walk.ask("get-header/tag", "GET", read)
    old = first.answer.header("etag") if isinstance(first.answer, Response) else None
    walk.ask("update/tag", operation.method, path, _varied(body, operation, walk.site.read, 11))
    new = walk.ask("get-header/tag2", "GET", read)
    tag = new.answer.header("etag") if isinstance(new.answer, Response) else None
    _fact(walk, "get-header/same", new, old is not None and old == tag and scrubbed(first.body) != scrubbed(new.body))
    step = walk.ask("match/ask", operation.method, path, body, extra=(("If-Match", '"not-this"'),), about="status")
    _fact(walk, "match/ignored", step, tag is not None and step.status == 200)
    del walk.steps["match/ask"], walk.steps["get-header/tag"], walk.steps["get-header/tag2"]


def _strangers(walk: Walk, site: Site) -> None:
    other = walk.setting.other_user
    if not other or site.read is None:
        return
    name = _names(walk)[0]
    path = walk.path(site.read, name)
    walk.ask("foreign/", "GET", path, headers=other, about="status")
    if site.listing is not None:
        walk.ask("foreign-list/", "GET", walk.path(site.listing) + walk.query(site.listing), headers=other)
    for operation in (site.update, site.replace):
        if operation is not None:
            body = _varied(body_sample(operation), operation, site.read, 21)
            walk.ask("foreign-write/", operation.method, path, body, headers=other, about="status")
            walk.ask("foreign-quiet/", "GET", path)
    if site.delete is not None:
        walk.ask("foreign-delete/", "DELETE", path, headers=other, about="status")
        walk.ask("foreign-quiet/", "GET", path)


def _deletes(walk: Walk, site: Site) -> None:
    if site.delete is None:
        return
    found = _names(walk)
    one = found[1]
    if site.role == "delete" and site.read is not None:
        walk.ask("refused-delete/x", "DELETE", walk.path(site.delete, one), headers=(), about="status")
        walk.ask("refused-delete/y", "GET", walk.path(site.read, one), about="status")
        answer = walk.ask("match/ask", "GET", walk.path(site.read, found[3])).answer
        tag = answer.header("etag") if isinstance(answer, Response) else None
        step = walk.ask("match/ask", "DELETE", walk.path(site.delete, found[3]), extra=(("If-Match", '"not-this"'),))
        _fact(walk, "match/ignored", step, tag is not None and is_good(step.answer))
        del walk.steps["match/ask"]
    walk.ask("deleted/", "DELETE", walk.path(site.delete, one))
    if site.read is not None:
        walk.ask("gone/", "GET", walk.path(site.read, one), about="status")
    if site.listing is not None:
        listed = walk.ask("unlisted/all", "GET", walk.path(site.listing) + walk.query(site.listing))
        _fact(walk, "unlisted/all", listed, one in walk.ids(listed))
    if site.read is not None:
        for index, name in enumerate((found[0], found[2])):
            walk.ask(f"neighbour/{index}", "GET", walk.path(site.read, name), about="status")
        if site.create is not None:
            walk.ask("another/", "POST", walk.path(site.create) + walk.query(site.create), body_sample(site.create, "z"))
        walk.ask("stays-gone/", "GET", walk.path(site.read, one), about="status")
    walk.ask("deleted/again", "DELETE", walk.path(site.delete, one), about="status")
    walk.ask("deleted/more", "DELETE", walk.path(site.delete, one), about="status")


_LIVES = (_lists_empty, _creates, _plain, _lists, _writes, _strangers, _deletes)
_WHOLE = (_lists_empty, _creates, _plain, _lists, _variants, _protocol, _others)
_ABOUT = {"answer", "doubled", "no-content", "accepted", "refused", "crashed"}
_BARE = (_creates, _plain, _protocol, _others)
_BARE_ABOUT = {"method", "head", "made-header", "wait", "not-modified", "modified", "slow", "accept", "anonymous", "wrong-token", "other-scheme"}


def parts(fault: Fault) -> tuple[Callable[[Walk, Site], None], ...]:
    """The parts of the walk that a fault can show in."""
    if fault.proof in {"charset", "unknown", "get-header"}:
        return (*_WHOLE, _writes)
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
    "others": _differs("written"), "identity": _differs("read|there|read-again"), "created": _differs("create"), "update-identity": _differs("update"),
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
