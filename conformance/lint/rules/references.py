"""References, and components that nothing leads to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.lint.reach import Reach
from conformance.lint.rule import ERROR, NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of
from conformance.spec.places import FILES, Place
from conformance.spec.pointer import follow, from_fragment, join, split

AREA = "references"
_HOLDERS = {"schema": "schemas", "response": "responses", "parameter": "parameters", "example": "examples",
            "request-body": "requestBodies", "header": "headers", "security-scheme": "securitySchemes", "link": "links",
            "callback": "callbacks", "path-item": "pathItems"}  # fmt: skip
_IGNORABLE = frozenset({"$ref", "description", "summary", "title", "example", "examples", "externalDocs", "deprecated", "default",
                        "readOnly", "writeOnly", "xml"})  # fmt: skip


def reference_unresolvable(subject: Subject) -> Iterator[Defect]:
    """Every reference leads somewhere."""
    reasons = {reference: reason for reference, _, reason in subject.document.source.unread}
    for place in subject.references:
        reference = place.reference or ""
        if subject.leads(place) is None:
            remote = "other servers are asked only with --allow-remote-refs"
            told = reasons.get(reference, remote if reference.lower().startswith(("http:", "https:")) else "")
            hint = f"; {told}" if told else ""
            yield Defect(join(place.pointer, "$ref"), f"{reference!r} leads nowhere{hint}")
    for place in subject.of("schema"):
        dynamic = place.value.get("$dynamicRef")
        if isinstance(dynamic, str) and not dynamic.startswith("http") and subject.target(dynamic, place.pointer) is None:
            yield Defect(join(place.pointer, "$dynamicRef"), f"{dynamic!r} leads nowhere")


def reference_past_id(subject: Subject) -> Iterator[Defect]:
    """A reference inside a schema with an ``$id`` leads to what is in that schema."""
    roots = () if subject.is_30 else tuple(place.pointer for place in subject.having("$id"))
    for place in subject.references if roots else ():
        reference, target = place.reference or "", subject.leads(place)
        around = [root for root in roots if f"{place.pointer}/".startswith(f"{root}/")]
        if place.kind == "schema" and reference.startswith("#/") and around and target is not None:
            root = max(around, key=len)
            if target != root + from_fragment(reference[1:]):
                yield Defect(
                    join(place.pointer, "$ref"),
                    f"{reference!r} starts at the schema around it, for that has an `$id`, and nothing is there",
                )


def reference_circular(subject: Subject) -> Iterator[Defect]:
    """No chain of mere references comes back to itself."""
    for place in subject.references:
        if place.kind == "schema" and len(place.value) > 1 and not subject.is_30:
            continue
        target = subject.leads(place)
        if target is not None and subject.followed(place) is None and _circles(subject, place.pointer, target):
            yield Defect(
                join(place.pointer, "$ref"), f"{_written(place.reference)!r} leads back to itself and never to anything else"
            )


def _written(reference: str | None) -> str:
    """A reference as a reader knows it: the name of the file, and what is after it."""
    tokens = split(from_fragment((reference or "").removeprefix("#")))
    if tokens[:1] != (FILES,) or len(tokens) < 2:
        return reference or ""
    return tokens[1] + (f"#{join('', *tokens[2:])}" if len(tokens) > 2 else "")


def _circles(subject: Subject, start: str, target: str) -> bool:
    by_pointer = {place.pointer: place for place in subject.references}
    seen = {start}
    while target not in seen:
        seen.add(target)
        following = subject.leads(by_pointer[target]) if target in by_pointer else None
        if following is None:
            return False
        target = following
    return True


def reference_kind_mismatch(subject: Subject) -> Iterator[Defect]:
    """A reference leads to a component of the kind that is wanted at its place."""
    for place in subject.references:
        tokens = split(subject.leads(place) or "")
        if (
            len(tokens) == 3
            and tokens[0] == "components"
            and tokens[1] in _HOLDERS.values()
            and tokens[1] != _HOLDERS.get(place.kind, tokens[1])
        ):
            # Parameters and headers are nearly the same object, yet not for each other's place.
            yield Defect(
                join(place.pointer, "$ref"), f"a {place.kind} is wanted here, and {place.reference!r} is one of {tokens[1]}"
            )


def reference_wrong_place(subject: Subject) -> Iterator[Defect]:
    """A reference leads to an object of the kind that is wanted, wherever that stands."""
    for place in subject.references:
        target = subject.leads(place)
        tokens = split(target or "")
        if target is None or any(token.startswith("x-") for token in tokens):
            continue
        found, value = subject.kinds.get(target), _at(subject, target)
        wanted = (dict, bool) if place.kind == "schema" else (dict,)
        # Components of another kind are told by another rule.
        if len(tokens) == 3 and tokens[0] == "components" and tokens[1] in _HOLDERS.values() and isinstance(value, wanted):
            continue
        if not isinstance(value, wanted):
            yield Defect(
                join(place.pointer, "$ref"), f"a {place.kind} is wanted here, and {place.reference!r} leads to something else"
            )
        elif found != place.kind and (found is not None or len(tokens) < 3):
            what = f"a {found}" if found is not None and found in _HOLDERS else "something else"
            yield Defect(join(place.pointer, "$ref"), f"a {place.kind} is wanted here, and {place.reference!r} leads to {what}")


def _at(subject: Subject, pointer: str) -> Any:
    try:
        return follow(subject.raw, pointer)
    except LookupError:
        return None


def path_item_ambiguous(subject: Subject) -> Iterator[Defect]:
    """A path item with a ``$ref`` has no operation of its own that the other one has too."""
    for place in subject.of("path-item"):
        if place.reference is None:
            continue
        meant = subject.followed(Place("path-item", place.pointer, {"$ref": place.reference}))
        for name in place.value if meant is not None and isinstance(meant.value, dict) else ():
            if name != "$ref" and meant is not None and name in meant.value:
                yield Defect(
                    join(place.pointer, name), f"{name!r} stands here and in {place.reference!r}; which one counts is undefined"
                )


def reference_words_ignored(subject: Subject) -> Iterator[Defect]:
    """In 3.0 no words stand beside a ``$ref``."""
    for place in subject.references if subject.is_30 else ():
        words = [key for key in place.value if key in _IGNORABLE and key != "$ref"] if place.kind != "path-item" else []
        if words:
            told = ", ".join(words)
            yield Defect(
                join(place.pointer, words[0]), f"{told} beside $ref {'is' if len(words) == 1 else 'are'} ignored in OpenAPI 3.0"
            )
    for place in subject.references if not subject.is_30 else ():
        words = [key for key in place.value if key in _IGNORABLE - {"$ref", "description", "summary"}]
        if words and place.kind not in {"path-item", "schema"}:
            told = ", ".join(words)
            yield Defect(join(place.pointer, words[0]), f"{told} beside this $ref {'is' if len(words) == 1 else 'are'} ignored")


def reference_siblings_ignored(subject: Subject) -> Iterator[Defect]:
    """Nothing that matters stands beside a ``$ref`` where it is ignored."""
    for place in subject.references:
        if place.kind == "path-item" or (place.kind == "schema" and not subject.is_30):
            continue
        for key in place.value:
            if key not in _IGNORABLE and not key.startswith("x-"):
                yield Defect(join(place.pointer, key), f"`{key}` beside $ref has no effect here")


def discriminator_mapping_dangling(subject: Subject) -> Iterator[Defect]:
    """Every value of a discriminator's mapping leads to a schema."""
    schemas = subject.components("schemas")
    for place in subject.of("discriminator"):
        for value, target in dict_of(place.value.get("mapping")).items():
            if isinstance(target, str) and target not in schemas and subject.target(target) is None:
                yield Defect(join(place.pointer, "mapping", value), f"{target!r} leads to no schema")


def link_operation_unknown(subject: Subject) -> Iterator[Defect]:
    """The operation of a link exists."""
    known = {
        place.value.get("operationId") for place in subject.of("operation") if isinstance(place.value.get("operationId"), str)
    }
    for place in subject.of("link"):
        name, reference = place.value.get("operationId"), place.value.get("operationRef")
        if isinstance(name, str) and name not in known:
            yield Defect(join(place.pointer, "operationId"), f"no operation has the id {name!r}")
        if isinstance(reference, str) and reference.startswith("#") and not _leads_somewhere(subject, reference):
            yield Defect(join(place.pointer, "operationRef"), f"{reference!r} leads nowhere")


def _leads_somewhere(subject: Subject, reference: str) -> bool:
    """Whether a reference leads to an operation, also when its path item stands elsewhere."""
    tokens = split(from_fragment(reference[1:]))
    entry = next((entry for entry in subject.paths if tokens[:1] == ("paths",) and tokens[1:2] == (entry.path,)), None)
    if entry is not None and len(tokens) == 3:
        return tokens[2] in dict(entry.operations())
    return subject.target(reference) is not None


def component_unused(subject: Subject) -> Iterator[Defect]:
    """Something reaches every component, unless the document is a library of components."""
    if not dict_of(subject.raw.get("paths")) and not dict_of(subject.raw.get("webhooks")):
        return
    reached = Reach(subject).used
    for kind, held in dict_of(subject.raw.get("components")).items():
        for name in dict_of(held) if kind in _HOLDERS.values() else ():
            pointer = join("/components", kind, name)
            if pointer not in reached:
                yield Defect(pointer, f"nothing that a client can reach uses {name!r}")


RULES = (
    Rule(
        id="component-unused", severity=NOTE, area=AREA, function=component_unused,
        summary="A component is used by no operation or webhook.",
        fix="Remove it, or refer to it where it is meant.",
        why="Dead parts grow stale and mislead readers; often an operation has lost its schema.",
    ),
    Rule(
        id="discriminator-mapping-dangling", severity=ERROR, area=AREA, function=discriminator_mapping_dangling,
        summary="A discriminator maps a value to a schema that is not there.",
        fix="Map it to a component's name or to a reference that leads to a schema.",
        why="A payload with this value cannot be read (OpenAPI, Discriminator Object).",
    ),
    Rule(
        id="link-operation-unknown", severity=ERROR, area=AREA, function=link_operation_unknown,
        summary="A link names an operation that is not there.",
        fix="Use the id of an operation of this document.",
        why="A client that follows the link has nowhere to go (OpenAPI, Link Object).",
    ),
    Rule(
        id="path-item-ambiguous", severity=WARNING, area=AREA, function=path_item_ambiguous, explains=("",),
        summary="A path item with a $ref describes what the other one describes too.",
        fix="Keep it in one of the two places.",
        why="The behaviour is undefined (OpenAPI, Path Item Object).",
    ),
    Rule(
        id="reference-wrong-place", severity=ERROR, area=AREA, function=reference_wrong_place,
        summary="A reference leads to an object of another kind.",
        fix="Refer to an object of the kind that is wanted at this place.",
        why="The target does not have the members that are needed here (OpenAPI, Reference Object).",
    ),
    Rule(
        id="reference-words-ignored", severity=NOTE, area=AREA, function=reference_words_ignored, explains=("",),
        summary="A description or the like stands beside a $ref that does not take it.",
        fix="Put the reference into an `allOf` and the words beside that, or drop them.",
        why="Members beside a $ref are ignored, but for the summary and description that 3.1 allows (OpenAPI, Reference Object).",
    ),
    Rule(
        id="reference-circular", severity=ERROR, area=AREA, function=reference_circular,
        summary="A chain of references comes back to itself.",
        fix="Let one of them lead to the object that is meant.",
        why="There is nothing at the end; tools fail or hang.",
    ),
    Rule(
        id="reference-kind-mismatch", severity=ERROR, area=AREA, function=reference_kind_mismatch,
        summary="A reference leads to a component of another kind.",
        fix="Refer to a component of the kind that is wanted at this place.",
        why="The target does not have the members that are needed here (OpenAPI, Reference Object).",
    ),
    Rule(
        id="reference-past-id", severity=WARNING, area=AREA, function=reference_past_id,
        summary="A reference inside a schema with an `$id` is written as if it started at the document.",
        fix="Write the `$id` of the schema that is meant, or the address of the document before the `#`.",
        why="A fragment alone is resolved against the nearest `$id` (JSON Schema core 8.2.1; OpenAPI 3.1.1, 4.6).",
    ),
    Rule(
        id="reference-siblings-ignored", severity=WARNING, area=AREA, function=reference_siblings_ignored, explains=("",),
        summary="Members that change the meaning stand beside a $ref, where they are ignored.",
        fix="Put the reference into an `allOf` and the members beside that, or drop them.",
        why="The constraint looks promised and is not (OpenAPI, Reference Object).",
    ),
    Rule(
        id="reference-unresolvable", severity=ERROR, area=AREA, function=reference_unresolvable,
        summary="A reference leads nowhere.",
        fix="Correct the reference, or add what it means.",
        why="The part cannot be used, and with it every operation that needs it.",
    ),
)  # fmt: skip
