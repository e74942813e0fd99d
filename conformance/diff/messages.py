"""Bodies and answers compared: statuses with their ranges, media types with theirs, headers, links."""

from __future__ import annotations

import re
from collections.abc import Mapping

from conformance.diff.change import Direction, Medium
from conformance.diff.encodings import encodings
from conformance.diff.facts import Pair, shown
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.diff.matching import template
from conformance.diff.parameters import headers
from conformance.diff.shape import ANYTHING, BYTES, Node, key_of
from conformance.diff.shaping import Shapes
from conformance.model.operation import MediaType, Operation, ResponseSpec
from conformance.spec.document import Document
from conformance.spec.pointer import from_fragment, join

_TOLD = re.compile(r"json|xml|form|yaml|^text/")
"""Media types whose content a schema describes."""

_XML = re.compile(r"[/+]xml\b")

Content = Mapping[str, MediaType]


def bodies(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    """Put down what differs between what two operations are sent."""
    before, after = old.request_body, new.request_body
    if before is None and after is not None:
        kind, word = ("required-request-body-added", "required ") if after.required else ("request-body-added", "")
        place = join(new.pointer, "requestBody")
        ledger.put(scope, Entry(kind=kind, text=f"a {word}request body was added", old=old.pointer, new=place))
    elif before is not None and after is None:
        text, place = "the request body was removed", join(old.pointer, "requestBody")
        ledger.put(scope, Entry(kind="request-body-removed", text=text, old=place, new=new.pointer))
    elif before is not None and after is not None:
        if before.required != after.required:
            word = "required" if after.required else "optional"
            ledger.put(scope, Entry(kind=f"request-body-became-{word}", text=f"it became {word}", where="request body",
                                    old=before.pointer, new=after.pointer))  # fmt: skip
        contents(ledger, scope, before.content, after.content, "request body", (before.pointer, after.pointer))


def answers(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    """Put down what differs between what two operations answer."""
    scope = scope.towards(Direction.RESPONSE)
    before, after = ({_status(key): spec for key, spec in held.responses.items()} for held in (old, new))
    for status, spec in before.items():
        held = _speaking(status, spec, after)
        if held is not None:
            _answer(ledger, scope, spec, after[held], status)
        elif any(_covers(status, other) for other in after if other not in before):
            others = ", ".join(other for other in after if _covers(status, other) and other not in before)
            text = f"the answer {status} became {others}"
            ledger.put(scope, Entry(kind="status-range-narrowed", text=text, old=spec.pointer, new=new.pointer + "/responses"))
        else:
            kind = "success-status-removed" if _succeeds(status) else "error-status-removed"
            text, place = f"the answer {status} was removed", join(old.pointer, "responses", spec.status)
            ledger.put(scope, Entry(kind=kind, text=text, old=place, new=new.pointer + "/responses"))
    for status, spec in after.items():
        if status in before:
            continue
        held = _speaking(status, spec, before)
        if held is not None:
            _answer(ledger, scope, before[held], spec, status)
        else:
            kind = "success-status-added" if _succeeds(status) else "error-status-added"
            text, place = f"the answer {status} was added", join(new.pointer, "responses", spec.status)
            ledger.put(scope, Entry(kind=kind, text=text, old=old.pointer + "/responses", new=place))


def _status(key: str) -> str:
    return key.upper() if key != "default" else key


def _covering(status: str, held: Mapping[str, ResponseSpec]) -> str | None:
    """The entry that speaks for a status: itself, its range, or the default."""
    return next(
        (key for key in (status, status[:1] + "XX", "default") if key in held and (key == status or _covers(key, status))), None
    )


def _speaking(status: str, spec: ResponseSpec, held: Mapping[str, ResponseSpec]) -> str | None:
    """The entry that speaks for a status; a default that has other media types is not meant for success."""
    key = _covering(status, held)
    if key != "default" or status == "default" or not _succeeds(status):
        return key
    ones, others = ({_media(name) for name in one.content} for one in (spec, held[key]))
    return key if ones & others or not (ones or others) else None


def _covers(wide: str, status: str) -> bool:
    return wide != status and (wide == "default" or (wide.endswith("XX") and status != "default" and wide[0] == status[0]))


def _succeeds(status: str) -> bool:
    return status[:1] in {"1", "2", "3"}


def _answer(ledger: Ledger, scope: Scope, old: ResponseSpec, new: ResponseSpec, status: str) -> None:
    where = f"response {status}"
    places = (old.pointer, new.pointer)
    if old.content and not new.content:
        ledger.put(scope, Entry(kind="content-removed", text="the body was removed", old=places[0], new=places[1], where=where))
    elif new.content and not old.content:
        ledger.put(scope, Entry(kind="content-added", text="a body was added", old=places[0], new=places[1], where=where))
    else:
        contents(ledger, scope, old.content, new.content, where, places)
    headers(ledger, scope, old.headers, new.headers, where, places)
    _links(ledger, scope, old, new, where)


def _links(ledger: Ledger, scope: Scope, old: ResponseSpec, new: ResponseSpec, where: str) -> None:
    for name in sorted(old.links.keys() | new.links.keys()):
        one, other = (join(held.pointer, "links", name) if name in held.links else held.pointer for held in (old, new))
        if name in old.links and name in new.links:
            before, after = _link(ledger.old, ledger.known.old, old, name), _link(ledger.new, ledger.known.new, new, name)
            if before[1:] == after[1:] or (before[0] is not None and before[0] == after[0] and before[2:] == after[2:]):
                continue
            kind, verb = "link-changed", "leads elsewhere, or with other values"
        else:
            kind, verb = ("link-added", "was added") if name in new.links else ("link-removed", "was removed")
        _text(ledger, scope, kind, f"the link {shown(name)} {verb}", one, other, where)


def _link(document: Document, shapes: Shapes, held: ResponseSpec, name: str) -> tuple[object, ...]:
    """What a link says: the operation, ``None`` when there is none such; how it is named; and what it is given."""
    link, pointer = held.links[name], join(held.pointer, "links", name)
    target = shapes.schemas.target(pointer, link) if isinstance(link, dict) else None
    link = shapes.schemas.value(target) if target is not None else link
    if not isinstance(link, dict):
        return (None, None)
    aimed = link.get("operationRef", "")
    place = from_fragment(aimed[1:]) if isinstance(aimed, str) and aimed.startswith("#") else None
    found = next(
        (one for one in document.operations if one.pointer == place or one.operation_id == link.get("operationId", 0)), None
    )
    which = (found.method, template(found.path)) if found else None
    parameters = link.get("parameters")
    given = parameters if isinstance(parameters, dict) else {}
    return (
        which,
        (link.get("operationId"), aimed),
        key_of({str(key): value for key, value in given.items()}),
        key_of(link.get("requestBody")),
    )


def contents(ledger: Ledger, scope: Scope, old: Content, new: Content, where: str, places: tuple[str, str]) -> None:
    """Put down what differs between two contents, media type by media type."""
    before, after = ({_media(name): held for name, held in content.items()} for content in (old, new))
    many = len(before) > 1 or len(after) > 1
    for name, held in before.items():
        twin = name if name in after else _range(name, after)
        if twin is not None:
            _held(ledger, scope, held, after[twin], f"{where} ({name})" if many else where)
        if twin is None and not any(_ranges(name, other) for other in after):
            _text(ledger, scope, "media-type-removed", f"the media type {name} was removed", held.pointer, places[1], where)
        elif twin is not None and twin != name and twin not in before:
            text = f"the media type {name} became {twin}"
            _text(ledger, scope, "media-type-widened", text, held.pointer, after[twin].pointer, where)
    for name, held in after.items():
        twin = name if name in before else _range(name, before)
        if twin is not None and twin != name:
            _held(ledger, scope, before[twin], held, f"{where} ({name})" if many else where)
        if twin is None and not any(_ranges(name, other) for other in before):
            _text(ledger, scope, "media-type-added", f"the media type {name} was added", places[0], held.pointer, where)
        elif twin is not None and twin != name and twin not in after:
            text = f"the media type {twin} became {name}"
            _text(ledger, scope, "media-type-narrowed", text, before[twin].pointer, held.pointer, where)


def _range(name: str, held: Content) -> str | None:
    """The range that a media type is in."""
    return next((other for other in held if _ranges(other, name)), None)


def _text(ledger: Ledger, scope: Scope, kind: str, text: str, old: str, new: str, where: str) -> None:
    ledger.put(scope, Entry(kind=kind, text=text, old=old, new=new, where=where))


def _media(name: str) -> str:
    """A media type in small letters, without a charset, which JSON has only one of and others say themselves."""
    kind, *rest = [part.strip() for part in name.lower().split(";")]
    kept = [part for part in rest if part and not part.startswith("charset")]
    return ";".join([kind, *sorted(kept)])


def _ranges(wide: str, name: str) -> bool:
    """Whether a range of media types holds another one."""
    if wide == name or "*" not in wide:
        return False
    return wide == "*/*" or (wide.endswith("/*") and name.startswith(wide[:-1]))


def _held(ledger: Ledger, scope: Scope, old: MediaType, new: MediaType, where: str) -> None:
    pair = Pair(_node(old), _node(new))
    if not (_bytes_alone(ledger.known.old, old, pair.old) and _bytes_alone(ledger.known.new, new, pair.new)):
        ledger.schemas(scope, pair, where, (old.pointer, new.pointer), _medium(old))
    encodings(ledger, scope, old, new, where)


def _medium(media: MediaType) -> Medium:
    name = _media(media.name)
    return Medium.XML if _XML.search(name) else Medium.TEXT if name == "application/x-www-form-urlencoded" else Medium.JSON


def _bytes_alone(shapes: Shapes, media: MediaType, node: Node) -> bool:
    """Whether a body is bytes, which 3.0 writes as a binary string, and 3.1 as no schema at all."""
    if _TOLD.search(media.name.lower()):
        return False
    shape = shapes.shape(node)
    said = shapes.schemas.value(node.pointer) if node.atoms else True
    return said in (True, {}) or (shape.types == {"string"} and shape.contents == {BYTES} and not shape.most)


def _node(media: MediaType) -> Node:
    return Node((media.schema.pointer,)) if media.schema is not None else ANYTHING
