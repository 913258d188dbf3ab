"""What is done for creators by the clock. Due work is rows; whatever is killed or doubled, the next run goes on."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from creators.services.fund_periods import end_due_appeals
from creators.services.fund_programmes import close_past_programmes


@shared_task
def keep_fund() -> None:
    """Let periods be final whose time to appeal is over, and close programmes that are past."""
    now = timezone.now()
    end_due_appeals(now)
    close_past_programmes(now.date())
