"""Makes ``specs/recordings``: ``python tests/sdk/record.py [NAME]...`` drives the published SDK against the sandbox.

Needs the ``telnyx`` package (see the test dependencies). What is made depends on the document, the sandbox and the SDK
alone, so making it again without a change gives the same files.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from chains import CHAINS
from recorder import Client, Recorder

from conformance import shipped
from conformance.cases.har import to_har
from conformance.cases.recorded import RecordedExchange
from conformance.redaction.words import listed_words
from conformance.run.identity import json_body
from conformance.run.memory import SANDBOX
from conformance.run.volatile import apart
from conformance.sandbox.layout import Layout
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document
from conformance.spec.router import Router

SEED, TAKES = 20260101, 12


def record(name: str, document: Document, router: Router) -> list[RecordedExchange]:
    """The exchanges of one chain against a fresh sandbox, with what other sandboxes answered otherwise."""
    layout = Layout(document)
    first, *others = ([*_take(name, document, router, layout, SEED + number)] for number in range(TAKES))
    found = []
    for at, exchange in enumerate(first):
        bodies = [json_body(take[at].response) for take in others]
        volatile = frozenset(place for body in bodies for place in apart(json_body(exchange.response), body))
        found.append(replace(exchange, volatile=volatile, takes=TAKES))
    return found


def _take(name: str, document: Document, router: Router, layout: Layout, seed: int) -> list[RecordedExchange]:
    recorder = Recorder(Sandbox(document, seed=seed, layout=layout), router, listed_words(document.raw))
    with Client(recorder) as client:
        CHAINS[name](client)
    if recorder.undocumented:
        raise SystemExit(f"{name} calls what the document does not have: {', '.join(recorder.undocumented)}")
    return recorder.exchanges


def har_text(name: str, exchanges: list[RecordedExchange]) -> str:
    """The file of one chain."""
    return (
        json.dumps(to_har(exchanges, comment=(CHAINS[name].__doc__ or "").strip(), origin=SANDBOX), indent=1, ensure_ascii=False)
        + "\n"
    )


def main(names: list[str], folder: Path) -> None:
    """Write the recordings."""
    document = Document.load(shipped.document())
    router = Router(document.operations)
    folder.mkdir(parents=True, exist_ok=True)
    labels, tags, count = set(), set(), 0
    for name in names or sorted(CHAINS):
        exchanges = record(name, document, router)
        (folder / f"{name}.har").write_text(har_text(name, exchanges), "utf-8")
        for exchange in exchanges:
            match = router.match(exchange.request.method, exchange.request.url)
            assert match is not None
            assert match.operation is not None
            labels.add(match.operation.label)
            tags.update(match.operation.tags)
        count += len(exchanges)
    sys.stdout.write(f"{count} exchanges over {len(labels)} operations of {len(tags)} tags in {len(names or CHAINS)} files\n")


if __name__ == "__main__":
    main(sys.argv[1:], shipped.recordings())
