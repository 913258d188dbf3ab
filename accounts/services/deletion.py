"""Closing an account, coming back within some days, and what happens when they are over.

Each app takes its own rows and files away, named in settings.ACCOUNT_CLOSED_HANDLERS (at once) and
settings.DATA_ERASERS (when the time is over). Both are called again after a failure, and must bear that.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.enums import ListeningShown
from accounts.errors import DeletionBegunError
from accounts.models import (
    AccountDeletion,
    ApiToken,
    Block,
    Consent,
    DataExport,
    Follow,
    FormerHandle,
    IdempotentAnswer,
    Invitation,
    InvitationGrant,
    Mute,
    Notification,
    NotificationChoice,
    NotificationFanOut,
    NotificationRhythm,
    PolicyException,
    ProfileLink,
    PushSubscription,
    Restriction,
    User,
    WaitingEntry,
)
from accounts.pictures import discard
from accounts.services.exporting import remove_export
from accounts.services.follow import unfollow
from accounts.services.notifying import notify
from accounts.services.sessions import end_other_sessions

if TYPE_CHECKING:
    from datetime import datetime

log = structlog.get_logger(__name__)

# Neither is a handle that anybody could choose, nor an address that exists (RFC 2606).
GONE_HANDLE = "gone_{}"
GONE_ADDRESS = "{}@gone.invalid"


def close_account(person: User) -> AccountDeletion:
    """Close the account now and let it be erased in some days. Whoever closed it already keeps the first date."""
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        now = timezone.now()
        due_at = now + timedelta(days=settings.ACCOUNT_RETURN_DAYS)
        deletion, closed = AccountDeletion.objects.get_or_create(
            person=locked, defaults={"requested_at": now, "due_at": due_at}
        )
        if closed:
            data = {"event": "account_closed", "due_at": due_at.isoformat()}
            notify([locked.pk], kind="security", key=f"closed.{deletion.pk}", data=data, link=reverse("account_login"))
            locked.is_active = False
            locked.save(update_fields=["is_active"])
            # Whoever comes back logs in; what was left open anywhere stays closed.
            end_other_sessions(locked, here=None)
    person.is_active = False
    tell_closed(person)
    return deletion


def tell_closed(person: User) -> None:
    """Let the higher apps take somebody out of what is going on. Called again, it changes nothing."""
    for path in settings.ACCOUNT_CLOSED_HANDLERS:
        import_string(path)(person)


@transaction.atomic
def reopen_account(person: User) -> None:
    """Take the account up again as it was. Raises DeletionBegunError when its time is over.

    An account that is open, or that staff have closed, stays as it is.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    deletion = AccountDeletion.objects.select_for_update().filter(person=locked).first()
    if deletion is None:
        return
    if deletion.started_at is not None or deletion.due_at <= timezone.now():
        raise DeletionBegunError
    deletion.delete()
    locked.is_active = True
    locked.save(update_fields=["is_active"])


def erase(deletion_pk: int) -> None:
    """Take away what is kept of a person whose time to come back is over.

    Interrupted anywhere, it is done again from the beginning: what is gone already is passed over.
    """
    person = _begin(deletion_pk)
    if person is None:
        return
    for path in settings.DATA_ERASERS:
        import_string(path)(person)
    _erase_account(person)
    AccountDeletion.objects.filter(pk=deletion_pk, finished_at=None).update(finished_at=timezone.now())
    log.info("account_erased", person=person.public_id)


def _begin(deletion_pk: int) -> User | None:
    """Close the way back, and make the row of the person nobody's. From here on the name is nowhere in it."""
    now = timezone.now()
    with transaction.atomic():
        due = AccountDeletion.objects.select_for_update().filter(pk=deletion_pk, due_at__lte=now, finished_at=None)
        deletion = due.first()
        if deletion is None:
            return None
        if deletion.started_at is None:
            deletion.started_at = now
            deletion.save(update_fields=["started_at"])
        person = User.objects.select_for_update(no_key=True).get(pk=deletion.person_id)
        _become_nobody(person, now)
    return person


def _become_nobody(person: User, now: datetime) -> None:
    person.handle = GONE_HANDLE.format(person.public_id)
    person.email = GONE_ADDRESS.format(person.public_id)
    person.display_name = person.bio = person.pronouns = person.language = person.time_zone = ""
    person.listening_shown = ListeningShown.NOBODY
    person.verified_at = None
    person.is_active = person.is_staff = person.is_superuser = False
    person.erased_at = person.erased_at or now
    person.last_login = None
    person.set_unusable_password()
    person.save()
    person.groups.clear()
    person.user_permissions.clear()


def _erase_account(person: User) -> None:
    end_other_sessions(person, here=None)
    if person.picture:
        discard(person.picture)
        User.objects.filter(pk=person.pk).update(picture="")
    Notification.objects.filter(Q(user=person) | Q(actor=person)).delete()
    NotificationFanOut.objects.filter(actor=person).delete()
    for model in (NotificationChoice, NotificationRhythm, PushSubscription, ApiToken, IdempotentAnswer, Restriction):
        model.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    FormerHandle.objects.filter(person=person).delete()
    PolicyException.objects.filter(person=person).delete()
    ProfileLink.objects.filter(person=person).delete()
    for follow in Follow.objects.filter(Q(follower=person) | Q(followed=person)).select_related("follower", "followed"):
        unfollow(follow.follower, follow.followed)
    Block.objects.filter(Q(blocker=person) | Q(blocked=person)).delete()
    Mute.objects.filter(Q(muter=person) | Q(muted=person)).delete()
    for export in DataExport.objects.filter(person=person):
        remove_export(export)
        export.delete()
    Consent.objects.filter(person=person).delete()
    addresses = EmailAddress.objects.filter(user=person)
    for address in addresses:
        WaitingEntry.objects.filter(email__iexact=address.email).delete()
    addresses.delete()
    SocialAccount.objects.filter(user=person).delete()
    Invitation.objects.filter(inviter=person, redeemed_by=None).delete()
    InvitationGrant.objects.filter(person=person).delete()
    # What staff did stays on record; of whom it tells does not.
    record = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=record, object_id=str(person.pk)).update(object_repr=person.handle)
