"""What is drawn and said of replays: their outline, their length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from rooms.models import Room

register = template.Library()

# A bar stands every 5 units in a drawing 40 high; silence is a dot, not a gap.
_STEP = 5
_HEIGHT = 40
_LEAST = 2


@register.simple_tag
def waveform(peaks: Sequence[int], percent: float = 100) -> SafeString:
    """Draw the outline of a replay (0 to 100 for each bar); nothing if there is none. Screen readers pass it over.

    Of its bars, only so many `percent` are drawn, in their places.
    """
    if not peaks:
        return mark_safe("")
    shown = round(len(peaks) * min(100, max(0, percent)) / 100)
    return format_html(
        '<svg class="waveform" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true"><path d="{}"/></svg>',
        len(peaks) * _STEP,
        _HEIGHT,
        "".join(_bar(number, peak) for number, peak in enumerate(peaks[:shown])),
    )


def _bar(number: int, peak: int) -> str:
    length = _LEAST + (_HEIGHT - 2 * _LEAST) * peak / 100
    return f"M{number * _STEP + _STEP / 2:g} {(_HEIGHT - length) / 2:.1f}v{length:.1f}"


@register.filter
def lasted(room: Room) -> int:
    """Return for how many milliseconds a room was open that has ended."""
    return int((room.ended_at - room.began_at).total_seconds() * 1000) if room.ended_at and room.began_at else 0
