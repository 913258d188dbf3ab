"""What allauth's page of a closed door shows: its view hands over nothing."""

from __future__ import annotations

from django import template

from accounts.forms.invitations import WaitingForm
from accounts.models import Door
from accounts.selectors.invitations import signup_rules

register = template.Library()


@register.simple_tag
def waiting_form() -> WaitingForm:
    """Return an empty form of the waiting list."""
    return WaitingForm()


@register.simple_tag
def invitations_work() -> bool:
    """Say whether an invitation opens the door."""
    return signup_rules().door != Door.CLOSED
