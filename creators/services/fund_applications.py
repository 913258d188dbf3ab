"""Applying to a programme, and staff's answer. All of it happens under the programme's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.policies.rules import Platform
from config.lib.errors import NotFoundError
from config.lib.plain_text import tidy_line, tidy_lines
from creators.enums import ApplicationState, ProgrammeState
from creators.fund_errors import (
    ApplicationStateError,
    NotEligibleForProgrammeError,
    ProgrammeStateError,
    WordsMissingError,
)
from creators.models import Application, Programme
from creators.selectors.fund_eligibility import standing
from creators.services.fund_programmes import locked_programme
from creators.services.fund_telling import application_answered

if TYPE_CHECKING:
    from accounts.models import User

log = structlog.get_logger(__name__)


@transaction.atomic
def apply(
    programme_id: str, *, by: User, words: str, is_of_age: bool, platform: Platform = Platform.WEB
) -> Application:
    """Ask to be in a programme. Raises NotFoundError, ProgrammeStateError, NotEligibleForProgrammeError,
    WordsMissingError, ApplicationStateError for whoever has applied already.
    """
    programme = _locked(programme_id)
    if programme.state != ProgrammeState.OPEN:
        raise ProgrammeStateError
    words = tidy_lines(words)
    if not words:
        raise WordsMissingError
    if not standing(by, programme, platform).may_apply or (programme.min_age and not is_of_age):
        raise NotEligibleForProgrammeError
    if _live(programme, by.public_id) is not None:
        raise ApplicationStateError
    application = Application.objects.create(
        programme=programme, person=by, person_key=by.public_id, words=words, is_of_age=is_of_age
    )
    log.info("fund_application", programme=programme.public_id, application=application.public_id)
    return application


@transaction.atomic
def withdraw(programme_id: str, *, by: User) -> None:
    """Take one's application back. What was frozen already stays theirs. Raises ApplicationStateError."""
    application = _live(_locked(programme_id), by.public_id)
    if application is None or application.state == ApplicationState.REFUSED:
        raise ApplicationStateError
    Application.objects.filter(pk=application.pk).update(state=ApplicationState.WITHDRAWN, withdrawn_at=timezone.now())
    log.info("fund_application_withdrawn", application=application.public_id)


@transaction.atomic
def accept(key: int, *, by: User) -> Application:
    """Let somebody in. Raises ApplicationStateError."""
    return _answer(key, ApplicationState.ACCEPTED, "", by)


@transaction.atomic
def refuse(key: int, *, reason: str, by: User) -> Application:
    """Say no, also to somebody who was accepted; they read the reason. Raises ApplicationStateError,
    WordsMissingError.
    """
    reason = tidy_line(reason)
    if not reason:
        raise WordsMissingError
    return _answer(key, ApplicationState.REFUSED, reason, by)


def _answer(key: int, state: ApplicationState, reason: str, by: User) -> Application:
    before = {
        ApplicationState.ACCEPTED: {ApplicationState.SENT},
        ApplicationState.REFUSED: {ApplicationState.SENT, ApplicationState.ACCEPTED},
    }[state]
    locked_programme(Application.objects.values_list("programme", flat=True).get(pk=key))
    application = Application.objects.get(pk=key)
    if application.state not in before:
        raise ApplicationStateError
    Application.objects.filter(pk=key).update(state=state, reason=reason, reviewer=by, reviewed_at=timezone.now())
    application.refresh_from_db()
    application_answered(application)
    log.info("fund_application_answered", application=application.public_id, state=state.value)
    return application


def _locked(programme_id: str) -> Programme:
    programme = Programme.objects.select_for_update().filter(public_id=programme_id).first()
    if programme is None or programme.state == ProgrammeState.DRAFT:
        raise NotFoundError
    return programme


def _live(programme: Programme, person_key: str) -> Application | None:
    """Return somebody's application that they have not taken back."""
    found = Application.objects.filter(programme=programme, person_key=person_key)
    return found.exclude(state=ApplicationState.WITHDRAWN).first()
