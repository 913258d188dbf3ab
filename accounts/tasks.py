"""What is done about notifications by the clock: events told to followers, letters, pushes, and old rows forgotten."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from celery import shared_task

from accounts.services.fan_out import fan_out
from accounts.services.letters import send_letters
from accounts.services.notification_list import forget_old
from accounts.services.pushing import send_pushes

if TYPE_CHECKING:
    from collections.abc import Callable

# One run lasts no longer than that and one batch: the workers have other things to do as well.
RUN_SECONDS = 20.0


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
