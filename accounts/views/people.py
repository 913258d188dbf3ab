"""Pages about people: a profile, and one's own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.views import EmailView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.errors import (
    EmailElsewhereError,
    HandleChangedTooOftenError,
    HandleInvalidError,
    HandleReservedError,
    HandleTakenError,
)
from accounts.forms.account import ProfileForm
from accounts.selectors.blocking import profile_for
from accounts.selectors.following import sees_listening, standing_between
from accounts.selectors.people import has_confirmed_address, person_card
from accounts.selectors.second_factor import second_factors
from accounts.services.profile import change_profile
from config.lib.errors import InvalidError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User

HANDLE_ERRORS = (HandleChangedTooOftenError, HandleInvalidError, HandleReservedError, HandleTakenError)


@require_safe
def show_profile(request: HttpRequest, handle: str) -> HttpResponse:
    """Show somebody to everybody, at the one address that writes the handle as they do."""
    person = profile_for(request.user, handle)
    if handle != person.handle:
        return redirect("accounts:profile", person.handle)
    standing = standing_between(request.user, person)
    if standing.you_blocked:
        return render(request, "accounts/you_blocked.html", {"person": person, "card": person_card(person)})
    context = {
        "person": person,
        "card": person_card(person),
        # Rooms are a higher app's; it is named in the settings, not imported.
        "live_rooms": import_string(settings.PROFILE_ROOMS)(request.user, person),
        "heard_rooms": (
            import_string(settings.PROFILE_LISTENING)(request.user, person)
            if sees_listening(request.user, person)
            else []
        ),
        "upcoming": import_string(settings.PROFILE_UPCOMING)(request.user, person),
        "replays": import_string(settings.PROFILE_REPLAYS)(request.user, person),
        "links": list(person.links.order_by("position")),
        "is_self": person == request.user,
        "standing": standing,
    }
    return render(request, "accounts/profile.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_settings(request: HttpRequest) -> HttpResponse:
    """Show the form with one's own settings, and take it back."""
    person = request.user
    assert person.is_authenticated
    if request.method != "POST":
        initial = {name: getattr(person, name) for name in ProfileForm.base_fields}
        return _settings_page(request, person, ProfileForm(initial=initial))
    form = ProfileForm(request.POST)
    changed = _apply(form, person) if form.is_valid() else None
    if changed is None:
        return _settings_page(request, person, form, status=422)
    # The page that follows is in the new language; so is the sentence.
    with translation.override(changed.language or translation.get_language()):
        messages.success(request, _("Your settings are saved."))
    if changed.language != person.language and request.headers.get("HX-Request"):
        # What navigation leaves in place, the dock and its words, must follow as well.
        return HttpResponseClientRedirect(reverse("accounts:settings"))
    return redirect("accounts:settings")


def _settings_page(request: HttpRequest, person: User, form: ProfileForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "address_confirmed": has_confirmed_address(person),
        "second_factors": second_factors(person),
    }
    return render(request, "accounts/settings.html", context, status=status)


class EmailAddressesView(EmailView):
    """allauth's page of one's own addresses."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"waits": any(not address.verified for address in context["emailaddresses"])}

    def _action_primary(self, request: HttpRequest) -> HttpResponse | None:
        """Change the main address whole or not at all: another account may have it, confirmed or not."""
        try:
            with transaction.atomic():
                answer: HttpResponse | None = super()._action_primary(request)
        except IntegrityError:
            messages.error(request, EmailElsewhereError.message)
            return None
        return answer


def _apply(form: ProfileForm, person: User) -> User | None:
    """Hand the form's values to the service; None if it refused them, and the form says why."""
    try:
        return change_profile(person, **form.cleaned_data)
    except HANDLE_ERRORS as error:
        form.add_error("handle", str(error))
    except InvalidError as error:
        form.add_error(None, str(error))
    return None
