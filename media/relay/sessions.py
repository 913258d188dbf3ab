"""Media sessions: one peer connection each, from the offer until it is gone.

A session id is opened once. The same offer for it again gets the same answer (a command may come twice); another offer
is refused, so that nobody takes a session over who has seen its grant.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from media.relay.aiortc_internals import keep_media_out
from media.relay.messages import Connected, Gone, GoneReason, RefusalCode, RefusalError
from media.relay.offers import LISTEN_DIRECTIONS, PUBLISH_DIRECTIONS, BadSdpError, clean_offer

if TYPE_CHECKING:
    from collections.abc import Callable

    from media.relay.grants import Grant
    from media.relay.messages import Event

log = structlog.get_logger(__name__)

_OPUS = [codec for codec in RTCRtpSender.getCapabilities("audio").codecs if codec.mimeType == "audio/opus"]


class SessionExistsError(RefusalError):
    """The id was opened with another offer before."""

    code = RefusalCode.SESSION_EXISTS


class FullError(RefusalError):
    """The relay has as many sessions as it may."""

    code = RefusalCode.FULL


class SessionEndedError(RefusalError):
    """The session was closed or revoked while its offer was being answered."""

    code = RefusalCode.FAILED


@dataclass(frozen=True)
class Opening:
    """What somebody asks for: a grant that was checked, which direction, how a publisher begins, the offer."""

    grant: Grant
    publish: bool
    muted: bool
    sdp: str


class Session:
    """One person's sound in one direction. `on_end` hears once that it is over, and why."""

    def __init__(
        self,
        opening: Opening,
        *,
        on_connected: Callable[[Session], None],
        on_end: Callable[[Session, GoneReason], None],
    ) -> None:
        self.grant = opening.grant
        self.publish = opening.publish
        self.muted = opening.muted
        self.offer = opening.sdp
        self.ended = False
        self._on_connected = on_connected
        self._on_end = on_end
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.on("connectionstatechange", self._follow)
        self.answer = asyncio.create_task(self._answer())

    async def _answer(self) -> str:
        transceiver = self._peer.addTransceiver("audio", direction="recvonly" if self.publish else "sendonly")
        transceiver.setCodecPreferences(_OPUS)
        keep_media_out(transceiver)
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(self.offer, "offer"))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except Exception as error:
            raise BadSdpError from error
        return self._peer.localDescription.sdp

    def _follow(self) -> None:
        match self._peer.connectionState:
            case "connected":
                self._on_connected(self)
            case "failed":
                self.end(GoneReason.FAILED)
            case "closed":
                self.end(GoneReason.LEFT)

    def end(self, reason: GoneReason) -> None:
        """Say that it is over, once; the connection is closed by `close`."""
        if not self.ended:
            self.ended = True
            self._on_end(self, reason)

    async def close(self) -> None:
        await self._peer.close()


class Sessions:
    """All sessions of one relay. `emit` is told when one connects and when it is gone."""

    def __init__(self, *, limit: int, connect_seconds: float, emit: Callable[[Event], None]) -> None:
        self.limit = limit
        self._connect_seconds = connect_seconds
        self._emit = emit
        self._live: dict[str, Session] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._live)

    async def open(self, opening: Opening) -> str:
        """Return the answer to an offer. Raises BadSdpError, SessionExistsError, FullError, SessionEndedError.

        The session is in the books before the first await: whoever revokes after that will find it.
        """
        directions = PUBLISH_DIRECTIONS if opening.publish else LISTEN_DIRECTIONS
        opening = replace(opening, sdp=clean_offer(opening.sdp, directions=directions))
        session = self._live.get(opening.grant.session) or self._begin(opening)
        if session.offer != opening.sdp or session.publish != opening.publish:
            raise SessionExistsError
        try:
            answer = await asyncio.shield(session.answer)
        except BadSdpError:
            if session.ended:
                raise SessionEndedError from None
            session.end(GoneReason.FAILED)
            raise
        if session.ended:
            raise SessionEndedError
        return answer

    def _begin(self, opening: Opening) -> Session:
        if len(self._live) >= self.limit:
            raise FullError
        session = Session(opening, on_connected=self._connected, on_end=self._forget)
        self._live[opening.grant.session] = session
        self._timers[opening.grant.session] = asyncio.get_running_loop().call_later(
            self._connect_seconds, session.end, GoneReason.CONNECT_TIMEOUT
        )
        return session

    def _connected(self, session: Session) -> None:
        timer = self._timers.pop(session.grant.session, None)
        if timer is not None:
            timer.cancel()
            self._emit(Connected(session=session.grant.session))

    def _forget(self, session: Session, reason: GoneReason) -> None:
        session_id = session.grant.session
        del self._live[session_id]
        timer = self._timers.pop(session_id, None)
        if timer is not None:
            timer.cancel()
        self._emit(Gone(session=session_id, reason=reason))
        log.info("media_session_gone", media_session=session_id, room=session.grant.room, reason=str(reason))
        closing = asyncio.create_task(session.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closed)

    def _closed(self, closing: asyncio.Task[None]) -> None:
        self._closing.discard(closing)
        if not closing.cancelled() and (error := closing.exception()) is not None:
            log.error("media_session_close_failed", exc_info=error)

    def close(self, session_id: str) -> None:
        """End a session; nothing happens if there is none."""
        if session_id in self._live:
            self._live[session_id].end(GoneReason.CLOSED)

    def close_room(self, room: str) -> None:
        self._end_where(lambda session: session.grant.room == room, GoneReason.ROOM_CLOSED)

    def revoke(self, *, room: str, person: str, epoch: int) -> None:
        """End what the person publishes in the room by a grant from before `epoch`. They may go on listening."""
        self._end_where(
            lambda session: session.publish and _is(session, room, person) and session.grant.epoch < epoch,
            GoneReason.REVOKED,
        )

    def set_muted(self, *, room: str, person: str, muted: bool) -> None:
        for session in self._live.values():
            if session.publish and _is(session, room, person):
                session.muted = muted

    async def close_all(self, reason: GoneReason) -> None:
        """End every session and wait until the connections are closed."""
        self._end_where(lambda _session: True, reason)
        if self._closing:
            await asyncio.wait(self._closing)

    def _end_where(self, condition: Callable[[Session], bool], reason: GoneReason) -> None:
        for session in [session for session in self._live.values() if condition(session)]:
            session.end(reason)


def _is(session: Session, room: str, person: str) -> bool:
    return session.grant.room == room and session.grant.person == person
