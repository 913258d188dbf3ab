"""The form of what somebody wants to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import QuietHoursError
from accounts.models import Channel, Digest
from accounts.services.notification_choices import choose_channels, choose_rhythm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from accounts.models import NotificationRhythm, User
    from accounts.selectors.notifications import ChosenKind

EVENING, MORNING = "22:00", "07:00"


class NotificationForm(forms.Form):
    """A switch for each kind and channel, hours of quiet, and how letters come."""

    quiet = forms.BooleanField(label=gettext_lazy("Keep hours of quiet"), required=False)
    quiet_from = forms.TimeField(
        label=gettext_lazy("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    digest = forms.ChoiceField(label=gettext_lazy("Mail comes"), choices=Digest.choices)

    def __init__(
        self, chosen: list[ChosenKind], rhythm: NotificationRhythm, data: Mapping[str, Any] | None = None
    ) -> None:
        initial = {
            "quiet": rhythm.quiet_from is not None,
            "quiet_from": rhythm.quiet_from or EVENING,
            "quiet_until": rhythm.quiet_until or MORNING,
            "digest": rhythm.digest,
        }
        super().__init__(data, initial=initial)
        self._chosen = chosen

    def kinds(self) -> Iterator[dict[str, Any]]:
        """Yield each kind with its switches, as they were sent or are."""
        for one in self._chosen:
            kind, wanted = one["kind"], self._wanted(one)
            yield {
                "label": kind.label,
                "help": kind.help,
                "icon": kind.icon,
                "switches": [
                    {
                        "name": f"{kind.name}.{channel}",
                        "label": channel.label,
                        "on": channel in wanted,
                        "forced": channel in kind.forced,
                    }
                    for channel in Channel
                ],
            }

    def _wanted(self, one: ChosenKind) -> frozenset[Channel]:
        if not self.is_bound:
            return one["wanted"]
        kind = one["kind"]
        return kind.forced | {channel for channel in Channel if f"{kind.name}.{channel}" in self.data}

    def clean(self) -> dict[str, Any]:
        """Ask for both hours, if there shall be hours of quiet."""
        found = super().clean() or self.cleaned_data
        if found.get("quiet"):
            for name in ("quiet_from", "quiet_until"):
                if not found.get(name) and name not in self.errors:
                    self.add_error(name, _("Choose a time, or switch the hours of quiet off."))
        return found

    def save(self, person: User, *, page_zone: str) -> bool:
        """Hand everything to the services; False if something is not right, and the form says what."""
        if not self.is_valid():
            return False
        found = self.cleaned_data
        hours = (found["quiet_from"], found["quiet_until"]) if found["quiet"] else None
        try:
            with transaction.atomic():
                choose_rhythm(person, quiet=hours, digest=Digest(found["digest"]), page_zone=page_zone)
                choose_channels(person, {one["kind"].name: self._wanted(one) for one in self._chosen})
        except QuietHoursError as error:
            self.add_error("quiet_until", str(error))
            return False
        return True
