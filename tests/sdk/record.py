"""Makes ``specs/recordings``: ``python tests/sdk/record.py [NAME]...`` drives the published SDK against the sandbox.

Needs the ``telnyx`` package (see the test dependencies). What is made depends on the document, the sandbox and the SDK
alone, so making it again without a change gives the same files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from chains import CHAINS
from recorder import Client, Recorder

from conformance import shipped
from conformance.cases.har import to_har
from conformance.cases.recorded import RecordedExchange
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document
from conformance.spec.router import Router

SEED = 20260101


def record(name: str, document: Document, router: Router) -> list[RecordedExchange]:
    """The exchanges of one chain against a fresh sandbox."""
    recorder = Recorder(Sandbox(document, seed=SEED), router)
    with Client(recorder) as client:
        CHAINS[name](client)
    if recorder.undocumented:
        raise SystemExit(f"{name} calls what the document does not have: {', '.join(recorder.undocumented)}")
    return recorder.exchanges


def har_text(name: str, exchanges: list[RecordedExchange]) -> str:
    """The file of one chain."""
    return json.dumps(to_har(exchanges, comment=(CHAINS[name].__doc__ or "").strip()), indent=1, ensure_ascii=False) + "\n"


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
