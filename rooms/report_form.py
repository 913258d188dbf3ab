"""The form that tells staff of something."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from config.lib.plain_text import LinesField
from rooms.enums import ReportCategory
from rooms.models import REPORT_NOTE_MAX_LENGTH


class ReportForm(forms.Form):
    """What is wrong, and a few words about it."""

    category = forms.ChoiceField(label=_("What is wrong?"), choices=[("", _("Choose")), *ReportCategory.choices])
    note = LinesField(
        label=_("What happened?"),
        help_text=_("If you can: who said what, and when."),
        max_length=REPORT_NOTE_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
