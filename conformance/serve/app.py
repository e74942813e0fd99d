"""An ASGI application around any responder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from conformance.model.message import NoResponse, Request, Response
from conformance.model.ports import Responder

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_GATEWAY = {"timeout": 504}


RESET = "conformance.reset"
"""The ASGI extension that ends a connection at once: a function without arguments."""


def asgi(responder: Responder, *, inline: bool = False, origin: bool = False) -> App:
    """The application.

    Args:
        responder: answers the requests.
        inline: call it on the event loop itself; right for one that neither waits nor takes long.
        origin: it is the service itself, so how long an answer takes and how it breaks off is acted out. A gateway has
            waited already, and says in an answer of its own that there was none.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        request = await _request(scope, receive)
        answer = responder.respond(request) if inline else await asyncio.to_thread(responder.respond, request)
        if origin and answer.elapsed > 0:
            await asyncio.sleep(answer.elapsed)
        if origin and isinstance(answer, NoResponse):
            await _break_off(answer, scope, receive, send)
        else:
            await _send(answer, send)

    return app


def told_by_a_gateway(answer: NoResponse) -> Response:
    """What a gateway says when there is no answer."""
    body = f"no answer ({answer.kind}): {answer.reason}".encode()
    return Response(status=_GATEWAY.get(answer.kind, 502), headers=(("content-type", "text/plain; charset=utf-8"),), body=body)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _request(scope: Scope, receive: Receive) -> Request:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    host = next((value for name, value in headers if name.lower() == "host"), "localhost")
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    query = scope.get("query_string", b"").decode("latin-1")
    url = f"{scope.get('scheme', 'http')}://{host}{path}" + (f"?{query}" if query else "")
    return Request(method=scope["method"], url=url, headers=headers, body=b"".join(parts))


async def _break_off(answer: NoResponse, scope: Scope, receive: Receive, send: Send) -> None:
    """End the connection: after what there is of the answer, or at once."""
    if answer.begun is not None:
        # A server closes a connection whose answer is not complete.
        await send({"type": "http.response.start", "status": answer.begun.status, "headers": _encoded(answer.begun)})
        await send({"type": "http.response.body", "body": answer.begun.body, "more_body": True})
        return
    reset = (scope.get("extensions") or {}).get(RESET)
    if reset is None:
        await _send(answer, send)
        return
    reset()
    while (await receive())["type"] != "http.disconnect":
        pass


def _encoded(answer: Response) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in answer.headers]


async def _send(answer: Response | NoResponse, send: Send) -> None:
    if isinstance(answer, NoResponse):
        answer = told_by_a_gateway(answer)
    headers = _encoded(answer)
    if answer.status not in {204, 304} and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
