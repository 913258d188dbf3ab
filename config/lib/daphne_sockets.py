"""What we use of Daphne, autobahn and Twisted beyond ASGI; everything of that kind stands in this module.

ASGI's `send` costs 40 us a frame there (autobahn's debug lines, a writer added to and taken from the event loop) and
returns at once whatever the client reads: 30 MB sent to a slow reader cost 30 MB. Here a frame is made once for all
sockets, handed to the kernel directly, and what the kernel does not take is counted.

It also takes in whatever a client sends, as fast as it comes: one that sends without end keeps the process from all
others, and its frames wait in memory. Here little is read at a time, and whoever sends beyond reason is closed.

What streams a long answer over HTTP learns from `unsent_by` how much of it the client has not read.

Under another server, or when a name below is gone, `DaphneSocket.of` returns None and ASGI's `send` is used;
`unsent_by` then says that everything is read.
"""

from __future__ import annotations

import asyncio
import functools
import time
from typing import TYPE_CHECKING, Any

from autobahn.websocket.protocol import PreparedMessage, WebSocketProtocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_BUFFER_NAMES = ("dataBuffer", "offset", "_tempDataBuffer", "_tempDataLen")
_TRANSPORT_NAMES = (
    *_BUFFER_NAMES,
    "getHandle",
    "write",
    "disconnecting",
    "bufferSize",
    "pauseProducing",
    "loseConnection",
    "abortConnection",
)
_PROTOCOL_NAMES = (
    "state",
    "send_queue",
    "websocket_version",
    "unregisterProducer",
    "application_queue",
    "sendCloseFrame",
    "onMessage",
    "onMessageBegin",
    "onMessageFrameBegin",
)

# Bytes taken from the kernel in one turn of the event loop: up to 682 frames, of the smallest that there are.
READ_BYTES = 4096
# Messages that may wait for the application, more than anybody has under way who is answered.
MAX_WAITING = 128
# Frames that one message may come in; browsers send one.
MAX_FRAGMENTS = 64
# An empty ping (RFC 6455 section 5.5.2).
PING = b"\x89\x00"
# Time for a client to read what waits for it when its connection ends.
GRACE_SECONDS = 1.0
# RFC 6455 section 7.4.1.
CLOSE_POLICY = 1008
CLOSE_TOO_BIG = 1009


class Frame:
    """A text message, framed at most once for however many sockets (RFC 6455 section 5.2, unmasked)."""

    __slots__ = ("_framed", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._framed: bytes | None = None

    @property
    def framed(self) -> bytes:
        if self._framed is None:
            message = PreparedMessage(self.text.encode(), isBinary=False, applyMask=False, doNotCompress=True)
            self._framed = message.payloadHybi
        return self._framed


class DaphneSocket:
    """The connection behind one ASGI `send`."""

    __slots__ = ("_fragments", "_pinged_at", "_protocol", "_transport", "heard_at")

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self._fragments = 0
        # When the client gave its last sign of life, by time.monotonic().
        self.heard_at = self._pinged_at = time.monotonic()

    @classmethod
    def of(cls, send: Callable[[Any], Awaitable[None]]) -> DaphneSocket | None:
        """Return the socket of an accepted connection if it is Daphne's own and plain TCP."""
        protocol = _protocol_of(send)
        transport = getattr(protocol, "transport", None)
        known = all(hasattr(protocol, name) for name in _PROTOCOL_NAMES) and all(
            hasattr(transport, name) for name in _TRANSPORT_NAMES
        )
        if protocol is None or not known or getattr(protocol, "_perMessageCompress", None) is not None:
            return None
        # The HTTP channel that was upgraded is registered as producer and would live as long as the socket.
        protocol.unregisterProducer()
        socket = cls(protocol)
        protocol.transport.bufferSize = READ_BYTES
        protocol.transport.loseConnection = functools.partial(socket.lose, protocol.transport.loseConnection)
        protocol.onPing = socket.answer_ping
        protocol.onPong = socket.hear_pong
        protocol.onMessage = functools.partial(socket.pass_on, protocol.onMessage)
        protocol.onMessageBegin = functools.partial(socket.begin_message, protocol.onMessageBegin)
        protocol.onMessageFrameBegin = functools.partial(socket.begin_frame, protocol.onMessageFrameBegin)
        return socket

    def pass_on(self, to_application: Callable[[bytes, bool], None], payload: bytes, is_binary: bool) -> None:  # noqa: FBT001 - autobahn's own signature
        """Hand a message to the application unless too many wait there."""
        if self._protocol.state != WebSocketProtocol.STATE_OPEN:
            return
        self.heard_at = time.monotonic()
        if self._protocol.application_queue.qsize() >= MAX_WAITING:
            self._shut(CLOSE_POLICY)
        else:
            to_application(payload, is_binary)

    def begin_message(self, begin: Callable[[bool], None], is_binary: bool) -> None:  # noqa: FBT001 - as above
        """Count its frames anew."""
        self._fragments = 0
        begin(is_binary)

    def begin_frame(self, begin: Callable[[int], None], length: int) -> None:
        """Take a further frame of a message; empty ones could come without end, as they reach no limit of size."""
        begin(length)
        self._fragments += 1
        if self._fragments > MAX_FRAGMENTS:
            self._shut(CLOSE_TOO_BIG)

    def lose(self, lose: Callable[[], None]) -> None:
        """End the connection; by itself Twisted waits without end for a client that reads nothing."""
        lose()
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._transport.abortConnection)

    def _shut(self, code: int) -> None:
        """Close and read nothing more. As with every close, autobahn drops the connection when a second is over."""
        if self._protocol.state == WebSocketProtocol.STATE_OPEN:
            self._protocol.sendCloseFrame(code=code)
            self._transport.pauseProducing()

    def answer_ping(self, payload: bytes) -> None:
        """Answer only while nothing waits for the client: whoever pings and never reads would fill our memory.

        RFC 6455 section 5.5.3 lets us answer the latest ping alone.
        """
        self.heard_at = time.monotonic()
        if self.unsent == 0:
            self._protocol.sendPong(payload)

    def hear_pong(self, payload: bytes) -> None:
        """Take the answer to a ping: a browser gives it by itself, whatever its page is doing."""
        del payload
        self.heard_at = time.monotonic()

    def ping_every(self, seconds: float) -> None:
        """Ask a client for a sign of life that has given none for so long; call it often."""
        now = time.monotonic()
        if now - max(self.heard_at, self._pinged_at) < seconds:
            return
        self._pinged_at = now
        # Daphne need not do the same.
        self._protocol.last_ping = time.time()
        self.write(PING)

    @property
    def unsent(self) -> int:
        """How many bytes wait for the client."""
        return _unsent(self._transport)

    def write(self, data: bytes) -> None:
        """Send a whole frame: straight to the kernel if nothing waits before it, else behind what waits."""
        protocol, transport = self._protocol, self._transport
        if protocol.state != WebSocketProtocol.STATE_OPEN or transport.disconnecting:
            return
        taken = 0
        if not protocol.send_queue and self.unsent == 0:
            try:
                taken = transport.getHandle().send(data)
            except BlockingIOError:
                taken = 0
            except OSError:
                # The connection is gone; Twisted finds that out by itself and tells the application.
                return
        if taken < len(data):
            transport.write(data[taken:] if taken else data)


def unsent_by(send: Callable[[Any], Awaitable[None]]) -> Callable[[], int]:
    """Return what says how many bytes of the answer behind an ASGI `send` for HTTP wait for the client."""
    transport = getattr(_protocol_of(send), "transport", None)
    if not all(hasattr(transport, name) for name in _BUFFER_NAMES):
        return _nothing
    return functools.partial(_unsent, transport)


def _protocol_of(send: Callable[[Any], Awaitable[None]]) -> Any:
    return send.args[0] if isinstance(send, functools.partial) and send.args else None


def _unsent(transport: Any) -> int:
    waiting: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen  # noqa: SLF001
    return waiting


def _nothing() -> int:
    return 0
