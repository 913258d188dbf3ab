"""The style guide's letters: each mail that the site sends, as a mail program would show it, and its plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import get_adapter
from csp.decorators import csp_update
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.models import User
from config.lib.errors import NotFoundError
from config.styleguide.problems import PROBLEMS
from config.styleguide.samples import LONG_NAME
from config.styleguide.views import for_staff

if TYPE_CHECKING:
    from django.core.mail import EmailMultiAlternatives
    from django.http import HttpRequest

# Each is named as allauth asks for it, with the addresses that stand in it.
LETTERS: dict[str, dict[str, str]] = {
    "email_confirmation_signup": {"activate_url": "account_confirm_email"},
    "email_confirmation": {"activate_url": "account_confirm_email"},
    "password_reset_key": {"password_reset_url": "account_reset_password_from_key"},
    "account_already_exists": {"password_reset_url": "account_reset_password"},
    "unknown_account": {"signup_url": "account_signup"},
}
TO_STRANGERS = {"account_already_exists", "unknown_account"}
_KEYS: dict[str, tuple[str, ...]] = {
    "account_confirm_email": ("MTk:1vMZsP:Yq0dJm2f4q8cRjUOVuJ7Wn1o3pX0kE5tQ9zS6hLbA2g",),
    "account_reset_password_from_key": ("7", "d0p2x3-4f0c9a7be1d2c3b4a5968778695a4b3c"),
}


@require_safe
@for_staff
def mails(request: HttpRequest) -> HttpResponse:
    """List the letters."""
    letters = [(letter(request, name), reverse("styleguide:mail", args=[name])) for name in LETTERS]
    problems = [(code, reverse("styleguide:problem", args=[code])) for code in PROBLEMS]
    return render(request, "styleguide/mails.html", {"letters": letters, "problems": problems})


@require_safe
@for_staff  # type: ignore[arg-type] # django-csp's types know only views without arguments.
# A letter has its styles in itself; no mail program asks for our policy.
@csp_update({"style-src": ["'unsafe-inline'"]})  # type: ignore[arg-type]
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one, or with `?as=text` what is read where HTML is not."""
    if name not in LETTERS:
        raise NotFoundError
    shown = letter(request, name)
    if request.GET.get("as") == "text":
        return HttpResponse(shown.body, content_type="text/plain; charset=utf-8")
    html, _ = shown.alternatives[0]
    return HttpResponse(str(html))


def letter(request: HttpRequest, name: str) -> EmailMultiAlternatives:
    """Write the letter to somebody with a long name, in the language of the page."""
    email = "someone@example.org"
    context: dict[str, Any] = {"request": request, "email": email}
    if name not in TO_STRANGERS:
        context["user"] = User(handle="anne_sophie", display_name=LONG_NAME, language=get_language() or "")
    for variable, address in LETTERS[name].items():
        context[variable] = request.build_absolute_uri(reverse(address, args=_KEYS.get(address)))
    return cast("EmailMultiAlternatives", get_adapter(request).render_mail(f"account/email/{name}", email, context))
