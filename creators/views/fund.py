"""The fund's pages: programmes for everybody, an application and a share for whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.policies.eligibility import platform_of
from accounts.selectors.people import person_of
from config.lib.errors import DomainError, NotFoundError
from creators.enums import ApplicationState, PeriodState, ProgrammeState
from creators.fund_forms import AppealForm, ApplicationForm
from creators.fund_reason_words import reason_lines
from creators.fund_words import rule_lines
from creators.selectors.fund import (
    application_of,
    applications_of,
    file_for,
    own_share,
    own_shares,
    programme_called,
    programmes,
    public_periods,
)
from creators.selectors.fund_eligibility import rooms_lately, standing
from creators.services.fund_appeals import send_appeal
from creators.services.fund_applications import apply, withdraw

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User
    from creators.models import Application, Programme
    from creators.selectors.fund import OwnShare


@require_safe
def fund(request: HttpRequest) -> HttpResponse:
    """List the programmes that everybody sees, and one's own applications."""
    person = person_of(request.user)
    own = {application.programme_id: application for application in applications_of(person)} if person else {}
    lines = [
        {"programme": each, "budget": each.money(each.budget), "application": own.get(each.pk)} for each in programmes()
    ]
    return _page(request, "creators/fund.html", {"lines": lines})


@require_safe
def programme(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a programme gives by which rules, and what it has given: nobody is named but whoever reads."""
    found, person = programme_called(public_id), person_of(request.user)
    context = {
        "programme": found,
        "rules": rule_lines(found),
        "budget": found.money(found.budget),
        "total": found.money(found.total),
        "periods": public_periods(found),
        "application": application_of(person, found),
        "shares": own_shares(person, found),
        "may_apply": _takes_applications(found, application_of(person, found)),
    }
    return _page(request, "creators/programme.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is missing for an application, and take one."""
    found, person = programme_called(public_id), _person(request)
    form = ApplicationForm(request.POST or None, found)
    if not _takes_applications(found, application_of(person, found)):
        return redirect("creators:programme", public_id)
    if request.method == "POST" and form.is_valid():
        try:
            apply(
                public_id,
                by=person,
                words=form.cleaned_data["words"],
                is_of_age=form.cleaned_data.get("is_of_age", False),
                platform=platform_of(request.headers),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your application is with the people who run this site."))
            return redirect("creators:programme", public_id)
    context = {
        "programme": found,
        "rules": rule_lines(found),
        "form": form,
        "standing": standing(person, found, platform_of(request.headers)),
        "rooms_lately": rooms_lately(person) if found.rooms_per_week else None,
    }
    return _page(request, "creators/fund_application.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def take_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take one's application back."""
    try:
        withdraw(public_id, by=_person(request))
    except DomainError as error:
        if isinstance(error, NotFoundError):
            raise
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your application is taken back."))
    return redirect("creators:programme", public_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """Show somebody what they get in a period, and why; take their appeal."""
    person = _person(request)
    own = own_share(person, public_id, number)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            send_appeal(own.period.public_id, by=person, words=form.cleaned_data["words"])
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Your appeal is with the people who run this site. The answer will stand here.")
            )
            return redirect("creators:fund-share", public_id, number)
    context = {
        "programme": own.period.programme,
        "own": own,
        "reasons": reason_lines(own.share.reasons, own.period.programme),
        "form": form if _can_be_appealed(own) else None,
        "is_paid": own.period.state == PeriodState.PAID,
    }
    return _page(request, "creators/fund_share.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def file(request: HttpRequest, public_id: str, number: int, version: int, kind: str) -> HttpResponse:
    """Hand out a published snapshot or allocation to whoever has a share in it."""
    text = file_for(_person(request), public_id, number, version, kind)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="fund-{public_id}-{number}-{version}-{kind}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


def _takes_applications(programme: Programme, own: Application | None) -> bool:
    """Say whether somebody who has sent this may send another one."""
    is_free = own is None or own.state == ApplicationState.WITHDRAWN
    return programme.state == ProgrammeState.OPEN and is_free


def _can_be_appealed(own: OwnShare) -> bool:
    until = own.period.appeal_until
    return own.can_be_appealed and until is not None and timezone.now() < until


def _person(request: HttpRequest) -> User:
    person = person_of(request.user)
    if person is None:
        raise NotFoundError
    return person


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = render(request, template, context, status=status)
    if request.user.is_authenticated:
        response["Cache-Control"] = "private, no-store"
    return response
