"""Receipts: what each listener was sent and has by their own word, and when; for how long each speaker talked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from media.relay.messages import VERSION, IntervalReceipt, Receipt, TalkReceipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from media.relay.grants import Grant
    from media.relay.intervals import Interval
    from media.relay.listening import Listening
    from media.relay.messages import AnyReceipt
    from media.relay.session import Session
    from media.relay.speaking import Speaking


class Receipts:
    """Says only what is new. The figures grow over a session's life, so that a receipt lost or doubled does no harm.

    Intervals have a number each instead: one that is lost is missing, one that is doubled is known.
    """

    def __init__(self, *, relay: str, incarnation: str, emit: Callable[[AnyReceipt], None]) -> None:
        self._relay = relay
        self._incarnation = incarnation
        self._emit = emit
        self._said: dict[str, tuple[int, int]] = {}

    def take(self, session: Session) -> None:
        """Say what a session has been sent, or has sent, so far, if that has changed."""
        if session.listening is not None:
            self._take_listening(session, session.listening)
        elif session.speaking is not None:
            self._take_speaking(session, session.speaking)

    def heard(self, grant: Grant, interval: Interval) -> None:
        """Say when somebody heard something."""
        self._emit(
            IntervalReceipt(
                v=VERSION,
                relay=self._relay,
                incarnation=self._incarnation,
                session=grant.session,
                room=grant.room,
                person=grant.person,
                number=interval.number,
                start_ms=interval.start_ms,
                end_ms=interval.end_ms,
                delivered=interval.delivered,
                confirmed=interval.confirmed,
            )
        )

    def _take_listening(self, session: Session, listening: Listening) -> None:
        listening.look(time.time())
        delivered = round(1000 * listening.delivered_seconds)
        confirmed = min(delivered, round(1000 * listening.confirmed_seconds))
        if not self._is_news(session, (delivered, confirmed)):
            return
        grant = session.grant
        self._emit(
            Receipt(
                v=VERSION,
                relay=self._relay,
                incarnation=self._incarnation,
                session=grant.session,
                room=grant.room,
                person=grant.person,
                delivered_ms=delivered,
                confirmed_ms=confirmed,
            )
        )

    def _take_speaking(self, session: Session, speaking: Speaking) -> None:
        received = round(1000 * speaking.received_seconds)
        voice = min(received, round(1000 * speaking.voice_seconds))
        if not self._is_news(session, (received, voice)):
            return
        grant = session.grant
        self._emit(
            TalkReceipt(
                v=VERSION,
                relay=self._relay,
                incarnation=self._incarnation,
                session=grant.session,
                room=grant.room,
                person=grant.person,
                received_ms=received,
                voice_ms=voice,
            )
        )

    def _is_news(self, session: Session, figures: tuple[int, int]) -> bool:
        if self._said.get(session.grant.session, (0, 0)) == figures:
            return False
        self._said[session.grant.session] = figures
        return True

    def close(self, session: Session) -> None:
        """Say the last word on a session."""
        self.take(session)
        self._said.pop(session.grant.session, None)
