"""Bodies and answers compared: statuses with their ranges, media types with theirs, headers, links."""

from __future__ import annotations

import re
from collections.abc import Mapping

from conformance.diff.change import Direction
from conformance.diff.facts import Pair, shown
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.diff.parameters import headers
from conformance.diff.shape import ANYTHING, BYTES, Node
from conformance.diff.shaping import Shapes
from conformance.model.operation import MediaType, Operation, ResponseSpec

_TOLD = re.compile(r"json|xml|form|yaml|^text/")
"""Media types whose content a schema describes."""

Content = Mapping[str, MediaType]


def bodies(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    """Put down what differs between what two operations are sent."""
    before, after = old.request_body, new.request_body
    if before is None and after is not None:
        kind, word = ("required-request-body-added", "required ") if after.required else ("request-body-added", "")
        ledger.put(scope, Entry(kind=kind, text=f"a {word}request body was added", old=old.pointer, new=after.pointer))
    elif before is not None and after is None:
        text = "the request body was removed"
        ledger.put(scope, Entry(kind="request-body-removed", text=text, old=before.pointer, new=new.pointer))
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
        held = _covering(status, after)
        if held is not None:
            _answer(ledger, scope, spec, after[held], status)
        elif any(_covers(status, other) for other in after if other not in before):
            others = ", ".join(other for other in after if _covers(status, other) and other not in before)
            text = f"the answer {status} became {others}"
            ledger.put(scope, Entry(kind="status-range-narrowed", text=text, old=spec.pointer, new=new.pointer + "/responses"))
        else:
            kind = "success-status-removed" if _succeeds(status) else "error-status-removed"
            text = f"the answer {status} was removed"
            ledger.put(scope, Entry(kind=kind, text=text, old=spec.pointer, new=new.pointer + "/responses"))
    for status, spec in after.items():
        if status in before:
            continue
        held = _covering(status, before)
        if held is not None:
            _answer(ledger, scope, before[held], spec, status)
        else:
            kind = "success-status-added" if _succeeds(status) else "error-status-added"
            text = f"the answer {status} was added"
            ledger.put(scope, Entry(kind=kind, text=text, old=old.pointer + "/responses", new=spec.pointer))


def _status(key: str) -> str:
    return key.upper() if key != "default" else key


def _covering(status: str, held: Mapping[str, ResponseSpec]) -> str | None:
    """The entry that speaks for a status: itself, its range, or the default."""
    return next(
        (key for key in (status, status[:1] + "XX", "default") if key in held and (key == status or _covers(key, status))), None
    )


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
    for name in sorted(old.links.keys() ^ new.links.keys()):
        kind, verb = ("link-added", "added") if name in new.links else ("link-removed", "removed")
        ledger.put(scope, Entry(kind=kind, text=f"the link {shown(name)} was {verb}", old=places[0], new=places[1], where=where))


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
        ledger.schemas(scope, pair, where, (old.pointer, new.pointer))
    before, after = dict(old.encoding), dict(new.encoding)
    for name in sorted(before.keys() | after.keys()):
        if _encoding(before.get(name)) != _encoding(after.get(name)):
            text = f"the part {shown(name)} is encoded otherwise"
            _text(ledger, scope, "encoding-changed", text, old.pointer, new.pointer, where)


def _bytes_alone(shapes: Shapes, media: MediaType, node: Node) -> bool:
    """Whether a body is bytes, which 3.0 writes as a binary string, and 3.1 as no schema at all."""
    if _TOLD.search(media.name.lower()):
        return False
    shape = shapes.shape(node)
    return node == ANYTHING or (shape.types == {"string"} and shape.contents == {BYTES} and not shape.most)


def _encoding(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        return {}
    return {key: held for key, held in value.items() if key in {"contentType", "style", "explode", "allowReserved"}}


def _node(media: MediaType) -> Node:
    return Node((media.schema.pointer,)) if media.schema is not None else ANYTHING
