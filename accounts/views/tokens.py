"""The page of one's keys of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import TokenScope
from accounts.forms.tokens import TokenForm
from accounts.selectors.tokens import tokens_of
from accounts.services.tokens import make_token, revoke_token
from config.lib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.services.tokens import NewToken


# Whoever makes a key says again who they are: an open browser is not enough.
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@reauthentication_required
def tokens(request: HttpRequest) -> HttpResponse:
    """List them, and make one, which is shown in the answer and never again."""
    person = request.user
    assert person.is_authenticated
    form = TokenForm(request.POST or None)
    fresh: NewToken | None = None
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            fresh = make_token(person, name=wanted["name"], scope=TokenScope(wanted["scope"]), days=wanted["days"])
        except DomainError as error:
            form.take(error)
        else:
            form = TokenForm()
    context: dict[str, Any] = {"form": form, "fresh": fresh, "tokens": tokens_of(person)}
    return render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take one back."""
    assert request.user.is_authenticated
    token = revoke_token(request.user, public_id=public_id)
    messages.success(request, _("The key “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("accounts:tokens")
