"""Why a time of listening does not count, in words for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from creators.minutes import Doubt

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DOUBT_WORDS: Final[dict[Doubt, StrOrPromise]] = {
    Doubt.IMPOSSIBLE: _("no relay can have measured it"),
    Doubt.UNKNOWN_ROOM: _("the room is gone"),
    Doubt.UNCONFIRMED: _("nothing arrived"),
    Doubt.OTHER_ROOM: _("was in another room, or on a second device, at the same time"),
    Doubt.TOO_SHORT: _("less than a minute without a break"),
    Doubt.NO_ACCOUNT: _("no account"),
    Doubt.EXCLUDED: _("excluded by staff"),
    Doubt.FRESH_ACCOUNT: _("the account was too new"),
    Doubt.LEADS_ROOM: _("led the room"),
    Doubt.DAY_CAP: _("more than counts in a day"),
}
