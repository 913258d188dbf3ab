"""Making, taking back and using invitations, and who may sign up at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import InvitationUsedError, NoInvitationsLeftError
from accounts.models import Invitation, InvitationGrant, SignupChange, SignupRules, User
from accounts.selectors.invitations import invitations_left
from config.lib.errors import NotFoundError
from config.lib.public_id import is_public_id

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES = ("door", "codes_at_joining", "refill_codes", "refill_days")


@transaction.atomic
def make_invitation(person: User) -> Invitation:
    """Make a code to hand on. Raises NoInvitationsLeftError."""
    # The person's own row serialises their codes: two clicks must not make one more than there are.
    inviter = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if invitations_left(inviter) < 1:
        raise NoInvitationsLeftError
    return Invitation.objects.create(inviter=inviter)


def revoke_invitation(code: str, *, by: User) -> None:
    """Take an unused code back. Raises NotFoundError if it is nobody's or somebody else's, InvitationUsedError."""
    own = Invitation.objects.filter(code=code, inviter=by) if is_public_id(code) else Invitation.objects.none()
    taken_back = own.filter(redeemed_at__isnull=True, revoked_at__isnull=True).update(revoked_at=timezone.now())
    if taken_back:
        return
    invitation = own.first()
    if invitation is None:
        raise NotFoundError
    if invitation.redeemed_at is not None:
        raise InvitationUsedError


def redeem_invitation(code: str, *, by: User) -> None:
    """Use the code for this new account; the first one wins. Raises InvitationUsedError, then nothing has changed."""
    free = Invitation.objects.filter(code=code, redeemed_at__isnull=True, revoked_at__isnull=True)
    if not free.update(redeemed_at=timezone.now(), redeemed_by=by):
        raise InvitationUsedError


@transaction.atomic
def grant_invitations(person: User, *, number: int, by: User | None) -> InvitationGrant:
    """Give somebody so many further invitations."""
    return InvitationGrant.objects.create(person=person, number=number, by=by)


@transaction.atomic
def change_signup(values: Mapping[str, Any], *, by: User | None) -> bool:
    """Set the door and the number of codes; return whether that is a change, which is then in the log."""
    SignupRules.objects.get_or_create(pk=1)
    rules = SignupRules.objects.select_for_update().get(pk=1)
    before = {name: getattr(rules, name) for name in RULES}
    after = {name: values[name] for name in RULES}
    if before == after:
        return False
    for name, value in after.items():
        setattr(rules, name, value)
    rules.save()
    SignupChange.objects.create(by=by, before=before, after=after)
    return True
