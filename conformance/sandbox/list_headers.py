"""What the headers of an answer say about the rest of a list: totals, numbers, and the links of RFC 8288."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.model.operation import ResponseSpec
from conformance.sandbox.envelope import folded
from conformance.sandbox.listing import Page
from conformance.sandbox.totals import NEXT, SAID, Address


def list_headers(spec: ResponseSpec, page: Page, address: Address) -> dict[str, str]:
    """The declared headers of an answer that speak of a list, with what is true; names in lower case."""
    found: dict[str, str] = {}
    for name in spec.headers:
        said = _header(name, page, address)
        if said is not None:
            found[name.lower()] = said
    return found


def _header(name: str, page: Page, address: Address) -> str | None:
    plain = folded(name).removeprefix("x").removeprefix("pagination")
    if plain in {"link", "links"}:
        return ", ".join(f'<{link}>; rel="{relation}"' for relation, link in _relations(page, address))
    if plain == "contentrange":
        return f"items {page.start}-{page.start + max(len(page.items) - 1, 0)}/{page.total}"
    if plain in {"nextpage", "prevpage", "previouspage"}:
        step = 1 if plain == "nextpage" else -1
        there = page.more if step > 0 else page.start > 0
        return str(page.number - 1 + page.first + step) if there else ""
    if plain in NEXT:
        return str(page.after) if page.more and page.after is not None else ""
    if plain == "count":
        return str(page.total)
    said = SAID[plain](page) if plain in SAID else None
    return None if said is None else str(said).lower()


def _relations(page: Page, address: Address) -> Iterator[tuple[str, str]]:
    """The links of RFC 8288 that lead to other pages."""
    steps = (("first", -page.number, True), ("prev", -1, page.start > 0), ("next", 1, page.more),
             ("last", page.pages - page.number, page.more and page.after is None))  # fmt: skip
    for relation, step, there in steps:
        link = address.at(page, step) if there else None
        if link is not None:
            yield relation, link
