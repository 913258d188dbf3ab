"""A room's figures as tables for a spreadsheet. Hours are by the reader's clock, lengths in whole seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.enums import Reaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from rooms.stats import RoomLine, RoomStats

Table: TypeAlias = "tuple[list[str], list[list[str | int | None]]]"


def minutes_table(stats: RoomStats) -> Table:
    """Return one line for each minute."""
    header = [
        _("Time (%(zone)s)") % {"zone": timezone.get_current_timezone_name()},
        _("With an account"),
        _("Guests"),
        _("Came"),
        _("Left"),
        _("Hands raised"),
        _("Hands accepted"),
        *(str(reaction.label) for reaction in Reaction),
    ]
    return header, [
        [
            _when(minute.at),
            minute.people,
            minute.guests,
            minute.came,
            minute.left,
            minute.raised,
            minute.accepted,
            *(minute.reactions[reaction] for reaction in Reaction),
        ]
        for minute in stats.minutes
    ]


def speakers_table(stats: RoomStats) -> Table:
    """Return one line for each who talked."""
    header = [_("Name"), _("Handle"), _("Talked (s)"), _("Microphone open (s)")]
    return header, [
        [
            one.person.shown_name if one.person else _("Somebody who has left"),
            one.person.handle if one.person else "",
            round(one.voice_ms / 1000),
            round(one.received_ms / 1000),
        ]
        for one in stats.talk
    ]


def replays_table(stats: RoomStats) -> Table:
    """Return one line for each day on which a replay was heard."""
    return [_("Day"), _("Listeners")], [[f"{day:%Y-%m-%d}", number] for day, number in stats.replays.days]


def rooms_table(lines: Iterable[RoomLine]) -> Table:
    """Return one line for each room."""
    header = [
        _("Began (%(zone)s)") % {"zone": timezone.get_current_timezone_name()},
        _("Title"),
        _("Lasted (s)"),
        _("Most at once"),
        _("With an account"),
        _("Visits of guests"),
        _("Average stay (s)"),
        _("Talked (s)"),
        _("Listened in all (s)"),
        _("Replay listens"),
    ]
    return header, [
        [
            _when(line.began),
            line.room.title,
            line.lasted_s,
            line.peak,
            line.people,
            line.guests,
            line.mean_stay_s,
            round(line.talked_ms / 1000),
            round(line.listened_ms / 1000),
            line.replay_listens,
        ]
        for line in lines
    ]


def _when(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
