"""`manage.py reconcile`: hold the ledger against Stripe's balance. Each finding is a sentence; any makes it fail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.lib.errors import DomainError
from ticketing.services.reconciling import reconcile

if TYPE_CHECKING:
    from argparse import ArgumentParser


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Command(BaseCommand):
    help = "Compare the ledger with Stripe's balance. Catches up on lost webhooks, corrects nothing else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", type=_day, metavar="DAY", help="2026-11-01; without it, from where the last one ended"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            row = reconcile(timezone.now(), since=options["since"])
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        for each in row.findings:
            self.stdout.write(each["text"])
        seen = f"Lines of Stripe: {row.lines}. Asked about: {row.looked_at}."
        if row.findings:
            message = f"{seen} Findings: {len(row.findings)}; see above. Nothing was changed."
            raise CommandError(message)
        self.stdout.write(f"{seen} Stripe and the ledger agree.")
