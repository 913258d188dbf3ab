"""Programmes for staff: laid down as a draft, opened once, and from then on only looked at."""

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

from config.lib.errors import DomainError
from creators.admin.steps import Step, SteppedAdmin
from creators.enums import ProgrammeState
from creators.fund_plan_form import PlanForm
from creators.fund_words import rule_lines
from creators.models import Programme
from creators.services.fund_programmes import change_programme, close_programme, make_programme, open_programme

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


@admin.register(Programme)
class ProgrammeAdmin(SteppedAdmin):
    """Whoever may add programmes lays one down; whoever may change them changes drafts, opens and closes."""

    list_display = ("name", "state", "budget_shown", "total_shown", "first_day", "cadence", "number_of_periods")
    list_filter = ("state",)
    search_fields = ("name", "public_id")
    fields = (
        "public_id",
        "name",
        "about",
        "state",
        "says",
        "budget_shown",
        "total_shown",
        "promised",
        "first_day",
        "last_day_shown",
        "cadence",
        "number_of_periods",
        "created_by",
        "opened_at",
        "closed_at",
    )
    steps = {
        "open": Step(
            gettext_lazy("Open it: its terms stay from then on"),
            frozenset({ProgrammeState.DRAFT}),
            "change_programme",
            lambda programme, _asked: open_programme(programme.pk),
        ),
        "close": Step(
            gettext_lazy("Close it for applications"),
            frozenset({ProgrammeState.OPEN}),
            "change_programme",
            lambda programme, _asked: close_programme(programme.pk),
        ),
    }

    @admin.display(description=gettext_lazy("budget of a period"), ordering="budget")
    def budget_shown(self, programme: Programme) -> str:
        return programme.money(programme.budget).written()

    @admin.display(description=gettext_lazy("budget of all periods"), ordering="total")
    def total_shown(self, programme: Programme) -> str:
        return programme.money(programme.total).written()

    @admin.display(description=gettext_lazy("promised and given"))
    def promised(self, programme: Programme) -> str:
        return programme.money(programme.committed).written()

    @admin.display(description=gettext_lazy("last day"))
    def last_day_shown(self, programme: Programme) -> str:
        return programme.last_day.isoformat()

    @admin.display(description=gettext_lazy("rules"))
    def says(self, programme: Programme) -> str:
        return " ".join(rule_lines(programme))

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del obj
        return request.user.has_perm("creators.add_programme")

    def get_urls(self) -> list[URLPattern]:
        edit = self.admin_site.admin_view(self.edit_view)
        return [path("<path:object_id>/edit/", edit, name="creators_programme_edit"), *super().get_urls()]

    def beside(self, row: Programme) -> dict[str, Any]:
        return {"is_draft": row.state == ProgrammeState.DRAFT}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the terms, and write a draft."""
        del form_url, extra_context
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PlanForm(request.POST or None, preset=request.GET.get("preset", ""))
        if form.is_valid():
            assert request.user.is_authenticated
            try:
                programme = make_programme(form.plan, by=request.user)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                self.log_addition(request, programme, _("Lay a programme down"))
                return self._back(request, programme)
        return self._ask(request, form, _("Lay a programme down"))

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change a draft."""
        if not request.user.has_perm("creators.change_programme"):
            raise PermissionDenied
        programme = self.get_object(request, unquote(object_id))
        if not isinstance(programme, Programme):
            raise Http404
        form = PlanForm(request.POST or None, programme=programme)
        if form.is_valid():
            try:
                change_programme(programme.pk, form.plan)
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                self.log_change(request, programme, _("Change the draft"))
                return self._back(request, programme)
        return self._ask(request, form, _("Change the draft"))

    def _ask(self, request: HttpRequest, form: PlanForm, title: str) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "form": form}
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/creators/programme/form.html", context, status=status)

    def _back(self, request: HttpRequest, programme: Programme) -> HttpResponseRedirect:
        self.message_user(request, _("The draft is written. Only staff see it until it is opened."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:creators_programme_change", args=[programme.pk]))
