"""The ledger and Stripe's events, to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy

from config.lib.money import Money
from ticketing.admin.read_only import ReadOnlyAdmin
from ticketing.models import Account, Entry, Reconciliation, StripeEvent

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Accounts with where they stand: what Stripe holds for us is above zero, what we owe below."""

    list_display = ("name", "stands_at", "opened_at")
    list_filter = ("currency",)
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "stands_at", "opened_at")
    list_per_page = 100

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        rows: QuerySet[Account] = super().get_queryset(request)
        return rows.annotate(minor=Coalesce(_sum("debit"), 0) - Coalesce(_sum("credit"), 0))

    @admin.display(description=gettext_lazy("balance"), ordering="minor")
    def stands_at(self, account: Any) -> str:
        return Money(account.minor, account.currency).written()


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """What went from which account to which, the latest first."""

    list_display = ("key", "debit", "credit", "sum", "at", "order_key")
    list_select_related = ("debit", "credit")
    list_filter = ("currency",)
    search_fields = ("key", "order_key", "debit__name", "credit__name")
    fields = ("key", "debit", "credit", "sum", "memo", "order_key", "at")

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def sum(self, entry: Entry) -> str:
        return entry.money.written()


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    """What Stripe told us, and what became of it. The body, which names people, stays in the database."""

    list_display = ("id", "type", "object_id", "state", "received_at", "processed_at", "attempts", "error")
    list_filter = ("state", "type")
    search_fields = ("id", "object_id", "type")
    ordering = ("-received_at", "-pk")
    fields = (
        "id",
        "type",
        "object_id",
        "livemode",
        "created_at",
        "received_at",
        "state",
        "processed_at",
        "attempts",
        "error",
        "due_at",
    )


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """How the ledger compared with Stripe's balance each night, and what either had that the other had not."""

    list_display = ("begun_at", "since", "until", "lines", "looked_at", "found")
    ordering = ("-begun_at",)
    fields = ("begun_at", "ended_at", "since", "until", "lines", "looked_at", "sentences")

    @admin.display(description=gettext_lazy("findings"))
    def found(self, row: Reconciliation) -> int:
        return len(row.findings)

    @admin.display(description=gettext_lazy("findings"))
    def sentences(self, row: Reconciliation) -> SafeString:
        lines = [(each["since"][:10], each["text"]) for each in row.findings]
        return format_html_join("", "<p>{} · {}</p>", lines)


def _sum(side: str) -> Subquery:
    rows = Entry.objects.filter(**{side: OuterRef("pk")}).order_by().values(side)
    return Subquery(rows.annotate(whole=Sum("amount")).values("whole"))
