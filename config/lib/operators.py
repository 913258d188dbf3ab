"""Writing to those who run the site (settings.ADMINS) when something needs a person, in English as the logs are."""

from __future__ import annotations

from smtplib import SMTPException
from typing import TYPE_CHECKING, Final

import structlog
from django.core.mail import mail_admins

if TYPE_CHECKING:
    from collections.abc import Sequence

log = structlog.get_logger(__name__)

# A broken table has a finding for each row; the log has them all.
MOST_LINES: Final = 50


def tell_operators(subject: str, lines: Sequence[str]) -> None:
    """Send a letter with these lines. Without addresses, or while mail does not leave, the log has to do."""
    shown = list(lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        shown.append(f"And {len(lines) - MOST_LINES} more: see the log.")
    try:
        mail_admins(subject, "\n".join(f"* {line}" for line in shown))
    except (OSError, SMTPException) as error:
        log.exception("operators_not_told", subject=subject, error=type(error).__name__)
