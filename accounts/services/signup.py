"""Making an account from the sign-up form."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts.enums import ConsentKind
from accounts.errors import EmailTakenError, HandleTakenError, InvitationUsedError, SignupClosedError
from accounts.models import Door, User
from accounts.selectors.invitations import signup_rules
from accounts.services.consents import give_consent
from accounts.services.handles import refuse_if_kept
from accounts.services.invitations import redeem_invitation
from accounts.time_zones import is_time_zone
from config.lib.plain_text import tidy_line


def page_language() -> str:
    """Return the language that the page is in, as an account keeps it; empty if we do not offer it."""
    language = translation.get_language() or ""
    return language if language in dict(settings.LANGUAGES) else ""


def register(user: User, *, display_name: str, time_zone: str = "", code: str = "", agreed: str = "") -> User:
    """Save a person whose handle, e-mail and password are set and checked, in the language of the page.

    `time_zone` is what the browser says; a name that is not offered is passed over. `code` is their invitation,
    `agreed` the version of the site's terms that they agree to, if it has any.
    Raises HandleTakenError or EmailTakenError if somebody else was faster since the check; SignupClosedError or
    InvitationUsedError if the door has closed or the invitation been used since then. Nothing is saved then.
    """
    user.display_name = tidy_line(display_name)
    user.language = page_language()
    user.time_zone = time_zone if is_time_zone(time_zone) else ""
    try:
        with transaction.atomic():
            user.save()
            refuse_if_kept(user)
            _come_in(user, code)
            if agreed:
                give_consent(user, kind=ConsentKind.TERMS, words=agreed)
    except IntegrityError as error:
        if User.objects.filter(handle__iexact=user.handle).exists():
            raise HandleTakenError from error
        raise EmailTakenError from error
    return user


def _come_in(user: User, code: str) -> None:
    """Use the invitation; where one needs none, one that is no longer good does no harm."""
    door = signup_rules().door
    if door == Door.CLOSED:
        raise SignupClosedError
    try:
        if code or door == Door.INVITATION:
            redeem_invitation(code, by=user)
    except InvitationUsedError:
        if door == Door.INVITATION:
            raise
