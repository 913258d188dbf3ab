"""Applications and appeals for staff: read, and answered with words that the creator reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from creators.admin.steps import Step, SteppedAdmin
from creators.enums import AppealState, ApplicationState
from creators.models import Appeal, Application
from creators.selectors.fund_eligibility import rooms_lately, standing
from creators.services.fund_appeals import accept_appeal, refuse_appeal
from creators.services.fund_applications import accept, refuse

if TYPE_CHECKING:
    from creators.admin.steps import Asked


def _refuse(application: Application, asked: Asked) -> None:
    refuse(application.pk, reason=asked.words, by=asked.by)


@admin.register(Application)
class ApplicationAdmin(SteppedAdmin):
    """Whoever may change applications answers them; with a reason, also somebody who was accepted is taken out."""

    list_display = ("programme", "person", "state", "sent_at", "reviewer")
    list_display_links = ("programme", "person")
    list_filter = ("state", "programme")
    list_select_related = ("programme", "person", "reviewer")
    search_fields = ("person__handle", "person__display_name", "public_id")
    fields = (
        "programme",
        "person",
        "words",
        "is_of_age",
        "state",
        "reason",
        "reviewer",
        "sent_at",
        "reviewed_at",
        "withdrawn_at",
    )
    steps = {
        "accept": Step(
            gettext_lazy("Accept"),
            frozenset({ApplicationState.SENT}),
            "change_application",
            lambda application, asked: accept(application.pk, by=asked.by),
        ),
        "refuse": Step(
            gettext_lazy("Refuse"),
            frozenset({ApplicationState.SENT, ApplicationState.ACCEPTED}),
            "change_application",
            _refuse,
            gettext_lazy("Why; the person reads it"),
        ),
    }

    def beside(self, row: Application) -> dict[str, Any]:
        if row.person is None:
            return {}
        return {"standing": standing(row.person, row.programme), "rooms_lately": rooms_lately(row.person)}


@admin.register(Appeal)
class AppealAdmin(SteppedAdmin):
    """Whoever may change appeals answers them; accepting one reckons the period again."""

    list_display = ("period", "person", "state", "sent_at", "answered_by")
    list_display_links = ("period", "person")
    list_filter = ("state",)
    list_select_related = ("period__programme", "person", "answered_by")
    search_fields = ("person__handle", "public_id")
    fields = ("period", "person", "words", "state", "answer", "answered_by", "sent_at", "answered_at")
    steps = {
        "accept": Step(
            gettext_lazy("Accept, and reckon the period again"),
            frozenset({AppealState.SENT}),
            "change_appeal",
            lambda appeal, asked: accept_appeal(appeal.pk, answer=asked.words, by=asked.by),
            gettext_lazy("What you have put right; the person reads it"),
        ),
        "refuse": Step(
            gettext_lazy("Refuse"),
            frozenset({AppealState.SENT}),
            "change_appeal",
            lambda appeal, asked: refuse_appeal(appeal.pk, answer=asked.words, by=asked.by),
            gettext_lazy("Why; the person reads it"),
        ),
    }
