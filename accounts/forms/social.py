"""The form that makes an account for whoever comes through a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.socialaccount import forms as allauth_forms
from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.forms.account import HANDLE_ATTRS, HANDLE_HELP, AsksForTerms, InOurWords
from accounts.models import DISPLAY_NAME_MAX_LENGTH
from config.lib.plain_text import LineField

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User


class SocialSignupForm(AsksForTerms, InOurWords, allauth_forms.SignupForm):
    """allauth's form, with our names; there is no password to choose."""

    field_order = ("email", "username", "display_name", "agree")
    labels = {"email": _("E-mail"), "username": _("Handle")}

    display_name = LineField(
        label=_("Name"),
        max_length=DISPLAY_NAME_MAX_LENGTH,
        required=False,
        help_text=_("The name that others see. Leave it empty to be shown by your handle."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        handle = self.fields["username"]
        handle.help_text, handle.widget = HANDLE_HELP, forms.TextInput(HANDLE_ATTRS)
        self.initial.setdefault("display_name", self.sociallogin.user.display_name)

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """Make the account, its address and its connection together, or none of them."""
        person: User = super().save(request)
        return person
