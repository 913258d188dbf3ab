"""A cheap WebSocket client for thousands of sockets in one process: frames are scanned, not parsed."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import struct
import time

_SEQ = re.compile(rb'"seq": ?(\d+)')
EVENTS = b'{"type":"events"'
EVENTS_STOCK = b'{"type": "events"'


class LoadSocket(asyncio.Protocol):
    """Connects, says hello and notes when each event arrives."""

    def __init__(self, path: str, host: str, cookie: str, arrivals: dict[int, list[float]]) -> None:
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nCookie: {cookie}\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
        )
        self._arrivals = arrivals
        self._rest = b""
        self._upgraded = False
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request.encode())

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(ConnectionError("closed before the greeting"))

    def send(self, text: str) -> None:
        self._send(text.encode(), opcode=1)

    def _send(self, payload: bytes, opcode: int) -> None:
        """Send one short masked frame (RFC 6455 section 5.2; the mask is zero)."""
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | len(payload)) if len(payload) < 126 else b""
        self.transport.write(
            (head or struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(payload))) + bytes(4) + payload
        )

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        data = self._rest + data
        if not self._upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                self.greeted.set_exception(ConnectionError(data[:60].decode()))
                return
            self._upgraded = True
            data = data[end + 4 :]
            self.send('{"type":"hello","last_seq":0}')
        self._rest = self._scan(data, now)

    def _scan(self, data: bytes, now: float) -> bytes:
        at = 0
        while len(data) - at >= 2:
            length, start = data[at + 1] & 0x7F, at + 2
            if length == 126:
                if len(data) - at < 4:
                    break
                length, start = struct.unpack_from("!H", data, at + 2)[0], at + 4
            if len(data) < start + length:
                break
            self._frame(data[at] & 0x0F, data[start : start + length], now)
            at = start + length
        return data[at:]

    def _frame(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == 9:
            self._send(payload, opcode=10)
        elif payload.startswith((EVENTS, EVENTS_STOCK)):
            for seq in _SEQ.findall(payload):
                self._arrivals.setdefault(int(seq), []).append(now)
        elif payload.startswith((b'{"type":"error"', b'{"type": "error"')):
            raise ConnectionError(payload.decode())
        elif not self.greeted.done() and payload.startswith((b'{"type":"snapshot"', b'{"type": "snapshot"')):
            self.greeted.set_result(None)
