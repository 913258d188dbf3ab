"""The waiting list: asking for a place, confirming it, and letting people in wave by wave."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPException
from typing import Any
from urllib.parse import urljoin

import structlog
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Invitation, User, WaitingEntry, Wave
from accounts.selectors.invitations import waiting

log = structlog.get_logger(__name__)

# So long one address gets no second letter, however often somebody asks.
PAUSE = timedelta(minutes=10)
BATCH = 50


def ask_for_place(email: str, *, language: str, site: str) -> None:
    """Send a letter with the private link. Nothing tells whoever asks whether the address was known."""
    try:
        with transaction.atomic():
            entry = WaitingEntry.objects.filter(email__iexact=email).first()
            entry = entry or WaitingEntry.objects.create(email=email, language=language)
    except IntegrityError:
        # Two at once for one address: the other one writes the letter.
        return
    now = timezone.now()
    may_write = Q(mailed_at__isnull=True) | Q(mailed_at__lt=now - PAUSE)
    if not WaitingEntry.objects.filter(may_write, pk=entry.pk).update(mailed_at=now):
        return
    if User.objects.filter(email__iexact=email).exists():
        _write(entry, "known", urljoin(site, reverse("account_login")), site)
    elif entry.invitation and entry.invitation.is_open:
        _write(entry, "let_in", _join_link(entry, site), site)
    else:
        _write(entry, "confirm", urljoin(site, reverse("accounts:waiting-place", args=[entry.key])), site)


def confirm_place(entry: WaitingEntry) -> None:
    """Put whoever holds the private link into the queue. A second time changes nothing."""
    WaitingEntry.objects.filter(pk=entry.pk, confirmed_at__isnull=True).update(confirmed_at=timezone.now())


def open_wave(number: int, *, by: User | None, site: str) -> Wave:
    """Ask for so many to be let in; the job `let_waves_in` does it."""
    return Wave.objects.create(number=number, by=by, site=site)


def continue_wave(wave_id: int) -> bool:
    """Let the next few of the wave in and write to them; return whether it let anybody in.

    Any number of jobs may call this at once, and one that died leaves nothing half done: whoever was let in but not
    written to is written to by a later one.
    """
    let_in = _let_in_next(wave_id)
    untold = WaitingEntry.objects.filter(wave=wave_id, told_at__isnull=True)
    for entry in untold.select_related("invitation", "wave"):
        _tell(entry)
    if not let_in and not untold.exists():
        Wave.objects.filter(pk=wave_id, finished_at__isnull=True).update(finished_at=timezone.now())
    return let_in


def _let_in_next(wave_id: int) -> bool:
    with transaction.atomic():
        # Not waiting: whoever has the row does the work.
        wave = Wave.objects.select_for_update(skip_locked=True).filter(pk=wave_id, finished_at__isnull=True).first()
        if wave is None:
            return False
        # Two waves at once do not let the same person in twice.
        queue = waiting().select_for_update(skip_locked=True, no_key=True)
        entries = list(queue[: min(BATCH, wave.number - wave.done)])
        for entry in entries:
            _let_in(entry, wave)
        Wave.objects.filter(pk=wave.pk).update(done=F("done") + len(entries))
    return bool(entries)


def unfinished_waves() -> list[int]:
    """Return the waves that a job has yet to work on, oldest first."""
    return list(Wave.objects.filter(finished_at__isnull=True).order_by("pk").values_list("pk", flat=True))


def _let_in(entry: WaitingEntry, wave: Wave) -> None:
    entry.invitation = Invitation.objects.create(inviter=None)
    # Without a last letter the next one may go at once.
    entry.let_in_at, entry.wave, entry.mailed_at = timezone.now(), wave, None
    entry.save(update_fields=["invitation", "let_in_at", "wave", "mailed_at"])


def _tell(entry: WaitingEntry) -> None:
    """Write to somebody who was let in, unless another job is doing so; a letter that fails is tried again later."""
    assert entry.wave is not None
    now = timezone.now()
    free = Q(mailed_at__isnull=True) | Q(mailed_at__lt=now - PAUSE)
    if not WaitingEntry.objects.filter(free, pk=entry.pk, told_at__isnull=True).update(mailed_at=now):
        return
    try:
        _write(entry, "let_in", _join_link(entry, entry.wave.site), entry.wave.site)
    except (OSError, SMTPException) as error:
        log.warning("wave_letter_failed", entry=entry.pk, error=type(error).__name__)
        return
    WaitingEntry.objects.filter(pk=entry.pk).update(told_at=timezone.now())


def _join_link(entry: WaitingEntry, site: str) -> str:
    assert entry.invitation is not None
    return urljoin(site, reverse("accounts:join", args=[entry.invitation.code]))


def _write(entry: WaitingEntry, letter: str, link: str, site: str) -> None:
    """Send one letter in the language of whoever waits."""
    context: dict[str, Any] = {"link": link, "home": site}
    language = entry.language if entry.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        subject, text, html = (
            render_to_string(f"accounts/email/{letter}_{part}", context).strip()
            for part in ("subject.txt", "message.txt", "message.html")
        )
    message = EmailMultiAlternatives(
        subject, text, get_adapter().get_from_email(), [entry.email], headers={"Auto-Submitted": "auto-generated"}
    )
    message.attach_alternative(html, "text/html")
    message.send()
