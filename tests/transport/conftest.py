"""A server that says exactly what a test tells it to, byte for byte, and remembers what it heard."""

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

CLOSE, RESET = None, "reset"


@dataclass
class Scripted:
    port: int
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _read_request(sock: socket.socket, rest: bytes) -> tuple[bytes, bytes]:
    while b"\r\n\r\n" not in rest:
        data = sock.recv(65536)
        if not data:
            return b"", b""
        rest += data
    head, _, after = rest.partition(b"\r\n\r\n")
    lowered = head.lower()
    if b"\r\ncontent-length: " in lowered:
        length = int(lowered.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0])
        while len(after) < length:
            after += sock.recv(65536)
        return head + b"\r\n\r\n" + after[:length], after[length:]
    if b"\r\ntransfer-encoding: chunked" in lowered:
        while not after.endswith(b"0\r\n\r\n"):
            after += sock.recv(65536)
        return head + b"\r\n\r\n" + after, b""
    return head + b"\r\n\r\n", after


@contextmanager
def _serve(script, *, tls=None, greeting=b""):
    """``script``: the answers of each connection; an answer is bytes, None (close), "reset", or a list of bytes, waits and None."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    state = Scripted(port=listener.getsockname()[1])
    stop = threading.Event()

    def talk(sock, answers):
        rest = b""
        if tls is not None:
            try:
                sock = tls.wrap_socket(sock, server_side=True)
            except OSError:
                sock.close()
                return
        with sock, suppress(OSError):
            sock.sendall(greeting)
            for answer in answers:
                request, rest = _read_request(sock, rest)
                if not request:
                    return
                state.heard.append(request)
                if answer is CLOSE:
                    return
                if answer is RESET:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return
                for piece in answer if isinstance(answer, list) else [answer]:
                    if isinstance(piece, float):
                        stop.wait(piece)
                    elif piece is CLOSE:
                        return
                    else:
                        sock.sendall(piece)
            stop.wait(5)

    def accept():
        pending = list(script)
        while not stop.is_set():
            try:
                sock, _ = listener.accept()
            except TimeoutError:
                continue
            state.connections += 1
            accepted.append(sock)
            answers = pending.pop(0) if pending else []
            thread = threading.Thread(target=talk, args=(sock, answers), daemon=True)
            thread.start()
            threads.append(thread)

    threads: list[threading.Thread] = []
    accepted: list[socket.socket] = []
    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield state
    finally:
        stop.set()
        acceptor.join()
        listener.close()
        for sock in accepted:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(2)


@pytest.fixture
def serve():
    return _serve


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return port
