"""The page where one says who one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import PictureTooHeavyError, PictureTooLargeError, PictureUnreadableError
from accounts.forms.profile import AboutForm, PictureForm
from accounts.models import BIO_MAX_LENGTH
from accounts.selectors.people import person_card
from accounts.services.about import change_about
from accounts.services.picture import change_picture, remove_picture
from config.lib.errors import InvalidError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_page(request: HttpRequest) -> HttpResponse:
    """Show the form with what one's page says, and take it back."""
    person = request.user
    assert person.is_authenticated
    if request.method != "POST":
        return own_page(request, person)
    form = AboutForm(request.POST)
    if form.is_valid() and _apply(form, person):
        messages.success(request, _("Your page is saved."))
        return redirect("accounts:own_page")
    return own_page(request, person, form=form, status=422)


def own_page(
    request: HttpRequest,
    person: User,
    *,
    form: AboutForm | None = None,
    picture_form: PictureForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Write the page; without a form, the one that says what is there now."""
    links = {f"link_{link.position + 1}": link.url for link in person.links.order_by("position")}
    context = {
        "form": form or AboutForm(initial={"bio": person.bio, "pronouns": person.pronouns, **links}),
        "picture_form": picture_form or PictureForm(),
        "card": person_card(person),
        "bio_most": BIO_MAX_LENGTH,
    }
    return render(request, "accounts/own_page.html", context, status=status)


def _apply(form: AboutForm, person: User) -> bool:
    """Hand the form's values to the service; False if it refused them, and the form says why."""
    data = form.cleaned_data
    try:
        change_about(person, bio=data["bio"], pronouns=data["pronouns"], links=form.links)
    except InvalidError as error:
        form.add_error(None, str(error))
        return False
    return True


@require_POST
@login_required
def change_own_picture(request: HttpRequest) -> HttpResponse:
    """Take a picture, or with `remove` the one that is there away."""
    person = request.user
    assert person.is_authenticated
    if "remove" in request.POST:
        remove_picture(person)
        messages.success(request, _("Your picture is removed."))
        return redirect("accounts:own_page")
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid() and _take(form, person):
        messages.success(request, _("This is your picture now."))
        return redirect("accounts:own_page")
    return own_page(request, person, picture_form=form, status=422)


def _take(form: PictureForm, person: User) -> bool:
    """Hand the file to the service; False if it refused it, and the form says why."""
    try:
        change_picture(person, sent=form.cleaned_data["picture"])
    except (PictureTooHeavyError, PictureTooLargeError, PictureUnreadableError) as error:
        form.add_error("picture", str(error))
        return False
    return True
