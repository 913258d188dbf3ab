"""The kinds of notifications: what each says, and where it goes unless somebody says otherwise.

Each app lists its own in settings.NOTIFICATION_KINDS.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Feature
from accounts.models import Channel, Notification, Restriction
from accounts.selectors.restrictions import closed_words
from config.lib.formats import day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Words:
    """A notification in the language of whoever reads it: a line, and perhaps a second one. Plain text."""

    title: str
    text: str = ""
    # What the button of a letter says.
    action: str = ""


class Fact(NamedTuple):
    """A line of a letter that has its name beside it, as on a receipt. Plain text."""

    name: str
    value: str


class Attachment(NamedTuple):
    """A file that goes with a letter."""

    name: str
    content: bytes
    kind: str


def _always(_notification: Notification) -> bool:
    return True


def _nothing(_notification: Notification) -> tuple[()]:
    return ()


_OF_SAFETY = gettext_lazy("This mail is about your account’s safety, so it always comes.")


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
    # What stands in a letter about it alone beside its words, and the files that go with that. Called as `render` is.
    facts: Callable[[Notification], Iterable[Fact]] = _nothing
    attachments: Callable[[Notification], Iterable[Attachment]] = _nothing
    # Why a letter that cannot be switched off always comes.
    closing: StrOrPromise = _OF_SAFETY


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
        "token_made": _("A key for programs was made for your account"),
        "email_removed": _("An e-mail address was removed from your account"),
    }
    title = sentences.get(notification.data.get("event", ""), _("Something about your account was changed"))
    text = _("If that was you, all is well. If it was not, choose a new password at once.")
    if notification.data.get("event") == "token_made":
        text = _("If that was you, all is well. If it was not, take the key back and choose a new password at once.")
    if due_at := parse_datetime(notification.data.get("due_at", "")):
        text = _("Log in before %(day)s to have it back as it was. After that it is deleted.") % {"day": day(due_at)}
    return Words(title, text, action=_("Look at your account"))


def _restricted(notification: Notification) -> Words:
    """What staff have closed for whoever reads it, why and until when; or that it is open again."""
    row = Restriction.objects.filter(public_id=notification.data.get("restriction", "")).first()
    if row is None:
        return Words(_("Staff have decided something about your account"))
    feature = Feature(row.feature)
    if notification.data.get("what") == "opened":
        return Words(
            {
                Feature.HOST: _("You may host rooms again"),
                Feature.SPEAK: _("You may speak in rooms again"),
                Feature.CHAT: _("You may write in rooms again"),
                Feature.REPORT: _("You may report again"),
            }[feature]
        )
    by_people = _("People, not a program, decided it. To object, write to those who run this site.")
    return Words(str(closed_words(feature, row.until)).removesuffix("."), f"{row.reason} {by_people}")


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
RESTRICTED = Kind(
    name="restricted",
    label=gettext_lazy("Staff close something for you"),
    help=gettext_lazy("With the reason, and until when. It always comes."),
    render=_restricted,
    channels=frozenset({Channel.SITE, Channel.MAIL}),
    forced=frozenset({Channel.SITE, Channel.MAIL}),
    icon="shield",
)
KINDS = [FOLLOWED, SECURITY, RESTRICTED]
