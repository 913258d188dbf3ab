"""The rule of entry in words: for whoever sets it, and for whoever stands before the door."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from rooms.entry_rules import Need
from rooms.enums import EntryRule

if TYPE_CHECKING:
    from rooms.entry_rules import Decision

# What a program can choose, and on pages together with people with a ticket, who need an offer first.
OFFERED = (
    EntryRule.EVERYONE,
    EntryRule.FOLLOWERS,
    EntryRule.FOLLOWED,
    EntryRule.MUTUALS,
    EntryRule.INVITED,
)


class DoorWords(NamedTuple):
    """Why somebody may not enter, and what would let them in."""

    why: str
    hint: str


def rule_choices() -> list[tuple[str, str]]:
    """Return the rules that a host can choose, with their words from the host's side."""
    words = {
        EntryRule.EVERYONE: _("Everyone"),
        EntryRule.FOLLOWERS: _("People who follow me"),
        EntryRule.FOLLOWED: _("People I follow"),
        EntryRule.MUTUALS: _("People who follow me and whom I follow"),
        EntryRule.INVITED: _("Only people who are invited"),
        EntryRule.TICKET: _("People with a ticket"),
    }
    return [(rule.value, words[rule]) for rule in (*OFFERED, EntryRule.TICKET)]


def door_words(decision: Decision, host: str) -> DoorWords:
    """Return what the door says to whom this decision is about."""
    if decision.banned:
        return DoorWords(
            _("You may not enter this room."), _("Whoever leads it has decided so. You are welcome in other rooms.")
        )
    return DoorWords(_why(decision.rule, host), _hint(decision, host))


def _why(rule: EntryRule, host: str) -> str:
    sentences = {
        EntryRule.EVERYONE: _("Only people with an account may listen here."),
        EntryRule.FOLLOWERS: _("Only people who follow %(name)s may enter."),
        EntryRule.FOLLOWED: _("Only people whom %(name)s follows may enter."),
        EntryRule.MUTUALS: _("Only people who follow %(name)s, and whom %(name)s follows, may enter."),
        EntryRule.INVITED: _("Only people who were invited may enter."),
        EntryRule.TICKET: _("Only people with a ticket may enter."),
    }
    return sentences[rule] % {"name": host}


def _hint(decision: Decision, host: str) -> str:
    if Need.LOG_IN in decision.missing:
        return _("Log in, and we look whether you may.") if len(decision.missing) > 1 else _("Log in to go in.")
    sentences = {
        (Need.FOLLOW_HOST,): _("Follow %(name)s to enter."),
        (Need.FOLLOWED_BY_HOST,): _("Once %(name)s follows you, you can come in."),
        (Need.FOLLOW_HOST, Need.FOLLOWED_BY_HOST): _(
            "Follow %(name)s. Once %(name)s follows you too, you can come in."
        ),
        (Need.INVITATION,): _("Ask %(name)s to invite you."),
        (Need.TICKET,): _("Ask %(name)s where tickets are sold."),
    }
    return sentences[decision.missing] % {"name": host}
