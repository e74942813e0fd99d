"""Offers in turns of their kinds: what is sent first, and what is never made."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.cases.kinds import KINDS, Agenda
from conformance.cases.offer import Offer
from conformance.model.message import Request
from conformance.model.record import Intent


def offer(kind: str, place: str) -> Offer:
    return Offer(
        kind=kind, place=place, intent=Intent.NEGATIVE, description="", make=lambda: Request(method="GET", url="http://a/")
    )


def taken(agenda: Agenda) -> list[tuple[str, str]]:
    return [found.news for found in iter(agenda.take, None)]


def test_every_kind_comes_once_before_one_comes_twice() -> None:
    agenda = Agenda()
    agenda.add(offer(kind, place) for kind in ("bad-enum", "missing", "null") for place in ("a", "b"))
    assert taken(agenda) == [
        ("missing", "a"),
        ("null", "a"),
        ("bad-enum", "a"),
        ("missing", "b"),
        ("null", "b"),
        ("bad-enum", "b"),
    ]


def test_the_same_news_is_told_once_whichever_source_has_it() -> None:
    agenda = Agenda()
    agenda.add([offer("null", "a"), offer("null", "a")])
    agenda.add([offer("null", "a"), offer("null", "b")])
    assert taken(agenda) == [("null", "a"), ("null", "b")]


def test_a_source_that_costs_is_read_no_further_than_is_needed() -> None:
    made = []

    def dear() -> Iterator[Offer]:
        for number in range(1000):
            made.append(number)
            yield offer("optional", str(number))

    agenda = Agenda()
    agenda.add(dear(), dear=100)
    agenda.take()
    assert 0 < len(made) < 50


def test_a_source_that_only_repeats_itself_is_given_up() -> None:
    made = []

    def endless() -> Iterator[Offer]:
        while True:
            made.append(1)
            yield offer("null", "a")

    agenda = Agenda()
    agenda.add(endless(), dear=30)
    assert taken(agenda) == [("null", "a")]
    assert len(made) < 100


def test_kinds_are_told_apart_and_none_is_twice_in_line() -> None:
    assert len(set(KINDS)) == len(KINDS)
