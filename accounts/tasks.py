"""What is done for people by the clock."""

from __future__ import annotations

from celery import shared_task

from accounts.services.waiting import continue_wave, unfinished_waves


@shared_task
def let_waves_in() -> None:
    """Let in whom staff's waves ask for, and write to them. Any number of these may run at once."""
    for wave in unfinished_waves():
        while continue_wave(wave):
            pass
