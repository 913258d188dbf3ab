"""Runs of payouts with what they came to, and staff's switch, which stops them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from creators.models import PayoutRun, PayoutStop
from creators.selectors.payouts import payouts_are_stopped
from creators.selectors.run_report import report_of
from creators.services.payouts import begin_by_staff
from creators.services.stopping import resume_payouts, stop_payouts
from ticketing.admin.read_only import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from accounts.models import User


@admin.register(PayoutRun)
class PayoutRunAdmin(ReadOnlyAdmin):
    """Whoever may add runs may pay everybody now, stop all payouts, and let them go on."""

    change_list_template = "admin/creators/payoutrun/change_list.html"
    change_form_template = "admin/creators/payoutrun/change_form.html"
    list_display = ("public_id", "reason", "period", "payee", "state", "why", "created_at", "ended_at")
    list_select_related = ("payee",)
    list_filter = ("state", "reason")
    search_fields = ("public_id", "period", "payee__person_key", "payee__person__handle")
    fields = (
        "public_id",
        "reason",
        "period",
        "payee",
        "asked_by",
        "state",
        "why",
        "until",
        "checked_at",
        "created_at",
        "ended_at",
    )

    def get_urls(self) -> list[URLPattern]:
        acts = {"pay": self.pay_view, "stop": self.stop_view, "resume": self.resume_view}
        own = [
            path(f"{name}/", self.admin_site.admin_view(require_POST(view)), name=f"creators_payoutrun_{name}")
            for name, view in acts.items()
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the runs, whether payouts are stopped, and what may be done about it."""
        context = {"stop": payouts_are_stopped(), "may_pay": may_pay(request)}
        return super().changelist_view(request, (extra_context or {}) | context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a run with what it came to."""
        run = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if isinstance(run, PayoutRun) and self.has_view_permission(request, run):
            context["report"] = report_of(run)
        return super().change_view(request, object_id, form_url, context)

    def pay_view(self, request: HttpRequest) -> HttpResponse:
        """Pay everybody who is owed enough."""
        run = begin_by_staff(by=self._staff(request))
        self.log_addition(request, run, _("Begun by staff."))
        return self._back(request, _("A payout for everybody has begun."))

    def stop_view(self, request: HttpRequest) -> HttpResponse:
        """Stop all payouts."""
        stop = stop_payouts(why=request.POST.get("why", ""), by=self._staff(request))
        self.log_addition(request, stop, stop.why or _("Stopped."))
        return self._back(request, _("Payouts are stopped: nothing is made or sent until you let them go on."))

    def resume_view(self, request: HttpRequest) -> HttpResponse:
        """Let payouts go on."""
        by = self._staff(request)
        for stop in PayoutStop.objects.filter(lifted_at=None):
            self.log_change(request, stop, _("Let go on."))
        resume_payouts(by=by)
        return self._back(request, _("Payouts go on where they were stopped."))

    def _staff(self, request: HttpRequest) -> User:
        """Return whoever asks, if they may."""
        if not (request.user.is_authenticated and may_pay(request)):
            raise PermissionDenied
        return request.user

    def _back(self, request: HttpRequest, said: str) -> HttpResponse:
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:creators_payoutrun_changelist"))


@admin.register(PayoutStop)
class PayoutStopAdmin(ReadOnlyAdmin):
    """When payouts were stopped, why, and by whom."""

    list_display = ("stopped_at", "why", "stopped_by", "lifted_at", "lifted_by")
    list_select_related = ("stopped_by", "lifted_by")
    fields = ("why", "stopped_at", "stopped_by", "lifted_at", "lifted_by")


def may_pay(request: HttpRequest) -> bool:
    """Say whether this member of staff may have creators paid, and stop that."""
    return request.user.has_perm("creators.add_payoutrun")
