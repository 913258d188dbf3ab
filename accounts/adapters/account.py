"""How allauth meets our own User."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_email, user_username
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.errors import EmailElsewhereError, EmailTakenError, HandleTakenError
from accounts.naming import check_handle
from accounts.returning import remember_returning
from accounts.selectors.invitations import SESSION_KEY, may_sign_up
from accounts.selectors.people import choices_of_address, handle_exists
from accounts.selectors.privacy import deletion_of
from accounts.services.signup import register
from accounts.terms import site_terms
from accounts.time_zones import COOKIE, is_time_zone
from config.lib.errors import DomainError

if TYPE_CHECKING:
    from allauth.account.models import EmailAddress
    from django import forms
    from django.core.mail import EmailMessage
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User

# By allauth's names.
WAYS_TO_SHOW = {
    "reauthenticate": _("With your password"),
    "mfa_reauthenticate": _("With a code"),
    "mfa_reauthenticate:webauthn": _("With a passkey"),
}


class AccountAdapter(DefaultAccountAdapter):
    """allauth with our rules for handles and names."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The handle or the password is not right."),
        "email_password_mismatch": _("The e-mail or the password is not right."),
        "too_many_login_attempts": _(
            "There were too many wrong passwords. Wait a quarter of an hour, or ask for a new one."
        ),
        "email_taken": EmailTakenError.message,
        "duplicate_email": _("This address is in your list already."),
        "enter_current_password": _("That is not your password."),
        "incorrect_password": _("That is not your password."),
        "max_email_addresses": _("You can have %d addresses at most."),
        "unverified_primary_email": _("Confirm the address before you make it the main one."),
        "rate_limited": _("That was too often. Wait a little, then try again."),
    }

    def clean_username(self, username: str, shallow: bool = False) -> str:  # noqa: FBT001, FBT002 - allauth's own signature
        """Refuse a handle that has the wrong form, is kept for the site, or is taken."""
        try:
            check_handle(username)
            if not shallow and handle_exists(username):
                raise HandleTakenError
        except DomainError as error:
            raise ValidationError(error.message, code=error.code) from error
        return username

    def save_user(
        self,
        request: HttpRequest,
        user: Any,
        form: forms.Form,
        commit: bool = True,  # noqa: FBT001, FBT002 - allauth's own signature
    ) -> User:
        """Make the account; allauth's own version would save without our fields first."""
        del commit
        data = form.cleaned_data
        user_email(user, data["email"])
        user_username(user, data["username"])
        # Whoever comes through a provider has none.
        user.set_password(data.get("password1"))
        person = register(
            user,
            display_name=data["display_name"],
            time_zone=request.COOKIES.get(COOKIE, ""),
            code=request.session.get(SESSION_KEY, ""),
            agreed=site_terms().words if data.get("agree") else "",
        )
        request.session.pop(SESSION_KEY, None)
        return person

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say what staff have set: everybody, whoever has an invitation, or nobody."""
        return may_sign_up(request.session)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm the address whole or not at all: as a first one it becomes the main one, which another may have."""
        try:
            with transaction.atomic():
                confirmed: bool = super().confirm_email(request, email_address)
        except IntegrityError:
            messages.error(request, EmailElsewhereError.message)
            return False
        return confirmed

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Offer whoever closed their account to come back; what staff have closed stays closed."""
        if deletion_of(user) is not None and user.erased_at is None:
            remember_returning(request, user)
            return redirect("accounts:return")
        answer: HttpResponse = super().respond_user_inactive(request, user)
        return answer

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """Keep the address that the account has; allauth would let the last one go, or put any other in its place."""
        may: bool = super().can_delete_email(email_address)
        return may and email_address.email != user_email(email_address.user)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Return the ways in which somebody may show that it is them, in our words."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [method | {"description": WAYS_TO_SHOW.get(method["id"], method["description"])} for method in methods]

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Write the letter in the language and zone of whoever gets it, who need not be the one who asked for it."""
        home = context["request"].build_absolute_uri(reverse("rooms:hallway"))
        # RFC 3834: out-of-office replies are not for us.
        headers = {"Auto-Submitted": "auto-generated"} | (headers or {})
        language, zone = _choices_of(email, context)
        with (
            translation.override(language or translation.get_language()),
            timezone.override(zone if is_time_zone(zone) else timezone.get_current_timezone_name()),
        ):
            letter: EmailMessage = super().render_mail(template_prefix, email, context | {"home": home}, headers)
        return letter

    def format_email_subject(self, subject: str) -> str:
        """Leave the subject as it is: allauth would put the host's name in brackets before it."""
        return subject


def _choices_of(email: str | list[str], context: dict[str, Any]) -> tuple[str, str]:
    """Return the language and the zone of the person, who may get this at an address that is not the main one."""
    person: User | None = context.get("user")
    if person is not None:
        return person.language, person.time_zone
    return choices_of_address(email if isinstance(email, str) else email[0])
