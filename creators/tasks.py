"""What is done for creators by the clock. Due work is rows; whatever is killed or doubled, the next run goes on."""

from __future__ import annotations

from celery import shared_task

from creators.services.telling_tips import tell_recipients
from creators.services.tip_checkout import end_pages, settle_due
from creators.services.tip_refunds import send_due_tip_refunds
from creators.services.tips_shown import show_late


@shared_task
def keep_tips() -> None:
    """Close pages that nobody paid on, settle, show and tell of what was given, and send back what goes back."""
    end_pages()
    settle_due()
    show_late()
    send_due_tip_refunds()
    tell_recipients()
