"""What a copy of somebody's data is made of. Each app names its part in settings.DATA_EXPORTERS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string

from accounts.models import (
    ApiToken,
    Block,
    Consent,
    Follow,
    Invitation,
    Mute,
    Notification,
    NotificationChoice,
    Restriction,
)
from accounts.pictures import SIZES, picture_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.models import QuerySet

    from accounts.models import User


@dataclass(frozen=True)
class ExportPart:
    """A file of the copy: `data`, which becomes JSON, `content` as it is, or a `file` that exists."""

    path: str
    data: Any = None
    content: bytes | None = None
    file: Path | None = None


def parts_of(person: User) -> list[ExportPart]:
    """Return all that is kept of the person, from every app."""
    return [part for path in settings.DATA_EXPORTERS for part in import_string(path)(person)]


def account_parts(person: User) -> Iterator[ExportPart]:
    """Yield what this app keeps; an exporter of settings.DATA_EXPORTERS. Secrets are named, never told."""
    yield ExportPart(
        "account.json",
        {
            "id": person.public_id,
            "handle": person.handle,
            "name": person.display_name,
            "about": person.bio,
            "pronouns": person.pronouns,
            "who_sees_what_i_listen_to": person.listening_shown,
            "links": list(person.links.order_by("position").values_list("url", flat=True)),
            "language": person.language,
            "time_zone": person.time_zone,
            "joined": person.date_joined,
            "last_login": person.last_login,
            "email": person.email,
            "addresses": list(
                EmailAddress.objects.filter(user=person).order_by("pk").values("email", "verified", "primary")
            ),
            "second_factors": list(
                Authenticator.objects.filter(user=person).order_by("pk").values("type", "created_at", "last_used_at")
            ),
            "sessions": list(
                UserSession.objects.filter(user=person)
                .order_by("pk")
                .values("created_at", "last_seen_at", "ip", "user_agent")
            ),
            "consents": list(
                Consent.objects.filter(person=person).order_by("pk").values("kind", "words", "given_at", "withdrawn_at")
            ),
            "api_keys": list(
                ApiToken.objects.filter(user=person)
                .order_by("pk")
                .values("name", "scope", "created_at", "expires_at", "last_used_at", "revoked_at")
            ),
            "closed_features": list(
                Restriction.objects.filter(user=person)
                .order_by("pk")
                .values("feature", "reason", "created_at", "until", "lifted_at")
            ),
        },
    )
    told = Notification.objects.filter(user=person).order_by("pk")
    yield ExportPart(
        "notifications.json",
        {
            "told": list(told.values("kind", "data", "link", "created_at", "read_at")),
            "choices": list(
                NotificationChoice.objects.filter(user=person).order_by("pk").values("kind", "channel", "wanted")
            ),
            "invitations": list(
                Invitation.objects.filter(inviter=person).order_by("pk").values("code", "made_at", "redeemed_at")
            ),
        },
    )
    if person.picture:
        with default_storage.open(picture_path(person.picture, max(SIZES))) as picture:
            yield ExportPart("picture.webp", content=picture.read())
    yield ExportPart(
        "people.json",
        {
            "following": _handles(Follow.objects.filter(follower=person), "followed"),
            "followers": _handles(Follow.objects.filter(followed=person), "follower"),
            "blocked": _handles(Block.objects.filter(blocker=person), "blocked"),
            "muted": _handles(Mute.objects.filter(muter=person), "muted"),
        },
    )


def _handles(rows: QuerySet[Any], side: str) -> list[str]:
    return list(rows.order_by("pk").values_list(f"{side}__handle", flat=True))
