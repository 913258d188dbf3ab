"""Reads about invitations: who may sign up, whose codes, how long the queue is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, Sum
from django.utils import timezone

from accounts.models import Door, Invitation, InvitationGrant, SignupRules, User, WaitingEntry
from config.lib.public_id import is_public_id

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.db.models import QuerySet

# Where a visitor's session keeps the code until an account is made.
SESSION_KEY = "invitation"


def signup_rules() -> SignupRules:
    """Return what staff have set; the defaults while they have not."""
    return SignupRules.objects.first() or SignupRules()


def may_sign_up(session: SessionBase) -> bool:
    """Say whether the visitor may make an account now."""
    door = signup_rules().door
    if door == Door.INVITATION:
        return open_invitation(session.get(SESSION_KEY, "")) is not None
    return door == Door.OPEN


def open_invitation(code: str) -> Invitation | None:
    """Return the invitation if it can still be used."""
    if not is_public_id(code):
        return None
    return Invitation.objects.filter(code=code, redeemed_at__isnull=True, revoked_at__isnull=True).first()


def invitations_of(person: User) -> QuerySet[Invitation]:
    """Return somebody's own invitations, newest first, without those that they took back."""
    return Invitation.objects.filter(inviter=person, revoked_at__isnull=True).order_by("-made_at", "-pk")


def invitations_left(person: User) -> int:
    """Return how many more codes somebody may make now. One that was taken back is there again."""
    return max(0, _allowance(person) - invitations_of(person).count())


def _allowance(person: User) -> int:
    rules = signup_rules()
    refills = (timezone.now() - person.date_joined).days // rules.refill_days
    granted = InvitationGrant.objects.filter(person=person).aggregate(sum=Sum("number"))["sum"] or 0
    return int(rules.codes_at_joining + rules.refill_codes * refills + granted)


def waiting() -> QuerySet[WaitingEntry]:
    """Return the queue: whoever has confirmed and is not let in, longest first."""
    return WaitingEntry.objects.filter(confirmed_at__isnull=False, let_in_at__isnull=True).order_by(
        "confirmed_at", "pk"
    )


def waiting_entry(key: str) -> WaitingEntry | None:
    """Return the entry behind a private link."""
    return WaitingEntry.objects.select_related("invitation").filter(key=key).first() if is_public_id(key) else None


def place_of(entry: WaitingEntry) -> int:
    """Return the place in the queue of an entry that waits, counted from one."""
    before = Q(confirmed_at__lt=entry.confirmed_at) | Q(confirmed_at=entry.confirmed_at, pk__lt=entry.pk)
    return waiting().filter(before).count() + 1
