"""Changing how somebody is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.enums import ListeningShown
from accounts.errors import HandleTakenError
from accounts.models import DISPLAY_NAME_MAX_LENGTH, User
from accounts.naming import check_handle
from accounts.selectors.people import person_card
from accounts.services.handles import is_another_handle, keep_former, refuse_if_kept, refuse_if_too_often
from accounts.time_zones import is_time_zone
from config.lib.errors import InvalidError
from config.lib.plain_text import tidy_line

if TYPE_CHECKING:
    from accounts.selectors.people import PersonCard


@transaction.atomic
def change_profile(
    user: User, *, display_name: str, handle: str, language: str, time_zone: str, listening_shown: str | None = None
) -> User:
    """Set name, handle, language and time zone; return the person as they are now.

    `listening_shown` is one of ListeningShown; None leaves it as it is.

    Raises InvalidError, HandleInvalidError, HandleReservedError, HandleTakenError or HandleChangedTooOftenError; then
    nothing has changed. An empty language or zone means: as the browser says. The old handle leads here for a while.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before, old = person_card(person), person.handle
    display_name = tidy_line(display_name)
    _check(display_name, language, time_zone)
    # Somebody may keep the handle they have, also one that was reserved later.
    if handle != old:
        check_handle(handle)
    is_another = is_another_handle(handle, old)
    if is_another:
        refuse_if_too_often(person)
    person.display_name, person.handle = display_name, handle
    person.language, person.time_zone = language, time_zone
    save_unless_handle_taken(person)
    if listening_shown is not None:
        _show_listening(person, listening_shown)
    if is_another:
        refuse_if_kept(person)
        keep_former(person, old)
    announce_if_changed(person, before)
    return person


def save_unless_handle_taken(person: User) -> None:
    """Save the shown fields; raises HandleTakenError if somebody else was faster. Needs a transaction."""
    try:
        with transaction.atomic():
            person.save(update_fields=["display_name", "handle", "language", "time_zone"])
    except IntegrityError as error:
        raise HandleTakenError from error


def announce_if_changed(person: User, before: PersonCard) -> None:
    """Let the higher apps react if others now see something new; they run inside the caller's transaction."""
    if person_card(person) == before:
        return
    for path in settings.PERSON_CHANGED_HANDLERS:
        import_string(path)(person)


def _show_listening(person: User, to: str) -> None:
    if to not in ListeningShown.values:
        text = _("Choose one of the answers offered.")
        raise InvalidError(text, errors={"listening_shown": text})
    person.listening_shown = to
    person.save(update_fields=["listening_shown"])


def _check(display_name: str, language: str, time_zone: str) -> None:
    if len(display_name) > DISPLAY_NAME_MAX_LENGTH:
        text = _("A name has at most %(limit)d characters.") % {"limit": DISPLAY_NAME_MAX_LENGTH}
        raise InvalidError(text, errors={"display_name": text})
    if language and language not in dict(settings.LANGUAGES):
        text = _("Choose one of the languages offered.")
        raise InvalidError(text, errors={"language": text})
    if time_zone and not is_time_zone(time_zone):
        text = _("Choose one of the time zones offered.")
        raise InvalidError(text, errors={"time_zone": text})
