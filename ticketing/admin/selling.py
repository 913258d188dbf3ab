"""Offers, tickets, refunds and the waiting list, to be read; of an offer staff may stop the sale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.lib.errors import DomainError
from config.lib.money import Money
from ticketing.admin.read_only import ReadOnlyAdmin
from ticketing.models import Offer, Refund, Ticket, WaitingPlace
from ticketing.services.offers import close_sales, reopen_sales

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """What is sold. Whoever has the permission to change offers may stop a sale, and let it go on."""

    list_display = ("room", "host", "costs", "capacity", "taken", "sales_end_at", "closed_at", "refund_all")
    list_select_related = ("room__host",)
    list_filter = ("refund_all", "stopped_by_staff", "currency")
    search_fields = ("public_id", "room__public_id", "room__title", "room__host__handle")
    fields = (
        "public_id",
        "room",
        "host",
        "seller",
        "costs",
        "capacity",
        "taken",
        "sales_begin_at",
        "sales_end_at",
        "closed_at",
        "stopped_by_staff",
        "refund_all",
        "revision",
        "created_at",
        "as_the_host",
    )
    actions = ("stop_sale", "sell_again")

    @admin.display(description=gettext_lazy("host"))
    def host(self, offer: Offer) -> str:
        return str(offer.room.host)

    @admin.display(description=gettext_lazy("price"), ordering="amount")
    def costs(self, offer: Offer) -> str:
        return offer.price.written()

    @admin.display(description=gettext_lazy("as the host sees it"))
    def as_the_host(self, offer: Offer) -> str:
        address = reverse("ticketing:host", args=[offer.room.public_id])
        return format_html('<a href="{}">{}</a>', address, _("Figures and holders"))

    def has_stop_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may stop sales; Django asks by the action's name for it."""
        return request.user.has_perm("ticketing.change_offer")

    @admin.action(description=gettext_lazy("Stop the sale"), permissions=["stop"])
    def stop_sale(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        """Sell no more of these; their hosts cannot sell again."""

        def stop(offer: Offer) -> bool:
            assert request.user.is_authenticated
            return close_sales(offer.room.public_id, by=request.user, staff=True)

        self._each(request, queryset, stop, _("Sale stopped by staff."))

    @admin.action(description=gettext_lazy("Let the sale go on"), permissions=["stop"])
    def sell_again(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        """Sell these again."""

        def reopen(offer: Offer) -> bool:
            assert request.user.is_authenticated
            reopen_sales(offer.room.public_id, by=request.user, staff=True)
            return offer.closed_at is not None

        self._each(request, queryset, reopen, _("Sale let go on by staff."))

    def _each(self, request: HttpRequest, queryset: QuerySet[Offer], act: Callable[[Offer], bool], noted: str) -> None:
        changed = 0
        for offer in queryset.select_related("room"):
            try:
                did = act(offer)
            except DomainError as error:
                said = _("%(title)s: %(text)s") % {"title": offer.room, "text": error}
                self.message_user(request, said, messages.WARNING)
                continue
            if did:
                self.log_change(request, offer, noted)
                changed += 1
        text = ngettext("%(count)d sale changed.", "%(count)d sales changed.", changed) % {"count": changed}
        self.message_user(request, text, messages.SUCCESS if changed else messages.INFO)


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """Who holds, or held, a ticket for what."""

    list_display = ("public_id", "holder", "room", "kind", "order", "checked_in_at", "voided_at", "frozen_at")
    list_select_related = ("holder", "room", "order")
    list_filter = ("kind", ("voided_at", admin.EmptyFieldListFilter), ("frozen_at", admin.EmptyFieldListFilter))
    search_fields = ("public_id", "holder__handle", "room__public_id", "room__title", "order__public_id")
    fields = ("public_id", "holder", "room", "kind", "order", "created_at", "checked_in_at", "voided_at", "frozen_at")


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Money on its way back: those that failed are what people have to look at."""

    list_display = ("public_id", "order", "sum", "reason", "state", "attempts", "created_at", "settled_at")
    list_select_related = ("order",)
    list_filter = ("state", "reason")
    search_fields = ("public_id", "stripe_id", "order__public_id", "order__buyer__handle")
    fields = (
        "public_id",
        "order",
        "sum",
        "tax_shown",
        "reason",
        "state",
        "stripe_id",
        "asked_by",
        "attempts",
        "due_at",
        "created_at",
        "settled_at",
    )

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def sum(self, refund: Refund) -> str:
        return refund.money.written()

    @admin.display(description=gettext_lazy("tax in it"))
    def tax_shown(self, refund: Refund) -> str:
        return Money(refund.tax, refund.order.currency).written()


@admin.register(WaitingPlace)
class WaitingPlaceAdmin(ReadOnlyAdmin):
    """Who waits for a seat, in order."""

    list_display = ("user", "room", "state", "offered_until", "order", "created_at")
    list_select_related = ("user", "offer__room", "order")
    list_filter = ("state",)
    search_fields = ("user__handle", "offer__room__public_id", "offer__room__title")
    ordering = ("pk",)
    fields = ("user", "room", "state", "order", "offered_until", "created_at")

    @admin.display(description=gettext_lazy("room"))
    def room(self, place: WaitingPlace) -> str:
        return str(place.offer.room)
