"""Who may enter a room: what each rule asks for, what is known of somebody, and what follows. Nothing here reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from rooms.enums import EntryRule


class Need(StrEnum):
    """What would let somebody in. The values are part of the API and of docs/protocol.md."""

    LOG_IN = "log_in"
    FOLLOW_HOST = "follow_host"
    FOLLOWED_BY_HOST = "followed_by_host"
    INVITATION = "invitation"
    TICKET = "ticket"


# All of them must be met.
ASKS: MappingProxyType[EntryRule, tuple[Need, ...]] = MappingProxyType(
    {
        EntryRule.EVERYONE: (),
        EntryRule.FOLLOWERS: (Need.FOLLOW_HOST,),
        EntryRule.FOLLOWED: (Need.FOLLOWED_BY_HOST,),
        EntryRule.MUTUALS: (Need.FOLLOW_HOST, Need.FOLLOWED_BY_HOST),
        EntryRule.INVITED: (Need.INVITATION,),
        EntryRule.TICKET: (Need.TICKET,),
    }
)

# The fact that meets a need. An invitation and a ticket are admissions, which open a room whatever its rule says.
MEETS: MappingProxyType[Need, str] = MappingProxyType(
    {
        Need.FOLLOW_HOST: "follows_host",
        Need.FOLLOWED_BY_HOST: "followed_by_host",
        Need.INVITATION: "admitted",
        Need.TICKET: "admitted",
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """How somebody stands to a room. Without an account nothing else is known."""

    guest: bool = False
    host: bool = False
    banned: bool = False
    # Was let in by name, or is or is asked on the stage.
    admitted: bool = False
    follows_host: bool = False
    followed_by_host: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may enter; if not, what is missing. `banned`: nothing would help."""

    rule: EntryRule
    allowed: bool
    missing: tuple[Need, ...] = ()
    banned: bool = False


def decide(rule: EntryRule, facts: Facts, *, guests_listen: bool) -> Decision:
    """Say whether somebody may enter. A ban stands above an admission, and that above the rule."""
    if facts.guest:
        allowed = rule is EntryRule.EVERYONE and guests_listen
        return Decision(rule, allowed, () if allowed else (Need.LOG_IN, *ASKS[rule]))
    if facts.host:
        return Decision(rule, allowed=True)
    if facts.banned:
        return Decision(rule, allowed=False, banned=True)
    missing = tuple(need for need in ASKS[rule] if not getattr(facts, MEETS[need]))
    allowed = facts.admitted or not missing
    return Decision(rule, allowed, () if allowed else missing)
