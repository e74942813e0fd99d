"""Faults of the second set in what lists remember: from some moment on, of some requests only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from second_faults_lists import SIZES, filters, query, with_query
from second_faults_lists import names as query_names
from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, loaded, things, with_body, with_header
from second_things import always, changed_in_list, created_name, is_listable, is_role

from conformance.model.message import Response

_WRITE, _GET = "RFC 9110 section 9.3", "RFC 9110 section 9.3.1"


def _newest_unlisted(turn: Turn) -> Answer:
    """The latest of what was created is in no list."""
    answer = turn.send()
    if turn.here and is_good(answer):
        turn.notes["last"] = created_name(turn, answer)
    last = turn.notes.get("last")
    return changed_in_list(turn, answer, lambda name, now: None if name == last else now) if turn.role == "listing" else answer


def _old_list(turn: Turn) -> Answer:
    """A list is answered from what it was when it was asked for first."""
    answer = turn.send()
    if not turn.here or not is_good(answer):
        return answer
    seen: dict[str, Answer] = turn.notes.setdefault("seen", {})
    return seen.setdefault(f"{turn.user} {turn.request.url}", answer)


def _wide_only(turn: Turn) -> Answer:
    """Where many are asked for on a page, the last is left out."""
    answer = turn.send()
    size = next((int(value) for name, value in query(turn.request) if name in SIZES and value.isdigit()), 0)
    body = loaded(answer.body) if turn.here and isinstance(answer, Response) and is_good(answer) else None
    listed = things(body)
    if size < 50 or listed is None or not isinstance(answer, Response):
        return answer
    del listed[-1:]
    return with_body(answer, body)


def _filter_pairs(turn: Turn) -> Answer:
    """Where two filters are asked for, the first is enough."""
    known = filters(turn.site)
    chosen = [pair for pair in query(turn.request) if any(pair[0] == one or pair[0].startswith(f"{one}[") for one in known)]
    if not turn.here or len(chosen) < 2:
        return turn.send()
    return turn.send(with_query(turn.request, [pair for pair in query(turn.request) if pair not in chosen[1:]]))


def _state_filter(turn: Turn) -> Answer:
    """A filter by a state finds nothing."""
    asked = [name for name, _ in query(turn.request) if "status" in name.lower() or "state" in name.lower()]
    answer = turn.send()
    body = loaded(answer.body) if turn.here and asked and isinstance(answer, Response) and is_good(answer) else None
    listed = things(body)
    if listed is None or not isinstance(answer, Response):
        return answer
    listed.clear()
    return with_body(answer, body)


def _head_of_list(turn: Turn) -> Answer:
    """HEAD of a list tells that it is empty."""
    if turn.operation is None and turn.request.method == "HEAD" and turn.beside:
        answer = turn.send(replace(turn.request, method="GET"))
        return replace(with_header(answer, "Content-Length", "2"), body=b"") if isinstance(answer, Response) else answer
    return turn.send()


def _row(
    name: str, promise: str, source: str, applies: Callable[[Site], bool], behave: Callable[[Site], Behaviour], proof: str
) -> Fault:
    return Fault(id=f"n-{name}", promise=promise, source=source, applies=applies, behave=behave, proof=proof)


ROWS: tuple[Fault, ...] = (
    _row("newest-unlisted", "What is created is in the list.", _WRITE, is_role("create", also=is_listable),
         always(_newest_unlisted), "listed"),
    _row("old-list", "A list shows what there is.", _GET, is_role("listing", also=is_listable), always(_old_list), "listed"),
    _row("wide-loses", "Everything is on a page.", _GET, is_role("listing", also=lambda site: is_listable(site)
         and query_names(site) & SIZES), always(_wide_only), "sizes"),
    _row("pair-of-filters", "Both filters are heeded.", _GET, is_role("listing", also=lambda site: is_listable(site)
         and len(filters(site)) > 1), always(_filter_pairs), "two-filters"),
    _row("state-filter", "A filter by state finds what is in it.", _GET, is_role("listing", also=lambda site: is_listable(site)
         and any("status" in name or "state" in name for name in filters(site))), always(_state_filter), "filters"),
    _row("head-of-list", "HEAD is as GET.", "RFC 9110 section 8.6", is_role("listing"), always(_head_of_list), "head"),
)  # fmt: skip
"""The faults of this file."""
