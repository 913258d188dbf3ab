"""Whose voice a listener is not sent: that of whoever they have blocked. The relay leaves it out, for them alone.

Rows say what shall be: a listening session, a publishing one in the same room, a block between their people. A listener
is told with the answer to their offer, when somebody they have blocked begins to speak, when a block comes or goes, and
again by the sweep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from accounts.models import Block
from media.enums import MediaKind
from media.models import LIVE, MediaSession
from media.relay.messages import MAX_PERSONS, SetUnheard
from media.services.closing import tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User

# Nobody blocks and unblocks that often within the milliseconds that a relay takes.
ATTEMPTS = 5
# So long a relay that does not answer now may still do it. It reads its commands in order, so the last one counts.
VALID_SECONDS = 20.0


def unheard_by(session: MediaSession) -> list[str]:
    """Return whom a listening session shall not hear, of those who speak in its room; as relays know them."""
    speaking = MediaSession.objects.filter(LIVE, room_key=session.room_key, kind=MediaKind.PUBLISH)
    blocks = Block.objects.filter(blocker=session.user_id, blocked__in=speaking.values("user"))
    return list(blocks.order_by("pk").values_list("blocked__public_id", flat=True)[:MAX_PERSONS])


def block_changed(blocker: User, blocked: User, now: bool) -> None:  # noqa: FBT001 - a handler of BLOCK_HANDLERS
    """Let somebody no longer, or again, hear somebody wherever both are."""
    hearing = MediaSession.objects.filter(LIVE, kind=MediaKind.LISTEN, user=blocker)
    if now:
        spoken = MediaSession.objects.filter(LIVE, kind=MediaKind.PUBLISH, user=blocked)
        hearing = hearing.filter(room_key__in=spoken.values("room_key"))
    # Undone it is told everywhere: a relay still leaves out who spoke there and may do so again.
    _tell_each(hearing.order_by("pk"))


def leave_out(speaker: User, room_key: str) -> None:
    """Tell the listeners of a room who have blocked somebody, before that person begins to speak there."""
    blockers = Block.objects.filter(blocked=speaker).values("blocker")
    _tell_each(MediaSession.objects.filter(LIVE, kind=MediaKind.LISTEN, room_key=room_key, user__in=blockers))


def keep_left_out() -> None:
    """Tell again those who shall not hear somebody in their room; for the clock."""
    speaking = MediaSession.objects.filter(LIVE, kind=MediaKind.PUBLISH, room_key=OuterRef(OuterRef("room_key")))
    hearing = Block.objects.filter(blocker=OuterRef("user"), blocked__in=speaking.values("user"))
    _tell_each(MediaSession.objects.filter(LIVE, Exists(hearing), kind=MediaKind.LISTEN))


def tell_if_changed(session: MediaSession, told: list[str]) -> None:
    """Tell the relay whom a listener shall not hear, should that have changed since it was told."""
    for _ in range(ATTEMPTS):
        wanted = unheard_by(session)
        if wanted == told or not _tell(session, wanted):
            return
        told = wanted


def _tell_each(sessions: Iterable[MediaSession]) -> None:
    """Tell their relays; the first silence of one is the last word with it."""
    silent: set[str] = set()
    for session in sessions:
        if session.relay_incarnation in silent:
            continue
        people = unheard_by(session)
        if _tell(session, people):
            tell_if_changed(session, people)
        else:
            silent.add(session.relay_incarnation)


def _tell(session: MediaSession, people: list[str]) -> bool:
    command = SetUnheard(session=session.public_id, persons=people)
    return tell(session.relay_incarnation, command, valid_seconds=VALID_SECONDS)
