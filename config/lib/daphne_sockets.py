"""What we use of Daphne, autobahn and Twisted beyond ASGI; everything of that kind stands in this module.

ASGI's `send` costs 40 us a frame there (autobahn's debug lines, a writer added to and taken from the event loop) and
returns at once whatever the client reads: 30 MB sent to a slow reader cost 30 MB. Here a frame is made once for all
sockets, handed to the kernel directly, and what the kernel does not take is counted.

Under another server, or when a name below is gone, `DaphneSocket.of` returns None and ASGI's `send` is used.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from autobahn.websocket.protocol import PreparedMessage, WebSocketProtocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TRANSPORT_NAMES = ("getHandle", "write", "dataBuffer", "offset", "_tempDataBuffer", "_tempDataLen", "disconnecting")
_PROTOCOL_NAMES = ("state", "send_queue", "websocket_version", "unregisterProducer")


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

    __slots__ = ("_protocol", "_transport")

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._transport = protocol.transport

    @classmethod
    def of(cls, send: Callable[[Any], Awaitable[None]]) -> DaphneSocket | None:
        """Return the socket of an accepted connection if it is Daphne's own and plain TCP."""
        protocol = send.args[0] if isinstance(send, functools.partial) and send.args else None
        transport = getattr(protocol, "transport", None)
        known = all(hasattr(protocol, name) for name in _PROTOCOL_NAMES) and all(
            hasattr(transport, name) for name in _TRANSPORT_NAMES
        )
        if protocol is None or not known or getattr(protocol, "_perMessageCompress", None) is not None:
            return None
        # The HTTP channel that was upgraded is registered as producer and would live as long as the socket.
        protocol.unregisterProducer()
        socket = cls(protocol)
        protocol.onPing = socket.answer_ping
        return socket

    def answer_ping(self, payload: bytes) -> None:
        """Answer only while nothing waits for the client: whoever pings and never reads would fill our memory.

        RFC 6455 section 5.5.3 lets us answer the latest ping alone.
        """
        if self.unsent == 0:
            self._protocol.sendPong(payload)

    @property
    def unsent(self) -> int:
        """How many bytes wait for the client."""
        transport = self._transport
        waiting: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen  # noqa: SLF001
        return waiting

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
