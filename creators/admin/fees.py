"""Staff's view of the platform's fees: what each costs is seen before it is saved, and then it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.lib.errors import DomainError
from creators.fee_form import FeeForm
from creators.fee_presets import FEE_PRESETS
from creators.fee_words import rate_lines
from creators.models import FeeSchedule
from creators.selectors.fee_effects import WINDOW, effect_of
from creators.services.fees import begin_schedule
from ticketing.admin.read_only import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse


@admin.register(FeeSchedule)
class FeeScheduleAdmin(ReadOnlyAdmin):
    """Whoever may add fees lays down another one; nobody changes or deletes one."""

    list_display = ("name", "says", "currency_shown", "valid_from", "created_by")
    list_display_links = ("name",)
    list_select_related = ("created_by",)
    ordering = ("-valid_from", "-pk")
    fields = ("name", "says", "currency_shown", "valid_from", "note", "created_by", "created_at")

    @admin.display(description=gettext_lazy("rates"))
    def says(self, schedule: FeeSchedule) -> str:
        return " · ".join(rate_lines(schedule.rates()))

    @admin.display(description=gettext_lazy("currency"), ordering="currency")
    def currency_shown(self, schedule: FeeSchedule) -> str:
        return schedule.currency.upper() or _("All currencies")

    def get_queryset(self, request: HttpRequest) -> QuerySet[FeeSchedule]:
        rows: QuerySet[FeeSchedule] = super().get_queryset(request)
        return rows.prefetch_related("tiers")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del obj
        return request.user.has_perm("creators.add_feeschedule")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the rates, show what they would have cost, and write them down once staff have seen that."""
        del form_url, extra_context
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = FeeForm(
            request.POST or None,
            preset=request.GET.get("preset", ""),
            currency=request.GET.get("currency", ""),
        )
        if "_edit" in request.POST or not form.is_valid():
            return self._ask(request, form)
        if form.is_sealed(request.POST.get("sure", "")):
            return self._save(request, form)
        return self._confirm(request, form)

    def _ask(self, request: HttpRequest, form: FeeForm) -> HttpResponse:
        context = {
            "title": _("Lay down a fee"),
            "form": form,
            "presets": FEE_PRESETS.values(),
            "currencies": settings.TICKET_CURRENCIES,
        }
        return self._page(request, "add", context, status=422 if form.errors else 200)

    def _confirm(self, request: HttpRequest, form: FeeForm) -> HttpResponse:
        context = {
            "title": _("Not saved yet: this is what it would do"),
            "form": form,
            "rates": rate_lines(form.schedule),
            "begins": form.cleaned_data["valid_from"],
            "currency": form.schedule.currency.upper(),
            "effect": effect_of(form.schedule, timezone.now()),
            "days": WINDOW.days,
        }
        return self._page(request, "confirm", context)

    def _save(self, request: HttpRequest, form: FeeForm) -> HttpResponse:
        assert request.user.is_authenticated
        try:
            schedule = begin_schedule(
                form.schedule.tiers,
                currency=form.schedule.currency,
                valid_from=form.cleaned_data["valid_from"],
                name=form.cleaned_data["name"],
                note=form.cleaned_data["note"],
                by=request.user,
            )
        except DomainError as error:
            form.add_error(None, str(error))
            return self._ask(request, form)
        self.log_addition(request, schedule, " · ".join(rate_lines(schedule.rates())))
        self.message_user(request, _("The fee is laid down. It stays until another one begins."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:creators_feeschedule_changelist"))

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> TemplateResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/creators/feeschedule/{name}.html", whole, status=status)
