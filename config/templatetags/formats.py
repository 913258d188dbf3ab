"""How templates write numbers, sums, dates and lengths. Whatever is a time has its machine-readable value beside it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.html import format_html

from config.lib import formats

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()

register.filter(formats.number)
register.filter(formats.near_day)
register.filter(formats.hour)


@register.simple_tag
def money(minor: int, currency: str) -> str:
    """Write a sum, given in the currency's smallest unit."""
    return formats.money(minor, currency)


@register.filter
def percent(hundredths: float) -> str:
    """Write so many of a hundred."""
    return formats.percent(hundredths / 100)


@register.filter
def day(moment: date) -> SafeString:
    """Write a day; of a moment, the one that it is on for whoever reads."""
    here = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return _time(f"{here:%Y-%m-%d}", formats.day(moment))


@register.filter
def month(moment: date) -> SafeString:
    """Write the month of a day, or that a moment is in."""
    here = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return _time(f"{here:%Y-%m}", formats.month(moment))


@register.filter
def moment(value: datetime) -> SafeString:
    """Write day and hour."""
    return _time(timezone.localtime(value).isoformat(timespec="seconds"), formats.moment(value))


@register.filter
def ago(moment: datetime) -> SafeString:
    """Write how far a moment lies back or ahead."""
    return _time(timezone.localtime(moment).isoformat(timespec="seconds"), formats.ago(moment))


@register.filter
def lasting(milliseconds: float) -> SafeString:
    """Write in words how long something lasts."""
    return _time(formats.duration(milliseconds / 1000), formats.lasting(milliseconds / 1000))


@register.filter
def clock(milliseconds: float) -> SafeString:
    """Write a length as players do."""
    return _time(formats.duration(milliseconds / 1000), formats.clock(milliseconds / 1000))


def _time(machine: str, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', machine, words)
