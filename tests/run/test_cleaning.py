"""What a run created is deleted side by side, and what holds on to another all the same in time."""

import threading

import pytest

from conformance.model.message import Request, Response
from conformance.run.cleaning import clean
from conformance.run.ledger import Ledger, Thing, accounts


class Service:
    """Answers deletions; ``together`` of them are let go only when all have arrived."""

    def __init__(self, there, *, together=1, holds=()):
        self.there, self.holds, self.order = set(there), dict(holds), []
        self._gate = threading.Barrier(together)

    def respond(self, request: Request) -> Response:
        path = request.url.removeprefix("http://127.0.0.1:1")
        self._gate.wait(timeout=10)
        if self.holds.get(path) in self.there:
            return Response(status=409)
        self.order.append(path)
        self.there.remove(path)
        return Response(status=204)


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", "run")
    ledger.open(target="http://127.0.0.1:1", auth=(), headers=[])
    return ledger


def made(ledger, *paths):
    for path in paths:
        at = path.rpartition("/")[0]
        key = ledger.begin(f"POST {at}", at, content={}, query="", segment="{id}")
        ledger.end(key, [Thing(operation=f"POST {at}", path=path, delete="")])
    return next(iter(accounts(ledger.path)))


def test_families_are_deleted_side_by_side(ledger):
    account = made(ledger, "/shelves/1", "/books/1")
    service = Service(["/shelves/1", "/books/1"], together=2)
    cleaned = clean(account, ledger, service, (), workers=2)
    assert (cleaned.deleted, cleaned.left, service.there) == (2, (), set())


@pytest.mark.parametrize("workers", [1, 4])
def test_what_holds_on_to_another_family_goes_in_the_next_round(ledger, workers):
    account = made(ledger, "/books/1", "/shelves/1", "/shelves/2")
    service = Service(["/books/1", "/shelves/1", "/shelves/2"], holds={"/shelves/2": "/books/1", "/books/1": "/shelves/1"})
    cleaned = clean(account, ledger, service, (), workers=workers, sleep=lambda _: None)
    assert (cleaned.deleted, cleaned.left, service.there) == (3, (), set())


def test_a_family_goes_the_newest_first(ledger):
    account = made(ledger, "/shelves/1", "/shelves/2", "/shelves/3")
    service = Service(["/shelves/1", "/shelves/2", "/shelves/3"])
    clean(account, ledger, service, (), workers=4)
    assert service.order == ["/shelves/3", "/shelves/2", "/shelves/1"]


def test_the_budget_of_requests_holds_for_all_workers_together(ledger):
    paths = [f"/{name}/1" for name in "abcdefgh"]
    account = made(ledger, *paths)
    cleaned = clean(account, ledger, Service(paths), (), workers=4, most=3)
    assert (cleaned.requests, cleaned.deleted, len(cleaned.left)) == (3, 3, 5)
    assert {one.reason for one in cleaned.left} == {"the request budget is spent"}
