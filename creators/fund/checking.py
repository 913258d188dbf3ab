"""Checking what stands in a file of the fund, place by place. All of it raises FundFileError and names the place."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from config.lib.currencies import is_currency
from creators.errors import FundFileError
from creators.fund.canonical import shown

if TYPE_CHECKING:
    from collections.abc import Collection

# Public ids, which say nothing about whom they name.
ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
# A name that programs use for a reason or a fact.
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
# A listener's name in one period (creators.fund.pseudonyms).
PSEUDONYM: Final = re.compile(r"[0-9a-f]{32}")


def check_format(found: dict[str, Any], known: str) -> None:
    if (written := found.get("format")) != known:
        raise FundFileError(
            _("The file’s format is “%(found)s”, and this program reads “%(known)s”.")
            % {"found": shown(written), "known": known}
        )


def fields(value: object, where: str, needed: Collection[str], possible: Collection[str] = ()) -> dict[str, Any]:
    """Return an object that has all the fields needed, and none but them and those that are possible."""
    if not isinstance(value, dict):
        raise FundFileError(_("%(where)s must be an object.") % {"where": where})
    for name in needed:
        if name not in value:
            raise FundFileError(_("%(where)s lacks “%(name)s”.") % {"where": where, "name": name})
    for name in value:
        if name not in needed and name not in possible:
            raise FundFileError(_("%(where)s: “%(name)s” is not known here.") % {"where": where, "name": shown(name)})
    return value


def listed(value: object, where: str, *, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise FundFileError(_("%(where)s must be a list of at most %(most)d.") % {"where": where, "most": most})
    return value


def whole(value: object, where: str, low: int, high: int) -> int:
    # To Python, True is a number.
    if type(value) is not int or not low <= value <= high:
        raise FundFileError(
            _("%(where)s must be a whole number from %(low)d to %(high)d.") % {"where": where, "low": low, "high": high}
        )
    return value


def text(value: object, where: str, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise FundFileError(
            _("%(where)s must be a text of the form %(form)s.") % {"where": where, "form": form.pattern}
        )
    return value


def currency(value: object) -> str:
    if not isinstance(value, str) or not is_currency(value):
        raise FundFileError(_("%(found)s is no currency; euros are “eur”.") % {"found": shown(value)})
    return value


def once(values: Collection[object], where: str) -> None:
    """Refuse a list in which something stands twice."""
    if len(set(values)) < len(values):
        ((twice, _times),) = Counter(values).most_common(1)
        raise FundFileError(_("%(where)s: %(what)s stands there twice.") % {"where": where, "what": shown(twice)})
