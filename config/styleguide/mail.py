"""The style guide's letters: each mail that the site sends, as a mail program would show it, and its plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import get_adapter
from csp.decorators import csp_update
from django.core.mail import EmailMultiAlternatives
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from config.lib.errors import NotFoundError
from config.styleguide import samples
from config.styleguide.orders import receipt_sample
from config.styleguide.problems import PROBLEMS
from config.styleguide.samples import LONG_NAME
from config.styleguide.views import for_staff
from ticketing.notification_kinds import RECEIPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

# Each is named as allauth asks for it, with the addresses that stand in it.
LETTERS: dict[str, dict[str, str]] = {
    "email_confirmation_signup": {"activate_url": "account_confirm_email"},
    "email_confirmation": {"activate_url": "account_confirm_email"},
    "password_reset_key": {"password_reset_url": "account_reset_password_from_key"},
    "account_already_exists": {"password_reset_url": "account_reset_password"},
    "unknown_account": {"signup_url": "account_signup"},
}


def _receipt() -> dict[str, Any]:
    """Return what a letter says that cannot be switched off: whoever bought a ticket has it in writing."""
    return {
        "subject": _("Your ticket for “%(title)s”") % {"title": samples.LONG_TITLE},
        "words": _("It is paid, and your seat is yours."),
        "action": _("See your ticket"),
        "facts": receipt_sample(),
        "closing": RECEIPT.closing,
        "unsubscribe": "",
    }


# Those that we write ourselves: the template, and what stands in it. Built when asked for: texts have a language then.
OUR_LETTERS: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "notification": ("accounts/email/notification", lambda: _news(one=True)),
    "digest": ("accounts/email/notification", lambda: _news(one=False)),
    "receipt": ("accounts/email/notification", _receipt),
    "waiting_confirm": ("accounts/email/confirm", dict),
    "waiting_known": ("accounts/email/known", dict),
    "waiting_let_in": ("accounts/email/let_in", dict),
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
    names = (*LETTERS, *OUR_LETTERS)
    letters = [(letter(request, name), reverse("styleguide:mail", args=[name])) for name in names]
    problems = [(code, reverse("styleguide:problem", args=[code])) for code in PROBLEMS]
    return render(request, "styleguide/mails.html", {"letters": letters, "problems": problems})


@require_safe
@for_staff  # type: ignore[arg-type] # django-csp's types know only views without arguments.
# A letter has its styles in itself; no mail program asks for our policy.
@csp_update({"style-src": ["'unsafe-inline'"]})  # type: ignore[arg-type]
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one, or with `?as=text` what is read where HTML is not."""
    if name not in LETTERS and name not in OUR_LETTERS:
        raise NotFoundError
    shown = letter(request, name)
    if request.GET.get("as") == "text":
        return HttpResponse(shown.body, content_type="text/plain; charset=utf-8")
    html = shown.alternatives[0][0]
    return HttpResponse(str(html))


def letter(request: HttpRequest, name: str) -> EmailMultiAlternatives:
    """Write the letter to somebody with a long name, in the language of the page."""
    if name in OUR_LETTERS:
        return _our_letter(request, name)
    email = "someone@example.org"
    context: dict[str, Any] = {"request": request, "email": email}
    if name not in TO_STRANGERS:
        context["user"] = _somebody()
    for variable, address in LETTERS[name].items():
        context[variable] = request.build_absolute_uri(reverse(address, args=_KEYS.get(address)))
    return cast("EmailMultiAlternatives", get_adapter(request).render_mail(f"account/email/{name}", email, context))


def _our_letter(request: HttpRequest, name: str) -> EmailMultiAlternatives:
    template, facts = OUR_LETTERS[name]
    home = request.build_absolute_uri("/")
    context: dict[str, Any] = {
        "home": home,
        "link": home,
        "settings": home,
        "unsubscribe": home,
        "person": _somebody(),
        **facts(),
    }

    def written(part: str, layout: str) -> str:
        return render_to_string(f"{template}{part}", context | {"layout": f"account/email/letter.{layout}"}).strip()

    part = "" if "subject" in context else "_message"
    subject = str(context.get("subject") or written("_subject.txt", "txt"))
    shown = EmailMultiAlternatives(subject, written(f"{part}.txt", "txt"))
    shown.attach_alternative(written(f"{part}.html", "html"), "text/html")
    return shown


def _news(*, one: bool) -> dict[str, Any]:
    """Return what a letter about one thing says, or one about many."""
    told = [entry["words"] for entry in samples.told()]
    if one:
        return {"subject": told[0].title, "words": told[0].text, "action": told[0].action or _("See it")}
    lines = [{"title": words.title, "at": timezone.now()} for words in told]
    return {"subject": _("Letters about many things"), "lines": lines, "more": 3, "action": _("See all")}


def _somebody() -> User:
    return User(handle="anne_sophie", display_name=LONG_NAME, language=get_language() or "")
