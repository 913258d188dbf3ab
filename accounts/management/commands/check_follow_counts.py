"""`manage.py check_follow_counts`: compare the counters of followers with the rows; --repair sets them right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from accounts.selectors.following import wrong_counts
from accounts.services.follow import recount

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Compare the counters of followers and followed people with the rows. Fails if any differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="set the counters to what the rows say")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = wrong_counts()
        for person in wrong:
            self.stdout.write(
                f"{person.public_id}: followers {person.followers[0]}, rows {person.followers[1]};"
                f" following {person.following[0]}, rows {person.following[1]}"
            )
            if options["repair"]:
                recount(person.public_id)
        if wrong and not options["repair"]:
            message = f"{len(wrong)} people have wrong counters. Run it again with --repair."
            raise CommandError(message)
        self.stdout.write(f"{len(wrong)} repaired." if wrong else "All counters are right.")
