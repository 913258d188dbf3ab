"""Keys of the API: made, taken back, and looked up when a program shows one."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import TooManyTokensError
from accounts.models import TOKEN_NAME_MAX_LENGTH, ApiToken, User
from accounts.selectors.tokens import tokens_of
from accounts.services.notifying import notify
from config.lib.errors import InvalidError, NotFoundError
from config.lib.plain_text import tidy_line

if TYPE_CHECKING:
    from accounts.enums import TokenScope

# Lets people and scanners of leaked secrets see what they have before them.
PREFIX = "causerie_"
# 256 bits.
RANDOM_BYTES = 32


class NewToken(NamedTuple):
    """A key and its text, which is nowhere afterwards."""

    token: ApiToken
    text: str


@transaction.atomic
def make_token(person: User, *, name: str, scope: TokenScope, days: int) -> NewToken:
    """Make a key that is good for so many days, and tell the person that there is another.

    Raises InvalidError, TooManyTokensError.
    """
    name = tidy_line(name)
    if not 1 <= len(name) <= TOKEN_NAME_MAX_LENGTH:
        raise InvalidError(
            errors={"name": _("A name has 1 to %(limit)d characters.") % {"limit": TOKEN_NAME_MAX_LENGTH}}
        )
    if not 1 <= days <= settings.API_TOKEN_DAYS_MOST:
        words = _("A key is good for 1 to %(limit)d days.") % {"limit": settings.API_TOKEN_DAYS_MOST}
        raise InvalidError(errors={"days": words})
    # The person's own row keeps the limit against two at once.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if len(tokens_of(person)) >= settings.API_TOKENS_MOST:
        raise TooManyTokensError
    text = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    now = timezone.now()
    token = ApiToken.objects.create(
        user=person,
        name=name,
        scope=scope,
        digest=digest_of(text),
        ending=text[-4:],
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    notify(
        [person.pk],
        kind="security",
        key=f"token.{token.public_id}",
        data={"event": "token_made"},
        link=reverse("accounts:tokens"),
    )
    return NewToken(token, text)


def revoke_token(person: User, *, public_id: str) -> ApiToken:
    """Take one of the person's keys back: its next call is refused. One that was is fine. Raises NotFoundError."""
    token = ApiToken.objects.filter(user=person, public_id=public_id).first()
    if token is None:
        raise NotFoundError
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    return token


def token_shown(text: str) -> ApiToken | None:
    """Return the good key with this text, and note its use; None if there is none or its account is closed."""
    if not text.startswith(PREFIX):
        return None
    now = timezone.now()
    good = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)
    token = good.select_related("user").filter(digest=digest_of(text)).first()
    if token is not None:
        _note_use(token)
    return token


def digest_of(text: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(text.encode()).hexdigest()


def _note_use(token: ApiToken) -> None:
    """Write down that a key is used, as seldom as for sessions."""
    now = timezone.now()
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - timedelta(seconds=settings.SESSION_SEEN_SECONDS))
    if token.last_used_at is None or token.last_used_at <= now - timedelta(seconds=settings.SESSION_SEEN_SECONDS):
        ApiToken.objects.filter(due, pk=token.pk).update(last_used_at=now)
