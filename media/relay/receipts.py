"""Receipts: how much sound each listener was sent, and how much of it they say has arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.relay.messages import VERSION, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from media.relay.session import Session


class Receipts:
    """Says only what is new. The figures grow over a session's life, so that a receipt lost or doubled does no harm."""

    def __init__(self, *, relay: str, incarnation: str, emit: Callable[[Receipt], None]) -> None:
        self._relay = relay
        self._incarnation = incarnation
        self._emit = emit
        self._said: dict[str, tuple[int, int]] = {}

    def take(self, session: Session) -> None:
        """Say what a session has been sent so far, if that has changed."""
        if session.listening is None:
            return
        delivered = round(1000 * session.listening.delivered_seconds)
        confirmed = min(delivered, round(1000 * session.listening.confirmed_seconds))
        grant = session.grant
        if self._said.get(grant.session, (0, 0)) == (delivered, confirmed):
            return
        self._said[grant.session] = (delivered, confirmed)
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

    def close(self, session: Session) -> None:
        """Say the last word on a session."""
        self.take(session)
        self._said.pop(session.grant.session, None)
