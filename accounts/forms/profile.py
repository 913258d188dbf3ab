"""The forms about one's own page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import BIO_MAX_LENGTH, LINK_MAX_LENGTH, LINKS_MOST, PRONOUNS_MAX_LENGTH
from accounts.pictures import ACCEPTED
from accounts.services.about import clean_link
from config.lib.errors import InvalidError
from config.lib.plain_text import LineField, LinesField


class LinkField(forms.CharField):
    """A link that a page may show."""

    widget = forms.URLInput

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        try:
            return clean_link(typed) if typed else ""
        except InvalidError as error:
            raise forms.ValidationError(str(error)) from error


class PictureForm(forms.Form):
    """A picture to be shown by; the service looks into it."""

    picture = forms.FileField(
        label=_("Picture"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text=_("JPEG, PNG, WebP or GIF, at most 8 MB. Its middle is cut out as a square."),
    )


class AboutForm(forms.Form):
    """What somebody's page says about them; the service has the rules."""

    bio = LinesField(
        label=_("About you"),
        max_length=BIO_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Plain text, a few sentences."),
    )
    pronouns = LineField(
        label=_("Pronouns"),
        max_length=PRONOUNS_MAX_LENGTH,
        required=False,
        help_text=_("If you like to say them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, LINKS_MOST + 1):
            self.fields[f"link_{number}"] = LinkField(
                label=_("Link %(number)d") % {"number": number},
                max_length=LINK_MAX_LENGTH,
                required=False,
                widget=forms.URLInput(attrs={"autocomplete": "off"}),
            )

        self.fields["link_1"].help_text = _("Your own site or a page elsewhere. Links begin with https://")

    @property
    def links(self) -> list[str]:
        """The links that were typed."""
        return [self.cleaned_data[f"link_{number}"] for number in range(1, LINKS_MOST + 1)]
