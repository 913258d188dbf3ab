"""Staff's view of people.

Staff who are not superusers may neither make anybody staff nor touch an account that is: with its password or e-mail
they would have its powers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.messages import WARNING
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import HandleTakenError
from accounts.models import User
from accounts.naming import check_handle
from accounts.selectors.former_handles import is_kept_for_another
from accounts.selectors.people import person_card
from accounts.services.about import verify, withdraw_verification
from accounts.services.handles import is_another_handle, keep_former
from accounts.services.picture import remove_picture
from accounts.services.profile import announce_if_changed
from config.lib.errors import DomainError
from config.lib.plain_text import LineField

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class CleanNames:
    """The rules for names, for the admin's forms."""

    cleaned_data: dict[str, Any]
    instance: User

    def clean_handle(self) -> str:
        handle: str = self.cleaned_data["handle"]
        if handle == self.instance.handle:
            return handle
        try:
            check_handle(handle)
            if is_kept_for_another(handle, self.instance if self.instance.pk else None):
                raise HandleTakenError
        except DomainError as error:
            raise ValidationError(error.message, code=error.code) from error
        return handle


class PersonChangeForm(CleanNames, UserChangeForm):  # type: ignore[type-arg] # generic in the stubs only
    """Django's form without the password: it would show part of the hash."""

    # None takes a field out that a parent declares (Django, "Form inheritance"); the stubs do not know that.
    password = None  # type: ignore[assignment]

    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {"display_name": LineField}


class PersonCreationForm(CleanNames, AdminUserCreationForm):  # type: ignore[type-arg] # as above
    """Django's form for our own User."""

    class Meta:
        model = User
        fields = ("handle", "email", "display_name")
        field_classes: dict[str, type[forms.Field]] = {"display_name": LineField}


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg] # as above
    """People: look up, correct a name, close an account."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    list_display = ("handle", "display_name", "email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "language")
    search_fields = ("handle", "display_name", "email", "public_id")
    ordering = ("-date_joined", "-pk")
    filter_horizontal = ("groups", "user_permissions")
    # The e-mail address belongs to allauth, which verifies it; changed here, the two would differ.
    readonly_fields = ("public_id", "email", "verified_at", "date_joined", "last_login")
    actions = ("give_mark", "take_mark", "take_picture", "close_feature")
    fieldsets = (
        (None, {"fields": ("public_id", "handle", "display_name", "email", "language", "time_zone", "is_active")}),
        (_("May do"), {"fields": POWERS}),
        (_("Dates"), {"fields": ("verified_at", "date_joined", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("handle", "email", "display_name", "usable_password", "password1", "password2")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        fields = tuple(self.readonly_fields)
        return fields if request.user.is_superuser else (*fields, *POWERS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may: bool = super().has_change_permission(request, obj)
        guarded = obj is not None and (obj.is_staff or obj.is_superuser)
        return may and (request.user.is_superuser or not guarded)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: rooms that a person hosted stay. Closing the account is `is_active`."""
        del request, obj
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: User,
        form: forms.Form,
        change: bool,  # noqa: FBT001 - Django's own signature
    ) -> None:
        old = User.objects.get(pk=obj.pk) if change else None
        before = person_card(old) if old else None
        super().save_model(request, obj, form, change)
        if old and before:
            if is_another_handle(old.handle, obj.handle):
                keep_former(obj, old.handle)
            announce_if_changed(obj, before)

    @admin.action(description=_("Give the mark “verified”"), permissions=["change"])
    def give_mark(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._mark(request, people, verify, "Given the mark.")

    @admin.action(description=_("Take the mark “verified” away"), permissions=["change"])
    def take_mark(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._mark(request, people, withdraw_verification, "Taken the mark away.")

    @admin.action(description=_("Remove the picture"), permissions=["change"])
    def take_picture(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._mark(
            request, people.exclude(picture=""), lambda person: not remove_picture(person).picture, "Removed it."
        )

    @admin.action(description=_("Close a feature"), permissions=["restrict"])
    def close_feature(self, request: HttpRequest, people: QuerySet[User]) -> HttpResponse | None:
        """Go to the form that says what, why and until when; for one person at a time, who reads it."""
        chosen = list(people[:2])
        if len(chosen) == 1:
            return redirect(f"{reverse('admin:accounts_restriction_add')}?user={chosen[0].pk}")
        self.message_user(request, gettext("Choose one person: everybody reads a reason of their own."), WARNING)
        return None

    def has_restrict_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may close features; Django asks by the action's name for it."""
        return request.user.has_perm("accounts.add_restriction")

    def _mark(self, request: HttpRequest, people: QuerySet[User], do: Callable[[User], bool], note: str) -> None:
        """Do it to each that this member of staff may change, and write down who did."""
        done = [person for person in people if self.has_change_permission(request, person) and do(person)]
        for person in done:
            self.log_change(request, person, note)
        said = ngettext("%(count)d person is changed.", "%(count)d people are changed.", len(done))
        self.message_user(request, said % {"count": len(done)})
