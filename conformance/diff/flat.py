"""A conjunction of schemas taken apart: references followed, ``allOf`` opened, unions set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.diff.shape import Node, key_of
from conformance.spec.document import Document
from conformance.spec.pointer import follow, join

UNIONS = ("anyOf", "oneOf")


@dataclass(slots=True)
class Flat:
    """What a node consists of.

    ``facets`` are schemas with their pointers, of which only what they say themselves counts; ``unions`` are pointers of
    lists of alternatives with the schema that holds them. ``false`` tells that one of them accepts nothing.
    """

    facets: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    unions: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    false: bool = False


class Schemas:
    """The schemas of one document, by pointer."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._values: dict[str, Any] = {}
        self._null: dict[str, bool] = {}
        self._only_null: dict[str, bool] = {}
        self._targets: dict[tuple[str, str], str | None] = {}

    def child(self, pointer: str, value: Any, *tokens: str | int) -> str:
        """The atom of a schema inside another one, remembered."""
        atom = join(pointer, *tokens)
        self._values.setdefault(atom, value)
        return atom

    def value(self, pointer: str) -> Any:
        """The schema at a pointer; one that accepts all where there is none."""
        if pointer not in self._values:
            try:
                self._values[pointer] = follow(self.document.schemas.tree, pointer)
            except (LookupError, TypeError):
                self._values[pointer] = True
        return self._values[pointer]

    def target(self, pointer: str, schema: Mapping[str, Any]) -> str | None:
        """Where the reference of a schema leads; ``None`` when it has none, or it leads nowhere."""
        reference = schema.get("$ref", schema.get("$dynamicRef"))
        if not isinstance(reference, str):
            return None
        known = self._targets.get((pointer, reference), "")
        if known != "":
            return known
        try:
            found: str | None = self.document.schemas.resolve(reference, pointer)
        except LookupError:
            found = None
        self._targets[pointer, reference] = found
        return found

    def flat(self, node: Node) -> Flat:
        """A node taken apart."""
        flat = Flat()
        seen: set[str] = set()
        stack = list(reversed(node.atoms))
        while stack:
            atom = stack.pop()
            if atom in seen:
                continue
            seen.add(atom)
            if atom.startswith("?"):
                self._union(flat, atom[1:], stack)
                continue
            own = atom.startswith("!")
            pointer = atom[1:] if own else atom
            schema = self.value(pointer)
            if schema is False or (isinstance(schema, dict) and schema.get("not") in (True, {})):
                flat.false = True
            if not isinstance(schema, dict):
                continue
            if any(name != "$ref" for name in schema):
                flat.facets.append((pointer, schema))
            if not own:
                stack.extend(reversed(self._beneath(pointer, schema)))
        return flat

    def _beneath(self, pointer: str, schema: Mapping[str, Any]) -> list[str]:
        found = []
        target = self.target(pointer, schema)
        if target is not None:
            found.append(target)
        every = schema.get("allOf")
        for index, branch in enumerate(every if isinstance(every, list) else ()):
            found.append(self.child(pointer, branch, "allOf", index))
        if schema.get("if", "") in (True, False, {}):  # decided already
            word = "else" if schema["if"] is False else "then"
            if isinstance(schema.get(word), (dict, bool)):
                found.append(self.child(pointer, schema[word], word))
        if twice_denied(schema):
            found.append(self.child(pointer, schema["not"]["not"], "not", "not"))
        for keyword in UNIONS:
            branches = schema.get(keyword)
            if isinstance(branches, list) and branches:
                self._values.setdefault(join(pointer, keyword), branches)
                found.append("?" + join(pointer, keyword))
        return found

    def _union(self, flat: Flat, pointer: str, stack: list[str]) -> None:
        """A union is set aside, when more than one of its branches takes something else than null."""
        branches = self.branches(pointer)
        if len(branches) == 1:
            stack.append(branches[0])
        else:
            holder = self.value(pointer.rpartition("/")[0])
            flat.unions.append((pointer, holder if isinstance(holder, dict) else {}))

    def branches(self, pointer: str) -> list[str]:
        """The branches of a list of alternatives that take something else than null."""
        listed = self.value(pointer)
        atoms = [self.child(pointer, branch, index) for index, branch in enumerate(listed if isinstance(listed, list) else ())]
        return [atom for atom in atoms if not self.only_null(atom)]

    def only_null(self, pointer: str) -> bool:
        """Whether a schema takes null and nothing else."""
        known = self._only_null.get(pointer)
        if known is not None:
            return known
        self._only_null[pointer] = False
        schema = self.value(pointer)
        found = False
        if isinstance(schema, dict):
            target = self.target(pointer, schema)
            found = (
                schema.get("type") in ("null", ["null"])
                or schema.get("enum") == [None]
                or ("const" in schema and schema["const"] is None)
                or (target is not None and self.only_null(target))
            )
        self._only_null[pointer] = found
        return found

    def null(self, pointer: str) -> bool:
        """Whether a schema takes null."""
        known = self._null.get(pointer)
        if known is None:
            self._null[pointer] = True  # what comes back to itself adds nothing
            known = self._null[pointer] = self._takes_null(pointer)
        return known

    def _takes_null(self, pointer: str) -> bool:
        schema = self.value(pointer)
        if not isinstance(schema, dict):
            return schema is not False
        declared = schema.get("type")
        if declared is not None and declared != "null" and not (isinstance(declared, list) and "null" in declared):
            return False
        listed = schema.get("enum")
        if (isinstance(listed, list) and None not in listed) or ("const" in schema and schema["const"] is not None):
            return False
        if not self._null_undenied(pointer, schema):
            return False
        target = self.target(pointer, schema)
        if target is not None and not self.null(target):
            return False
        every = schema.get("allOf")
        if not all(self.null(self.child(pointer, branch, "allOf", index))
                   for index, branch in enumerate(every if isinstance(every, list) else ())):  # fmt: skip
            return False
        return all(self._any_null(join(pointer, keyword), schema[keyword]) for keyword in UNIONS if schema.get(keyword))

    def _null_undenied(self, pointer: str, schema: Mapping[str, Any]) -> bool:
        """Whether ``not`` leaves null in."""
        denied = schema.get("not")
        if twice_denied(schema):
            return self.null(self.child(pointer, schema["not"]["not"], "not", "not"))
        if denied in (True, {}):
            return False
        return not isinstance(denied, dict) or not self.only_null(self.child(pointer, denied, "not"))

    def _any_null(self, pointer: str, branches: Any) -> bool:
        listed = branches if isinstance(branches, list) else []
        return any(self.null(self.child(pointer, branch, index)) for index, branch in enumerate(listed))

    def node_null(self, node: Node) -> bool:
        """Whether a node takes null."""
        if node.plain:
            return False
        for atom in node.atoms:
            pointer = atom.lstrip("!?")
            taken = self._any_null(pointer, self.value(pointer)) if atom.startswith("?") else self.null(pointer)
            if not taken:
                return False
        return True


def twice_denied(schema: Mapping[str, Any]) -> bool:
    """Whether ``not`` holds nothing but a ``not``, so that both say nothing."""
    denied = schema.get("not")
    return isinstance(denied, dict) and denied.keys() == {"not"} and isinstance(denied["not"], (dict, bool))


def constants(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values of ``enum`` and ``const`` but null, by key; ``None`` when the schema lists none."""
    found: dict[str, Any] | None = None
    if isinstance(schema.get("enum"), list):
        found = {key_of(value): value for value in schema["enum"] if value is not None}
    if "const" in schema:
        const = {} if schema["const"] is None else {key_of(schema["const"]): schema["const"]}
        found = const if found is None else {key: value for key, value in found.items() if key in const}
    return found
