"""A media session: one peer connection, from the offer until it is gone."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from aiortc import RTCSessionDescription

from media.relay.aiortc_internals import add_audio, dismantle, new_peer, opus_only, slim, srtp_sessions
from media.relay.grants import is_guest
from media.relay.ice import IceAgent
from media.relay.listening import Listening
from media.relay.messages import GoneReason
from media.relay.offers import BadSdpError, Negotiated, count_lines, negotiated_in, with_opus_parameters
from media.relay.rtp import WireProfile
from media.relay.speaking import Speaking

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from media.relay.grants import Grant
    from media.relay.intervals import Interval
    from media.relay.port import Port
    from media.relay.rooms import RelayRooms

# Without a sign of life for so long a peer is away, and then gone (receivers' consent, RFC 7675, lasts 30 s).
AWAY_SECONDS: Final = 6.0
GONE_SECONDS: Final = 12.0


@dataclass(frozen=True)
class Opening:
    """What somebody asks for: a grant that was checked, which direction, how a publisher begins, the offer."""

    grant: Grant
    publish: bool
    muted: bool
    sdp: str
    # Whom a listener does not hear at first.
    unheard: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Surroundings:
    """What all sessions of a relay share. `handshakes` bounds how many are in the middle of DTLS.

    `reported` is told of each listener's report, `heard` of when each with an account heard something.
    """

    port: Port
    rooms: RelayRooms
    counts: Counter[str]
    handshakes: Handshakes
    reported: Callable[[float, float | None], None]
    heard: Callable[[Grant, Interval], None]


class Handshakes:
    """Lets few peers into DTLS at once, so that those who listen do not notice a storm of joins.

    A peer that stalls loses its place after `seconds`, though not its handshake: it must not stop others.
    """

    def __init__(self, at_once: int, seconds: float) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._seconds = seconds
        self.running = 0

    async def begin(self) -> Callable[[], None]:
        """Wait for a place and return what gives it back; calling that twice does no harm."""
        await self._places.acquire()
        self.running += 1
        held = True

        def end() -> None:
            nonlocal held
            if held:
                held = False
                timer.cancel()
                self.running -= 1
                self._places.release()

        timer = asyncio.get_running_loop().call_later(self._seconds, end)
        return end


class Session:
    """One person's sound in one direction. `on_end` hears once that it is over, and why."""

    def __init__(
        self,
        opening: Opening,
        surroundings: Surroundings,
        *,
        on_connected: Callable[[Session], None],
        on_end: Callable[[Session, GoneReason], None],
    ) -> None:
        self.grant = opening.grant
        self.publish = opening.publish
        self.offer = opening.sdp
        self.ended = False
        self.opened_at = time.monotonic()
        self.speaking: Speaking | None = None
        self.listening: Listening | None = None
        self._muted = opening.muted
        self._unheard = opening.unheard
        self._around = surroundings
        self._on_connected = on_connected
        self._on_end = on_end
        self._room = surroundings.rooms.enter(opening.grant.room)
        self._agent = IceAgent(surroundings.port, before_connected=self._take_turn)
        self._negotiated = Negotiated(0, 0)
        self._slots = 0
        self._handshake_done: Callable[[], None] | None = None
        self._peer = new_peer(self._agent)
        self._peer.on("connectionstatechange", self._follow)
        self.answer = asyncio.create_task(self._answer())

    # --- the offer and the handshake ---

    async def _answer(self) -> str:
        try:
            lines = count_lines(self.offer)
            direction = "recvonly" if self.publish else "sendonly"
            for line in range(lines):
                ssrc = None if self.publish else self._room.ssrcs[line]
                opus_only(add_audio(self._peer, direction=direction, ssrc=ssrc))
            await self._peer.setRemoteDescription(RTCSessionDescription(self.offer, "offer"))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
            answer = self._peer.localDescription.sdp
            self._negotiated = negotiated_in(answer)
        except Exception as error:
            raise BadSdpError from error
        self._slots = lines
        return with_opus_parameters(answer, self._negotiated.payload_type) if self.publish else answer

    async def _take_turn(self) -> None:
        done = await self._around.handshakes.begin()
        if self.ended:
            # It left while it waited: the place is for somebody who comes.
            done()
        else:
            self._handshake_done = done

    def _follow(self) -> None:
        state = self._peer.connectionState
        if state in {"connected", "failed", "closed"} and self._handshake_done is not None:
            self._handshake_done()
        match state:
            case "connected":
                self._start()
            case "failed":
                self.end(GoneReason.FAILED)
            case "closed":
                self.end(GoneReason.LEFT)

    def _start(self) -> None:
        """Begin to move sound: the keys are there and the address is proved."""
        address = self._agent.address
        if self.ended or self.speaking is not None or self.listening is not None or address is None:
            return
        srtp = srtp_sessions(self._peer.getTransceivers()[0])
        slim(self._peer)
        if self.publish:
            self.speaking = Speaking(
                session=self.grant.session,
                person=self.grant.person,
                room=self._room,
                negotiated=self._negotiated,
                srtp=srtp,
                muted=self._muted,
                send=self._send,
                heard=self._heard,
                counts=self._around.counts,
            )
            self._agent.on_media = self.speaking.receive
        else:
            self.listening = Listening(
                session=self.grant.session,
                person=self.grant.person,
                room=self._room,
                profile=WireProfile(self._negotiated.payload_type, self._negotiated.level_id, self._slots),
                srtp=srtp,
                address=address,
                unheard=self._unheard,
                heard=self._heard,
                reported=self._around.reported,
                counts=self._around.counts,
                heard_interval=None if is_guest(self.grant.person) else partial(self._around.heard, self.grant),
            )
            self._agent.on_media = self.listening.receive
            self._agent.on_address = self.listening.moved
        self._on_connected(self)

    def _send(self, data: bytes) -> None:
        if self._agent.address is not None:
            self._around.port.send(data, self._agent.address)

    def _heard(self) -> None:
        self._agent.heard_at = time.monotonic()

    # --- while it lasts ---

    @property
    def muted(self) -> bool:
        return self._muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._muted = muted
        if self.speaking is not None:
            self.speaking.muted = muted

    @property
    def unheard(self) -> frozenset[str]:
        """Whose voices are not passed on to this listener."""
        return self._unheard

    @unheard.setter
    def unheard(self, people: frozenset[str]) -> None:
        self._unheard = people
        if self.listening is not None:
            self._room.set_unheard(self.grant.session, people)

    @property
    def connected(self) -> bool:
        return self.speaking is not None or self.listening is not None

    def away(self, now: float) -> bool:
        """Say whether nothing was heard of the peer for AWAY_SECONDS; `now` is monotonic."""
        return self.connected and now - self._agent.heard_at >= AWAY_SECONDS

    def look(self, now: float) -> None:
        """End the session if nothing was heard of the peer for GONE_SECONDS."""
        if self.connected and now - self._agent.heard_at >= GONE_SECONDS:
            self.end(GoneReason.SILENT)

    def end(self, reason: GoneReason) -> None:
        """Stop all sound at once and say that it is over, once; the connection is closed by `close`."""
        if self.ended:
            return
        self.ended = True
        self._agent.on_media = self._agent.on_address = None
        for part in (self.speaking, self.listening):
            if part is not None:
                part.close()
        self._around.rooms.leave(self._room)
        self._on_end(self, reason)

    async def close(self) -> None:
        """Close the connection; the peer is told by DTLS."""
        if self._handshake_done is not None:
            self._handshake_done()
        if self.connected:
            await dismantle(self._peer)
        else:
            self._around.counts["abandoned"] += 1
            await self._peer.close()
        await self._agent.close()
        self._agent.forget_owner()
        self.speaking = self.listening = None
