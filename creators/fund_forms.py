"""What creators write to the fund: an application, an appeal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.lib.plain_text import LinesField
from creators.models.fund import WORDS_MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creators.models import Programme


def _words(label: Any, help_text: Any) -> LinesField:
    widget = forms.Textarea(attrs={"rows": 6})
    return LinesField(label=label, help_text=help_text, max_length=WORDS_MAX_LENGTH, widget=widget)


class ApplicationForm(forms.Form):
    """An application; the age is asked for where the programme does."""

    words = _words(
        gettext_lazy("What you do here"),
        gettext_lazy("Which rooms you host, for whom, and what you would do with the money. Staff read it."),
    )

    def __init__(self, data: Mapping[str, Any] | None, programme: Programme) -> None:
        super().__init__(data)
        if programme.min_age:
            label = _("I am at least %(age)s years old.") % {"age": programme.min_age}
            self.fields["is_of_age"] = forms.BooleanField(label=label)


class AppealForm(forms.Form):
    """What is wrong with one's share."""

    words = _words(
        gettext_lazy("What is wrong"),
        gettext_lazy("Say which room, day or rule it is about. Staff read it and answer here."),
    )
