"""Time zones as people choose them: IANA's names, shown by region and city in the language of the page."""

from __future__ import annotations

import functools
import zoneinfo
from itertools import groupby
from typing import TYPE_CHECKING

from babel.dates import get_timezone_location
from django.utils.translation import gettext_lazy as _

from config.lib.formats import page_locale

if TYPE_CHECKING:
    from babel import Locale
    from django_stubs_ext import StrOrPromise

NAME_MAX_LENGTH = 64
# Where the browser tells its own zone, for pages and for new accounts; set by site/js/time_zone.js.
COOKIE = "time_zone"
# The others are old names and abbreviations.
REGIONS: dict[str, StrOrPromise] = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}

Choices = list[tuple[str, str] | tuple["StrOrPromise", list[tuple[str, str]]]]


@functools.cache
def known_zones() -> frozenset[str]:
    """Return the names that may be chosen."""
    named = (name for name in zoneinfo.available_timezones() if name.split("/")[0] in REGIONS)
    return frozenset({"UTC", *named})


def is_time_zone(name: str) -> bool:
    """Say whether somebody may live by this zone."""
    return name in known_zones()


def time_zone_choices() -> Choices:
    """Return what a form offers: UTC, then a group for each region, cities in the page's language."""
    return _choices(page_locale())


@functools.lru_cache(maxsize=16)
def _choices(locale: Locale) -> Choices:
    zones = sorted((name.split("/")[0], _city(name, locale), name) for name in known_zones() - {"UTC"})
    groups = groupby(zones, key=lambda zone: zone[0])
    return [
        ("UTC", "UTC"),
        *((REGIONS[region], [(name, city) for _region, city, name in group]) for region, group in groups),
    ]


def _city(name: str, locale: Locale) -> str:
    return get_timezone_location(zoneinfo.ZoneInfo(name), locale=locale, return_city=True)
