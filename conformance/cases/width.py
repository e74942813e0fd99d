"""How many ways lead through a schema: to each place by every reference to it, not once for each schema."""

from __future__ import annotations

from conformance.model.ports import Schema


def is_wide(schema: Schema, most: int) -> bool:
    """Whether more ways than ``most`` lead from a schema to the places in it; a schema inside itself ends a way.

    Who walks all of them, as one does who puts together the examples of all properties, may not see the end of it: a flow of
    steps that are each one of forty, in conditions of conditions, has more ways than there is time.
    """
    count, stack = 0, [(schema, frozenset[str]())]
    while stack:
        node, above = stack.pop()
        if node.pointer in above:
            continue
        count += 1
        if count > most:
            return True
        inside, items = above | {node.pointer}, node.child("items")
        stack.extend((child, inside) for child in node.properties().values())
        stack.extend((branch, inside) for keyword in ("allOf", "oneOf", "anyOf") for branch in node.branches(keyword))
        if items is not None:
            stack.append((items, inside))
    return False
