"""What is done for people by the clock: their data, who is let in, what they are told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.selectors.privacy import due_deletions, lately_closed
from accounts.services.deletion import erase, tell_closed
from accounts.services.exporting import sweep_exports, write_export
from accounts.services.fan_out import fan_out
from accounts.services.letters import send_letters
from accounts.services.notification_list import forget_old
from accounts.services.pushing import send_pushes
from accounts.services.waiting import continue_wave, unfinished_waves

if TYPE_CHECKING:
    from collections.abc import Callable

# One run lasts no longer than that and one batch: the workers have other things to do as well.
RUN_SECONDS = 20.0


@shared_task
def sweep_privacy() -> None:
    """Let copies be written that people asked for, and erase those whose time to come back is over."""
    for person in lately_closed():
        # A web process that died between closing and telling the others has left somebody on a stage.
        tell_closed(person)
    for public_id in sweep_exports():
        make_export.apply_async((public_id,), expires=60)
    for deletion in due_deletions():
        erase_account.apply_async((deletion,), expires=60)


@shared_task
def make_export(public_id: str) -> None:
    """Write one copy. A second job for the same does nothing."""
    write_export(public_id)


@shared_task
def erase_account(deletion: int) -> None:
    """Erase one account. A second job for the same finds nothing left."""
    erase(deletion)


@shared_task
def tidy_up() -> None:
    """Remove what has been kept long enough, app by app."""
    now = timezone.now()
    for path in settings.RETENTION_HANDLERS:
        import_string(path)(now)


@shared_task
def let_waves_in() -> None:
    """Let in whom staff's waves ask for, and write to them. Any number of these may run at once."""
    for wave in unfinished_waves():
        while continue_wave(wave):
            pass


@shared_task
def tell_everybody() -> None:
    """Work off what waits to be told to those who follow somebody."""
    _repeat(fan_out)


@shared_task
def send_mail() -> None:
    """Send the letters that are due. Any number of these may run at once."""
    _repeat(send_letters)


@shared_task
def send_push() -> None:
    """Send the pushes that are due. Any number of these may run at once."""
    _repeat(send_pushes)


@shared_task
def forget_notifications() -> None:
    """Remove what is too old for anybody's list."""
    _repeat(forget_old)


def _repeat(step: Callable[[], int]) -> None:
    """Take the step until there is nothing to do, or the time is over."""
    until = time.monotonic() + RUN_SECONDS
    while step() and time.monotonic() < until:
        pass
