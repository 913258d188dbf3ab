"""A web server on this machine that says exactly what a test wants, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Say = Callable[[], Iterable[bytes]]


def page(body: bytes, *headers: str, status: str = "200 OK", kind: str = "text/html; charset=utf-8") -> bytes:
    """Return a whole answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def moved(to: str, status: str = "302 Found") -> bytes:
    return page(b"", f"Location: {to}", status=status)


class Pages:
    """Answers a path with what `says` has for it, piece by piece, until the other side is gone."""

    def __init__(self) -> None:
        self.says: dict[str, Say | bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.ended = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.ended.set()
        # Closing alone does not wake a thread that waits in accept().
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            asked = b""
            while b"\r\n\r\n" not in asked:
                if not (piece := connection.recv(4096)):
                    return
                asked += piece
            lines = asked.decode("latin-1").split("\r\n")
            path = lines[0].split(" ")[1]
            host = next(line.split(": ", 1)[1] for line in lines if line.lower().startswith("host:"))
            self.asked.append((host, path))
            say = self.says.get(path, page(b"", status="404 Not Found"))
            for piece in [say] if isinstance(say, bytes) else say():
                connection.sendall(piece)
                self.sent += len(piece)
