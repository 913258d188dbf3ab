"""The media sessions of one relay: who is there, who comes, who has to go.

A session id is opened once. The same offer for it again gets the same answer (a command may come twice); another offer
is refused, so that nobody takes a session over who has seen its grant.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from media.relay.messages import Connected, Gone, GoneReason, RefusalCode, RefusalError
from media.relay.offers import LISTEN_DIRECTIONS, PUBLISH_DIRECTIONS, BadSdpError, clean_offer
from media.relay.rooms import MAX_SLOTS
from media.relay.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from media.relay.messages import Event
    from media.relay.session import Opening, Surroundings

log = structlog.get_logger(__name__)

# How often a speaker is told how their packets arrive, in seconds.
REPORT_SECONDS = 2


class SessionExistsError(RefusalError):
    """The id was opened with another offer before."""

    code = RefusalCode.SESSION_EXISTS


class FullError(RefusalError):
    """The relay has as many sessions as it may."""

    code = RefusalCode.FULL


class SessionEndedError(RefusalError):
    """The session was closed or revoked while its offer was being answered."""

    code = RefusalCode.FAILED


class Sessions:
    """All sessions of one relay. `emit` is told when one connects and when it is gone, `joined` how long
    that took, `ended` of each that is over.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        limit: int,
        connect_seconds: float,
        emit: Callable[[Event], None],
        joined: Callable[[float], None],
        ended: Callable[[Session], None],
    ) -> None:
        self.limit = limit
        self._around = surroundings
        self._joined = joined
        self._ended = ended
        self._connect_seconds = connect_seconds
        self._emit = emit
        self._live: dict[str, Session] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._live.values()))

    @property
    def by_kind(self) -> dict[str, int]:
        """Return how many connected sessions there are of each kind, and how many are away."""
        now = time.monotonic()
        return {
            "publish": sum(session.speaking is not None for session in self._live.values()),
            "listen": sum(session.listening is not None for session in self._live.values()),
            "away": sum(session.away(now) for session in self._live.values()),
        }

    async def open(self, opening: Opening) -> str:
        """Return the answer to an offer. Raises BadSdpError, SessionExistsError, FullError, SessionEndedError.

        The session is in the books before the first await: whoever revokes after that will find it.
        """
        directions = PUBLISH_DIRECTIONS if opening.publish else LISTEN_DIRECTIONS
        most_lines = 1 if opening.publish else MAX_SLOTS
        opening = replace(opening, sdp=clean_offer(opening.sdp, directions=directions, most_lines=most_lines))
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
        session = Session(opening, self._around, on_connected=self._connected, on_end=self._forget)
        self._live[opening.grant.session] = session
        self._timers[opening.grant.session] = asyncio.get_running_loop().call_later(
            self._connect_seconds, session.end, GoneReason.CONNECT_TIMEOUT
        )
        return session

    def _connected(self, session: Session) -> None:
        timer = self._timers.pop(session.grant.session, None)
        if timer is not None:
            timer.cancel()
            self._joined(time.monotonic() - session.opened_at)
            self._emit(Connected(session=session.grant.session))

    def _forget(self, session: Session, reason: GoneReason) -> None:
        session_id = session.grant.session
        del self._live[session_id]
        timer = self._timers.pop(session_id, None)
        if timer is not None:
            timer.cancel()
        self._ended(session)
        self._emit(Gone(session=session_id, reason=reason))
        log.info("media_session_gone", media_session=session_id, room=session.grant.room, reason=str(reason))
        closing = asyncio.create_task(session.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closed)

    def _closed(self, closing: asyncio.Task[None]) -> None:
        self._closing.discard(closing)
        if not closing.cancelled() and (error := closing.exception()) is not None:
            log.error("media_session_close_failed", exc_info=error)

    def look(self, tick: int) -> None:
        """Once a second: end those who have gone silent, and send the speakers their reports."""
        now, clock = time.monotonic(), time.time()
        for session in self:
            session.look(now)
            if session.speaking is not None and not session.ended and tick % REPORT_SECONDS == 0:
                session.speaking.report(clock)

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

    def set_unheard(self, session_id: str, people: frozenset[str]) -> None:
        """Pass nothing of these people on to a listener; nothing happens if there is none."""
        session = self._live.get(session_id)
        if session is not None and not session.publish:
            session.unheard = people

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
