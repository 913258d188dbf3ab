"""The form that opens a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.lib.languages import offered_languages
from config.lib.plain_text import LineField, LinesField
from rooms.entry_words import rule_choices
from rooms.enums import EntryRule
from rooms.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH, TOPICS_PER_ROOM
from rooms.topics import topic_choices

if TYPE_CHECKING:
    from rooms.services.lifecycle import NewRoom


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
    entry_rule = forms.ChoiceField(
        label=_("Who may enter"), choices=rule_choices, initial=EntryRule.EVERYONE, required=False
    )
    guests_listen = forms.BooleanField(
        label=_("People without an account may listen"),
        help_text=_("Where everyone may enter."),
        initial=True,
        required=False,
    )
    topics = forms.MultipleChoiceField(
        label=_("What is it about?"), required=False, choices=topic_choices, widget=forms.CheckboxSelectMultiple
    )
    language = forms.ChoiceField(
        label=_("Language of the conversation"), choices=offered_languages, initial=get_language
    )

    topics_most = TOPICS_PER_ROOM
    # Of boxes none of which is ticked a browser sends nothing: this says that they were there.
    topics_shown = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Whoever says nothing of the door opens it to all."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("entry_rule"):
            cleaned |= {"entry_rule": EntryRule.EVERYONE, "guests_listen": True}
        return cleaned

    @property
    def said(self) -> NewRoom:
        """What a valid form says of a room that is to be."""
        told = self.cleaned_data
        return {
            "title": told["title"],
            "description": told["description"],
            "language": told["language"],
            "entry_rule": told["entry_rule"],
            "guests_listen": told["guests_listen"],
            "topics": told["topics"],
        }


class RefusedWordsForm(forms.Form):
    """The words that a host does not want to read, one in each line."""

    words = forms.CharField(
        label=_("Words that you refuse"),
        help_text=_("One in each line. Capitals and accents make no difference."),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10, "autocomplete": "off", "spellcheck": "false"}),
    )
