"""Staff's queue of reports, and their view of bans: to decide and to lift, over the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.lib.errors import DomainError
from rooms.enums import ReportDecision, ReportKind
from rooms.models import Ban, Report
from rooms.services.removal import lift_bans
from rooms.services.reports import decide_report

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    ReportModelAdmin = admin.ModelAdmin[Report]
    BanModelAdmin = admin.ModelAdmin[Ban]
    DecisionModelForm = forms.ModelForm[Report]
else:
    ReportModelAdmin = BanModelAdmin = admin.ModelAdmin
    DecisionModelForm = forms.ModelForm


class OpenFilter(admin.SimpleListFilter):
    """The queue is what is open; what was decided is a click away."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, StrOrPromise]]:
        del request, model_admin
        return [("decided", gettext_lazy("decided")), ("all", gettext_lazy("all"))]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("open"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        del request
        if self.value() == "all":
            return queryset
        return queryset.exclude(decision="") if self.value() == "decided" else queryset.filter(decision="")


class DecisionForm(DecisionModelForm):
    """What staff decide. Nothing of the report itself can be changed."""

    # Who decides.
    by: Any = None

    class Meta:
        model = Report
        fields = ("decision", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who has decided sees the report without these.
        for name in self.fields:
            self.fields[name].required = True
        decision: Any = self.fields.get("decision")
        if decision is not None and self.instance.kind != ReportKind.MESSAGE:
            decision.choices = [choice for choice in decision.choices if choice[0] != ReportDecision.UNSAY]

    def clean(self) -> dict[str, Any]:
        """Decide here, where what cannot be done can be said beside its field."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        report = Report.objects.select_related("room", "person").get(pk=self.instance.pk)
        try:
            self.decided = decide_report(
                report, by=self.by, decision=ReportDecision(cleaned["decision"]), reason=cleaned["reason"]
            )
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error
        return cleaned


@admin.register(Report)
class ReportAdmin(ReportModelAdmin):
    """The queue, oldest first: those that speak of danger before all others."""

    form = DecisionForm
    list_display = ("what", "category", "age", "person", "room", "decision", "decided_by")
    list_filter = (OpenFilter, "category", "kind")
    list_select_related = ("person", "room", "decided_by")
    search_fields = ("public_id", "person__handle", "person__display_name", "room__title", "room__public_id")
    ordering = ("created_at", "pk")
    shown = ("kind", "category", "note", "as_it_was", "person", "room", "seq", "reporter", "created_at")
    list_per_page = 50

    def get_fields(self, request: HttpRequest, obj: Report | None = None) -> tuple[str, ...]:
        del request
        decided = ("decided_by", "decided_at") if obj is not None and obj.decision else ()
        return (*self.shown, "decision", "reason", *decided)

    def get_readonly_fields(self, request: HttpRequest, obj: Report | None = None) -> tuple[str, ...]:
        del request
        decided = ("decision", "reason", "decided_by", "decided_at") if obj is not None and obj.decision else ()
        return (*self.shown, *decided)

    def get_form(self, request: HttpRequest, obj: Report | None = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's own signature
        made: Any = super().get_form(request, obj, change, **kwargs)
        made.by = request.user
        return made

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Not in one transaction, as Django's own is: the services wait for relays, and tell after their commit."""
        if request.method == "POST" and not self.has_change_permission(request):
            raise PermissionDenied
        inner: Any = self
        return inner._changeform_view(request, *args, **kwargs)  # noqa: SLF001 - what Django's own wraps

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        may: bool = super().has_change_permission(request, obj)
        return may and (obj is None or not obj.decision)

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Report, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """The form has decided by the service already."""
        del request, obj, form, change

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's
        del request, formsets, add
        return _("Decided: %(decision)s.") % {"decision": form.decided.get_decision_display()}

    @admin.display(description=gettext_lazy("about"))
    def what(self, report: Report) -> str:
        part = report.snapshot.get("room" if report.kind == ReportKind.ROOM else "person", {})
        named = f"{report.get_kind_display()}: {part.get('name') or part.get('title') or report.public_id}"
        text = report.snapshot.get("message", {}).get("text", "")
        return f"{named}: “{Truncator(text).chars(80)}”" if text else named

    @admin.display(description=gettext_lazy("age"), ordering="created_at")
    def age(self, report: Report) -> str:
        return timesince(report.created_at)

    @admin.display(description=gettext_lazy("as it was"))
    def as_it_was(self, report: Report) -> str:
        rows = [
            (f"{part}: {name}", value)
            for part, facts in report.snapshot.items()
            if isinstance(facts, dict)
            for name, value in facts.items()
        ]
        return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


@admin.register(Ban)
class BanAdmin(BanModelAdmin):
    """Whom hosts do not let in. Staff may lift a ban."""

    list_display = ("user", "host", "room", "banned_by", "created_at")
    list_select_related = ("user", "host", "room", "banned_by")
    search_fields = ("user__handle", "host__handle", "room__title", "room__public_id")
    ordering = ("-created_at", "-pk")
    fields = readonly_fields = ("user", "host", "room", "banned_by", "created_at")
    actions = ("lift",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        del request, obj
        return False

    def has_lift_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may lift bans; Django asks by the action's name for it."""
        return request.user.has_perm("rooms.change_ban")

    @admin.action(description=gettext_lazy("Lift ban"), permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Ban]) -> None:
        """Let the chosen people in again."""
        bans = list(queryset)
        for ban in bans:
            self.log_change(request, ban, _("Lifted by staff."))
        lift_bans(bans)
        text = ngettext("%(count)d ban is lifted.", "%(count)d bans are lifted.", len(bans)) % {"count": len(bans)}
        self.message_user(request, text, messages.SUCCESS)
