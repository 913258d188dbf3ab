"""Changing what somebody's page says about them, and who gets the mark of being who they say."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import structlog
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from accounts.models import BIO_MAX_LENGTH, LINK_MAX_LENGTH, LINKS_MOST, PRONOUNS_MAX_LENGTH, ProfileLink, User
from config.lib.errors import InvalidError
from config.lib.plain_text import tidy_line, tidy_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

log = structlog.get_logger(__name__)
_is_address = URLValidator(schemes=["https"])


@transaction.atomic
def change_about(user: User, *, bio: str, pronouns: str, links: Iterable[str]) -> User:
    """Set bio, pronouns and links (in their order, empty ones left out); return the person as they are now.

    Raises InvalidError, which names the field; then nothing has changed.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    person.bio, person.pronouns = tidy_lines(bio), tidy_line(pronouns)
    _check_length("bio", person.bio, BIO_MAX_LENGTH)
    _check_length("pronouns", person.pronouns, PRONOUNS_MAX_LENGTH)
    urls = list(dict.fromkeys(clean_link(link) for link in links if link.strip()))
    if len(urls) > LINKS_MOST:
        text = _("You can have %(limit)d links at most.") % {"limit": LINKS_MOST}
        raise InvalidError(text, errors={"links": text})
    person.save(update_fields=["bio", "pronouns"])
    person.links.all().delete()
    ProfileLink.objects.bulk_create(
        ProfileLink(person=person, position=position, url=url) for position, url in enumerate(urls)
    )
    return person


def clean_link(link: str) -> str:
    """Return the link in its one form, the name of its host as browsers send it; raises InvalidError.

    Only https, and nobody's name and password in it: `https://bank.example@elsewhere.example` leads elsewhere. A host
    in other scripts is written out (RFC 3492), so that no letter passes for another.
    """
    text = _("A link begins with https:// and leads to a site, such as https://example.org.")
    wrong = InvalidError(text, errors={"links": text})
    try:
        parts = urlsplit(link.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise wrong from error
    if parts.scheme.lower() != "https" or "@" in parts.netloc or "." not in host:
        raise wrong
    url = iri_to_uri(urlunsplit(("https", host + port, parts.path, parts.query, parts.fragment)))
    try:
        _is_address(url)
    except ValidationError as error:
        raise wrong from error
    _check_length("links", url, LINK_MAX_LENGTH)
    return url


def verify(user: User) -> bool:
    """Give the mark that staff know who this is; say whether it is new."""
    return _mark(user, given=True)


def withdraw_verification(user: User) -> bool:
    """Take the mark away; say whether there was one."""
    return _mark(user, given=False)


def _mark(user: User, *, given: bool) -> bool:
    people = User.objects.filter(pk=user.pk, verified_at__isnull=given)
    changed = people.update(verified_at=timezone.now() if given else None) > 0
    if changed:
        log.info("person_verified" if given else "person_verification_withdrawn", person=user.public_id)
    return changed


def _check_length(field: str, value: str, most: int) -> None:
    if len(value) > most:
        text = _("That is too long: %(limit)d characters at most.") % {"limit": most}
        raise InvalidError(text, errors={field: text})
