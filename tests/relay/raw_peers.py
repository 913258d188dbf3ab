"""What stands between browsers and the relay in tests: a socket that speaks STUN only, and a router that forgets."""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.relay.network import StunPeer

if TYPE_CHECKING:
    from media.relay.port import Address


@dataclass(frozen=True)
class Credentials:
    """What an offer and its answer settle; local is the relay's side."""

    local_username: str
    local_password: str
    remote_username: str
    remote_password: str


def credentials(offer: str, answer: str) -> Credentials:
    return Credentials(
        _value(answer, "ice-ufrag"), _value(answer, "ice-pwd"), _value(offer, "ice-ufrag"), _value(offer, "ice-pwd")
    )


def _value(sdp: str, name: str) -> str:
    found = re.search(rf"a={name}:(\S+)", sdp)
    assert found is not None
    return found.group(1)


def relay_address(answer: str) -> tuple[str, int]:
    """Return the first address that an answer announces."""
    parts = next(line.split() for line in answer.splitlines() if line.startswith("a=candidate"))
    return parts[4], int(parts[5])


class SocketNetwork:
    """Real UDP in the place of the network in memory, for one peer."""

    def __init__(self, relay: tuple[str, int]) -> None:
        self.hosts: dict[Address, Any] = {}
        self.relay = relay
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self.socket, self._read)

    def send(self, _source: Address, _target: Address, data: bytes) -> None:
        self.socket.sendto(data, self.relay)

    def _read(self) -> None:
        data, address = self.socket.recvfrom(2048)
        self.hosts[self.socket.getsockname()](data, address)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()


class StunOnly:
    """A peer that proves where it is and then says nothing."""

    def __init__(self, offer: str, answer: str) -> None:
        self._network = SocketNetwork(relay_address(answer))
        self.peer = StunPeer(self._network, self._network.socket.getsockname(), credentials(offer, answer))

    def close(self) -> None:
        self._network.close()


class Router:
    """A router with address translation: the peer talks to `inside`, the relay sees `outside`, which may change."""

    def __init__(self, relay: tuple[str, int]) -> None:
        self._relay = relay
        self._peer: Any = None
        self.open = True
        self.inside = self._bound(self._outwards)
        self.outside = self._bound(self._inwards)

    def _bound(self, read: Any) -> socket.socket:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        asyncio.get_running_loop().add_reader(one, read)
        return one

    def _outwards(self) -> None:
        data, self._peer = self.inside.recvfrom(2048)
        if self.open:
            self.outside.sendto(data, self._relay)

    def _inwards(self) -> None:
        data = self.outside.recv(2048)
        if self._peer is not None and self.open:
            self.inside.sendto(data, self._peer)

    def rebind(self) -> None:
        """Forget the translation: what comes from the peer has another address from now on."""
        self._shut(self.outside)
        self.outside = self._bound(self._inwards)

    def in_front(self, answer: str) -> str:
        """Return the relay's answer with the router's address in the place of the relay's own."""
        host, port = self._relay
        return answer.replace(f" {host} {port} ", " {} {} ".format(*self.inside.getsockname()))

    def _shut(self, one: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(one)
        one.close()

    def close(self) -> None:
        self._shut(self.inside)
        self._shut(self.outside)
