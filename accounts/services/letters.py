"""Letters about what happened: each at once, or a person's all together, in the language of whoever gets them."""

from __future__ import annotations

import smtplib
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Channel, DeliveryState, NotificationDelivery, User
from accounts.notices.kinds import kind_named, words_of
from accounts.notices.unsubscribing import EVERYTHING, unsubscribe_token
from accounts.selectors.notifications import rhythm_of, zone_of
from accounts.selectors.people import has_confirmed_address
from accounts.services.delivering import claim, end, give_back, has_time, only_wanted, try_again

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from django.core.mail.backends.base import BaseEmailBackend

log = structlog.get_logger(__name__)

# So many lines stand in a letter with everything; the list on the site has all.
LINES_AT_MOST = 20


def send_letters() -> int:
    """Send a batch of what is due by mail; return how many deliveries were claimed."""
    claimed = claim(Channel.MAIL)
    letters = list(_letters(only_wanted(claimed)))
    if not letters:
        return len(claimed)
    connection: BaseEmailBackend = get_connection()
    try:
        connection.open()
        while letters and _send(connection, letters[0]):
            letters.pop(0)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_unreached", error=type(error).__name__, waiting=len(letters))
        for row in (row for letter in letters for row in letter):
            try_again(row)
    else:
        for row in (row for letter in letters for row in letter):
            give_back(row)
    finally:
        _close(connection)
    return len(claimed)


def _letters(rows: list[NotificationDelivery]) -> Iterator[list[NotificationDelivery]]:
    """Yield what shall go into one letter: one delivery, or a person's gathered ones."""
    for row in rows:
        if not row.gathered:
            yield [row]
    gathered = sorted((row for row in rows if row.gathered), key=lambda row: (row.notification.user_id, row.pk))
    for _user, group in groupby(gathered, key=lambda row: row.notification.user_id):
        yield list(group)


def _send(connection: BaseEmailBackend, rows: list[NotificationDelivery]) -> bool:
    """Send one letter and write it down; False if there is no time left for it. Raises what the connection raises."""
    if not has_time(rows[0]):
        return False
    try:
        letter = _written(rows)
        if letter is not None:
            connection.send_messages([letter])
    except smtplib.SMTPRecipientsRefused as error:
        _refused(rows, error)
    except (OSError, smtplib.SMTPException):
        raise
    except Exception:
        # A letter that cannot be written must not keep the others.
        log.exception("letter_failed", delivery=rows[0].pk)
        for row in rows:
            try_again(row)
    else:
        for row in rows:
            end(row, DeliveryState.SENT if letter else DeliveryState.DROPPED)
    return True


def _refused(rows: list[NotificationDelivery], error: smtplib.SMTPRecipientsRefused) -> None:
    """A mailbox that there is not stays that (RFC 5321 section 4.2.1); one that is full may be emptied."""
    for_good = all(500 <= code < 600 for code, _text in error.recipients.values())
    log.info("letter_refused", delivery=rows[0].pk, for_good=for_good)
    for row in rows:
        if for_good:
            end(row, DeliveryState.FAILED)
        else:
            try_again(row)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException) as error:
        log.info("mail_not_closed", error=type(error).__name__)


def _written(rows: list[NotificationDelivery]) -> EmailMultiAlternatives | None:
    """Write the letter; None if the person has no address that they have confirmed."""
    first = rows[0]
    person, kind = first.notification.user, kind_named(first.notification.kind)
    forced = Channel.MAIL in kind.forced and not first.gathered
    address = first.notification.data.get("address") or person.email
    if not forced and not has_confirmed_address(person):
        return None
    with _as_read_by(person):
        context = _everything(rows) if first.gathered else _alone(first)
        if not forced:
            token = unsubscribe_token(person, EVERYTHING if first.gathered else kind.name)
            context["unsubscribe"] = absolute(reverse("accounts:unsubscribe", args=[token]))
        letter = _message(address, context | {"person": person, "closing": kind.closing}, _message_id(first))
        if not first.gathered:
            for file in kind.attachments(first.notification):
                letter.attach(*file)
        return letter


def _alone(row: NotificationDelivery) -> dict[str, Any]:
    words = words_of(row.notification)
    return {
        "subject": words.title,
        "words": words.text,
        "action": words.action or _("See it"),
        "link": absolute(reverse("accounts:notification", args=[row.notification.public_id])),
        "facts": list(kind_named(row.notification.kind).facts(row.notification)),
    }


def _everything(rows: list[NotificationDelivery]) -> dict[str, Any]:
    lines = [
        {"title": words_of(row.notification).title, "at": row.notification.created_at}
        for row in sorted(rows, key=lambda row: row.notification.created_at, reverse=True)
    ]
    subject = ngettext("%(count)d thing happened on Causerie", "%(count)d things happened on Causerie", len(lines))
    return {
        "subject": subject % {"count": len(lines)},
        "lines": lines[:LINES_AT_MOST],
        "more": max(0, len(lines) - LINES_AT_MOST),
        "action": _("See all"),
        "link": absolute(reverse("accounts:notifications")),
    }


def _message(address: str, context: dict[str, Any], message_id: str) -> EmailMultiAlternatives:
    # RFC 3834: out-of-office replies are not for us.
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": message_id}
    if "unsubscribe" in context:
        # RFC 2369 and, for the press of one button in the mail program, RFC 8058.
        headers["List-Unsubscribe"] = f"<{context['unsubscribe']}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    context |= {"home": absolute("/"), "settings": absolute(reverse("accounts:notification-settings"))}
    text = render_to_string("accounts/email/notification.txt", context | {"layout": "account/email/letter.txt"})
    html = render_to_string("accounts/email/notification.html", context | {"layout": "account/email/letter.html"})
    letter = EmailMultiAlternatives(context["subject"], text.strip() + "\n", to=[address], headers=headers)
    letter.attach_alternative(html, "text/html")
    return letter


def _message_id(row: NotificationDelivery) -> str:
    """Return the same for each attempt at the same letter."""
    host = urlsplit(settings.SITE_URL).hostname
    return f"<{row.notification.public_id}.{'all' if row.gathered else 'one'}@{host}>"


@contextmanager
def _as_read_by(person: User) -> Iterator[None]:
    zone = zone_of(person.time_zone, None if person.time_zone else rhythm_of(person))
    with translation.override(person.language or settings.LANGUAGE_CODE), timezone.override(zone):
        yield


def absolute(path: str) -> str:
    """Return the whole address of a page of ours: letters are written where nobody has asked for a page."""
    return f"{settings.SITE_URL}{path}"
