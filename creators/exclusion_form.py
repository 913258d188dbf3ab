"""What staff type when they decide that somebody's listening does not count, or that it does after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from config.lib.plain_text import LineField
from creators.errors import ExclusionEndsFirstError
from creators.models.exclusions import REASON_MAX_LENGTH

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _moment(label: StrOrPromise, help_text: StrOrPromise = "", *, required: bool = True) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, help_text=help_text, required=required, widget=widget)


class ReasonForm(forms.Form):
    """Why an exclusion is lifted."""

    reason = LineField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy(
            "Kept with the decision, for other staff. The listener finds it in a copy of their data."
        ),
        max_length=REASON_MAX_LENGTH,
    )


class ExclusionForm(ReasonForm):
    """Valid, it has the account as `cleaned_data["listener"]`."""

    listener = LineField(label=gettext_lazy("Handle"), max_length=60)
    begins_at = _moment(gettext_lazy("Does not count from"))
    ends_at = _moment(
        gettext_lazy("Counts again from"), gettext_lazy("Left empty, not until it is lifted."), required=False
    )
    field_order = ("listener", "begins_at", "ends_at", "reason")

    def clean_listener(self) -> User:
        """Return the person of the handle that was typed, with an @ before it or not."""
        found = User.objects.filter(handle__iexact=self.cleaned_data["listener"].removeprefix("@")).first()
        if found is None:
            raise forms.ValidationError(_("Nobody has this handle."))
        return found

    def clean(self) -> dict[str, Any]:
        """Check that the end is no beginning."""
        found = self.cleaned_data
        if found.get("begins_at") and found.get("ends_at") and found["ends_at"] <= found["begins_at"]:
            self.add_error("ends_at", str(ExclusionEndsFirstError()))
        return found


class DayForm(forms.Form):
    """The day (UTC) of which staff look at the doubts."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
