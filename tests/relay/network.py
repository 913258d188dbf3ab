"""A network in memory for tests of the relay: scripted loss, doubling and order, peers that speak STUN, SRTP pairs."""

from __future__ import annotations

import secrets
import socket
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aioice import stun
from pylibsrtp import Policy, Session

from media.relay.port import Demultiplexer

if TYPE_CHECKING:
    from collections.abc import Callable

    from media.relay.port import Address
    from media.relay.rtp import RtpPacket

RELAY: Address = ("192.0.2.1", 4000)


class Silence:
    """Nobody who records, and nobody who looks at levels."""

    def write(self, room: str, person: str, packet: RtpPacket) -> None:
        pass

    def heard(self, room: str, person: str, level: int, now: float) -> None:
        pass


@dataclass
class Network:
    """Datagrams on their way, in order. `fate` says of each how often it arrives; None is a network without faults."""

    waiting: deque[tuple[Address, Address, bytes]] = field(default_factory=deque)
    hosts: dict[Address, Callable[[bytes, Address], None]] = field(default_factory=dict)
    fate: Callable[[int], int] | None = None
    sent: int = 0

    def send(self, source: Address, target: Address, data: bytes) -> None:
        times = 1 if self.fate is None else self.fate(self.sent)
        self.sent += 1
        self.waiting.extend([(source, target, data)] * times)

    def run(self, *, newest_first: bool = False) -> None:
        """Deliver until nothing is on its way; datagrams to nobody are lost."""
        while self.waiting:
            source, target, data = self.waiting.pop() if newest_first else self.waiting.popleft()
            receive = self.hosts.get(target)
            if receive is not None:
                receive(data, source)


class MemoryPort(Demultiplexer):
    """The relay's port on that network."""

    def __init__(self, network: Network) -> None:
        super().__init__(Counter())
        self.addresses = [("192.0.2.1", 4000)]
        self._network = network
        network.hosts[RELAY] = self.receive

    def send(self, data: bytes, address: Address) -> None:
        self._network.send(RELAY, address, data)


class StunPeer:
    """A browser's ICE at some address: asks with the right password, answers checks, keeps what else comes."""

    def __init__(self, network: Any, address: Address, agent: Any, *, answers: bool = True) -> None:
        self.network = network
        self.address = address
        self.agent = agent
        self.answers = answers
        self.got: list[bytes] = []
        self.responses = 0
        self.checks: list[stun.Message] = []
        network.hosts[address] = self.receive

    def request(self, **changes: Any) -> bytes:
        """Return a check's bytes; `password`, `username`, `nominate` and `transaction_id` may be others."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, changes.get("transaction_id"))
        username = f"{self.agent.local_username}:{self.agent.remote_username}"
        message.attributes["USERNAME"] = changes.get("username", username)
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 5
        if changes.get("nominate", True):
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(changes.get("password", self.agent.local_password).encode())
        return bytes(message)

    def ask(self, **changes: Any) -> None:
        self.send(self.request(**changes))

    def send(self, data: bytes) -> None:
        self.network.send(self.address, RELAY, data)

    def receive(self, data: bytes, _source: Address) -> None:
        if data[0] > 3:
            self.got.append(data)
            return
        message = stun.parse_message(data)
        if message.message_class == stun.Class.RESPONSE:
            assert message.check_message_integrity(self.agent.local_password.encode())
            self.responses += 1
            return
        self.checks.append(message)
        if self.answers:
            self.send(self.answer(message))

    def answer(self, check: stun.Message, *, password: str | None = None) -> bytes:
        """Return the answer to one of the relay's checks."""
        assert self.agent.remote_password is not None
        assert check.check_message_integrity(self.agent.remote_password.encode())
        assert check.attributes["USERNAME"] == f"{self.agent.remote_username}:{self.agent.local_username}"
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, check.transaction_id)
        response.attributes["XOR-MAPPED-ADDRESS"] = ("192.0.2.1", 4000)
        response.add_message_integrity((password or self.agent.remote_password).encode())
        return bytes(response)


def srtp_pair() -> tuple[Session, Session]:
    """Return what DTLS makes: a session that encrypts, and the one at the other end that decrypts."""
    return _session(key := secrets.token_bytes(30), Policy.SSRC_ANY_OUTBOUND), _session(key, Policy.SSRC_ANY_INBOUND)


def _session(key: bytes, kind: int) -> Session:
    """Return a session with aiortc's own parameters."""
    policy = Policy(key=key, ssrc_type=kind, srtp_profile=Policy.SRTP_PROFILE_AES128_CM_SHA1_80)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return Session(policy)


class Receiver:
    """A listener's end of real UDP on loopback, with the key that decrypts what the relay encrypts for it."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.outgoing, self.incoming = srtp_pair()
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        self.address: Address = self.socket.getsockname()

    def raw(self) -> list[bytes]:
        """Return the datagrams that have come: over loopback they are there when `send` has returned."""
        found = []
        while True:
            try:
                found.append(self.socket.recv(2048))
            except BlockingIOError:
                return found

    def packets(self) -> list[bytes]:
        """Return the RTP packets that have come, decrypted. Raises pylibsrtp.Error."""
        return [self.incoming.unprotect(data) for data in self.raw() if not 192 <= data[1] <= 223]

    def close(self) -> None:
        self.socket.close()
