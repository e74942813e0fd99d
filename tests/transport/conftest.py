"""A server that says exactly what a test tells it to, byte for byte, and remembers what it heard."""

import socket
import threading
from contextlib import contextmanager, suppress

import pytest


def _length(head):
    lowered = head.lower() + b"\r\n"
    return int(lowered.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0] or 0)


def _read_request(sock, rest):
    """One request and what came after it; empty when the client closed."""
    while b"\r\n\r\n" not in rest:
        data = sock.recv(65536)
        if not data:
            return b"", b""
        rest += data
    head, _, after = rest.partition(b"\r\n\r\n")
    chunked = b"\r\ntransfer-encoding: chunked" in head.lower()
    while (chunked and not after.endswith(b"0\r\n\r\n")) or len(after) < _length(head):
        after += sock.recv(65536)
    size = len(after) if chunked else _length(head)
    return head + b"\r\n\r\n" + after[:size], after[size:]


class Scripted:
    """``script``: the answers of each connection. An answer is bytes, None (close), "reset", or a list of bytes, waits and None.

    A connection whose answers are used up stays open and silent.
    """

    def __init__(self, script, *, tls=None, greeting=b""):
        self.heard, self.connections = [], 0
        self._script, self._tls, self._greeting = list(script), tls, greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._stop = threading.Event()
        self._sockets, self._threads = [], [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self):
        self._stop.set()
        self._threads[0].join()
        self._listener.close()
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join(2)

    def _accept(self):
        while not self._stop.is_set():
            with suppress(TimeoutError):
                sock, _ = self._listener.accept()
                self.connections += 1
                self._sockets.append(sock)
                answers = self._script.pop(0) if self._script else []
                thread = threading.Thread(target=self._serve, args=(sock, answers), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock, answers):
        if self._tls is not None:
            try:
                sock = self._tls.wrap_socket(sock, server_side=True)
            except OSError:
                sock.close()
                return
        with sock, suppress(OSError):
            sock.sendall(self._greeting)
            self._answer_all(sock, answers)

    def _answer_all(self, sock, answers):
        rest = b""
        for answer in answers:
            request, rest = _read_request(sock, rest)
            if not request:
                return
            self.heard.append(request)
            if not self._answer(sock, answer):
                return
        self._stop.wait(5)

    def _answer(self, sock, answer):
        """Whether the connection goes on."""
        for piece in answer if isinstance(answer, list) else [answer]:
            if piece is None:
                return False
            if piece == "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return False
            if isinstance(piece, float):
                self._stop.wait(piece)
            else:
                sock.sendall(piece)
        return True


@pytest.fixture
def serve():
    @contextmanager
    def serving(script, **options):
        server = Scripted(script, **options)
        try:
            yield server
        finally:
            server.close()

    return serving


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
