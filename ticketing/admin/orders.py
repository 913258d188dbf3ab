"""Orders for staff: found by whatever somebody writes in their letter, with all that happened, and what may be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from config.lib.errors import DomainError
from config.lib.money import Money
from ticketing.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from ticketing.enums import OrderState, RefundReason
from ticketing.models import Order, Refund
from ticketing.offer_form import RefundForm
from ticketing.selectors.receipts import tax_words
from ticketing.selectors.timeline import timeline
from ticketing.services.looking_after import look_again, send_receipt_again
from ticketing.services.refunds import ask_refund, left_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ("public_id", "sum", "reason", "state", "asked_by", "created_at", "settled_at")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("amount"))
    def sum(self, refund: Refund) -> str:
        return refund.money.written()


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Whoever may change orders may ask Stripe again and send a receipt again; whoever may add refunds may refund."""

    change_form_template = "admin/ticketing/order/change_form.html"
    list_display = ("public_id", "buyer", "room", "state", "total_shown", "back_shown", "dispute_state", "created_at")
    list_select_related = ("buyer", "offer__room")
    list_filter = ("state", "dispute_state")
    search_fields = (
        "public_id",
        "buyer__handle",
        "buyer__email",
        "session",
        "payment_intent",
        "charge",
        "dispute",
        "refunds__stripe_id",
        "refunds__public_id",
        "offer__room__title",
        "offer__room__public_id",
    )
    fields = (
        "public_id",
        "buyer",
        "room",
        "state",
        "takes_seat",
        "total_shown",
        "came",
        "back_shown",
        "cost",
        "country",
        "tax_shown",
        "held_until",
        "released_at",
        "release_reason",
        "paid_at",
        "free_refund_until",
        "session",
        "payment_intent",
        "charge",
        "dispute",
        "dispute_state",
        "taken_back",
        "created_at",
    )
    inlines = (RefundInline,)

    @admin.display(description=gettext_lazy("room"), ordering="offer__room__title")
    def room(self, order: Order) -> str:
        return str(order.offer.room)

    @admin.display(description=gettext_lazy("asked for the seat"), ordering="amount")
    def total_shown(self, order: Order) -> str:
        return order.total.written()

    @admin.display(description=gettext_lazy("given back"), ordering="refunded")
    def back_shown(self, order: Order) -> str:
        return _written(order, order.refunded)

    @admin.display(description=gettext_lazy("paid"))
    def came(self, order: Order) -> str:
        return _written(order, order.charged)

    @admin.display(description=gettext_lazy("what Stripe kept"))
    def cost(self, order: Order) -> str:
        return _written(order, order.fee)

    @admin.display(description=gettext_lazy("tax in it"))
    def tax_shown(self, order: Order) -> str:
        if order.tax is None or order.tax_rate is None:
            return _written(order, order.tax)
        return tax_words(Money(order.tax, order.currency), order.tax_rate)

    @admin.display(description=gettext_lazy("taken back by a bank"))
    def taken_back(self, order: Order) -> str:
        return _written(order, order.disputed)

    def get_urls(self) -> list[URLPattern]:
        views = {"refund": self.refund_view, "receipt": self.receipt_view, "look": self.look_view}
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"ticketing_order_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the order with everything that happened to it."""
        order = self.get_object(request, unquote(object_id))
        context = dict(extra_context or {})
        if isinstance(order, Order) and self.has_view_permission(request, order):
            context |= {
                "timeline": timeline(order),
                "may_refund": may_refund(request) and bool(left_of(order)),
                "may_look_after": may_look_after(request),
                "has_receipt": _has_receipt(order),
            }
        return super().change_view(request, object_id, form_url, context)

    def refund_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how much goes back, and promise it."""
        order = self._order(request, object_id, may_refund)
        form = RefundForm(request.POST or None, left=left_of(order))
        if form.is_valid():
            assert request.user.is_authenticated
            try:
                refund = ask_refund(
                    order.pk, reason=RefundReason.STAFF, by=request.user, amount=form.amount, left=form.whole
                )
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                said = _("Refund of %(money)s asked for.") % {"money": form.amount.written()}
                self.log_change(request, order, f"{said} ({refund.public_id})")
                return self._back(request, order, said)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Give money back"),
            "order": order,
            "left": left_of(order),
            "form": form,
        }
        return TemplateResponse(
            request, "admin/ticketing/order/refund.html", context, status=422 if form.errors else 200
        )

    def receipt_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the buyer their receipt once more."""
        return self._act(request, object_id, send_receipt_again, _("Receipt sent again."))

    def look_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask Stripe how payment and refunds stand."""
        return self._act(request, object_id, look_again, _("Asked Stripe again."))

    def _act(self, request: HttpRequest, object_id: str, act: Callable[[int], object], noted: str) -> HttpResponse:
        answer: HttpResponse = require_POST(self._do)(request, object_id, act, noted)
        return answer

    def _do(self, request: HttpRequest, object_id: str, act: Callable[[int], object], noted: str) -> HttpResponse:
        order = self._order(request, object_id, may_look_after)
        try:
            act(order.pk)
        except DomainError as error:
            return self._back(request, order, str(error), messages.ERROR)
        self.log_change(request, order, noted)
        return self._back(request, order, noted)

    def _order(self, request: HttpRequest, object_id: str, may: Callable[[HttpRequest], bool]) -> Order:
        if not may(request):
            raise PermissionDenied
        order = self.get_object(request, unquote(object_id))
        if not isinstance(order, Order) or not self.has_view_permission(request, order):
            raise Http404
        return order

    def _back(
        self, request: HttpRequest, order: Order, said: str, level: int = messages.SUCCESS
    ) -> HttpResponseRedirect:
        self.message_user(request, said, level)
        return HttpResponseRedirect(reverse("admin:ticketing_order_change", args=[order.pk]))


def may_refund(request: HttpRequest) -> bool:
    """Say whether this member of staff may give money back."""
    return request.user.has_perm("ticketing.add_refund")


def may_look_after(request: HttpRequest) -> bool:
    """Say whether this member of staff may ask Stripe, and write to buyers, on their behalf."""
    return request.user.has_perm("ticketing.change_order")


def _written(order: Order, minor: int | None) -> str:
    return "" if minor is None else Money(minor, order.currency).written()


def _has_receipt(order: Order) -> bool:
    return order.state in {OrderState.PAID, OrderState.REFUNDED} and order.buyer_id is not None
