"""Sends the events of a sandbox: in order for each URL, each after the last was answered, and to this machine only by default.

The address is looked up once, judged, and then spoken to by its number, so that a name cannot lead elsewhere in between. No
redirect is followed, nothing is sent twice, and nothing of the request that led to an event goes along but what its body says.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from conformance.errors import UsageError
from conformance.model.message import NoResponse, Request, Response
from conformance.sandbox.events import Event
from conformance.transport.network import Network

_WORKERS = 4
_MOST_WAITING = 1000
_MOST_KEPT = 1000
_MOST_SAID = 20
_AFTER_ANSWER = 0.01
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of an event: the ``status`` that it was answered with, or the ``reason`` why there is none.

    ``url`` is without user information and query, for those may hold secrets.
    """

    name: str
    type: str
    operation: str
    method: str
    url: str
    status: int | None = None
    reason: str = ""


class Refused(Exception):
    """An event that is not sent, for a reason that is ours."""


class Delivery:
    """A listener for a sandbox that sends each event in the background. Close it, or use it as a context.

    Args:
        anywhere: send to other machines too.
        say: is given one sentence for each URL that nothing is sent to, once, and of twenty of them at most.
        timeout: seconds that one event may take.
    """

    def __init__(self, *, anywhere: bool = False, say: Callable[[str], None] = lambda _: None, timeout: float = 5.0) -> None:
        self._anywhere, self._say, self._timeout = anywhere, say, timeout
        self._lanes: dict[str, deque[tuple[float, Event]]] = {}
        # URLs whose next event nobody is sending, the one that has waited the longest first.
        self._ready: deque[str] = deque()
        self._workers: list[threading.Thread] = []
        self._log: deque[Delivered] = deque(maxlen=_MOST_KEPT)
        self._said: set[str] = set()
        self._networks: set[Network] = set()
        self._state = threading.Condition()
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def log(self) -> tuple[Delivered, ...]:
        """What became of the events so far, the latest last; a thousand at most."""
        with self._state:
            return tuple(self._log)

    def __call__(self, event: Event) -> None:
        """Take an event to send; returns at once."""
        due = time.monotonic() + event.delay + _AFTER_ANSWER
        with self._state:
            if self._closed.is_set():
                return
            lane = self._lanes.get(event.url)
            if (len(self._lanes) if lane is None else len(lane)) >= _MOST_WAITING:
                self._log.append(_delivered(event, reason="too many events wait to be sent"))
                return
            if lane is None:
                lane = self._lanes[event.url] = deque()
                self._ready.append(event.url)
            lane.append((due, event))
            self._state.notify_all()
            if len(self._workers) < min(_WORKERS, len(self._lanes)):
                # Nobody waits for these at the end: a name that is never found must not keep a process alive.
                self._workers.append(threading.Thread(target=self._work, name="conformance-delivery", daemon=True))
                self._workers[-1].start()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to send, that long at most; whether nothing is."""
        with self._state:
            return self._state.wait_for(lambda: not self._lanes, seconds)

    def close(self) -> None:
        """Send nothing more, and break off what is under way."""
        self._closed.set()
        with self._state:
            self._lanes.clear()
            self._ready.clear()
            self._state.notify_all()
            networks = tuple(self._networks)
        for network in networks:
            network.abort()
        for worker in self._workers:
            worker.join(timeout=_PATIENCE)

    def _work(self) -> None:
        """Send one event of each URL in turn, so that a slow receiver holds up none but itself."""
        while True:
            with self._state:
                self._state.wait_for(lambda: self._ready or self._closed.is_set())
                if self._closed.is_set():
                    return
                url = self._ready.popleft()
                due, event = self._lanes[url][0]
            if self._closed.wait(max(0.0, due - time.monotonic())):
                return
            result = self._result(event)
            with self._state:
                if self._closed.is_set():
                    return
                self._log.append(result)
                lane = self._lanes[url]
                lane.popleft()
                if lane:
                    self._ready.append(url)
                else:
                    del self._lanes[url]
                self._state.notify_all()

    def _result(self, event: Event) -> Delivered:
        try:
            answer = self._sent(event)
        except Refused as raised:
            shown = redacted(event.url)
            self._tell(f"an event ({event.type or event.name}) was not sent to {shown}: {raised}")
            return _delivered(event, reason=str(raised))
        if isinstance(answer, NoResponse):
            return _delivered(event, reason=f"{answer.kind}: {answer.reason}")
        return _delivered(event, status=answer.status)

    def _tell(self, sentence: str) -> None:
        with self._state:
            if sentence in self._said or len(self._said) > _MOST_SAID:
                return
            self._said.add(sentence)
            if len(self._said) > _MOST_SAID:
                sentence = "further events that are not sent are not told of here"
        self._say(sentence)

    def _sent(self, event: Event) -> Response | NoResponse:
        parts = _parts(event.url)
        port = parts.port or (443 if parts.scheme.lower() == "https" else 80)
        hosts = [parts.hostname or ""] if self._anywhere else _loopback(parts.hostname or "", port)
        answer: Response | NoResponse = NoResponse(kind="unsent", reason="there is no address")
        for host in hosts:
            answer = self._asked(event, parts, host, port)
            # A name of this machine has several addresses; a receiver may listen on one of them.
            if not (isinstance(answer, NoResponse) and answer.kind == "refused"):
                break
        return answer

    def _asked(self, event: Event, parts: SplitResult, host: str, port: int) -> Response | NoResponse:
        origin = f"{parts.scheme.lower()}://{f'[{host}]' if ':' in host else host}:{port}"
        headers = [("Host", parts.netloc.rpartition("@")[2]), *event.headers]
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            headers.append(("Authorization", f"Basic {base64.b64encode(user).decode()}"))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            network = Network(origin, timeout=self._timeout, verify=self._anywhere, trust_env=self._anywhere)
        except UsageError as raised:
            raise Refused(f"the URL cannot be used: {raised}") from raised
        with self._state:
            self._networks.add(network)
        try:
            if self._closed.is_set():
                raise Refused("nothing is sent any more")
            return network.respond(Request(method=event.method, url=origin + target, headers=tuple(headers), body=event.body))
        finally:
            with self._state:
                self._networks.discard(network)
            network.close()


def redacted(url: str) -> str:
    """A URL that can be shown: without user information, query and fragment."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/]*@", r"\1", bare) + ("?..." if "?" in url else "")


def _delivered(event: Event, *, status: int | None = None, reason: str = "") -> Delivered:
    return Delivered(name=event.name, type=event.type, operation=event.operation, method=event.method, url=redacted(event.url),
                     status=status, reason=reason)  # fmt: skip


def _parts(url: str) -> SplitResult:
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme.lower() in {"http", "https"} and parts.hostname and parts.port != 0:
            return parts
    raise Refused("it is no URL with http or https and a host")


def _loopback(host: str, port: int) -> list[str]:
    """The addresses of a name, all of this machine.

    Raises:
        Refused: when one is not, or there is none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as raised:
        raise Refused("its host is not known here") from raised
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    if not addresses or not all(_is_loopback(address) for address in addresses):
        raise Refused("it is not on this machine; --webhooks-anywhere allows that")
    return addresses


def _is_loopback(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
