"""Faults of the second set in lists: pages, totals, filters, sorting, and what is listed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, loaded, sampled, success, things, with_body
from second_spoiling import page_asked
from second_things import name_of, shows

from conformance.model.message import Request, Response

NUMBERS = frozenset({"page", "page[number]", "page_number"})
SIZES = frozenset({"page[size]", "page_size", "recordsPerPage", "limit", "per_page"})
_TOTALS = frozenset({"total", "totalresults", "totalrecords", "totalcount", "totalitems"})
_PAGES = frozenset({"totalpages", "pagecount", "pages"})
_AT = frozenset({"pagenumber", "currentpage", "page"})

Pairs = list[tuple[str, str]]


def query(request: Request) -> Pairs:
    """The query's parameters, as they were sent."""
    return parse_qsl(urlsplit(request.url).query, keep_blank_values=True)


def with_query(request: Request, pairs: Pairs) -> Request:
    """The same request with other parameters."""
    return replace(request, url=urlunsplit(urlsplit(request.url)._replace(query=urlencode(pairs))))


def names(site: Site) -> set[str]:
    """The names in a query that the document declares, in brackets where they are properties."""
    found = set()
    for parameter in site.operation.parameters_in("query"):
        inner = parameter.schema.all_properties() if parameter.schema is not None else {}
        found |= {f"{parameter.name}[{name}]" for name in inner} or {parameter.name}
    return found


def filters(site: Site) -> list[str]:
    """The names in a query that choose things by a property of theirs."""
    known = shows(site.listing)
    own = {name: re.sub(r"^filter\[([^\]]*)\].*$", r"\1", name) for name in names(site) - NUMBERS - SIZES}
    return sorted(name for name, field in own.items() if field in known and not name.startswith(("page", "sort")))


def _listed(turn: Turn, answer: Answer) -> tuple[Any, list[Any]] | None:
    """The body of a list's answer, and the list in it."""
    if not turn.here or not isinstance(answer, Response) or not is_good(answer):
        return None
    body = loaded(answer.body)
    listed = things(body)
    return (body, listed) if listed is not None else None


def _changes(change: Callable[[Turn, Any, list[Any]], object]) -> Callable[[Site], Behaviour]:
    """What a list holds, or says of itself, is changed in place."""

    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        found = _listed(turn, answer)
        if found is None or not isinstance(answer, Response):
            return answer
        change(turn, *found)
        return with_body(answer, found[0])

    return lambda _site: respond


def _asks(change: Callable[[Turn, Pairs], Pairs]) -> Callable[[Site], Behaviour]:
    """Something else is asked for."""

    def respond(turn: Turn) -> Answer:
        return turn.send(with_query(turn.request, change(turn, query(turn.request)))) if turn.here else turn.send()

    return lambda _site: respond


def _other(turn: Turn, pairs: Pairs) -> list[Any]:
    """What a list with other parameters holds."""
    answer = turn.get(with_query(turn.request, pairs).url)
    return things(loaded(answer.body)) or [] if answer is not None else []


def _at_page(turn: Turn, number: int) -> Pairs:
    return [(name, str(number) if name in NUMBERS else value) for name, value in query(turn.request)]


def _overlap(turn: Turn, _body: Any, listed: list[Any]) -> None:
    if page_asked(turn) > 1 and listed:
        listed[:1] = _other(turn, _at_page(turn, page_asked(turn) - 1))[-1:]


def _gap(turn: Turn, _body: Any, listed: list[Any]) -> None:
    if page_asked(turn) > 1:
        del listed[:1]


def _first_page_short(turn: Turn, _body: Any, listed: list[Any]) -> None:
    """The last thing of the first page is on no page."""
    if page_asked(turn) == 1 and len(listed) > 1 and any(name in SIZES for name, _ in query(turn.request)):
        del listed[-1:]


def _endless(turn: Turn, _body: Any, listed: list[Any]) -> None:
    if page_asked(turn) > 1 and not listed:
        listed.extend(_other(turn, _at_page(turn, 1)))


def _always_first(_turn: Turn, pairs: Pairs) -> Pairs:
    return [(name, "1" if name in NUMBERS and value.isdigit() else value) for name, value in pairs]


def _without_size(_turn: Turn, pairs: Pairs) -> Pairs:
    return [pair for pair in pairs if pair[0] not in SIZES]


def _one_more(turn: Turn, _body: Any, listed: list[Any]) -> None:
    """A page holds one more than was asked for: what comes next."""
    asked = next((int(value) for name, value in query(turn.request) if name in SIZES and value.isdigit()), 0)
    if asked and len(listed) == asked:
        listed.extend(_other(turn, _at_page(turn, page_asked(turn) + 1))[:1] or _after(turn, asked))


def _after(turn: Turn, asked: int) -> list[Any]:
    return _other(turn, [(name, str(asked + 1) if name in SIZES else value) for name, value in query(turn.request)])[asked:]


def _said(body: Any, words: frozenset[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Where a list says something of itself."""
    for holder in (body, *(body.values() if isinstance(body, dict) else ())):
        if isinstance(holder, dict):
            for name, value in holder.items():
                plain = re.sub(r"[^a-z]", "", name.lower())
                if plain in words and isinstance(value, int) and not isinstance(value, bool):
                    yield holder, name


def _says(words: frozenset[str], value: Callable[[int, list[Any], Turn], int]) -> Callable[[Site], Behaviour]:
    def change(turn: Turn, body: Any, listed: list[Any]) -> None:
        for holder, name in list(_said(body, words)):
            holder[name] = value(holder[name], listed, turn)

    return _changes(change)


def _tells(words: frozenset[str]) -> Callable[[Site], bool]:
    def applies(site: Site) -> bool:
        _, media = success(site.operation)
        return (
            site.role == "listing" and media is not None and media.schema is not None and any(_said(sampled(media.schema), words))
        )

    return applies


def _chosen(turn: Turn) -> list[str]:
    """The filters that a request has, in the order of the document's names."""
    known = filters(turn.site)
    return [name for name, _ in query(turn.request) if _is_of(name, known)]


def _is_of(name: str, known: Sequence[str]) -> bool:
    """Whether a name in a query is one of some, or of an operator of theirs: ``filter[name][contains]``."""
    return any(name == one or name.startswith(f"{one}[") for one in known)


def _without_filters(turn: Turn, pairs: Pairs) -> Pairs:
    return [pair for pair in pairs if not _is_of(pair[0], filters(turn.site))]


def _without_second(turn: Turn, pairs: Pairs) -> Pairs:
    known = _chosen(turn)
    return [pair for pair in pairs if pair[0] not in known[1:]]


def _without_one(turn: Turn, pairs: Pairs) -> Pairs:
    last = filters(turn.site)[-1]
    return [pair for pair in pairs if not _is_of(pair[0], [last])]


def _inverted(turn: Turn, _body: Any, listed: list[Any]) -> None:
    if _chosen(turn):
        found = [name_of(one, turn.site) for one in listed if isinstance(one, dict)]
        every = _other(turn, _without_filters(turn, query(turn.request)))
        listed[:] = [one for one in every if isinstance(one, dict) and name_of(one, turn.site) not in found]


def _none_is_all(turn: Turn, _body: Any, listed: list[Any]) -> None:
    if _chosen(turn) and not listed:
        listed.extend(_other(turn, _without_filters(turn, query(turn.request))))


def _loses_match(turn: Turn, _body: Any, listed: list[Any]) -> None:
    """A filter leaves out one of those that fit."""
    if _chosen(turn):
        del listed[-1:]


_SORTS = ("sort", "sort[]", "order_by", "sort_by")


def _without_sort(_turn: Turn, pairs: Pairs) -> Pairs:
    return [pair for pair in pairs if pair[0] not in _SORTS]


def _up_only(_turn: Turn, pairs: Pairs) -> Pairs:
    return [(name, value.removeprefix("-") if name in _SORTS else value) for name, value in pairs]


def _reversed(turn: Turn, _body: Any, listed: list[Any]) -> None:
    if any(name in _SORTS for name, _ in query(turn.request)):
        listed.reverse()


def _one_out_of_order(turn: Turn, _body: Any, listed: list[Any]) -> None:
    """The last one comes first."""
    if any(name in _SORTS for name, _ in query(turn.request)) and len(listed) > 2:
        listed.insert(0, listed.pop())


def _differs(_turn: Turn, _body: Any, listed: list[Any]) -> None:
    """A text of each thing is another in the list."""
    for one in listed:
        if isinstance(one, dict):
            name = next(
                (
                    name
                    for name in sorted(one)
                    if isinstance(one[name], str) and name in ("name", "description", "title", "label")
                ),
                "",
            )
            if name:
                one[name] = "Untitled"


def _other_id(_turn: Turn, _body: Any, listed: list[Any]) -> None:
    """The ids in the list are none that can be read."""
    for one in listed:
        if isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"]:
            one["id"] = ("0" if one["id"][0] != "0" else "1") + one["id"][1:]


def _twice(_turn: Turn, _body: Any, listed: list[Any]) -> None:
    listed.extend(listed[:1])


def _all_parents(turn: Turn) -> Answer:
    """Things of other parents are shown too."""
    known: dict[str, list[Any]] = turn.notes.setdefault("known", {})
    answer = turn.send()
    found = _listed(turn, answer)
    if found is None or not isinstance(answer, Response):
        return answer
    known[turn.path] = list(found[1]) or known.get(turn.path, [])
    found[1].extend(one for path, others in known.items() if path != turn.path for one in others if one not in found[1])
    return with_body(answer, found[0])


def _is_list(test: Callable[[Site], object] = lambda _site: True) -> Callable[[Site], bool]:
    return lambda site: site.role == "listing" and bool(test(site))


def _named(words: frozenset[str] | tuple[str, ...]) -> Callable[[Site], bool]:
    return lambda site: bool(names(site) & set(words))


def _row(
    name: str, promise: str, source: str, applies: Callable[[Site], bool], behave: Callable[[Site], Behaviour], proof: str
) -> Fault:
    return Fault(id=f"l-{name}", promise=promise, source=source, applies=applies, behave=behave, proof=proof)


_DOCUMENT = "the parameter's description"
_paged = _is_list(lambda site: names(site) & NUMBERS and names(site) & SIZES and site.create is not None)
_sorted = _is_list(lambda site: _named(_SORTS)(site) and site.create is not None)
_filtered = _is_list(lambda site: filters(site) and site.create is not None)

ROWS: tuple[Fault, ...] = (
    _row("pages-overlap", "Nothing is on two pages.", _DOCUMENT, _paged, _changes(_overlap), "pages"),
    _row("pages-gap", "Everything is on a page.", _DOCUMENT, _paged, _changes(_gap), "pages"),
    _row("first-page-short", "Everything is on a page.", _DOCUMENT, _paged, _changes(_first_page_short), "pages"),
    _row("pages-endless", "Pages come to an end.", _DOCUMENT, _paged, _changes(_endless), "beyond"),
    _row("page-number-ignored", "The page that was asked for is shown.", _DOCUMENT, _paged, _asks(_always_first), "pages"),
    _row("size-ignored", "A page is not larger than was asked for.", _DOCUMENT,
         _is_list(lambda site: names(site) & SIZES and site.create),
         _asks(_without_size), "sizes"),
    _row("size-one-more", "A page is not larger than was asked for.", _DOCUMENT, _paged, _changes(_one_more), "sizes"),
    _row("total-one-more", "The total is true.", "the property's name", _tells(_TOTALS), _says(_TOTALS, lambda told, _l,
         _t: told + 1), "list"),
    _row("total-of-page", "The total is of all pages.", "the property's name",
         lambda site: _tells(_TOTALS)(site) and _paged(site),
         _says(_TOTALS, lambda _told, listed, _t: len(listed)), "sizes"),
    _row("page-count-wrong", "The number of pages is true.", "the property's name",
         lambda site: _tells(_PAGES)(site) and _paged(site),
         _says(_PAGES, lambda told, _l, _t: told + 1), "list"),
    _row("page-number-wrong", "A page says its number.", "the property's name", lambda site: _tells(_AT)(site) and _paged(site),
         _says(_AT, lambda told, _l, turn: 1 if page_asked(turn) > 1 else told), "pages"),
    _row("filter-ignored", "A filter is heeded.", _DOCUMENT, _filtered, _asks(_without_filters), "filters"),
    _row("one-filter-ignored", "Each filter is heeded.", _DOCUMENT, _is_list(lambda site: len(filters(site)) > 1 and site.create),
         _asks(_without_one), "filters"),
    _row("second-filter-ignored", "Two filters are both heeded.", _DOCUMENT,
         _is_list(lambda site: len(filters(site)) > 1 and site.create),
         _asks(_without_second), "two-filters"),
    _row("filter-inverted", "A filter leaves what fits.", _DOCUMENT, _filtered, _changes(_inverted), "filters"),
    _row("filter-none-is-all", "A filter that nothing fits leaves nothing.", _DOCUMENT, _filtered, _changes(_none_is_all),
         "no-match"),
    _row("filter-loses-match", "A filter leaves all that fits.", _DOCUMENT, _filtered, _changes(_loses_match), "filters"),
    _row("sort-ignored", "A list is sorted as asked for.", _DOCUMENT, _sorted, _asks(_without_sort), "sorts"),
    _row("sort-up-only", "A list is sorted downwards too.", _DOCUMENT, _sorted, _asks(_up_only), "sorts"),
    _row("sort-reversed", "A list is sorted the way that was asked for.", _DOCUMENT, _sorted, _changes(_reversed), "sorts"),
    _row("sort-one-off", "A list is sorted throughout.", _DOCUMENT, _sorted, _changes(_one_out_of_order), "sorts"),
    _row("item-differs", "A list shows what a read shows.", "schema",
         _is_list(lambda site: site.read is not None and site.create is not None
         and {"name", "description", "title", "label"} & shows(site.listing) & shows(site.read)), _changes(_differs), "list"),
    _row("item-other-id", "The ids of a list can be read.", "paths",
         _is_list(lambda site: site.read and "id" in shows(site.listing)),
         _changes(_other_id), "listed"),
    _row("item-twice", "A thing is in a list once.", "RFC 9110 section 9.3.1", _is_list(lambda site: site.create),
         _changes(_twice), "list"),
    _row("all-parents", "A list below a thing holds what is that thing's.", "paths",
         _is_list(lambda site: "{" in site.operation.path and site.create is not None), lambda _site: _all_parents, "parents"),
)  # fmt: skip
"""The faults of this file."""
