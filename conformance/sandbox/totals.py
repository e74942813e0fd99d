"""What an answer says about the rest of a list: totals, numbers, cursors and links, in the words of its schema."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit

from conformance.model.ports import Schema
from conformance.sandbox.envelope import folded, is_object
from conformance.sandbox.listing import Page
from conformance.spec.values import wire_types

_ABSENT = object()
# What may stand in a query as it is (RFC 3986 section 3.4).
_IN_QUERY = "%=+-._~!$'()*,;:@/?"
_DEEPEST = 4


def _says(words: str, say: Callable[[Page], Any]) -> dict[str, Callable[[Page], Any]]:
    return dict.fromkeys(words.split(), say)


# fmt: off
TOTAL = frozenset({"total", "totalcount", "totalresults", "totalrecords", "totalitems", "totalelements", "totalentries",
                   "totalsize", "totalhits"})
PAGES = frozenset({"totalpages", "pagecount", "numpages", "lastpage", "pages", "pagestotal", "pagetotal"})
MORE = frozenset({"hasmore", "hasnext", "hasnextpage", "more", "morepages", "moreresults"})
# fmt: on
SAID = {
    **_says(" ".join(TOTAL), lambda page: page.total),
    **_says(" ".join(PAGES), lambda page: page.pages),
    **_says("page pagenumber currentpage number pageno pageindex", lambda page: page.number - 1 + page.first),
    **_says("pagesize perpage limit pagelimit recordsperpage itemsperpage size maxresults", lambda page: page.size),
    **_says("offset skip start from startindex pageoffset", lambda page: page.start),
    **_says("end", lambda page: page.start + max(len(page.items) - 1, 0)),
    **_says("returned itemcount currentcount resultcount resultscount numresults pageitems", lambda page: len(page.items)),
    **_says(" ".join(MORE), lambda page: page.more),
    **_says("hasprevious hasprev hasprevpage haspreviouspage", lambda page: page.start > 0),
    **_says("islast islastpage last", lambda page: not page.more),
    **_says("isfirst isfirstpage first", lambda page: page.start == 0),
}
_NUMBERS = PAGES | {"pagenumber", "currentpage", "pageno", "pageindex", "page"}
# fmt: off
NEXT = frozenset({"next", "nextcursor", "nextpagecursor", "nextpagetoken", "nexttoken", "nextpage", "cursor", "after",
                  "continuationtoken", "endcursor", "nexturl", "nexturi", "nextpageuri", "nextpageurl", "nextlink", "nextmarker",
                   "pagecursor", "aftercursor", "continuation", "lastevaluatedkey", "nexthref", "odatanextlink", "cursornext"})
_PREVIOUS = frozenset({"previous", "prev", "previouscursor", "prevpage", "previouspage", "before", "previousurl", "prevcursor",
                       "previouspageuri", "previouspageurl", "prevurl", "beforecursor", "previoustoken", "previouspagetoken",
                       "prevlink", "previouslink", "previousuri", "prevpagetoken"})
_FIRST = frozenset({"first", "firstpageuri", "firsturl", "firstpageurl", "firstlink"})
_LAST = frozenset({"last", "lastpageuri", "lasturl", "lastpageurl", "lastlink"})
_SELF = frozenset({"self", "current", "selfurl", "currenturl", "selflink"})
# The ids of the things at both ends of a page, by which some services have a client go on.
_FIRST_ID = frozenset({"firstid", "firstitemid", "firstkey"})
LAST_ID = frozenset({"lastid", "lastitemid", "lastkey"})
_PAGE_NUMBERS = {"nextpage": 1, "prevpage": -1, "previouspage": -1, "next": 1, "previous": -1, "prev": -1}
# fmt: on
HREF = frozenset({"href", "url", "uri", "link"})
LEADS = HREF | {"startingafter", "cursor", "after", "token"}
_LINKISH = re.compile(r"(url|uri|link|links|href)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What was asked: ``url`` is absolute and without its query, ``query`` as it was sent."""

    url: str
    query: str = ""

    def at(self, page: Page, step: int) -> str | None:
        """The address of the page that is ``step`` pages on; ``None`` where the operation has no parameter for it."""
        how = page.paging
        if how.number is not None and page.after is None:
            return self._with(page, how.number.wire, str(max(page.number + step, 1) - 1 + page.first))
        if how.offset is not None and page.after is None:
            return self._with(page, how.offset.wire, str(max(page.start + step * page.size, 0)))
        if step == 1 and how.after is not None and page.after is not None:
            return self._with(page, how.after.wire, str(page.after))
        if step == -1 and how.before is not None and page.before is not None:
            return self._with(page, how.before.wire, str(page.before))
        return self._with(page, "", "") if step < -1 else None

    def _with(self, page: Page, name: str, value: str) -> str:
        leave = page.paging.wires - (set(page.paging.size.names) if page.paging.size is not None else set())
        kept = (pair for pair in self.query.split("&") if pair and unquote_plus(pair.partition("=")[0]) not in leave)
        pairs = [
            *(quote(pair, safe=_IN_QUERY) for pair in kept),
            *([f"{quote(name, safe='')}={quote(value, safe='')}"] if name else []),
        ]
        return self.url + ("?" + "&".join(pairs) if pairs else "")


def usual_words(bodies: Iterable[Schema]) -> dict[str, tuple[str, ...]]:
    """The words by which most lists of a document number their pages, by the property that they stand in (``meta``).

    A client that was made from the document may look for them in every list.
    """
    counts: dict[str, Counter[str]] = {}
    for body in bodies:
        for name, child in body.all_properties().items():
            if is_object(child):
                known = [word for word in child.all_properties() if folded(word) in _NUMBERS]
                counts.setdefault(name, Counter()).update(["", *known])
    return {
        name: words
        for name, count in counts.items()
        if count[""] > 1 and (words := tuple(word for word in count if word and 2 * count[word] > count[""]))
    }


def told(
    body: dict[str, Any],
    schema: Schema | None,
    page: Page,
    address: Address,
    *,
    beside: Sequence[str],
    usual: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """The body with what it says about the list made true.

    Args:
        body: a body that the schema accepts.
        schema: what the document says of it.
        page: the part of the list that it shows.
        address: what was asked.
        beside: the properties that lead to the list.
        usual: ``usual_words``, said where pages are numbered, the schema has no such words, and forbids none.
    """
    found = _told(body, schema, page, address, beside, 0)
    properties = schema.all_properties() if schema is not None else {}
    for name, words in (usual or {}).items() if page.paging.number is not None else ():
        held, child = found.get(name), properties.get(name)
        if isinstance(held, dict) and child is not None and not any(folded(word) in _NUMBERS for word in child.all_properties()):
            found[name] = {**{word: SAID[folded(word)](page) for word in words}, **held}
    return found


def _told(
    body: Mapping[str, Any], schema: Schema | None, page: Page, address: Address, beside: Sequence[str], depth: int
) -> dict[str, Any]:
    properties = schema.all_properties() if schema is not None else {}
    required = schema.required() if schema is not None else frozenset()
    has_total = any(folded(name) in TOTAL for name in (*body, *properties))
    found: dict[str, Any] = {}
    for name in dict.fromkeys((*body, *properties)):
        value, child = body.get(name, _ABSENT), properties.get(name)
        if beside and name == beside[0] and (len(beside) == 1 or not isinstance(value, dict)):
            found[name] = value
            continue
        word = _word(folded(name), value, child)
        if word is not None:
            said = _led(folded(name), word, value, child, page, address, needed=name in required)
            if said is not _ABSENT:
                found[name] = said
            continue
        if isinstance(value, dict) and depth < _DEEPEST:
            inside = beside[1:] if beside and name == beside[0] else ()
            found[name] = _told(value, child, page, address, inside, depth + 1)
            continue
        said = _said(name, value, child, page, address, has_total=has_total)
        if said is None and not (child is not None and child.is_valid(None, direction="response")):
            # Nothing follows: the word is left out, or left empty where it may not be.
            empty = "" if child is not None and child.is_valid("", direction="response") else value
            said = _ABSENT if name not in required else empty
        if said is not _ABSENT:
            found[name] = said
    return found


def _word(plain: str, value: Any, schema: Schema | None) -> str | None:
    """The word that leads on in an object that leads to another page: ``next: {href}``, ``next: {starting_after}``."""
    if plain not in NEXT | _PREVIOUS | _SELF | _FIRST | _LAST:
        return None
    declared = schema.all_properties() if schema is not None and (value is _ABSENT or value is None) else ()
    return next((name for name in (value if isinstance(value, dict) else declared) if folded(name) in LEADS), None)


def _led(plain: str, word: str, value: Any, schema: Schema | None, page: Page, address: Address, *, needed: bool) -> Any:
    """Such an object, true: left out, null, or with an empty link where it may not be, when there is no such page."""
    there = not ((plain in NEXT and not page.more) or (plain in _PREVIOUS and page.start == 0))
    if not there and value is None:
        return value
    point = page.after if plain in NEXT else page.before
    lead = address.at(page, _step(plain, page) or 0) if folded(word) in HREF else None if point is None else str(point)
    if there and lead is None:
        return value if isinstance(value, dict) or needed else _ABSENT
    if not there and (not needed or (schema is not None and schema.is_valid(None, direction="response"))):
        return None if needed else _ABSENT
    child = schema.child("properties", word) if schema is not None else None
    parts = urlsplit((lead if there else "") or "")
    relative = parts.path + (f"?{parts.query}" if parts.query else "")
    text = relative if folded(word) in HREF and _example(child).startswith("/") else lead if there else ""
    held = {**(value if isinstance(value, dict) else {}), word: text}
    return held if schema is None or schema.is_valid(held, direction="response") else value


def _step(plain: str, page: Page) -> int | None:
    """How many pages on a word leads."""
    steps = ((NEXT, 1), (_PREVIOUS, -1), (_SELF, 0), (_FIRST, -page.number), (_LAST, page.pages - page.number))
    return next((step for words, step in steps if plain in words), None)


def _said(name: str, value: Any, schema: Schema | None, page: Page, address: Address, *, has_total: bool) -> Any:
    """The true value of a word; the value as it is where the word says nothing of the list."""
    plain = folded(name)
    types = wire_types(schema) if schema is not None else frozenset({_kind(value)})
    if plain in _FIRST_ID | LAST_ID:
        return _end(plain, value, schema, page)
    if types & {"integer", "number", "boolean"} and "string" not in types:
        if plain in _PAGE_NUMBERS and "boolean" not in types:
            step = _PAGE_NUMBERS[plain]
            there = page.more if step > 0 else page.start > 0
            return page.number - 1 + page.first + step if there else None
        if plain == "count":
            return len(page.items) if has_total else page.total
        if plain in SAID and value is not _ABSENT:
            said = SAID[plain](page)
            return said if isinstance(said, bool) == ("boolean" in types) else value
        return _pointed(plain, schema, page) if plain in NEXT | _PREVIOUS and "boolean" not in types else value
    if "string" not in types or isinstance(value, (dict, list)):
        return value
    if plain in TOTAL and value is not _ABSENT:
        return str(page.total)
    return _linked(plain, value, schema, page, address)


def _kind(value: Any) -> str:
    return "boolean" if isinstance(value, bool) else "integer" if isinstance(value, (int, float)) else "string"


def _linked(plain: str, value: Any, schema: Schema | None, page: Page, address: Address) -> Any:
    """A word that leads to another page: by a URL, or by a cursor."""
    step = _step(plain, page)
    if step is None:
        return value
    if (plain in NEXT and not page.more) or (plain in _PREVIOUS and page.start == 0):
        return None
    if plain in NEXT | _PREVIOUS and not _is_link(plain, value, schema, page):
        pointed = _pointed(plain, schema, page)
        return value if pointed is None and value is not _ABSENT and value is not None else pointed
    link = address.at(page, step)
    if link is None:
        return value
    example = _example(schema)
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "") if example.startswith("/") else link


def _pointed(plain: str, schema: Schema | None, page: Page) -> Any:
    """The cursor or number that leads on or back; ``None`` when nothing is there."""
    is_next = plain in NEXT
    if not (page.more if is_next else page.start > 0):
        return None
    cursor = page.after if is_next else page.before
    known = (
        cursor,
        page.number - 1 + page.first + (1 if is_next else -1),
        str(page.number - 1 + page.first + (1 if is_next else -1)),
    )
    return next(
        (text for text in known if text is not None and (schema is None or schema.is_valid(text, direction="response"))), None
    )


def _end(plain: str, value: Any, schema: Schema | None, page: Page) -> Any:
    """The id of the first or the last thing; ``None`` where there is none, and what stands there where no id fits."""
    if not page.ends:
        return None
    key = page.ends[-1] if plain in LAST_ID else page.ends[0]
    known = (key, int(key)) if key.isascii() and key.isdigit() else (key,)
    return next((one for one in known if schema is None or schema.is_valid(one, direction="response")), value)


def _is_link(plain: str, value: Any, schema: Schema | None, page: Page) -> bool:
    form = schema.get("format") if schema is not None else None
    example = _example(schema) or (value if isinstance(value, str) else "")
    if form in {"uri", "uri-reference", "url"} or _LINKISH.search(plain) or example.startswith(("http://", "https://", "/", "?")):
        return True
    return page.after is None and plain in {"next", "previous", "prev"} and not example.isdigit()


def _example(schema: Schema | None) -> str:
    if schema is None:
        return ""
    listed = schema.get("examples")
    known = [schema.get("example"), *(listed if isinstance(listed, list) else [])]
    return next((text for text in known if isinstance(text, str)), "")
