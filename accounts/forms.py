"""Forms about people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import DISPLAY_NAME_MAX_LENGTH, HANDLE_MAX_LENGTH, HANDLE_MIN_LENGTH, User
from config.lib.plain_text import LineField

if TYPE_CHECKING:
    from django.http import HttpRequest

HANDLE_HELP = _("3 to 30 letters (a-z), digits or underscores. It is the address of your page.")


# The browser must not capitalise or correct a handle as if it were a word.
_HANDLE_ATTRS = {
    "autocomplete": "username",
    "autocapitalize": "none",
    "spellcheck": "false",
    "minlength": str(HANDLE_MIN_LENGTH),
    "maxlength": str(HANDLE_MAX_LENGTH),
}


class WithoutPlaceholders(forms.Form):
    """Takes out allauth's placeholders: they repeat the labels, and look like something already typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignupForm(WithoutPlaceholders, allauth_forms.SignupForm):
    """allauth's form in our words, with an optional name."""

    field_order = ("email", "username", "display_name", "password1")

    display_name = LineField(
        label=_("Name"),
        max_length=DISPLAY_NAME_MAX_LENGTH,
        required=False,
        help_text=_("The name that others see. Leave it empty to be shown by your handle."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        handle = self.fields["username"]
        handle.label, handle.help_text, handle.widget = _("Handle"), HANDLE_HELP, forms.TextInput(_HANDLE_ATTRS)

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """Make the account and its e-mail address together, or neither."""
        person: User = super().save(request)
        return person


class LoginForm(WithoutPlaceholders, allauth_forms.LoginForm):
    """allauth's form in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Handle or e-mail")
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class AddEmailForm(WithoutPlaceholders, allauth_forms.AddEmailForm):
    """allauth's form in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")


class ResetPasswordForm(WithoutPlaceholders, allauth_forms.ResetPasswordForm):
    """allauth's form in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")


class ResetPasswordKeyForm(WithoutPlaceholders, allauth_forms.ResetPasswordKeyForm):
    """allauth's form without its placeholders."""


class ChangePasswordForm(WithoutPlaceholders, allauth_forms.ChangePasswordForm):
    """allauth's form without its placeholders."""


class SetPasswordForm(WithoutPlaceholders, allauth_forms.SetPasswordForm):
    """allauth's form without its placeholders."""


class ReauthenticateForm(WithoutPlaceholders, allauth_forms.ReauthenticateForm):
    """allauth's form without its placeholders."""


class ProfileForm(forms.Form):
    """What somebody may change about how they are shown; the service has the rules."""

    display_name = LineField(
        label=_("Name"),
        max_length=DISPLAY_NAME_MAX_LENGTH,
        required=False,
        help_text=_("The name that others see. Leave it empty to be shown by your handle."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    handle = forms.CharField(
        label=_("Handle"),
        max_length=HANDLE_MAX_LENGTH,
        help_text=HANDLE_HELP,
        widget=forms.TextInput(_HANDLE_ATTRS),
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser says")), *settings.LANGUAGES]
    )
