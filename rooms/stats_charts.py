"""A room's figures as charts: minutes are put together until a chart can be read; everything is said in words too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from babel import dates
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.selectors.people import person_card
from config.lib.charts import BarChart, LineChart, Series
from config.lib.formats import hour, lasting, minutes_long, number, page_locale, percent
from rooms.enums import Reaction
from rooms.stats import TENTHS, Minute

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence
    from datetime import datetime

    from rooms.stats import RoomLine, RoomStats

# More places than these are too narrow on a telephone.
MOST_PLACES = 48
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class StatsCharts:
    """What a page of figures draws; a chart without anything to show says so."""

    audience: LineChart
    moves: BarChart
    hands: LineChart
    reactions: BarChart
    replay_days: BarChart
    replay_reached: BarChart


def stats_charts(stats: RoomStats) -> StatsCharts:
    """Return the charts of a room's figures in the language and by the clock of whoever reads."""
    places = put_together(stats.minutes)
    labels = _labels(places)
    return StatsCharts(
        audience=_audience(stats, places, labels),
        moves=_moves(stats, places, labels),
        hands=_hands(places, labels),
        reactions=_reactions(places, labels),
        replay_days=_replay_days(stats),
        replay_reached=_replay_reached(stats),
    )


def put_together(minutes: Sequence[Minute], most: int = MOST_PLACES) -> list[Minute]:
    """Return at most about `most` places of equal length, on the round minutes of the hour.

    Of who was there each has its fullest minute, of everything else the sum.
    """
    step = next((step for step in STEPS if len(minutes) / step <= most), STEPS[-1])
    places: dict[datetime, Minute] = {}
    for minute in minutes:
        local = timezone.localtime(minute.at)
        since_midnight = local.hour * 60 + local.minute
        begins = minute.at - timedelta(minutes=since_midnight % step)
        _add(places.setdefault(begins, Minute(begins)), minute)
    return list(places.values())


def _add(place: Minute, minute: Minute) -> None:
    if minute.present is not None and (place.present is None or minute.present > place.present):
        place.people, place.guests = minute.people, minute.guests
    place.came += minute.came
    place.left += minute.left
    place.raised += minute.raised
    place.accepted += minute.accepted
    place.reactions.update(minute.reactions)


def _labels(places: Sequence[Minute]) -> list[str]:
    if places and places[-1].at - places[0].at >= DAY:
        return [f"{_short_day(place.at)} {hour(place.at)}" for place in places]
    return [hour(place.at) for place in places]


def _short_day(moment: datetime) -> str:
    return dates.format_skeleton("MMMd", timezone.localtime(moment), locale=page_locale())


def _whole(value: float) -> str:
    """Write a number of people; the scale of a small chart has steps between them, which stay empty."""
    return number(abs(value)) if value == int(value) else ""


def _audience(stats: RoomStats, places: Sequence[Minute], labels: list[str]) -> LineChart:
    here = [place.present for place in places]
    series = [Series(_("In the room"), here)] if any(value is not None for value in here) else []
    if stats.guests or any(place.guests for place in places):
        series.append(Series(_("Of them without an account"), [place.guests for place in places]))
    chart = LineChart(
        labels if series else [], series, title=_("In the room over time"), corner=_("Time"), written=_whole
    )
    chart.description = _audience_words(stats)
    return chart


def _audience_words(stats: RoomStats) -> str:
    peak = stats.peak
    if peak is None:
        return _("Nobody was counted.")
    words = ngettext(
        "%(count)s person at the fullest, at %(hour)s.", "%(count)s people at the fullest, at %(hour)s.", peak.present
    )
    return words % {"count": number(peak.present), "hour": hour(peak.at)}


def _moves(stats: RoomStats, places: Sequence[Minute], labels: list[str]) -> BarChart:
    came, left = [place.came for place in places], [-place.left for place in places]
    chart = _bars(
        _("Who came and who left"), labels, [Series(_("Came"), came), Series(_("Left"), left)], some=any(came)
    )
    chart.description = _("%(came)s came, %(left)s left.") % {
        "came": number(sum(minute.came for minute in stats.minutes)),
        "left": number(sum(minute.left for minute in stats.minutes)),
    }
    return chart


def _hands(places: Sequence[Minute], labels: list[str]) -> LineChart:
    raised, accepted = [place.raised for place in places], [place.accepted for place in places]
    series = [Series(_("Raised"), raised), Series(_("Accepted"), accepted)] if any(raised) else []
    chart = LineChart(labels if series else [], series, title=_("Hands"), corner=_("Time"), written=_whole)
    chart.description = _("%(raised)s raised, %(accepted)s accepted.") % {
        "raised": number(sum(raised)),
        "accepted": number(sum(accepted)),
    }
    return chart


def _reactions(places: Sequence[Minute], labels: list[str]) -> BarChart:
    given = [place.reactions.total() for place in places]
    chart = _bars(_("Reactions over time"), labels, [Series(_("Reactions"), given)], some=any(given))
    chart.description = ngettext("%(count)s reaction in all.", "%(count)s reactions in all.", sum(given)) % {
        "count": number(sum(given))
    }
    return chart


def _bars(title: str, labels: list[str], series: list[Series], *, some: bool, corner: str = "") -> BarChart:
    """Return a chart that is empty unless there is something to draw."""
    shown = series if some else []
    return BarChart(labels if some else [], shown, title=title, corner=corner or _("Time"), written=_whole)


def _replay_days(stats: RoomStats) -> BarChart:
    days = stats.replays.days
    labels = [dates.format_skeleton("MMMd", day, locale=page_locale()) for day, _number in days]
    series = [Series(_("Listeners"), [found for _day, found in days])]
    return _bars(_("Replay, by day"), labels, series, some=bool(days), corner=_("Day"))


def _replay_reached(stats: RoomStats) -> BarChart:
    reached = stats.replays.reached
    labels = [percent(tenth / TENTHS) for tenth in range(TENTHS)]
    series = [Series(_("Listeners"), reached)]
    chart = _bars(_("Replay, how far people came"), labels, series, some=any(reached), corner=_("From"))
    chart.description = _("%(count)s came to the last tenth.") % {"count": number(reached[-1])}
    return chart


def talk_shares(stats: RoomStats) -> list[dict[str, object]]:
    """Return who talked, each with the person, the length in words and the part of the longest."""
    most = max((one.voice_ms for one in stats.talk), default=0)
    return [
        {
            "person": person_card(one.person) if one.person else None,
            "length": lasting(one.voice_ms / 1000),
            "percent": round(100 * one.voice_ms / most) if most else 0,
        }
        for one in stats.talk
    ]


def reaction_shares(stats: RoomStats) -> list[dict[str, object]]:
    """Return the reactions that were given, the most frequent first."""
    given: Counter[str] = stats.reactions
    most = max(given.values(), default=0)
    known = {reaction.value: str(reaction.label) for reaction in Reaction}
    return [
        {"reaction": name, "label": known[name], "count": count, "percent": round(100 * count / most)}
        for name, count in given.most_common()
        if name in known
    ]


def trend_charts(lines: Sequence[RoomLine]) -> list[LineChart]:
    """Return how somebody's rooms went, the oldest first: who came, and how long they stayed."""
    oldest_first = list(reversed(lines))
    labels = [_short_day(line.began) for line in oldest_first]
    audience = [
        Series(_("Most at once"), [line.peak for line in oldest_first]),
        Series(_("People in all"), [line.people + line.guests for line in oldest_first]),
    ]
    stay = [line.mean_stay_s and line.mean_stay_s / 60 for line in oldest_first]
    return [
        LineChart(labels, audience, title=_("Audience, room by room"), corner=_("Room"), written=_whole),
        LineChart(
            labels,
            [Series(_("Average stay"), stay)],
            title=_("Average stay, room by room"),
            corner=_("Room"),
            written=lambda minutes: minutes_long(round(minutes)),
        ),
    ]
