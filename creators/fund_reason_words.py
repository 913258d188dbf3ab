"""Why somebody gets what they get: each reason of the fund’s arithmetic (creators.fund.reasons) as a sentence."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.lib.formats import number
from creators.enums import FundFormula
from creators.fund_words import cap_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from creators.models import Programme

Facts: TypeAlias = "Mapping[str, Any]"


def reason_lines(reasons: Iterable[Facts], programme: Programme) -> list[str]:
    """Return each reason of a share, or of a whole allocation, as a sentence."""
    return [reason_line(reason, programme) for reason in reasons]


def reason_line(reason: Facts, programme: Programme) -> str:
    """Return a reason, as its file has it, in words."""
    code = reason["because"] if reason["code"] == "not_eligible" else reason["code"]
    return SENTENCES[code](reason, programme)


def _money(reason: Facts, name: str, programme: Programme) -> str:
    """Return a sum; an ideal one, which has fractions, is rounded for reading."""
    return programme.money(round(Fraction(reason[name]))).written()


def _too_few_listeners(reason: Facts, programme: Programme) -> str:
    values = {name: number(reason[name]) for name in ("found", "needed")}
    if programme.formula == FundFormula.QUADRATIC:
        text = ngettext(
            "%(found)s different supporter; the programme asks for %(needed)s.",
            "%(found)s different supporters; the programme asks for %(needed)s.",
            reason["found"],
        )
    else:
        text = ngettext(
            "%(found)s different listener; the programme asks for %(needed)s.",
            "%(found)s different listeners; the programme asks for %(needed)s.",
            reason["found"],
        )
    return text % values


def _listeners_capped(reason: Facts, programme: Programme) -> str:
    values = {"number": number(reason["listeners"]), "most": cap_written(programme, reason["cap"])}
    if programme.formula == FundFormula.QUADRATIC:
        text = ngettext(
            "%(number)s supporter counts for a part only, because of one person at most %(most)s count.",
            "%(number)s supporters count for a part only, because of one person at most %(most)s count.",
            reason["listeners"],
        )
    else:
        text = ngettext(
            "%(number)s listener counts for a part only, because of one person at most %(most)s count.",
            "%(number)s listeners count for a part only, because of one person at most %(most)s count.",
            reason["listeners"],
        )
    return text % values


def _capped(reason: Facts, programme: Programme) -> str:
    values = {name: _money(reason, name, programme) for name in ("cap", "without")}
    return _("Held to %(cap)s, the most that a creator gets; otherwise it were %(without)s.") % values


def _raised_by_caps(reason: Facts, programme: Programme) -> str:
    return _("More than %(without)s: what others could not have was shared out among those below the most.") % {
        "without": _money(reason, "without", programme)
    }


def _budget_short(reason: Facts, programme: Programme) -> str:
    return _("Less than the stipend of %(stipend)s: the budget is too small for all, and all get the same part.") % {
        "stipend": _money(reason, "stipend", programme)
    }


def _rounded_up(reason: Facts, programme: Programme) -> str:
    return _rounded(reason, _("Rounded up to the last unit that can be paid."), programme)


def _rounded_down(reason: Facts, programme: Programme) -> str:
    return _rounded(reason, _("Rounded down to the last unit that can be paid."), programme)


def _rounded(reason: Facts, text: str, programme: Programme) -> str:
    del programme
    if "tied" not in reason:
        return text
    turns = _("Of %(tied)s who have the same right to it, %(drawn)s are in turn this time.") % {
        name: number(reason[name]) for name in ("tied", "drawn")
    }
    return f"{text} {turns}"


def _pots_capped(reason: Facts, programme: Programme) -> str:
    return ngettext(
        "Less than the budget: %(number)s listener, who stands for at most %(most)s.",
        "Less than the budget: %(number)s listeners, each of whom stands for at most %(most)s.",
        reason["listeners"],
    ) % {"number": number(reason["listeners"]), "most": cap_written(programme, reason["cap"])}


def _counted(reason: Facts, one: str, many: str) -> str:
    text = one if reason["needed"] == 1 else many
    return text % {name: number(reason[name]) for name in ("found", "needed")}


def _followers(reason: Facts, programme: Programme) -> str:
    del programme
    return _counted(reason, _("%(found)s of %(needed)s follower."), _("%(found)s of %(needed)s followers."))


def _account_age(reason: Facts, programme: Programme) -> str:
    del programme
    return _counted(
        reason, _("%(found)s of %(needed)s day with an account."), _("%(found)s of %(needed)s days with an account.")
    )


def _too_few_rooms(reason: Facts, programme: Programme) -> str:
    del programme
    return _counted(
        reason, _("%(found)s of %(needed)s room in the period."), _("%(found)s of %(needed)s rooms in the period.")
    )


def _had_all_periods(reason: Facts, programme: Programme) -> str:
    del programme
    return ngettext(
        "A creator gets something in %(most)s period at most, and has.",
        "A creator gets something in %(most)s periods at most, and has.",
        reason["most"],
    ) % {"most": number(reason["most"])}


def _plain(text: Callable[[], str]) -> Callable[[Facts, Programme], str]:
    """Return what says the same of everybody, in the reader's language."""

    def say(reason: Facts, programme: Programme) -> str:
        del reason, programme
        return text()

    return say


SENTENCES: Final[dict[str, Callable[[Facts, Programme], str]]] = {
    "too_few_listeners": _too_few_listeners,
    "nothing_counted": _plain(lambda: _("Nothing was counted in this period.")),
    "listeners_capped": _listeners_capped,
    "capped": _capped,
    "raised_by_caps": _raised_by_caps,
    "budget_short": _budget_short,
    "rounded_up": _rounded_up,
    "rounded_down": _rounded_down,
    "pots_capped": _pots_capped,
    "nobody": _plain(lambda: _("Nobody has anything that counts.")),
    "all_capped": _plain(lambda: _("Everybody has the most that a creator gets.")),
    "followers": _followers,
    "account_age": _account_age,
    "verified_email": _plain(lambda: _("The e-mail address is not confirmed.")),
    "too_few_rooms": _too_few_rooms,
    "had_all_periods": _had_all_periods,
    "account_closed": _plain(lambda: _("The account is closed.")),
    "denied": _plain(lambda: _("Those who run this site have closed the fund to this account.")),
    "removed": _plain(lambda: _("Those who run this site have taken the application out of the programme.")),
}
