"""What a walk through the pages of a list shows against what pages promise.

These are doubts, not findings: somebody else may have written between two pages. Whoever asks for them walks once more, and
takes only what shows in both walks, while the list stayed what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from conformance.run.lifecycle.pages import MOST_PAGES, Walk
from conformance.run.lifecycle.teller import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A promise that seems broken: the check, the answer that shows it, those before it that it takes, and it in words."""

    check: str
    told: Told
    message: str
    detail: str = ""
    before: tuple[Told, ...] = ()


def doubts(found: Walk) -> Iterator[Doubt]:
    """The doubts about a walk, the gravest first; after a page that came twice, nothing can be counted."""
    repeated = _repeated(found)
    if repeated is not None:
        yield repeated
        return
    yield from _numbered(found)
    if found.denied is not None:
        yield Doubt(check="page-info-wrong", told=found.denied, detail="more", message="it says that nothing follows, "
                    "and the next page shows more")  # fmt: skip
    if found.complete and found.is_whole and len(found.seen) == len(set(found.seen)):
        yield from _counted(found)


def _repeated(found: Walk) -> Doubt | None:
    """Pages that overlap, or never end."""
    last, pages = found.pages[-1], tuple(found.pages[:-1])
    if found.size is not None and any(len(page.things or ()) > found.size for page in found.pages[:-1]):
        # Where a page is larger than it should be, the next one must overlap with it.
        return None
    if not found.complete and len(found.pages) == MOST_PAGES and all(page.things == last.things for page in found.pages[-3:]):
        # Things without an id may be alike, but hardly page after page.
        return Doubt(check="page-endless", told=last, message="page after page shows the same", before=pages[-1:])
    if not all(len(ids) == len(set(ids)) for ids in found.ids):
        # Two things of one page look the same, so that nothing can be told from what they look like.
        return _within(found)
    again = [name for name in found.ids[-1] if name in found.before]
    if again and len(again) == len(found.ids[-1]) and len(found.ids) > 1:
        short = found.size is not None and len(found.ids[-2]) < found.size
        if len(found.ids) > 2 and (short or set(found.ids[-1]) <= set(found.ids[-2])):
            message = f"the page after the last one shows {_brief(again[0])} again"
            return Doubt(check="page-endless", told=last, message=message, before=pages[-1:])
        return Doubt(check="page-overlap", told=last, message=f"{_brief(again[0])} is on two pages", before=pages)
    for index, ids in enumerate(found.ids):
        earlier = {name for page in found.ids[:index] for name in page}
        twice = next((name for name in ids if name in earlier), None)
        if twice is not None:
            return Doubt(check="page-overlap", told=found.pages[index], message=f"{_brief(twice)} is on two pages",
                         before=pages[:index])  # fmt: skip
    return None


def _within(found: Walk) -> Doubt | None:
    """One thing, twice on one page: only where things have ids can that be seen."""
    for told, ids in zip(found.pages, found.ids, strict=True):
        twice = next((name for index, name in enumerate(ids) if name in ids[:index] and not name.startswith("{")), None)
        if twice is not None:
            return Doubt(check="page-overlap", told=told, message=f"{twice} is listed twice", detail="twice")
    return None


def _numbered(found: Walk) -> Iterator[Doubt]:
    """The number that a page gives itself goes up as the one that was asked for does."""
    pairs = [(asked, said.number, told) for asked, said, told in zip(found.numbers, found.said, found.pages, strict=True)
             if asked is not None and said.number is not None and told.things]  # fmt: skip
    for (asked, number, _), (then, other, told) in pairwise(pairs):
        if then - asked != other - number:
            message = f"it says that it is page {other}, and {then} was asked for; page {asked} says that it is {number}"
            yield Doubt(check="page-info-wrong", told=told, message=message, detail="number")
            return


def _counted(found: Walk) -> Iterator[Doubt]:
    """Totals are what all pages show together, on every page."""
    count = len(found.seen)
    # Where a page beyond the last one counts nothing, it says so of itself.
    full = [(told, said) for told, said in zip(found.pages, found.said, strict=True) if told.things or not count]
    for told, said in full:
        if said.total is not None and said.total != count and not said.is_loose:
            message = f"the total is {said.total}, and all pages together show {count}"
            yield Doubt(check="total-wrong", told=told, message=message, before=_besides(found, told))
            return
    shown = sum(bool(page.things) for page in found.pages)
    for told, said in full:
        if said.pages is not None and not said.is_rough and said.pages != shown and (shown or said.pages > 1):
            size = f" of {found.size}" if len(found.pages[0].things or ()) == found.size else ""
            message = f"it says {said.pages} pages{size}, and {count} things are on {shown}"
            yield Doubt(check="total-wrong", told=told, message=message, before=_besides(found, told))
            return


def _besides(found: Walk, told: Told) -> tuple[Told, ...]:
    return tuple(page for page in found.pages if page is not told)


def _brief(name: str) -> str:
    return name if len(name) <= 60 else name[:57] + "…"
