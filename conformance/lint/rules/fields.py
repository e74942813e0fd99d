"""Fields and parameters that mean the same and are typed differently across operations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from conformance.lint.parts import whole
from conformance.lint.rule import NOTE, WARNING, Defect, Rule
from conformance.lint.subject import PathEntry, Subject, dict_of, list_of, texts_of
from conformance.spec.body import is_json
from conformance.spec.places import Place
from conformance.spec.pointer import join
from conformance.spec.schema import SchemaNode

AREA = "consistency"
_TEMPLATE = re.compile(r"\{[^{}]*\}")
_SCALARS = frozenset({"string", "number", "boolean"})
_NUMBER = frozenset({"number"})
_SIZE = re.compile(r"limit|offset|per_?page|page_?(size|number)|page\[(size|number)\]", re.IGNORECASE)
"""Parameters that count, of which one other is enough to tell what is usual."""
_DIGITS = r"\d+|\^?(\[0-9\]|\[1-9\]|\\d|[+*]|\{[0-9,]*\})+\$?"
"""A number, or a pattern for numbers."""
_ENVELOPES = ("data", "result", "item", "record")


def _types(node: SchemaNode) -> frozenset[str]:
    """The types that a schema says, null left out; a whole number is a number."""
    known: frozenset[str] | None = node.notes.get("types of a field")
    if known is None:
        found = node.types()
        for part in whole(node) if not found else ():
            found = found or part.types()
        known = frozenset("number" if kind == "integer" else kind for kind in found) - {"null"}
        node.notes["types of a field"] = known
    return known


def parameter_type_differs(subject: Subject) -> Iterator[Defect]:
    """A query or header parameter has one type on all operations."""
    seen: dict[tuple[str, str], dict[str, tuple[str, frozenset[str]]]] = {}
    for place in subject.of("parameter"):
        name, location = place.value.get("name"), place.value.get("in")
        if location in ("query", "header") and isinstance(name, str) and isinstance(place.value.get("schema"), dict):
            node = subject.node(join(place.pointer, "schema"))
            types = _types(node) if node is not None else frozenset()
            if types and types <= _SCALARS:
                seen.setdefault((str(location), name), {})[place.pointer] = (name, types)
    uses = _uses(subject) if seen else Counter()
    for (location, name), rows in seen.items():
        counts: Counter[frozenset[str]] = Counter()
        for pointer, (_, types) in rows.items():
            counts[types] += max(uses[pointer], 1)
        usual, most = counts.most_common(1)[0]
        others = [pointer for pointer, (_, types) in rows.items() if not types & usual]
        is_number = _SIZE.fullmatch(name) is not None and location == "query"
        if is_number and counts[usual] == counts[_NUMBER]:
            usual = _NUMBER
            others = [pointer for pointer, (_, types) in rows.items() if not types & usual]
        if others and ((most >= 2 and len(others) * 2 <= most) or (is_number and usual == _NUMBER and len(others) == 1)):
            for pointer in others:
                own, theirs = " or ".join(sorted(rows[pointer][1])), " or ".join(sorted(usual))
                told = f"{theirs} in {most} other{'s' if most > 1 else ''}"
                yield Defect(join(pointer, "schema"), f"the {location} parameter {name!r} is of the type {own} here, and {told}")


def _uses(subject: Subject) -> Counter[str]:
    """How many lists of parameters each parameter stands in, by its place."""
    owners = [owner for entry in subject.paths for owner in (entry.item, *(place for _, place in entry.operations()))]
    return Counter(place.pointer for owner in owners for _, place in subject.listed(owner, "parameters", "parameter"))


def field_type_differs(subject: Subject) -> Iterator[Defect]:
    """A resource has the same types in what is sent and in what is answered."""
    for name, node, other in subject.once(_sent_and_answered):
        ours, theirs = _types(node), _types(other)
        if ours and theirs and not ours & theirs:
            sent_as, answered_as = " or ".join(sorted(ours)), " or ".join(sorted(theirs))
            yield Defect(node.pointer, f"{name!r} is sent as {sent_as} and answered as {answered_as} ({other.pointer})")


def answered_type_differs(subject: Subject) -> Iterator[Defect]:
    """A field of a resource has one type in all answers."""
    told: set[str] = set()
    for entries in subject.once(_resources):
        seen: dict[str, list[SchemaNode]] = {}
        for _, _, operation in entries:
            for name, node in _answered(subject, operation):
                if (types := _types(node)) and types <= _SCALARS:
                    seen.setdefault(name, []).append(node)
        for name, nodes in seen.items():
            if len({_types(node) for node in nodes}) == 1:
                continue
            # What is shared counts twice: one answer that has it and one that is written out are no tie.
            counts = Counter(
                types for node in nodes for types in [_types(node)] * (2 if node.pointer.startswith("/components/") else 1)
            )
            usual = counts.most_common(1)[0][0]
            other = next(node for node in nodes if _types(node) == usual)
            for node in nodes:
                if not _types(node) & usual and node.pointer not in told:
                    told.add(node.pointer)
                    ours, theirs = " or ".join(sorted(_types(node))), " or ".join(sorted(usual))
                    yield Defect(node.pointer, f"{name!r} is answered as {ours} here, and as {theirs} at {other.pointer}")


def path_type_differs(subject: Subject) -> Iterator[Defect]:
    """What stands at one place of paths has one type."""
    seen: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = {}
    for entry in subject.paths:
        prefixes = {
            found.group()[1:-1]: _TEMPLATE.sub("{}", entry.path[: found.end()]) for found in _TEMPLATE.finditer(entry.path)
        }
        for owner in (entry.item, *(place for _, place in entry.operations())):
            for _, place in subject.listed(owner, "parameters", "parameter"):
                prefix = prefixes.get(str(place.value.get("name"))) if place.value.get("in") == "path" else None
                node = subject.node(join(place.pointer, "schema")) if prefix is not None and "schema" in place.value else None
                types = _types(node) if node is not None else frozenset()
                if prefix is not None and types and types <= _SCALARS:
                    # A thing may be found by its id and by its number.
                    name = str(place.value.get("name")).lower()
                    seen.setdefault((prefix, "id" if name.endswith("id") else name), []).append((place.pointer, types))
    for (prefix, _), rows in seen.items():
        usual, most = Counter(types for _, types in rows).most_common(1)[0]
        for pointer in dict.fromkeys(pointer for pointer, types in rows if not types & usual):
            own = " or ".join(sorted(next(types for place, types in rows if place == pointer)))
            yield Defect(
                join(pointer, "schema"), f"{prefix} ends in a {own} here, and in a {' or '.join(sorted(usual))} {most} times"
            )


def path_id_type_differs(subject: Subject) -> Iterator[Defect]:
    """An id that answers give as a text is not asked for as a number in the path of the thing."""
    for entry in subject.paths:
        name = entry.path.rpartition("{")[2].removesuffix("}") if entry.path.endswith("}") else ""
        for method, operation in entry.operations() if re.search(r"(^|_)id$|Id$", name) else ():
            fields = dict(_answered(subject, operation)) if method == "get" else {}
            answered = fields.get(name, fields.get("id"))
            for owner in (entry.item, operation) if answered is not None and _is_worded(answered) else ():
                for _, place in subject.listed(owner, "parameters", "parameter"):
                    is_own = place.value.get("in") == "path" and place.value.get("name") == name
                    node = subject.node(join(place.pointer, "schema")) if is_own and "schema" in place.value else None
                    if node is not None and answered is not None and _types(node) == _NUMBER:
                        told = f"{name!r} is a number here, and a text where it is answered ({answered.pointer})"
                        yield Defect(join(place.pointer, "schema"), told)


def _is_worded(node: SchemaNode) -> bool:
    """Whether an id is a text, and no number that is written as one."""
    shown = [node.get("example"), node.get("pattern"), *list_of(node.get("examples"))]
    return _types(node) == {"string"} and not any(isinstance(text, str) and re.fullmatch(_DIGITS, text) for text in shown)


def field_values_differ(subject: Subject) -> Iterator[Defect]:
    """What can be sent for a field of a resource can be answered for it."""
    for name, node, other in subject.once(_sent_and_answered):
        sent, answered = texts_of(node.get("enum")), texts_of(other.get("enum"))
        lost = [value for value in sent if value not in answered]
        if lost and len(lost) < len(sent) and answered:
            told = ", ".join(repr(value) for value in lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
            yield Defect(node.pointer, f"{name!r} can be sent as {told}, which no answer can have ({other.pointer})")


def _sent_and_answered(subject: Subject) -> tuple[tuple[str, SchemaNode, SchemaNode], ...]:
    """Fields that a resource is sent with and answered with, each described in two places: its name, and the two schemas."""
    found: list[tuple[str, SchemaNode, SchemaNode]] = []
    told: set[str] = set()
    for entries in subject.once(_resources):
        sent = [
            field
            for entry, method, operation in entries
            if method in {"post", "put", "patch"}
            for field in _sent(subject, operation)
        ]
        answered: dict[str, SchemaNode] = {}
        for _, _, operation in entries:
            for name, node in _answered(subject, operation):
                answered.setdefault(name, node)
        for name, node in sent:
            other = answered.get(name)
            if other is not None and other.pointer != node.pointer and node.pointer not in told:
                told.add(node.pointer)
                found.append((name, node, other))
    return tuple(found)


def _resources(subject: Subject) -> tuple[list[tuple[PathEntry, str, Place]], ...]:
    """The operations of each collection and its items."""
    groups: dict[str, list[tuple[PathEntry, str, Place]]] = {}
    shapes = {_TEMPLATE.sub("{}", entry.path) for entry in subject.paths}
    for entry in subject.paths:
        shape = _TEMPLATE.sub("{}", entry.path).removesuffix("/{}")
        is_resource = (
            entry.path.endswith("}") or f"{shape}/{{}}" in shapes or any(method == "get" for method, _ in entry.operations())
        )
        for method, operation in entry.operations() if is_resource else ():
            groups.setdefault(shape, []).append((entry, method, operation))
    return tuple(groups.values())


def _bodies(subject: Subject, holder: Place) -> Iterator[SchemaNode]:
    for name, media in dict_of(holder.value.get("content")).items():
        if is_json(name) and isinstance(dict_of(media).get("schema"), dict):
            node = subject.node(join(holder.pointer, "content", name, "schema"))
            if node is not None:
                yield node


def _sent(subject: Subject, operation: Place) -> Iterator[tuple[str, SchemaNode]]:
    body = subject.followed(Place("request-body", join(operation.pointer, "requestBody"), operation.value.get("requestBody")))
    if body is not None and isinstance(body.value, dict):
        for node in _bodies(subject, body):
            yield from node.all_properties().items()


def _answered(subject: Subject, operation: Place) -> Iterator[tuple[str, SchemaNode]]:
    for status, _, response in subject.responses(operation):
        for node in _bodies(subject, response) if status[:1] == "2" else ():
            yield from _fields(node).items()


def _fields(node: SchemaNode) -> Mapping[str, SchemaNode]:
    if "fields of an answer" not in node.notes:
        node.notes["fields of an answer"] = _thing(node).all_properties()
    found: Mapping[str, SchemaNode] = node.notes["fields of an answer"]
    return found


def _thing(node: SchemaNode) -> SchemaNode:
    """The thing in an answer: past an envelope, and one of the items of a list."""
    for _ in range(3):
        inner = next((node.all_properties()[name] for name in _ENVELOPES if name in node.all_properties()), None)
        lists = [child for child in node.all_properties().values() if "array" in child.types()]
        if inner is None and len(lists) == 1 and len(node.all_properties()) <= 3:
            inner = lists[0]
        following = node.child("items") or (
            inner if inner is not None and (inner.all_properties() or inner.child("items")) else None
        )
        if following is None:
            return node
        node = following
    return node


def id_type_differs(subject: Subject) -> Iterator[Defect]:
    """A field that identifies or dates something has one type in all schemas."""
    seen: dict[str, dict[str, frozenset[str]]] = {}
    for place in subject.having("properties"):
        node = subject.node(place.pointer)
        for name in dict_of(place.value["properties"]) if node is not None else ():
            if re.search(r"(_id|Id|_at|At|_url|Url)$|^id$", name):
                inner = node.properties().get(name) if node is not None else None
                types = _types(inner) if inner is not None else frozenset()
                if inner is not None and types and types <= _SCALARS:
                    own = join(place.pointer, "properties", name)
                    seen.setdefault(name, {})[inner.pointer if "$ref" in dict_of(place.value["properties"][name]) else own] = (
                        types
                    )
    for name, rows in seen.items():
        counts = Counter(rows.values())
        usual, most = counts.most_common(1)[0]
        others = [pointer for pointer, types in rows.items() if not types & usual]
        # An `id` is of its own schema alone, so that it takes more of them to tell a custom from chance; and a flag is
        # often called by what it is about.
        enough = (
            most >= 4 if name == "id" else most >= 2 or (len(rows) == 2 and "boolean" not in frozenset().union(*rows.values()))
        )
        if others and enough and len(others) * (3 if most > 2 else most) <= most:
            for pointer in others:
                own_told, usual_told = " or ".join(sorted(rows[pointer])), " or ".join(sorted(usual))
                yield Defect(
                    pointer,
                    f"{name!r} is of the type {own_told} here, and {usual_told} in {most} other schema{'s' if most > 1 else ''}",
                )


RULES = (
    Rule(
        id="answered-type-differs", severity=WARNING, area=AREA, function=answered_type_differs,
        summary="A field of a resource has one type in one answer and another in another one.",
        fix="Use the type that the service really gives in all of them.",
        why="Typed clients need two types for one thing.",
    ),
    Rule(
        id="field-type-differs", severity=WARNING, area=AREA, function=field_type_differs,
        summary="A field of a resource is sent as one type and answered as another.",
        fix="Use the type that the service really takes and gives in both places.",
        why="What was read cannot be sent back, and typed clients need two types for one thing.",
    ),
    Rule(
        id="field-values-differ", severity=NOTE, area=AREA, function=field_values_differ,
        summary="A field of a resource can be sent with values that no answer can have.",
        fix="List the same values in both places, or say what becomes of the others.",
        why="A typed client cannot read back what it sent.",
    ),
    Rule(
        id="id-type-differs", severity=WARNING, area=AREA, function=id_type_differs,
        summary="A field that identifies or dates something has another type than everywhere else.",
        fix="Use the type of the others, or another name.",
        why="Clients pass such values from one operation to the next.",
    ),
    Rule(
        id="path-id-type-differs", severity=WARNING, area=AREA, function=path_id_type_differs,
        summary="A path asks for a number, and answers give the id as a text.",
        fix="Use the type that ids really have in both places.",
        why="A client cannot put the id that it was given into the path.",
    ),
    Rule(
        id="path-type-differs", severity=WARNING, area=AREA, function=path_type_differs,
        summary="What identifies a thing in paths is of one type on one path and of another on another one.",
        fix="Use one type; a shared component keeps them alike.",
        why="It is one value, and it can be of one type only.",
    ),
    Rule(
        id="parameter-type-differs", severity=WARNING, area=AREA, function=parameter_type_differs,
        summary="A parameter has another type than on the other operations.",
        fix="Use the type of the others; a shared component keeps them alike.",
        why="Users and generic clients treat parameters of one name alike.",
    ),
)  # fmt: skip
