"""Registers the ticketing app, and what it checks at the start."""

from django.apps import AppConfig
from django.core.checks import register


class TicketingConfig(AppConfig):
    name = "ticketing"

    def ready(self) -> None:
        from ticketing.checks import check_payments

        register(check_payments)
