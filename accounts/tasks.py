"""What is done for people by the clock."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.privacy import due_deletions, lately_closed
from accounts.services.deletion import erase, tell_closed
from accounts.services.exporting import sweep_exports, write_export


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
