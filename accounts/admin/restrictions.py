"""Staff close a feature for somebody, with a reason and until when, and open it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.invitations import OnlyAdded
from accounts.enums import Feature
from accounts.models import Restriction
from accounts.selectors.restrictions import restrictions_in_force
from accounts.services.restrictions import checked_restriction, lift, restrict
from config.lib.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    RestrictionModelForm = forms.ModelForm[Restriction]
else:
    RestrictionModelForm = forms.ModelForm


class RestrictionForm(RestrictionModelForm):
    """Whom, what, why, until when; what cannot be is said beside its field."""

    class Meta:
        model = Restriction
        fields = ("user", "feature", "reason", "until")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                checked_restriction(cleaned["user"], reason=cleaned["reason"], until=cleaned.get("until"))
            except DomainError as error:
                found: dict[str, Any] = getattr(error, "errors", {}) or {"user": error.message}
                raise forms.ValidationError(found) from error
        return cleaned


class InForce(admin.SimpleListFilter):
    """What is closed now comes first; what was, is a click away."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, StrOrPromise]]:
        del request, model_admin
        return [("closed", gettext_lazy("closed now")), ("over", gettext_lazy("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Restriction]) -> QuerySet[Restriction]:
        del request
        now = restrictions_in_force().values("pk")
        if self.value() == "closed":
            return queryset.filter(pk__in=now)
        return queryset.exclude(pk__in=now) if self.value() == "over" else queryset


@admin.register(Restriction)
class RestrictionAdmin(OnlyAdded):
    """What is closed for whom. Rooms that somebody hosts just now go on: staff end them among the rooms."""

    form = RestrictionForm
    list_display = ("user", "feature", "until", "made_by", "created_at", "lifted_at", "lifted_by")
    list_filter = (InForce, "feature")
    list_select_related = ("user", "made_by", "lifted_by")
    search_fields = ("user__handle", "user__display_name", "user__public_id", "reason")
    autocomplete_fields = ("user",)
    ordering = ("-created_at", "-pk")
    actions = ("open_again",)

    def get_fields(self, request: HttpRequest, obj: Restriction | None = None) -> tuple[str, ...]:
        del request
        asked = ("user", "feature", "reason", "until")
        return asked if obj is None else (*asked, "made_by", "created_at", "lifted_at", "lifted_by")

    def save_model(self, request: HttpRequest, obj: Restriction, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        del form, change
        assert request.user.is_authenticated
        made = restrict(obj.user, feature=Feature(obj.feature), reason=obj.reason, until=obj.until, by=request.user)
        obj.pk, obj.public_id = made.pk, made.public_id

    def has_lift_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may open features again; Django asks by the action's name for it."""
        return request.user.has_perm("accounts.change_restriction")

    @admin.action(description=gettext_lazy("Open again"), permissions=["lift"])
    def open_again(self, request: HttpRequest, queryset: QuerySet[Restriction]) -> None:
        """Lift what is closed of the chosen."""
        assert request.user.is_authenticated
        lifted = [row for row in queryset if lift(row, by=request.user)]
        for row in lifted:
            self.log_change(request, row, _("Opened again by staff."))
        text = ngettext("%(count)d feature is open again.", "%(count)d features are open again.", len(lifted))
        self.message_user(request, text % {"count": len(lifted)}, messages.SUCCESS)
