"""What selling, and inviting people for free, may refuse, and how it says so. Codes are part of docs/protocol.md."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError


class OfferExistsError(DomainError):
    code = "offer_exists"
    http_status = 409
    message = _("This room has its tickets already. Look at them as they are now, and change them there.")


class OfferChangedError(DomainError):
    code = "offer_changed"
    http_status = 409
    message = _("The tickets were changed meanwhile. Look at them as they are now, and try again.")


class SalesStoppedError(DomainError):
    code = "sales_stopped"
    http_status = 409
    message = _(
        "The people who run this site have stopped the sale for this room. Write to them if you think it is fine."
    )


class RefundingAllError(DomainError):
    code = "refunding_all"
    http_status = 409
    message = _("Everybody gets their money back for this room. It cannot be sold again; plan a new one.")


class EntryByTicketError(DomainError):
    code = "entry_by_ticket"
    http_status = 409
    message = _(
        "People have tickets for this room, so it stays open to people with a ticket. "
        "To open it to others, refund those who bought one and take your guests off the list, or ask people in by name."
    )


class GuestIsHostError(DomainError):
    code = "guest_is_host"
    http_status = 409
    message = _("This is your own room: you need no ticket.")


class GuestRefusedError(DomainError):
    code = "guest_refused"
    http_status = 409
    message = _("You have blocked them or said that they may not come in. Undo that first.")


class GuestHasSeatError(DomainError):
    code = "guest_has_seat"
    http_status = 409
    message = _("They have a ticket for this room already, or are buying one just now.")


class GuestNoSeatError(DomainError):
    code = "guest_no_seat"
    http_status = 409
    message = _("Every seat is taken. Offer more seats, then put them on the list.")


class GuestListFullError(DomainError):
    code = "guest_list_full"
    http_status = 409
    message = _("The guest list is full. Take somebody off it first.")


class NoReceiptError(DomainError):
    code = "no_receipt"
    http_status = 409
    message = _("There is no receipt to send: nothing was paid, or the account is gone.")
