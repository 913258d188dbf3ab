"""`manage.py check_ledger`: look whether the books are right. Each finding is a sentence, and any makes it fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ticketing.ledger_checks import findings, held
from ticketing.models import LedgerDigest

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Check balances, sums, seals and orders of the ledger. Corrects nothing; fails if anything is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--published", metavar="DIGEST", help="a digest that you kept: it must be in the chain")

    def handle(self, *args: Any, **options: Any) -> None:
        found = findings(timezone.now())
        kept = options["published"]
        if kept and not LedgerDigest.objects.filter(digest=kept.strip().lower()).exists():
            found.append(f"No sealed day has the digest {kept}: the chain was replaced, or the digest is mistyped.")
        for sentence in found:
            self.stdout.write(sentence)
        for name, money in held().items():
            self.stdout.write(f"(Not settled yet: {name} holds {-money}.)")
        if found:
            message = f"Findings: {len(found)}; see above. Nothing was changed."
            raise CommandError(message)
        self.stdout.write("The ledger is right.")
