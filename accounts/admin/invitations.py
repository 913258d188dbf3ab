"""Staff's view of sign-up: the door, who invited whom, the waiting list and its waves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.models import Invitation, InvitationGrant, SignupChange, SignupRules, WaitingEntry, Wave
from accounts.services.invitations import RULES, change_signup, grant_invitations
from accounts.services.waiting import open_wave

if TYPE_CHECKING:
    from django.http import HttpRequest

    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin


class OnlyRead(AnyAdmin):
    """Rows that services alone write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


class OnlyAdded(OnlyRead):
    """Rows that staff add, and then only look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return AnyAdmin.has_add_permission(self, request)


@admin.register(SignupRules)
class SignupRulesAdmin(AnyAdmin):
    """The one row: who may sign up, and how many codes a member has."""

    list_display = ("door", "codes_at_joining", "refill_codes", "refill_days")
    fields = RULES

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only while the row is not there yet."""
        return super().has_add_permission(request) and not SignupRules.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: SignupRules, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        del change
        assert request.user.is_authenticated
        change_signup(form.cleaned_data, by=request.user)
        obj.pk = 1


@admin.register(SignupChange)
class SignupChangeAdmin(OnlyRead):
    """The log, newest first."""

    list_display = ("at", "by", "before", "after")
    list_select_related = ("by",)
    ordering = ("-at", "-pk")


@admin.register(Invitation)
class InvitationAdmin(OnlyRead):
    """Who invited whom: nobody else sees it."""

    list_display = ("code", "inviter", "made_at", "redeemed_by", "redeemed_at", "revoked_at")
    list_select_related = ("inviter", "redeemed_by")
    list_filter = (("redeemed_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("code", "inviter__handle", "redeemed_by__handle")
    ordering = ("-made_at", "-pk")


@admin.register(InvitationGrant)
class InvitationGrantAdmin(OnlyAdded):
    """Further codes for somebody."""

    list_display = ("person", "number", "by", "at")
    list_select_related = ("person", "by")
    autocomplete_fields = ("person",)
    ordering = ("-at", "-pk")

    def save_model(self, request: HttpRequest, obj: InvitationGrant, form: Any, change: bool) -> None:  # noqa: FBT001 - as above
        del form, change
        assert request.user.is_authenticated
        obj.pk = grant_invitations(obj.person, number=obj.number, by=request.user).pk


@admin.register(WaitingEntry)
class WaitingEntryAdmin(OnlyRead):
    """The queue, longest first."""

    list_display = ("email", "language", "asked_at", "confirmed_at", "let_in_at", "told_at")
    list_filter = (("confirmed_at", admin.EmptyFieldListFilter), ("let_in_at", admin.EmptyFieldListFilter))
    search_fields = ("email",)
    ordering = ("confirmed_at", "pk")
    # The link is private, also to staff.
    exclude = ("key",)


@admin.register(Wave)
class WaveAdmin(OnlyAdded):
    """Let the next ones in: adding a wave starts it, and its row shows how far it is."""

    list_display = ("at", "by", "progress", "finished_at")
    list_select_related = ("by",)
    fields = ("number",)
    ordering = ("-at", "-pk")

    @admin.display(description=gettext_lazy("let in"))
    def progress(self, wave: Wave) -> str:
        return str(wave)

    def save_model(self, request: HttpRequest, obj: Wave, form: Any, change: bool) -> None:  # noqa: FBT001 - as above
        del form, change
        assert request.user.is_authenticated
        obj.pk = open_wave(obj.number, by=request.user, site=request.build_absolute_uri("/")).pk
