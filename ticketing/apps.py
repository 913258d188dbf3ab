"""Registers the ticketing app."""

from django.apps import AppConfig


class TicketingConfig(AppConfig):
    name = "ticketing"
