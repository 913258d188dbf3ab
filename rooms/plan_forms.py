"""The forms in which a host says when a room is to begin, and changes what was planned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.time_zones import is_time_zone
from config.lib.wall_clock import is_repeated, is_skipped, moment_at, wall_at
from rooms.enums import Rhythm
from rooms.forms import RoomForm
from rooms.topics import topic_choices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.lib.errors import DomainError
    from rooms.models import Topic

NOW, LATER = "now", "later"
ONE, FOLLOWING = "one", "following"
ONCE = ""


class MomentForm(forms.Form):
    """A day and an hour by the clocks of whoever fills it in; the zone is sent along, as it may change meanwhile."""

    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    hour = forms.TimeField(
        label=gettext_lazy("Hour"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    zone = forms.CharField(required=False, widget=forms.HiddenInput)
    which = forms.ChoiceField(
        label=gettext_lazy("Which of the two"),
        required=False,
        choices=[
            ("", gettext_lazy("Choose one")),
            ("first", gettext_lazy("The first, still in summer time")),
            ("second", gettext_lazy("The second, an hour later")),
        ],
    )
    # Whether the form has to ask which of two hours is meant.
    asks_which = False

    def __init__(self, *arguments: Any, starts_at: datetime | None = None, **named: Any) -> None:
        zone = timezone.get_current_timezone_name()
        wall = wall_at(starts_at or _next_evening(zone), zone)
        first = {"day": wall.date(), "hour": wall.time().replace(second=0, microsecond=0), "zone": zone}
        named["initial"] = {**first, **named.get("initial", {})}
        super().__init__(*arguments, **named)
        day: Any = self.fields["day"]
        today = wall_at(timezone.now(), zone).date()
        day.widget.attrs |= {
            "min": today.isoformat(),
            "max": (today + timedelta(days=settings.ROOM_PLAN_DAYS)).isoformat(),
        }

    @property
    def shown_zone(self) -> str:
        """Return the zone by whose clocks the hour is meant, as people read it."""
        return str(self["zone"].value() or timezone.get_current_timezone_name()).replace("_", " ")

    def read_moment(self) -> datetime | None:
        """Return in UTC what day and hour say; None if that cannot be, and the form says why."""
        day, hour = self.cleaned_data.get("day"), self.cleaned_data.get("hour")
        zone = self.cleaned_data.get("zone") or timezone.get_current_timezone_name()
        for name, value, words in (("day", day, _("Choose a day.")), ("hour", hour, _("Choose an hour."))):
            if value is None and name not in self.errors:
                self.add_error(name, words)
        if not is_time_zone(zone):
            self.add_error(None, _("This time zone is not known here. Reload the page."))
        if day is None or hour is None or not is_time_zone(zone):
            return None
        try:
            return self._moment(datetime.combine(day, hour), zone)
        except OverflowError:
            # The first or the last day that there is, and elsewhere it is the one before or after.
            self.add_error("day", _("Choose a time that is still to come."))
            return None

    def _moment(self, wall: datetime, zone: str) -> datetime | None:
        which = self.cleaned_data.get("which")
        if is_skipped(wall, zone):
            self.add_error("hour", _("That night the clocks go forward over this hour. Choose another one."))
            return None
        if is_repeated(wall, zone):
            self.asks_which = True
            if not which:
                self.add_error("which", _("That night the clocks go back, and this hour comes twice."))
                return None
        return moment_at(wall, zone, again=which == "second")

    def take(self, error: DomainError) -> None:
        """Show what a service refused beside the field that it is about."""
        errors: dict[str, Any] = dict(getattr(error, "errors", {}))
        if "starts_at" in errors:
            self.add_error("day", errors["starts_at"])
        elif "topics" in errors:
            self.add_error("topics", errors["topics"])
        else:
            self.add_error(None, str(error))


class PlanForm(MomentForm, RoomForm):
    """A room that is opened at once, or planned, once or again and again."""

    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        required=False,
        choices=[(NOW, gettext_lazy("Start now")), (LATER, gettext_lazy("Plan it"))],
        widget=forms.RadioSelect,
        initial=NOW,
    )
    rhythm = forms.ChoiceField(
        label=gettext_lazy("Again"),
        required=False,
        choices=[(ONCE, gettext_lazy("Only once")), *Rhythm.choices],
        help_text=gettext_lazy("Every month on the same day; in months without it, on their last."),
    )

    starts_at: datetime | None = None

    @property
    def is_planned(self) -> bool:
        """Whether the room is to begin later."""
        return bool(self["when"].value() == LATER)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.cleaned_data.get("when") == LATER:
            self.starts_at = self.read_moment()
        return cleaned


class EditForm(MomentForm, RoomForm):
    """What a room says of itself and when it begins; of a series, for one room or for all that follow."""

    scope = forms.ChoiceField(
        label=gettext_lazy("For"),
        required=False,
        choices=[(ONE, gettext_lazy("Only this room")), (FOLLOWING, gettext_lazy("This and all that follow"))],
        widget=forms.RadioSelect,
        initial=ONE,
    )

    starts_at: datetime | None = None

    def __init__(self, *arguments: Any, coming: bool, kept: Sequence[Topic] = (), **named: Any) -> None:
        super().__init__(*arguments, **named)
        topics: Any = self.fields["topics"]
        topics.choices = topic_choices(kept)
        self.coming = coming
        # Who may enter has a place of its own in the room.
        for name in ("entry_rule", "guests_listen"):
            del self.fields[name]
        if not coming:
            # Whoever is there came for this language, and at their time.
            for name in ("language", "day", "hour", "zone", "which"):
                del self.fields[name]

    @property
    def following(self) -> bool:
        """Whether all that follow are meant as well."""
        return self.cleaned_data.get("scope") == FOLLOWING

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.coming:
            self.starts_at = self.read_moment()
        return cleaned


def _next_evening(zone: str) -> datetime:
    """Return eight in the evening tomorrow."""
    tomorrow = wall_at(timezone.now(), zone).date() + timedelta(days=1)
    return moment_at(datetime.combine(tomorrow, datetime.min.time().replace(hour=20)), zone)
