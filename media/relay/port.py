"""The relay's UDP port: one socket for each address family, shared by all peers.

A datagram is given to whoever its address belongs to, and an address belongs to an ICE agent only once a check of the
relay's own to it was answered. Everything else is dropped and counted: it reaches neither DTLS nor SRTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from aioice import stun

from media.relay.rtcp import is_rtcp

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

# As the socket module gives it: (host, port), for IPv6 with flow and scope.
Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int]

MAX_DATAGRAM: Final = 2048
# Datagrams read before others get the loop: a flood must not keep it.
READ_AT_ONCE: Final = 64
# Asked of the kernel, which may give less: at 1,500 listeners one packet is 1,500 datagrams.
BUFFER_BYTES: Final = 8 << 20
# How long a packet of sound may have lain in the socket; later than that nobody wants to hear it.
LATE_SECONDS: Final = 0.25
# Linux' SO_TIMESTAMPNS, which the socket module does not name: the kernel says when a datagram came, as a timespec.
_TIMESTAMP: Final = 35
_timespec = struct.Struct("@qq")
ANCILLARY_BYTES: Final = socket.CMSG_SPACE(_timespec.size)
_STUN_HEADER: Final = 20
_COOKIE: Final = (0x2112A442).to_bytes(4, "big")


class Agent(Protocol):
    """Whoever holds an ICE username: see media.relay.ice."""

    local_username: str

    def request_received(self, message: stun.Message, address: Address) -> None: ...

    def response_received(self, message: stun.Message, address: Address) -> None: ...

    def datagram_received(self, data: bytes) -> None: ...

    def address_lost(self, address: Address) -> None: ...


class Wire(Protocol):
    """What an agent needs of the port; tests put a network of their own in its place."""

    counts: Counter[str]

    @property
    def addresses(self) -> Sequence[tuple[str, int]]: ...

    def send(self, data: bytes, address: Address) -> None: ...

    def enlist(self, agent: Agent) -> None: ...

    def dismiss(self, agent: Agent) -> None: ...

    def expect(self, transaction_id: bytes, agent: Agent) -> None: ...

    def forget(self, transaction_id: bytes) -> None: ...

    def assign(self, address: Address, agent: Agent) -> None: ...

    def release(self, address: Address, agent: Agent) -> None: ...


class Demultiplexer:
    """Who gets which datagram. Knows no sockets."""

    def __init__(self, counts: Counter[str]) -> None:
        self.counts = counts
        self._by_username: dict[str, Agent] = {}
        self._by_address: dict[Address, Agent] = {}
        self._by_transaction: dict[bytes, Agent] = {}

    def enlist(self, agent: Agent) -> None:
        """Let checks for the agent's username reach it."""
        self._by_username[agent.local_username] = agent

    def dismiss(self, agent: Agent) -> None:
        """Let nothing reach the agent any more."""
        if self._by_username.get(agent.local_username) is agent:
            del self._by_username[agent.local_username]

    def expect(self, transaction_id: bytes, agent: Agent) -> None:
        """Let the answer to one of the agent's own checks reach it."""
        self._by_transaction[transaction_id] = agent

    def forget(self, transaction_id: bytes) -> None:
        """Wait no longer for that answer."""
        self._by_transaction.pop(transaction_id, None)

    def assign(self, address: Address, agent: Agent) -> None:
        """Give everything from an address to the agent; whoever had it before has it no more."""
        before = self._by_address.get(address)
        self._by_address[address] = agent
        if before is not None and before is not agent:
            before.address_lost(address)

    def release(self, address: Address, agent: Agent) -> None:
        """Drop what comes from an address from now on, if it is the agent's."""
        if self._by_address.get(address) is agent:
            del self._by_address[address]

    def receive(self, data: bytes, address: Address) -> None:
        """Hand a datagram on, or drop and count it (the ranges are RFC 7983's)."""
        if data and data[0] < 4:
            self._receive_stun(data, address)
            return
        agent = self._by_address.get(address)
        if agent is None:
            self.counts["drop_unknown_address"] += 1
        else:
            agent.datagram_received(data)

    def _receive_stun(self, data: bytes, address: Address) -> None:
        if len(data) < _STUN_HEADER or data[4:8] != _COOKIE:
            self.counts["drop_bad_stun"] += 1
            return
        try:
            message = stun.parse_message(data)
        except Exception:  # noqa: BLE001 - aioice answers nonsense with whatever it stumbles over
            self.counts["drop_bad_stun"] += 1
            return
        if message.message_class == stun.Class.REQUEST:
            self._receive_request(message, address)
        elif (agent := self._by_transaction.get(message.transaction_id)) is not None:
            agent.response_received(message, address)
        else:
            self.counts["drop_unexpected_stun"] += 1

    def _receive_request(self, message: stun.Message, address: Address) -> None:
        username = message.attributes.get("USERNAME", "")
        agent = self._by_username.get(username.partition(":")[0])
        if agent is None or message.message_method != stun.Method.BINDING:
            self.counts["drop_unknown_username"] += 1
            return
        agent.request_received(message, address)


class Port(Demultiplexer):
    """The demultiplexer on real sockets. `addresses` are what candidates announce: (host, port)."""

    def __init__(self, counts: Counter[str]) -> None:
        super().__init__(counts)
        self.addresses: list[tuple[str, int]] = []
        self.sockets: dict[int, socket.socket] = {}

    def open(self, hosts: Sequence[str], port: int = 0) -> None:
        """Bind one socket for each family of `hosts`, all to one port; 0 takes a free one. Raises OSError."""
        families: dict[socket.AddressFamily, list[str]] = {}
        for host in hosts:
            six = ipaddress.ip_address(host).version == 6
            families.setdefault(socket.AF_INET6 if six else socket.AF_INET, []).append(host)
        try:
            for family, announced in families.items():
                bound = _bind(family, announced, port)
                self.sockets[family] = bound
                port = bound.getsockname()[1]
        except OSError:
            self.close()
            raise
        self.addresses = [(host, port) for host in hosts]
        loop = asyncio.get_running_loop()
        for bound in self.sockets.values():
            loop.add_reader(bound, self._read, bound)

    def socket_for(self, address: Address) -> socket.socket:
        """Return the socket that reaches an address. Raises KeyError if the relay has none of that family."""
        return self.sockets[socket.AF_INET if len(address) == 2 else socket.AF_INET6]

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram, or drop and count it."""
        try:
            self.socket_for(address).sendto(data, address)
        except (OSError, KeyError):
            self.counts["drop_not_sent"] += 1

    def _read(self, bound: socket.socket) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                data, ancillary, _flags, address = bound.recvmsg(MAX_DATAGRAM, ANCILLARY_BYTES)
            except BlockingIOError:
                return
            except OSError:
                # What a peer's machine answered to something that we sent; the socket itself is well.
                continue
            self.counts["in_datagrams"] += 1
            if _is_rtp(data) and _waited(ancillary) > LATE_SECONDS:
                # More came than could be sent on: what is late already would only make the rest late too.
                self.counts["drop_late"] += 1
            else:
                self.receive(data, address)

    def close(self) -> None:
        """Close the sockets."""
        for bound in self.sockets.values():
            with contextlib.suppress(RuntimeError):
                asyncio.get_running_loop().remove_reader(bound)
            bound.close()
        self.sockets.clear()


def _bind(family: socket.AddressFamily, announced: Sequence[str], port: int) -> socket.socket:
    """Bind to the one announced address if it is this machine's, else to all: a router in front may forward to us."""
    everywhere = "::" if family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104
    if len(announced) == 1:
        with contextlib.suppress(OSError):
            return _bound(family, announced[0], port)
    return _bound(family, everywhere, port)


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    _enlarge(bound)
    if sys.platform == "linux":
        bound.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
    return bound


def _is_rtp(data: bytes) -> bool:
    return len(data) > 1 and 127 < data[0] < 192 and not is_rtcp(data)


def _waited(ancillary: Sequence[tuple[int, int, bytes]]) -> float:
    """Return for how many seconds a datagram lay in the socket, 0 where the kernel does not say."""
    for level, kind, data in ancillary:
        if (level, kind, len(data)) == (socket.SOL_SOCKET, _TIMESTAMP, _timespec.size):
            seconds, nanoseconds = _timespec.unpack(data)
            return time.time() - float(seconds) - float(nanoseconds) / 1e9
    return 0.0


def _enlarge(bound: socket.socket) -> None:
    for option, forced in ((socket.SO_RCVBUF, 33), (socket.SO_SNDBUF, 32)):
        try:
            # SO_RCVBUFFORCE and SO_SNDBUFFORCE: above the system's limit, for whoever may.
            bound.setsockopt(socket.SOL_SOCKET, forced, BUFFER_BYTES)
        except OSError:
            bound.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
