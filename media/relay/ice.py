"""ICE (RFC 8445) as a server with one public port needs it: answers checks, sends its own only to prove an address.

It stands where aiortc expects aioice's Connection. There are no timers and no tasks: the browser drives everything.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from aioice import Candidate, ConnectionClosed, stun
from aioice.candidate import candidate_foundation, candidate_priority

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from media.relay.port import Address, Wire

# DTLS datagrams that wait to be read: a handshake has a few at a time.
DTLS_WAITING: Final = 32
# Own checks without an answer: a browser has an address for each network it is in.
CHECKS_WAITING: Final = 8
# Addresses that were proved and may be nominated later.
PROVED_KEPT: Final = 8
# The check of an address is repeated at most so often: a browser may ask every 48 ms.
CHECK_SECONDS: Final = 0.04
# When nothing has come from the address in use for so long, another proved one takes its place without being nominated:
# a router may give the peer a new port, the peer does not know it, and Firefox nominates once only.
UNHEARD_SECONDS: Final = 3.0
_UFRAG_BYTES: Final = 6
_PASSWORD_BYTES: Final = 18
_COMPONENT: Final = 1


class IceAgent:
    """One peer's end at the relay's port: learns where the peer is, and sends only there.

    `on_media` is called with each datagram of SRTP or SRTCP from the proved address, `on_address` when that address is
    first known or has changed. `heard_at` (monotonic seconds) is when the peer last proved to be there.
    """

    def __init__(self, wire: Wire, *, before_connected: Callable[[], Awaitable[None]] | None = None) -> None:
        self._wire = wire
        self._before_connected = before_connected
        self.local_username = secrets.token_hex(_UFRAG_BYTES)
        self.local_password = secrets.token_hex(_PASSWORD_BYTES)
        self.remote_username: str | None = None
        self.remote_password: str | None = None
        # Set by aiortc, which knows it from the descriptions.
        self.ice_controlling = False
        self.remote_is_lite = False
        self.local_candidates: list[Candidate] = []
        self.remote_candidates: list[Candidate] = []
        self.address: Address | None = None
        self.heard_at = time.monotonic()
        self.on_media: Callable[[bytes], None] | None = None
        self.on_address: Callable[[Address], None] | None = None
        self._tie_breaker = secrets.randbits(64)
        self._checks: OrderedDict[bytes, tuple[Address, float]] = OrderedDict()
        self._proved: OrderedDict[Address, None] = OrderedDict()
        self._nominee: Address | None = None
        self._found = asyncio.Event()
        self._datagrams: asyncio.Queue[bytes | None] = asyncio.Queue(DTLS_WAITING)
        self._closed = asyncio.Event()

    # --- what aiortc asks for ---

    async def gather_candidates(self) -> None:
        """Announce the port's addresses. A closed agent has none: aiortc may ask in the midst of a closing."""
        if not self.local_candidates and not self._closed.is_set():
            self.local_candidates = [_candidate(*address) for address in self._wire.addresses]
            self._wire.enlist(self)

    async def add_remote_candidate(self, candidate: Candidate | None) -> None:
        """Ignore it: addresses are learnt from the checks that arrive."""

    async def connect(self) -> None:
        """Wait until the peer's address is proved, and for its turn. Raises ConnectionError when closed before."""
        await self._found.wait()
        if self._before_connected is not None and not self._closed.is_set():
            await self._before_connected()
        if self._closed.is_set():
            raise ConnectionError

    async def recv(self) -> bytes:
        """Return the next datagram of DTLS. Raises ConnectionError when closed."""
        data = await self._datagrams.get()
        if data is None:
            raise ConnectionError
        return data

    async def send(self, data: bytes) -> None:
        """Send a datagram of DTLS. Raises ConnectionError without an address."""
        if self.address is None or self._closed.is_set():
            raise ConnectionError
        self._wire.send(data, self.address)

    async def get_event(self) -> Any:
        """Return the event that ends it."""
        await self._closed.wait()
        return ConnectionClosed()

    async def close(self) -> None:
        """Give everything back to the port, and wake who waits."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._found.set()
        self._wire.dismiss(self)
        for transaction_id in self._checks:
            self._wire.forget(transaction_id)
        if self.address is not None:
            self._wire.release(self.address, self)
        self.on_media = self.on_address = None
        if self._datagrams.full():
            self._datagrams.get_nowait()
        self._datagrams.put_nowait(None)

    def forget_owner(self) -> None:
        """Let go of whoever made this agent, once it is closed."""
        self._before_connected = None

    # --- what the port hands over ---

    def request_received(self, message: stun.Message, address: Address) -> None:
        """Answer a check, if whoever sent it knows the password, and prove the address if it is new."""
        if self.remote_username is None or self.remote_password is None:
            self._wire.counts["drop_early_check"] += 1
            return
        if message.attributes.get("USERNAME") != f"{self.local_username}:{self.remote_username}":
            self._wire.counts["drop_unknown_username"] += 1
            return
        if not _authentic(message, self.local_password):
            self._wire.counts["drop_bad_integrity"] += 1
            return
        self._respond(message, address)
        if "USE-CANDIDATE" in message.attributes or not self._found.is_set():
            self._nominee = address
        if address == self.address:
            self.heard_at = time.monotonic()
        elif address in self._proved:
            self._use(address)
        else:
            self._check(address)

    def response_received(self, message: stun.Message, address: Address) -> None:
        """Take in the answer to an own check: the address is the peer's if the answer comes from it."""
        expected, _sent_at = self._checks.get(message.transaction_id, (None, 0.0))
        if expected != address or self.remote_password is None:
            self._wire.counts["drop_unexpected_stun"] += 1
            return
        if message.message_class != stun.Class.RESPONSE or not _authentic(message, self.remote_password):
            self._wire.counts["drop_bad_integrity"] += 1
            return
        self._wire.forget(message.transaction_id)
        del self._checks[message.transaction_id]
        self._proved[address] = None
        if len(self._proved) > PROVED_KEPT:
            self._proved.popitem(last=False)
        self._use(address)

    def datagram_received(self, data: bytes) -> None:
        """Take what comes from the proved address: media goes on at once, DTLS waits to be read."""
        if 127 < data[0] < 192:
            if self.on_media is None:
                self._wire.counts["drop_early_media"] += 1
            else:
                self.on_media(data)
        elif 19 < data[0] < 64:
            try:
                self._datagrams.put_nowait(data)
            except asyncio.QueueFull:
                self._wire.counts["drop_dtls_queue_full"] += 1
        else:
            self._wire.counts["drop_unknown_kind"] += 1

    def address_lost(self, address: Address) -> None:
        """Another peer has proved to be at the address; this one will have to prove its own again."""
        self._proved.pop(address, None)
        if address == self.address:
            self.address = None

    # --- the rest ---

    def _respond(self, message: stun.Message, address: Address) -> None:
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
        response.attributes["XOR-MAPPED-ADDRESS"] = address[:2]
        response.add_message_integrity(self.local_password.encode())
        self._wire.send(bytes(response), address)

    def _check(self, address: Address) -> None:
        """Ask the peer to prove that it is at the address. Repeated by the peer's own repeated checks."""
        now = time.monotonic()
        if any(known == address and now - sent_at < CHECK_SECONDS for known, sent_at in self._checks.values()):
            return
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        role = "ICE-CONTROLLING" if self.ice_controlling else "ICE-CONTROLLED"
        request.attributes |= {
            "USERNAME": f"{self.remote_username}:{self.local_username}",
            "PRIORITY": candidate_priority(_COMPONENT, "prflx"),
            role: self._tie_breaker,
        }
        assert self.remote_password is not None
        request.add_message_integrity(self.remote_password.encode())
        self._checks[request.transaction_id] = (address, now)
        self._wire.expect(request.transaction_id, self)
        if len(self._checks) > CHECKS_WAITING:
            self._wire.forget(self._checks.popitem(last=False)[0])
        self._wire.send(bytes(request), address)

    def _use(self, address: Address) -> None:
        """Send to a proved address from now on, if it is the nominated one or takes the place of one that is silent."""
        now = time.monotonic()
        heard = self.address is not None and now - self.heard_at < UNHEARD_SECONDS
        if address != self._nominee and heard:
            return
        self.heard_at = now
        if address == self.address:
            return
        if self.address is not None:
            self._wire.release(self.address, self)
        self.address = address
        self._wire.assign(address, self)
        self._found.set()
        if self.on_address is not None:
            self.on_address(address)


def _authentic(message: stun.Message, password: str) -> bool:
    """Say whether the message carries the right MESSAGE-INTEGRITY (RFC 8489 section 14.5)."""
    return bool(message.check_message_integrity(password.encode()))


def _candidate(host: str, port: int) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", host),
        component=_COMPONENT,
        transport="udp",
        priority=candidate_priority(_COMPONENT, "host"),
        host=host,
        port=port,
        type="host",
    )
