"""A target that costs next to nothing: answers that were made before, by method and path. ``python canned.py PORT FILE``.

FILE is JSON: ``{"GET /path?query": [[status, body], ...]}``; the answers to one line are given in turn.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path


class Canned(asyncio.Protocol):
    """Answers whole requests that arrive one at a time."""

    answers: dict[bytes, Iterator[bytes]]

    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data
        head, blank, body = data.partition(b"\r\n\r\n")
        at = head.lower().find(b"\r\ncontent-length:")
        length = int(head[at + 17 :].partition(b"\r\n")[0]) if at >= 0 else 0
        if not blank or len(body) < length:
            self.buffer = data
            return
        self.buffer = b""
        self.transport.write(next(self.answers[head.partition(b" HTTP/")[0]]))


def answer(status: int, body: str) -> bytes:
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n"
    return head.encode() + body.encode()


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    held = json.loads(Path(sys.argv[2]).read_text())
    Canned.answers = {line.encode(): cycle([answer(*one) for one in made]) for line, made in held.items()}
    asyncio.run(serve(int(sys.argv[1])))
