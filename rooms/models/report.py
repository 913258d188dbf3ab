"""What people told staff of, and what staff decided."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.public_id import new_public_id
from rooms.enums import ReportCategory, ReportDecision, ReportKind
from rooms.models.room import Room

REPORT_NOTE_MAX_LENGTH = 1000


class Report(models.Model):
    """Somebody told staff of a person, a room or a message; `snapshot` is what it looked like then."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    # None once that account was erased.
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("reporter")
    )
    kind = models.CharField(_("about"), max_length=16, choices=ReportKind.choices)
    room = models.ForeignKey(Room, on_delete=models.SET_NULL, null=True, related_name="reports", verbose_name=_("room"))
    # Whom the decision would be about: the person, or the room's host.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    # Which of a kind that has no column here, such as a message; empty for the others.
    target = models.CharField(max_length=14, blank=True)
    category = models.CharField(_("category"), max_length=12, choices=ReportCategory.choices)
    note = models.TextField(_("note"), max_length=REPORT_NOTE_MAX_LENGTH, blank=True)
    snapshot: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("as it was"), encoder=DjangoJSONEncoder
    )
    # The number of the room's latest event then: what went before can be read there.
    seq = models.PositiveBigIntegerField(_("event"), default=0)
    created_at = models.DateTimeField(_("told"), default=timezone.now)
    decision = models.CharField(_("decision"), max_length=13, choices=ReportDecision.choices, blank=True)
    reason = models.TextField(
        _("reason"), max_length=REPORT_NOTE_MAX_LENGTH, blank=True, help_text=_("Both people read it.")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.CheckConstraint(condition=Q(category__in=ReportCategory.values), name="rooms_report_category_known"),
            models.CheckConstraint(
                condition=Q(decision__in=["", *ReportDecision.values]), name="rooms_report_decision_known"
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="rooms_report_decided_has_time",
            ),
        ]
        indexes = [models.Index(fields=["decision", "created_at"], name="rooms_report_queue")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
