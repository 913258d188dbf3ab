"""The kinds of notifications: what each says, and where it goes unless somebody says otherwise.

Each app lists its own in settings.NOTIFICATION_KINDS.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Channel, Notification
from config.lib.formats import day

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Words:
    """A notification in the language of whoever reads it: a line, and perhaps a second one. Plain text."""

    title: str
    text: str = ""
    # What the button of a letter says.
    action: str = ""


def _always(_notification: Notification) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be told. `render` is called with the recipient's language and zone switched on."""

    name: str
    label: StrOrPromise
    help: StrOrPromise
    render: Callable[[Notification], Words]
    channels: frozenset[Channel] = frozenset({Channel.SITE})
    # These cannot be switched off, keep no hours of quiet, wait for no digest, and reach a closed account as well.
    forced: frozenset[Channel] = frozenset()
    icon: str = "bell"
    # After so long nobody need be disturbed with it any more; the list on the site keeps it. None: it does not age.
    lifetime: timedelta | None = None
    # Whether it is still true when a letter or a push is about to leave.
    holds: Callable[[Notification], bool] = _always


# What this installation no longer knows, from a release or an app that is gone.
_UNKNOWN = Kind("unknown", "", "", lambda _: Words(""), channels=frozenset())


@functools.cache
def kinds() -> dict[str, Kind]:
    """Return all kinds by name, in the order in which people see them."""
    listed = [kind for path in settings.NOTIFICATION_KINDS for kind in import_string(path)]
    found = {kind.name: kind for kind in listed}
    if len(found) != len(listed):
        msg = "Two kinds in NOTIFICATION_KINDS have the same name."
        raise ValueError(msg)
    return found


def kind_named(name: str) -> Kind:
    """Return the kind; one that nothing is said of if there is no such kind any more."""
    return kinds().get(name, _UNKNOWN)


def words_of(notification: Notification) -> Words:
    """Return what it says, in the language that is switched on; an empty title for a kind that is gone."""
    return kind_named(notification.kind).render(notification)


def name_of_actor(notification: Notification) -> str:
    """Return who did it, by the name that they have today."""
    return notification.actor.shown_name if notification.actor else _("Somebody")


def _followed(notification: Notification) -> Words:
    name = name_of_actor(notification)
    return Words(_("%(name)s follows you") % {"name": name}, action=_("See their page"))


def _security(notification: Notification) -> Words:
    sentences = {
        "password_changed": _("Your password was changed"),
        "password_reset": _("Your password was set anew, by a link in a mail"),
        "email_added": _("An e-mail address was added to your account"),
        "email_changed": _("Your account has another main e-mail address"),
        "second_factor_added": _("Your account has another second factor or passkey"),
        "second_factor_removed": _("A second factor or passkey was removed from your account"),
        "export_ready": _("The copy of your data that you asked for is ready"),
        "account_closed": _("Your account is closed"),
        "email_removed": _("An e-mail address was removed from your account"),
    }
    title = sentences.get(notification.data.get("event", ""), _("Something about your account was changed"))
    text = _("If that was you, all is well. If it was not, choose a new password at once.")
    if due_at := parse_datetime(notification.data.get("due_at", "")):
        text = _("Log in before %(day)s to have it back as it was. After that it is deleted.") % {"day": day(due_at)}
    return Words(title, text, action=_("Look at your account"))


FOLLOWED = Kind(
    name="followed",
    label=gettext_lazy("Somebody follows you"),
    help=gettext_lazy("Once for each person."),
    render=_followed,
    icon="person",
)
SECURITY = Kind(
    name="security",
    label=gettext_lazy("Your account’s safety"),
    help=gettext_lazy("A new password or address. The mail always comes."),
    render=_security,
    channels=frozenset({Channel.SITE, Channel.MAIL}),
    forced=frozenset({Channel.SITE, Channel.MAIL}),
    icon="shield",
)
KINDS = [FOLLOWED, SECURITY]
