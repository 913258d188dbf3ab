"""Lines to the server that a test can cut: a proxy for connections, and one for the datagrams of sound."""

from __future__ import annotations

import contextlib
import socket
import threading


class Line:
    """Listens on a port of its own and passes bytes both ways until `cut`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._sockets: list[socket.socket] = []
        self._whole = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._whole = False
        for connection in self._sockets:
            # Shut down first: closing alone does not wake the thread that waits for its bytes.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._sockets.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self._whole = True

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if not self._whole:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._sockets += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_copy, args=(source, sink), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Air:
    """The same for datagrams: a port of its own in front of a relay's, one socket behind it for each browser."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._whole = True
        self._behind: dict[tuple[str, int], socket.socket] = {}
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self.port = self._front.getsockname()[1]
        threading.Thread(target=self._go, daemon=True).start()

    def cut(self) -> None:
        """Lose everything from now on."""
        self._whole = False

    def mend(self) -> None:
        """Let datagrams through again."""
        self._whole = True

    def close(self) -> None:
        for one in (self._front, *self._behind.values()):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _go(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, address = self._front.recvfrom(2048)
                if address not in self._behind:
                    self._behind[address] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    self._behind[address].connect(self._target)
                    threading.Thread(target=self._come, args=(address,), daemon=True).start()
                if self._whole:
                    self._behind[address].send(data)

    def _come(self, address: tuple[str, int]) -> None:
        behind = self._behind[address]
        while True:
            try:
                data = behind.recv(2048)
                if not data:
                    return
                if self._whole:
                    self._front.sendto(data, address)
            except ConnectionRefusedError:
                # Nobody is at the relay's port for the moment.
                continue
            except OSError:
                return
