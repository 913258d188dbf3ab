"""Payouts, transfers and what was taken back, to be read; what was refused may be tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.lib.errors import DomainError
from config.lib.money import Money
from creators.enums import PayoutReason, PayoutState
from creators.models import Payout, Reversal, Transfer
from creators.services.payouts import begin_for
from creators.services.reversals import ask_again
from ticketing.admin.read_only import ReadOnlyAdmin, ReadOnlyInline

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class TransferInline(ReadOnlyInline):
    model = Transfer
    fields = ("public_id", "earning", "amount", "reversed", "state", "why", "stripe_id", "settled_at")
    readonly_fields = fields


class ReversalInline(ReadOnlyInline):
    model = Reversal
    fields = ("public_id", "amount", "state", "why", "stripe_id", "settled_at")
    readonly_fields = fields


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """What each creator was paid. Whoever may begin runs may have one creator paid at once what was refused."""

    list_display = ("public_id", "payee", "sum", "state", "run", "created_at", "ended_at")
    list_select_related = ("payee", "run")
    list_filter = ("state", "currency")
    search_fields = ("public_id", "payee__person_key", "payee__account", "payee__person__handle", "run__public_id")
    fields = ("public_id", "run", "payee", "sum", "state", "created_at", "ended_at")
    inlines = (TransferInline,)
    actions = ("try_again",)

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def sum(self, payout: Payout) -> str:
        return payout.money.written()

    def has_pay_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may have creators paid; Django asks by the action's name for it."""
        return request.user.has_perm("creators.add_payoutrun")

    @admin.action(description=gettext_lazy("Pay again what was refused"), permissions=["pay"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Payout]) -> None:
        """Pay these creators all that they are owed now, whatever it is."""
        assert request.user.is_authenticated
        begun = 0
        failed = queryset.filter(state=PayoutState.FAILED).select_related("payee")
        for payee in {payout.payee for payout in failed}:
            try:
                run = begin_for(payee, reason=PayoutReason.STAFF, by=request.user)
            except DomainError as error:
                self.message_user(request, f"{payee}: {error}", messages.WARNING)
                continue
            for payout in failed.filter(payee=payee):
                self.log_change(request, payout, _("Paid again by staff (%(run)s).") % {"run": run.public_id})
            begun += 1
        text = ngettext("%(count)d payout begun.", "%(count)d payouts begun.", begun) % {"count": begun}
        self.message_user(request, text, messages.SUCCESS if begun else messages.INFO)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    """Each earning on its way."""

    list_display = ("public_id", "payout", "sum", "state", "why", "attempts", "stripe_id", "created_at", "settled_at")
    list_select_related = ("payout", "earning")
    list_filter = ("state", "why")
    search_fields = ("public_id", "stripe_id", "charge", "payout__public_id", "earning__source_key")
    fields = (
        "public_id",
        "payout",
        "earning",
        "sum",
        "back",
        "charge",
        "state",
        "why",
        "stripe_id",
        "attempts",
        "due_at",
        "created_at",
        "settled_at",
    )
    inlines = (ReversalInline,)

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def sum(self, transfer: Transfer) -> str:
        return Money(transfer.amount, transfer.earning.currency).written()

    @admin.display(description=gettext_lazy("taken back"), ordering="reversed")
    def back(self, transfer: Transfer) -> str:
        return Money(transfer.reversed, transfer.earning.currency).written()


@admin.register(Reversal)
class ReversalAdmin(ReadOnlyAdmin):
    """What is taken back of transfers: what Stripe refuses is a debt of its creator's."""

    list_display = ("public_id", "transfer", "sum", "state", "why", "attempts", "created_at", "settled_at")
    list_select_related = ("transfer__earning",)
    list_filter = ("state", "why")
    search_fields = ("public_id", "stripe_id", "transfer__public_id", "transfer__stripe_id")
    fields = ("public_id", "transfer", "sum", "state", "why", "stripe_id", "attempts", "created_at", "settled_at")
    actions = ("take_back_again",)

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def sum(self, reversal: Reversal) -> str:
        return Money(reversal.amount, reversal.transfer.earning.currency).written()

    def has_pay_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may ask creators' money back."""
        return request.user.has_perm("creators.add_payoutrun")

    @admin.action(description=gettext_lazy("Ask Stripe again for what was refused"), permissions=["pay"])
    def take_back_again(self, request: HttpRequest, queryset: QuerySet[Reversal]) -> None:
        """Ask once more, as far as it is still owed."""
        asked = 0
        for reversal in queryset:
            if (again := ask_again(reversal.pk)) is not None:
                self.log_change(request, reversal, _("Asked again by staff (%(key)s).") % {"key": again.public_id})
                asked += 1
        text = ngettext("%(count)d asked again.", "%(count)d asked again.", asked) % {"count": asked}
        self.message_user(request, text, messages.SUCCESS if asked else messages.INFO)
