"""What buying a seat may refuse, and how it says so. Codes are part of docs/protocol.md."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError


class NotForSaleError(DomainError):
    code = "not_for_sale"
    http_status = 409
    message = _("No tickets are sold for this room just now.")


class SoldOutError(DomainError):
    code = "sold_out"
    http_status = 409
    message = _("Every seat is taken. Put yourself on the waiting list: who comes first is asked first.")


class TicketHeldError(DomainError):
    code = "ticket_held"
    http_status = 409
    message = _("You have a ticket for this room already.")


class OwnRoomError(DomainError):
    code = "own_room"
    http_status = 409
    message = _("This is your own room: you need no ticket.")


class SeatFreeError(DomainError):
    code = "seat_free"
    http_status = 409
    message = _("There is a free seat: you need not wait, buy it.")


class HoldOverError(DomainError):
    code = "hold_over"
    http_status = 409
    message = _("The time to pay is over, and the seat was given on. Begin again if there is still one.")


class NotRefundableError(DomainError):
    code = "not_refundable"
    http_status = 409
    message = _("There is nothing of this payment left to give back.")


class RefundTooLateError(DomainError):
    code = "refund_too_late"
    http_status = 409
    message = _("The time in which you may give your ticket back is over. Ask the host: they can still refund it.")


class RefundChangedError(DomainError):
    code = "refund_changed"
    http_status = 409
    message = _("Something has gone back meanwhile. Look at what is left now.")


class InDisputeError(DomainError):
    code = "in_dispute"
    http_status = 409
    message = _("A bank is asking for this payment back. Until that is decided nothing can be refunded.")


class AddressUnconfirmedError(DomainError):
    code = "address_unconfirmed"
    http_status = 403
    message = _("Confirm your e-mail address first: your receipt goes there. The link is in the mail that we sent you.")
