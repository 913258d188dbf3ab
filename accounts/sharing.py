"""What a link to somebody's page shows elsewhere: their name, as everybody may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from config.lib.share_picture import Words, digest_of

if TYPE_CHECKING:
    from accounts.models import User


def words_of(person: User) -> Words:
    """Return what the picture says, in the language of the person."""
    with translation.override(person.language or settings.LANGUAGE_CODE):
        return Words(above=_("On Causerie"), title=person.shown_name, who=f"@{person.handle}", when=person.bio)


def share_address(person: User) -> str:
    """Return where the picture is; another one has another address."""
    return f"{reverse('accounts:share-picture', args=[person.handle])}?v={digest_of(words_of(person))}"
