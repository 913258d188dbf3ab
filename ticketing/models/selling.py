"""What is sold: a room's offer of seats, and the orders, tickets and waiting places for it.

Whether there is a seat is one number, `Offer.taken`: every hold, sale and guest takes one by a conditional UPDATE
(ticketing.services.seats), and `taken <= capacity` is a constraint as well. Sums are in minor units.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from config.lib.money import Money
from config.lib.public_id import LENGTH as PUBLIC_ID_LENGTH
from config.lib.public_id import new_public_id
from ticketing.enums import DisputeState, OrderState, RefundReason, RefundState, ReleaseReason, TicketKind, WaitingState

STRIPE_ID_MAX_LENGTH = 255
CURRENCY_LENGTH = 3
COUNTRY_LENGTH = 2


class Offer(models.Model):
    """The seats of a room and what one costs, tax included. `revision` goes up with each change."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    # PROTECT: a room for which somebody paid is not simply gone.
    room = models.OneToOneField("rooms.Room", on_delete=models.PROTECT, related_name="offer")
    # Who made the offer and earns with it, whoever hosts the room later; `seller_key`, their public id, stays.
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="offers")
    seller_key = models.CharField(max_length=PUBLIC_ID_LENGTH)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    capacity = models.PositiveIntegerField()
    # Seats that are held, sold or a guest's.
    taken = models.PositiveIntegerField(default=0)
    sales_begin_at = models.DateTimeField(default=timezone.now)
    sales_end_at = models.DateTimeField()
    # Staff, a cancelled room or the host stopped the sale.
    closed_at = models.DateTimeField(null=True)
    # Then the host cannot sell again.
    stopped_by_staff = models.BooleanField(default=False)
    # Why everybody gets their money back; "" while nobody does. A job goes on until all orders have their refund.
    refund_all = models.CharField(max_length=9, choices=RefundReason.choices, blank=True)
    revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("capacity")), name="ticketing_offer_not_oversold"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="ticketing_offer_costs_something"),
            models.CheckConstraint(condition=Q(capacity__gt=0), name="ticketing_offer_has_seats"),
            models.CheckConstraint(
                condition=Q(sales_begin_at__lt=F("sales_end_at")), name="ticketing_offer_sales_window"
            ),
            models.CheckConstraint(condition=~Q(seller_key=""), name="ticketing_offer_has_seller"),
        ]
        indexes = [models.Index(fields=["seller_key"], name="ticketing_offer_of_seller")]

    def __str__(self) -> str:
        return f"{self.price} for {self.room_id}"

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)


class Order(models.Model):
    """Somebody's wish for a seat, with what came of it. `takes_seat` says whether it counts in `Offer.taken`."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="orders")
    # None once the account is erased; the order, a record of a sale, stays.
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="orders")
    state = models.CharField(max_length=8, choices=OrderState.choices, default=OrderState.HELD)
    takes_seat = models.BooleanField(default=True)
    # What was shown, and has to be what is charged.
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    # What came, if anything did, and what of it was given back or is on its way.
    charged = models.PositiveIntegerField(null=True)
    refunded = models.PositiveIntegerField(default=0)
    # Until when the seat is held; the page at Stripe closes before.
    held_until = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=8, choices=ReleaseReason.choices, blank=True)
    paid_at = models.DateTimeField(null=True)
    # How often a page at Stripe was asked for: each try has a key of its own.
    checkout_tries = models.PositiveSmallIntegerField(default=0)
    # Stripe's ids: the Checkout Session, the PaymentIntent, its Charge.
    session = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    payment_intent = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    charge = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    # What Stripe kept; None until its balance says so.
    fee = models.PositiveIntegerField(null=True)
    # Where the buyer lives, as Checkout asked; the rate in basis points, the tax in the amount, and what shows it.
    country = models.CharField(max_length=COUNTRY_LENGTH, blank=True)
    tax_rate = models.PositiveIntegerField(null=True)
    tax = models.PositiveIntegerField(null=True)
    tax_evidence = models.JSONField(default=dict)
    # The room was moved: until then the buyer may have the money back, however late it is.
    free_refund_until = models.DateTimeField(null=True)
    # That the buyer still has to be told of that.
    tell_moved = models.BooleanField(default=False)
    # That the receipt still has to be sent.
    tell_bought = models.BooleanField(default=False)
    dispute = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    dispute_state = models.CharField(max_length=4, choices=DisputeState.choices, blank=True)
    disputed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    # Not of the row, but of whoever has just written it: nobody else can be opening a page for it before them.
    is_fresh = False

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "buyer"], condition=Q(takes_seat=True), name="ticketing_order_one_seat_each"
            ),
            models.UniqueConstraint(fields=["session"], condition=~Q(session=""), name="ticketing_order_one_session"),
            models.UniqueConstraint(
                fields=["payment_intent"], condition=~Q(payment_intent=""), name="ticketing_order_one_payment"
            ),
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="ticketing_order_state_known"),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(charged__isnull=False, refunded__lte=F("charged")),
                name="ticketing_order_not_over_refunded",
            ),
            # Held means a seat; given up and refunded mean none.
            models.CheckConstraint(
                condition=Q(state=OrderState.HELD, takes_seat=True)
                | Q(state=OrderState.PAID)
                | Q(state__in=[OrderState.RELEASED, OrderState.REFUNDED], takes_seat=False),
                name="ticketing_order_seat_fits_state",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[OrderState.PAID, OrderState.REFUNDED], paid_at__isnull=False, charged__isnull=False
                )
                | Q(state__in=[OrderState.HELD, OrderState.RELEASED], paid_at=None, charged=None),
                name="ticketing_order_paid_has_money",
            ),
        ]
        indexes = [
            models.Index(fields=["held_until"], condition=Q(state=OrderState.HELD), name="ticketing_order_holds"),
            models.Index(fields=["offer", "state"], name="ticketing_order_of_offer"),
            models.Index(fields=["paid_at"], condition=Q(fee=None), name="ticketing_order_without_fee"),
            models.Index(fields=["id"], condition=Q(tell_moved=True), name="ticketing_order_tell_moved"),
            models.Index(fields=["id"], condition=Q(tell_bought=True), name="ticketing_order_tell_bought"),
            models.Index(fields=["charge"], condition=~Q(charge=""), name="ticketing_order_by_charge"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"

    @property
    def total(self) -> Money:
        return Money(self.amount, self.currency)


class Ticket(models.Model):
    """The key to a room, its replay and its clips: bought, or a place on the guest list."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    room = models.ForeignKey("rooms.Room", on_delete=models.PROTECT, related_name="tickets")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="tickets")
    kind = models.CharField(max_length=6, choices=TicketKind.choices)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="ticket")
    # When its holder first came in.
    checked_in_at = models.DateTimeField(null=True)
    # Refunded, or taken off the guest list.
    voided_at = models.DateTimeField(null=True)
    # While a bank asks for the money back the door stays shut.
    frozen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "holder"], condition=Q(voided_at=None), name="ticketing_ticket_one_each"
            ),
            models.CheckConstraint(
                condition=Q(kind=TicketKind.BOUGHT, order__isnull=False) | Q(kind=TicketKind.GUEST, order=None),
                name="ticketing_ticket_bought_has_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Refund(models.Model):
    """Money on its way back. The row is there before Stripe is asked, and gives the call its key."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    amount = models.PositiveIntegerField()
    # How much of it is tax.
    tax = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=9, choices=RefundReason.choices)
    state = models.CharField(max_length=9, choices=RefundState.choices, default=RefundState.WANTED)
    stripe_id = models.CharField(max_length=STRIPE_ID_MAX_LENGTH, blank=True)
    # Who asked for it; None for whatever the site does by itself.
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    attempts = models.PositiveIntegerField(default=0)
    # How often Stripe said no. It says the same again under the same key for a day, so the next try has another.
    refusals = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="ticketing_refund_above_zero"),
            models.CheckConstraint(condition=Q(tax__lte=F("amount")), name="ticketing_refund_tax_within"),
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="ticketing_refund_state_known"),
            models.UniqueConstraint(
                fields=["stripe_id"], condition=~Q(stripe_id=""), name="ticketing_refund_one_at_stripe"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=RefundState.WANTED), name="ticketing_refund_due"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.order.currency)


class WaitingPlace(models.Model):
    """A place in the line for a seat of a sold-out offer. Offers go out in the order of `id`."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="waiting")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=7, choices=WaitingState.choices, default=WaitingState.WAITING)
    # The order that holds the seat which was offered.
    order = models.OneToOneField(Order, on_delete=models.SET_NULL, null=True, related_name="waited")
    offered_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "user"], condition=~Q(state=WaitingState.OVER), name="ticketing_waiting_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=WaitingState.OFFERED) | Q(order__isnull=False, offered_until__isnull=False),
                name="ticketing_waiting_offered_has_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.offer_id} ({self.state})"
