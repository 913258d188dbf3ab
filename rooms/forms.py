"""The form that opens a room."""

from __future__ import annotations

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.lib.languages import offered_languages
from config.lib.plain_text import LineField, LinesField
from rooms.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH


class RoomForm(forms.Form):
    """What a host says about a room before opening it."""

    title = LineField(
        label=_("What will you talk about?"),
        help_text=_("A question works well."),
        max_length=TITLE_MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = LinesField(
        label=_("A few words more, if you like"),
        help_text=_("Who it is for, who will speak, where it starts."),
        max_length=DESCRIPTION_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    language = forms.ChoiceField(
        label=_("Language of the conversation"), choices=offered_languages, initial=get_language
    )
