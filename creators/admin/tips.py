"""Tips for staff: found by whatever somebody writes in their letter; given back, and their words taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.lib.errors import DomainError
from config.lib.money import Money
from creators.models import Tip, TipRefund
from creators.services.tip_refunds import refund_tip
from creators.services.tips_shown import remove_words
from ticketing.admin.read_only import ReadOnlyAdmin, ReadOnlyInline

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest


class TipRefundInline(ReadOnlyInline):
    model = TipRefund
    fields = ("public_id", "sum", "reason", "state", "asked_by", "created_at", "settled_at")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("amount"))
    def sum(self, refund: TipRefund) -> str:
        return refund.money.written()


@admin.register(Tip)
class TipAdmin(ReadOnlyAdmin):
    """Whoever may add refunds of tips may give them back; whoever may change tips may take their words away."""

    list_display = ("public_id", "giver", "recipient", "room", "sum", "state", "back", "dispute_state", "created_at")
    list_select_related = ("giver", "recipient", "room")
    list_filter = ("state", "dispute_state", "anonymous")
    search_fields = (
        "public_id",
        "giver__handle",
        "giver__email",
        "recipient__handle",
        "recipient_key",
        "session",
        "payment_intent",
        "charge",
        "dispute",
        "refunds__stripe_id",
    )
    fields = (
        "public_id",
        "giver",
        "recipient",
        "recipient_key",
        "room",
        "sum",
        "state",
        "cost_shown",
        "back",
        "taken_back",
        "message",
        "words_removed_at",
        "anonymous",
        "session",
        "payment_intent",
        "charge",
        "dispute",
        "dispute_state",
        "created_at",
        "paid_at",
        "shown_at",
        "thanked_at",
    )
    inlines = (TipRefundInline,)
    actions = ("give_back", "take_words_away")

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def sum(self, tip: Tip) -> str:
        return tip.money.written()

    @admin.display(description=gettext_lazy("what Stripe kept"))
    def cost_shown(self, tip: Tip) -> str:
        return "" if tip.cost is None else Money(tip.cost, tip.currency).written()

    @admin.display(description=gettext_lazy("given back"), ordering="refunded")
    def back(self, tip: Tip) -> str:
        return Money(tip.refunded, tip.currency).written()

    @admin.display(description=gettext_lazy("taken back by a bank"))
    def taken_back(self, tip: Tip) -> str:
        return Money(tip.disputed, tip.currency).written()

    def has_give_back_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may give tips back."""
        return request.user.has_perm("creators.add_tiprefund")

    def has_take_away_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may take words away."""
        return request.user.has_perm("creators.change_tip")

    @admin.action(description=gettext_lazy("Give back what is left of it"), permissions=["give_back"])
    def give_back(self, request: HttpRequest, tips: QuerySet[Tip]) -> None:
        """Promise the money of each back, and note who did."""
        assert request.user.is_authenticated
        by = request.user
        self._each(request, tips, lambda tip: refund_tip(tip.pk, by=by), _("Given back."))

    @admin.action(description=gettext_lazy("Take the words away"), permissions=["take_away"])
    def take_words_away(self, request: HttpRequest, tips: QuerySet[Tip]) -> None:
        """Take the words of each away, in the room and everywhere."""
        self._each(request, tips, lambda tip: remove_words(tip.pk), _("Words taken away."))

    def _each(self, request: HttpRequest, tips: QuerySet[Tip], act: Callable[[Tip], object], noted: str) -> None:
        for tip in tips.order_by("pk"):
            try:
                act(tip)
            except DomainError as error:
                self.message_user(request, f"{tip.public_id}: {error}", messages.ERROR)
            else:
                self.log_change(request, tip, noted)
                self.message_user(request, f"{tip.public_id}: {noted}")
