"""Reads about people."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, TypedDict

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.templatetags.static import static

from accounts.models import User
from accounts.naming import is_well_formed
from accounts.pictures import USUAL_SIZE, picture_url
from accounts.selectors.former_handles import former_owner, is_kept_for_another
from config.lib.errors import NotFoundError

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

PORTRAITS = 48


class PersonCard(TypedDict):
    """What anybody in a room may know of somebody."""

    id: str
    handle: str
    name: str
    portrait: str


def portrait_number(public_id: str) -> int:
    """Return which drawing stands for somebody who has no picture; always the same one for the same person."""
    return zlib.crc32(public_id.encode()) % PORTRAITS + 1


def drawing_url(public_id: str) -> str:
    """Return the address of that drawing."""
    return static(f"accounts/portraits/p{portrait_number(public_id):02}.svg")


def portrait_url(person: User, size: int = USUAL_SIZE) -> str:
    """Return the address of the person's picture in one of its sizes, or of the drawing that stands for it."""
    return picture_url(person.picture, size) if person.picture else drawing_url(person.public_id)


def person_card(user: User) -> PersonCard:
    """Return the person as rooms and the API show them."""
    return {
        "id": user.public_id,
        "handle": user.handle,
        "name": user.shown_name,
        "portrait": portrait_url(user),
    }


def person_by_handle(handle: str) -> User:
    """Return the person who has this handle, whatever its case, or had it lately.

    Raises NotFoundError, also for a closed account.
    """
    if not is_well_formed(handle):
        raise NotFoundError
    person = User.objects.filter(handle__iexact=handle).first() or former_owner(handle)
    if person is None or not person.is_active:
        raise NotFoundError
    return person


def handle_exists(handle: str) -> bool:
    """Say whether somebody has this handle, whatever its case, or gave it up so lately that it is kept for them."""
    return User.objects.filter(handle__iexact=handle).exists() or is_kept_for_another(handle)


def choices_of_address(email: str) -> tuple[str, str]:
    """Return language and time zone of whoever has this main address; empty if nobody has it, or chose none."""
    return User.objects.filter(email__iexact=email).values_list("language", "time_zone").first() or ("", "")


def has_confirmed_address(person: User) -> bool:
    """Say whether the person has shown that the main address is theirs."""
    confirmed: bool = EmailAddress.objects.filter(user=person, email__iexact=person.email, verified=True).exists()
    return confirmed


def has_second_factor(person: User) -> bool:
    """Say whether the person's password alone opens nothing; recovery codes by themselves do not count."""
    strong = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    there: bool = Authenticator.objects.filter(user_id=person.pk, type__in=strong).exists()
    return there


def person_of(user: AbstractBaseUser | AnonymousUser) -> User | None:
    """Return whoever makes a request, or None for a guest."""
    return user if isinstance(user, User) else None
