"""The words of selling seats. Values are stored, so they stay as they are."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    """How far an order has come; it only ever goes on (see STEPS)."""

    # A seat is held for the buyer, who may be paying.
    HELD = "held", _("seat held")
    # The hold ended without money: it ran out, or was given up.
    RELEASED = "released", _("given up")
    # The money is there; whether there is a ticket too says `ticket`.
    PAID = "paid", _("paid")
    # All of the money went back.
    REFUNDED = "refunded", _("refunded")


# What an order may become. Money that comes after the hold has ended is still recorded: released orders can be paid.
STEPS: Final = {
    OrderState.HELD: frozenset({OrderState.RELEASED, OrderState.PAID}),
    OrderState.RELEASED: frozenset({OrderState.PAID}),
    OrderState.PAID: frozenset({OrderState.REFUNDED}),
    OrderState.REFUNDED: frozenset(),
}


class ReleaseReason(models.TextChoices):
    """Why a hold ended without money."""

    EXPIRED = "expired", _("the time was over")
    GIVEN_UP = "given_up", _("given up by the buyer")
    ROOM = "room", _("the room was cancelled")


class TicketKind(models.TextChoices):
    """How somebody got their seat."""

    BOUGHT = "bought", _("bought")
    GUEST = "guest", _("guest list")


class RefundReason(models.TextChoices):
    """Why money goes back."""

    BUYER = "buyer", _("asked by the buyer")
    HOST = "host", _("by the host")
    STAFF = "staff", _("by staff")
    CANCELLED = "cancelled", _("the room was cancelled")
    NO_SHOW = "no_show", _("the host did not come")
    MOVED = "moved", _("the room was moved")
    # The money came when there was no seat any more, or was not what was asked for.
    NO_SEAT = "no_seat", _("there was no seat any more")
    # Made in Stripe's own dashboard.
    OUTSIDE = "outside", _("made at Stripe")


class RefundState(models.TextChoices):
    """How far a refund has come."""

    # Written down, and sent to Stripe until it answers.
    WANTED = "wanted", _("on its way to Stripe")
    # Stripe has it; the bank may still take days.
    PENDING = "pending", _("on its way to the bank")
    SUCCEEDED = "succeeded", _("refunded")
    FAILED = "failed", _("failed")


class DisputeState(models.TextChoices):
    """How a bank's asking for the money back stands."""

    NONE = "", _("none")
    OPEN = "open", _("open")
    WON = "won", _("won")
    LOST = "lost", _("lost")


class WaitingState(models.TextChoices):
    """Where somebody stands who waits for a seat."""

    WAITING = "waiting", _("waiting")
    # A seat is held for them until `offered_until`.
    OFFERED = "offered", _("offered a seat")
    # Bought, let go by, or left the list.
    OVER = "over", _("no longer waiting")
