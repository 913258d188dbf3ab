"""A programme of the fund in words: by what it shares out, what holds it back, and who may have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.lib.formats import lasting, number
from creators.enums import Cadence, FundFormula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from creators.models import Programme


def rule_lines(programme: Programme) -> list[str]:
    """Return the terms of a programme, a sentence each."""
    return [*_formula(programme), *_limits(programme), *_who(programme)]


def _formula(programme: Programme) -> Iterator[str]:
    match programme.formula:
        case FundFormula.FLAT:
            sums = {"stipend": programme.money(programme.stipend or 0).written()}
            if programme.cadence == Cadence.WEEK:
                yield _("Each creator gets %(stipend)s a week.") % sums
            else:
                yield _("Each creator gets %(stipend)s a month.") % sums
            yield _("If the budget is too small for all, all get the same part of it.")
        case FundFormula.PRO_RATA:
            yield _("The budget is shared out by the verified minutes that people listened to each creator.")
        case FundFormula.USER_CENTRIC:
            yield _(
                "Each listener stands for an equal part of the budget, which goes to those they heard, by how long "
                "they heard whom."
            )
        case _:
            yield _(
                "The budget is shared out by how many people paid for a creator’s tickets and tips, more than by how "
                "much each paid."
            )


def _limits(programme: Programme) -> Iterator[str]:
    if programme.creator_cap:
        yield _("A creator gets at most %(money)s in a period.") % {
            "money": programme.money(programme.creator_cap).written()
        }
    if programme.listener_cap:
        yield _listener_cap(programme) % {"most": cap_written(programme, programme.listener_cap)}
    if programme.min_listeners:
        yield ngettext(
            "Whoever has fewer than %(number)s listener gets nothing in the period.",
            "Whoever has fewer than %(number)s different listeners gets nothing in the period.",
            programme.min_listeners,
        ) % {"number": number(programme.min_listeners)}
    if programme.most_periods:
        yield ngettext(
            "Each creator gets something in %(number)s period at most.",
            "Each creator gets something in %(number)s periods at most.",
            programme.most_periods,
        ) % {"number": number(programme.most_periods)}


def _listener_cap(programme: Programme) -> str:
    if programme.formula == FundFormula.PRO_RATA:
        return _("Of one listener at most %(most)s count in a period.")
    if programme.formula == FundFormula.USER_CENTRIC:
        return _("One listener stands for at most %(most)s.")
    return _("Of what one person pays, at most %(most)s count in a period.")


def cap_written(programme: Programme, cap: int) -> str:
    """Return a cap for each listener in what the formula counts."""
    return lasting(cap) if programme.formula == FundFormula.PRO_RATA else programme.money(cap).written()


def _who(programme: Programme) -> Iterator[str]:
    if programme.min_followers:
        yield ngettext("%(number)s follower at least.", "%(number)s followers at least.", programme.min_followers) % {
            "number": number(programme.min_followers)
        }
    if programme.min_account_days:
        yield ngettext(
            "An account for %(number)s day at least.",
            "An account for %(number)s days at least.",
            programme.min_account_days,
        ) % {"number": number(programme.min_account_days)}
    if programme.verified_email:
        yield _("A confirmed e-mail address.")
    if programme.rooms_per_week:
        yield ngettext(
            "%(number)s room a week at least, on average of each period.",
            "%(number)s rooms a week at least, on average of each period.",
            programme.rooms_per_week,
        ) % {"number": number(programme.rooms_per_week)}
    if programme.min_age:
        yield _("An age of %(number)s at least.") % {"number": number(programme.min_age)}
