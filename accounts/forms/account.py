"""Forms about people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.enums import ListeningShown
from accounts.models import DISPLAY_NAME_MAX_LENGTH, HANDLE_MAX_LENGTH, HANDLE_MIN_LENGTH, User
from accounts.terms import SiteTerms, site_terms
from accounts.time_zones import time_zone_choices
from config.lib.languages import offered_languages
from config.lib.plain_text import LineField

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString
    from django_stubs_ext import StrOrPromise

HANDLE_HELP = _("3 to 30 letters (a-z), digits or underscores. It is the address of your page.")
NEW_PASSWORD: dict[str, StrOrPromise] = {"password1": _("New password"), "password2": _("The new password once more")}

# The browser must not capitalise or correct a handle as if it were a word.
HANDLE_ATTRS = {
    "autocomplete": "username",
    "autocapitalize": "none",
    "spellcheck": "false",
    "minlength": str(HANDLE_MIN_LENGTH),
    "maxlength": str(HANDLE_MAX_LENGTH),
}


class InOurWords(forms.Form):
    """Gives allauth's fields our labels, and takes out its placeholders: they look like something already typed."""

    labels: ClassVar[dict[str, StrOrPromise]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)


class AsksForTerms(forms.Form):
    """A form that makes an account: where the site has terms, whoever makes one agrees to them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = site_terms()
        if site.words:
            self.fields["agree"] = forms.BooleanField(
                label=_agree_label(site), error_messages={"required": _("Nobody can have an account without that.")}
            )


def _agree_label(site: SiteTerms) -> SafeString:
    """Return the sentence that is agreed to, with links that leave the form as it is."""
    link = '<a href="{}" target="_blank" rel="noopener">{}</a>'
    terms = format_html(link, site.terms, _("the terms of this site"))
    if not site.notice:
        return format_html(str(_("I agree to {terms}.")), terms=terms)
    notice = format_html(link, site.notice, _("what happens with my data"))
    return format_html(str(_("I agree to {terms}, and I have read {notice}.")), terms=terms, notice=notice)


class SignupForm(AsksForTerms, InOurWords, allauth_forms.SignupForm):
    """allauth's form, with an optional name."""

    field_order = ("email", "username", "display_name", "password1", "agree")
    labels = {"email": _("E-mail"), "username": _("Handle"), "password1": _("Password")}

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

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Take as long for an address that has an account: a new one costs the hash of its password, 250 ms."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """Make the account and its e-mail address together, or neither."""
        person: User = super().save(request)
        return person


class LoginForm(InOurWords, allauth_forms.LoginForm):
    """allauth's form; whoever cannot remember their password finds the way beside it."""

    labels = {"login": _("Handle or e-mail"), "password": _("Password"), "remember": _("Stay logged in here")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        # allauth puts a link here, in its own words; the page has ours.
        self.fields["password"].help_text = ""


class AddEmailForm(InOurWords, allauth_forms.AddEmailForm):
    """allauth's form."""

    labels = {"email": _("Another address")}


class ResetPasswordForm(InOurWords, allauth_forms.ResetPasswordForm):
    """allauth's form."""

    labels = {"email": _("E-mail")}


class ResetPasswordKeyForm(InOurWords, allauth_forms.ResetPasswordKeyForm):
    """allauth's form."""

    labels = NEW_PASSWORD


class ChangePasswordForm(InOurWords, allauth_forms.ChangePasswordForm):
    """allauth's form."""

    labels = {"oldpassword": _("Your password until now"), **NEW_PASSWORD}


class SetPasswordForm(InOurWords, allauth_forms.SetPasswordForm):
    """allauth's form."""

    labels = NEW_PASSWORD


class ReauthenticateForm(InOurWords, allauth_forms.ReauthenticateForm):
    """allauth's form."""

    labels = {"password": _("Password")}


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
        widget=forms.TextInput(HANDLE_ATTRS),
    )
    listening_shown = forms.ChoiceField(
        label=_("Who sees which room you listen to"),
        required=False,
        choices=ListeningShown.choices,
        help_text=_("On your page, while you listen. Whoever is in a room sees who else is there."),
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=lambda: [("", _("As the browser says")), *offered_languages()]
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("As the browser says")), *time_zone_choices()],
        help_text=_("For the hours that you read here and in our mail."),
    )

    def clean_listening_shown(self) -> str | None:
        """Return None where nothing was said: what is private does not change by silence."""
        return self.cleaned_data["listening_shown"] or None
