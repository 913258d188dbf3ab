"""`manage.py devstripe`: what only the stand-in can do: disputes, creators' accounts, events late or twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ticketing.devstripe import controls
from ticketing.devstripe.accounts import STANDINGS
from ticketing.devstripe.disputes import OUTCOMES
from ticketing.devstripe.errors import ApiError
from ticketing.devstripe.events import Manner

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Play Stripe's part where devstripe stands in for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        dispute = parts.add_parser("dispute", help="dispute a payment")
        dispute.add_argument("payment", help="a PaymentIntent or a charge")
        decide = parts.add_parser("decide", help="decide a dispute")
        decide.add_argument("dispute")
        decide.add_argument("outcome", choices=OUTCOMES)
        deliver = parts.add_parser(
            "deliver", help="how events are delivered from now on; without options as they happen"
        )
        deliver.add_argument("--late", type=float, default=0.0, metavar="SECONDS")
        deliver.add_argument("--shuffled", action="store_true", help="at any moment until then, in no order")
        deliver.add_argument("--twice", action="store_true")
        deliver.add_argument("--lost", action="store_true", help="never")
        events = parts.add_parser("events", help="list the latest events")
        events.add_argument("--count", type=int, default=20)
        again = parts.add_parser("again", help="deliver an event once more")
        again.add_argument("event")
        account = parts.add_parser("account", help="say how a creator's account stands from now on")
        account.add_argument("account")
        account.add_argument("standing", choices=tuple(STANDINGS))
        balance = parts.add_parser("balance", help="let money come from the site's bank or, below zero, go there")
        balance.add_argument("amount", type=int, help="in cents")
        balance.add_argument("currency")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVSTRIPE:
            message = "devstripe is off here: payments go to Stripe, or are off."
            raise CommandError(message)
        try:
            self.stdout.write(getattr(self, f"_{options['part']}")(options))
        except ApiError as error:
            raise CommandError(str(error)) from error

    def _dispute(self, options: dict[str, Any]) -> str:
        return controls.open_dispute(options["payment"])

    def _decide(self, options: dict[str, Any]) -> str:
        controls.close_dispute(options["dispute"], options["outcome"])
        return f"{options['dispute']} is {options['outcome']}."

    def _deliver(self, options: dict[str, Any]) -> str:
        manner = Manner(
            late=options["late"],
            shuffled=options["shuffled"],
            times=2 if options["twice"] else 1,
            lost=options["lost"],
        )
        controls.deliver_in_manner(manner)
        return str(manner)

    def _events(self, options: dict[str, Any]) -> str:
        return "\n".join("  ".join(line) for line in controls.latest(options["count"]))

    def _again(self, options: dict[str, Any]) -> str:
        controls.send_again(options["event"])
        return f"{options['event']} is on its way."

    def _account(self, options: dict[str, Any]) -> str:
        controls.stand(options["account"], options["standing"])
        return f"{options['account']} stands {options['standing']}."

    def _balance(self, options: dict[str, Any]) -> str:
        moved = controls.pay_out if options["amount"] < 0 else controls.top_up
        moved(abs(options["amount"]), options["currency"])
        return "Moved."
