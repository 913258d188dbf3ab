"""Staff's view of listening that does not count: why, of whom, and who of them is excluded."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.lib.errors import DomainError
from creators.exclusion_form import DayForm, ExclusionForm, ReasonForm
from creators.models import ListenerExclusion
from creators.selectors.doubts import doubts_of
from creators.services.exclusions import exclude_listener, lift_exclusion
from ticketing.admin.read_only import ReadOnlyAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

LIST = "admin:creators_listenerexclusion_changelist"


@admin.register(ListenerExclusion)
class ListenerExclusionAdmin(ReadOnlyAdmin):
    """Whoever may add exclusions decides and lifts; whoever may view them looks. Nobody changes or deletes one."""

    list_display = ("account", "reason", "begins_at", "ends_at", "decided_by", "decided_at", "lifted_at")
    list_select_related = ("listener", "decided_by")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter),)
    search_fields = ("=listener__handle",)
    fields = (
        *("account", "begins_at", "ends_at", "reason", "decided_by", "decided_at"),
        *("lifted_reason", "lifted_by", "lifted_at"),
    )
    change_list_template = "admin/creators/listenerexclusion/change_list.html"
    change_form_template = "admin/creators/listenerexclusion/change_form.html"

    @admin.display(description=gettext_lazy("listener"), empty_value="–")
    def account(self, exclusion: ListenerExclusion) -> str | None:
        return f"@{exclusion.listener.handle}" if exclusion.listener else None

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del obj
        return request.user.has_perm("creators.add_listenerexclusion")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("doubts/", wrap(self.doubts_view), name="creators_listenerexclusion_doubts"),
            path("<path:object_id>/lift/", wrap(self.lift_view), name="creators_listenerexclusion_lift"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the decision, with the way to its lifting."""
        found = self.get_object(request, unquote(object_id))
        lasts = isinstance(found, ListenerExclusion) and found.lifted_at is None
        context = {**(extra_context or {}), "may_lift": lasts and self.has_add_permission(request)}
        return super().change_view(request, object_id, form_url, context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask of whom, from when until when and why, and write it down."""
        del form_url, extra_context
        if not self.has_add_permission(request):
            raise PermissionDenied
        begin = {"listener": request.GET.get("listener", ""), "begins_at": timezone.localtime()}
        form = ExclusionForm(request.POST or None, initial=begin)
        if form.is_valid():
            return self._exclude(request, form)
        return self._page(request, "form", {"title": _("Exclude a listener"), "form": form}, form)

    def _exclude(self, request: HttpRequest, form: ExclusionForm) -> HttpResponse:
        assert request.user.is_authenticated
        said = form.cleaned_data
        exclusion = exclude_listener(
            said["listener"],
            reason=said["reason"],
            begins_at=said["begins_at"],
            ends_at=said["ends_at"],
            by=request.user,
        )
        self.log_addition(request, exclusion, exclusion.reason)
        self.message_user(request, _("What they hear in that time does not count."), messages.SUCCESS)
        return HttpResponseRedirect(reverse(LIST))

    def lift_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, and let it count after all."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        exclusion = self.get_object(request, unquote(object_id))
        if not isinstance(exclusion, ListenerExclusion):
            raise Http404
        form = ReasonForm(request.POST or None)
        if form.is_valid() and self._is_lifted(request, exclusion, form):
            return HttpResponseRedirect(reverse(LIST))
        context = {"title": _("Let it count after all"), "form": form, "exclusion": exclusion}
        return self._page(request, "form", context, form)

    def _is_lifted(self, request: HttpRequest, exclusion: ListenerExclusion, form: ReasonForm) -> bool:
        assert request.user.is_authenticated
        try:
            lift_exclusion(exclusion, reason=form.cleaned_data["reason"], by=request.user)
        except DomainError as error:
            form.add_error(None, str(error))
            return False
        self.log_change(request, exclusion, form.cleaned_data["reason"])
        self.message_user(request, _("It counts again, as if it had never been decided."), messages.SUCCESS)
        return True

    def doubts_view(self, request: HttpRequest) -> HttpResponse:
        """Show what of a day's listening does not count; of yesterday's, unless another day is asked for."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        yesterday = timezone.now().astimezone(UTC).date() - timedelta(days=1)
        form = DayForm(request.GET if "day" in request.GET else {"day": yesterday.isoformat()})
        doubts = doubts_of(form.cleaned_data["day"]) if form.is_valid() else None
        context = {
            "title": _("Listening that does not count"),
            "form": form,
            "doubts": doubts,
            "may_exclude": self.has_add_permission(request),
        }
        return self._page(request, "doubts", context, form)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any], form: forms.Form) -> TemplateResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        status = 422 if form.errors else 200
        return TemplateResponse(request, f"admin/creators/listenerexclusion/{name}.html", whole, status=status)
