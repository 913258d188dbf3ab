"""A mail server for tests that can be away, hang up, refuse a mailbox, or end the process in the middle."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING, ClassVar

from django.core.mail.backends.locmem import EmailBackend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.mail import EmailMessage


class WorkerKilledError(BaseException):
    """Ends the worker as `kill -9` does: nothing of ours is caught, nothing is written down."""


class Server(EmailBackend):
    """`troubles` are raised one after the other: None is a letter taken."""

    away: ClassVar[bool] = False
    troubles: ClassVar[list[BaseException | None]] = []

    def open(self) -> bool:
        if Server.away:
            raise ConnectionRefusedError
        return True

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        trouble = Server.troubles.pop(0) if Server.troubles else None
        if trouble is not None:
            raise trouble
        return int(super().send_messages(messages))


def refusal(code: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"somebody@example.org": (code, b"no")})
