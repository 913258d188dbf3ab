"""Staff close a feature for somebody, and open it again. Both are told, and stay on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import RESTRICTION_REASON_MAX_LENGTH, Restriction, User
from accounts.services.notifying import notify
from config.lib.errors import ForbiddenError, InvalidError
from config.lib.plain_text import tidy_lines

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.enums import Feature


@transaction.atomic
def restrict(person: User, *, feature: Feature, reason: str, until: datetime | None, by: User) -> Restriction:
    """Close something for somebody from now on, and end what they do of it just now. It takes the place of an earlier
    one. Until when: None, until it is lifted.

    The edge has checked that `by` may. Raises InvalidError, ForbiddenError for staff.
    """
    reason = checked_restriction(person, reason=reason, until=until)
    locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    now = timezone.now()
    Restriction.objects.filter(user=locked, feature=feature, lifted_at=None).update(lifted_at=now, lifted_by=by)
    made = Restriction.objects.create(
        user=locked, feature=feature, reason=reason, until=until, made_by=by, created_at=now
    )
    _tell(made, "closed")
    transaction.on_commit(lambda: _tell_apps(person, feature))
    return made


@transaction.atomic
def lift(restriction: Restriction, *, by: User) -> bool:
    """Open it again before its time; return whether it was still closed."""
    now = timezone.now()
    locked = Restriction.objects.select_for_update(no_key=True).get(pk=restriction.pk)
    if not locked.holds:
        return False
    locked.lifted_at, locked.lifted_by = now, by
    locked.save(update_fields=["lifted_at", "lifted_by"])
    _tell(locked, "opened")
    return True


def checked_restriction(person: User, *, reason: str, until: datetime | None) -> str:
    """Return the reason as it is kept. Raises InvalidError, ForbiddenError."""
    if person.is_staff or person.is_superuser:
        raise ForbiddenError(_("That is a member of staff: take their powers first."))
    reason = tidy_lines(reason)
    errors = {}
    if not 1 <= len(reason) <= RESTRICTION_REASON_MAX_LENGTH:
        errors["reason"] = _("Say why, in at most %(limit)d characters: the person reads it.") % {
            "limit": RESTRICTION_REASON_MAX_LENGTH
        }
    if until is not None and until <= timezone.now():
        errors["until"] = _("Choose a time that is still to come.")
    if errors:
        raise InvalidError(errors=errors)
    return reason


def _tell(restriction: Restriction, what: str) -> None:
    notify(
        [restriction.user_id],
        kind="restricted",
        key=f"{restriction.public_id}.{what}",
        data={"restriction": restriction.public_id, "what": what},
    )


def _tell_apps(person: User, feature: Feature) -> None:
    """Let the higher apps end what somebody is doing of it (settings.FEATURE_CLOSED_HANDLERS)."""
    for path in settings.FEATURE_CLOSED_HANDLERS:
        import_string(path)(person, feature)
