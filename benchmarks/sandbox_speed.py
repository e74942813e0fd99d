"""How fast the sandbox is, in one process and without a socket: start, and requests per second of CPU."""

from __future__ import annotations

import argparse
import json
import time

from conformance import shipped
from conformance.model.message import Request, Response
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document


def request(method: str, path: str, body: object = None) -> Request:
    headers: tuple[tuple[str, str], ...] = (("authorization", "Bearer t"),)
    if body is None:
        return Request(method=method, url=f"http://sandbox{path}", headers=headers)
    return Request(method=method, url=f"http://sandbox{path}", headers=(*headers, ("content-type", "application/json")),
                   body=json.dumps(body).encode())  # fmt: skip


def measure(sandbox: Sandbox, name: str, asked: Request, count: int) -> None:
    answer: Response = sandbox.respond(asked)
    before = time.process_time()
    for _ in range(count):
        answer = sandbox.respond(asked)
    took = time.process_time() - before
    print(f"{name:<44} {answer.status} {count / took:>9,.0f}/s {took / count * 1000:>8.3f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", default=str(shipped.document()))
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()

    before = time.perf_counter()
    document = Document.load(options.spec)
    operations = len(document.operations)
    loaded = time.perf_counter()
    sandbox = Sandbox(document)
    ready = time.perf_counter()
    print(f"{operations} operations: document {loaded - before:.3f} s, sandbox {ready - loaded:.3f} s")

    for path, body in (
        ("/billing_groups", {"name": "a"}),
        ("/call_control_applications", {"application_name": "a", "webhook_event_url": "https://example.com"}),
        ("/credential_connections", {"user_name": "user12345", "password": "secret12345", "connection_name": "c"}),
    ):
        made = json.loads(sandbox.respond(request("POST", path, body)).body)["data"]["id"]
        measure(sandbox, f"GET {path}/{{id}}", request("GET", f"{path}/{made}"), options.count)
        measure(sandbox, f"POST {path}", request("POST", path, body), max(options.count // 5, 30))
        measure(sandbox, f"GET {path} (20 of many)", request("GET", f"{path}?page[size]=20"), options.count)


if __name__ == "__main__":
    main()
