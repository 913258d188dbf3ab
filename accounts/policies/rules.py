"""Who may do what: the rules, what is known of an account, and what follows. Nothing here reads the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable


class Purpose(TextChoices):
    """What a policy is about."""

    HOST = "host", _("Open rooms")
    SELL = "sell", _("Sell tickets")
    RECORD = "record", _("Record rooms")
    FUND = "fund", _("Apply to the fund")


class Platform(TextChoices):
    """What a client says it is."""

    WEB = "web", _("Web")
    IOS = "ios", "iOS"
    ANDROID = "android", "Android"


class RuleKind(TextChoices):
    """What a rule looks at. The values are part of the API."""

    FOLLOWERS = "followers", _("followers")
    ACCOUNT_AGE = "account_age", _("days with an account")
    VERIFIED_EMAIL = "verified_email", _("confirmed e-mail address")
    SECOND_FACTOR = "second_factor", _("second factor")
    PLATFORM = "platform", _("platform")
    SHARE = "share", _("share of accounts")
    FLAG = "flag", _("flag or group")
    INVITED = "invited", _("came by invitation")


class Verdict(TextChoices):
    """What staff decided for one account, whatever the rules say."""

    ALLOW = "allow", _("allow")
    DENY = "deny", _("deny")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that an account must have: `least` of what is counted, one of `platforms`, or to be in `flag`."""

    kind: RuleKind
    least: int = 0
    platforms: frozenset[Platform] = frozenset()
    flag: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the rule as the log keeps it."""
        told: dict[str, Any] = {"rule": self.kind.value}
        if self.least:
            told["least"] = self.least
        if self.platforms:
            told["platforms"] = sorted(self.platforms)
        return told | ({"flag": self.flag} if self.flag else {})


# All of its rules must be met; without any it is open to all.
Way = tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says: any one of the ways is enough; without any it is closed to all."""

    purpose: Purpose
    ways: tuple[Way, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Each rule once, in the order in which they stand."""
        return tuple(dict.fromkeys(rule for way in self.ways for rule in way))

    def as_json(self) -> list[list[dict[str, Any]]]:
        return [[rule.as_json() for rule in way] for way in self.ways]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an account. Other parts of the site bring theirs in `accounts.policies.eligibility.facts_of`."""

    followers: int = 0
    age_days: int = 0
    verified_email: bool = False
    second_factor: bool = False
    invited: bool = False
    platform: Platform = Platform.WEB
    flags: frozenset[str] = frozenset()
    allowed: frozenset[Purpose] = frozenset()
    denied: frozenset[Purpose] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule beside an account: whether it is met, and of what is counted how much there is and must be."""

    rule: Rule
    met: bool
    have: int | None = None
    need: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an account may, and why; `ways` is empty if the policy is closed to all."""

    purpose: Purpose
    allowed: bool
    ways: tuple[tuple[Checked, ...], ...] = ()
    denied: bool = field(default=False)

    @property
    def nearest(self) -> tuple[Checked, ...]:
        """What is missing on the way that misses least; empty for whoever may, is denied, or has no way."""
        if self.allowed or self.denied or not self.ways:
            return ()
        missing = [tuple(checked for checked in way if not checked.met) for way in self.ways]
        return min(missing, key=len)


def evaluate(terms: Terms, facts: Facts) -> Decision:
    """Decide. Staff's no stands above staff's yes, and that above all rules."""
    ways = tuple(tuple(_checked(rule, facts) for rule in way) for way in terms.ways)
    denied, excepted = terms.purpose in facts.denied, terms.purpose in facts.allowed
    met = any(all(checked.met for checked in way) for way in ways)
    return Decision(terms.purpose, may(denied=denied, excepted=excepted, met=met), ways, denied)


def may(*, denied: bool, excepted: bool, met: bool) -> bool:
    """Say what follows from staff's exceptions and from the rules."""
    return not denied and (excepted or met)


def open_to(terms: Terms, is_met: Callable[[Rule], bool]) -> bool:
    """Say whether the rules alone let somebody in."""
    return any(all(is_met(rule) for rule in way) for way in terms.ways)


def _checked(rule: Rule, facts: Facts) -> Checked:
    counted = {RuleKind.FOLLOWERS: facts.followers, RuleKind.ACCOUNT_AGE: facts.age_days}.get(rule.kind)
    if counted is not None:
        return Checked(rule, counted >= rule.least, counted, rule.least)
    met = {
        RuleKind.VERIFIED_EMAIL: facts.verified_email,
        RuleKind.SECOND_FACTOR: facts.second_factor,
        RuleKind.PLATFORM: facts.platform in rule.platforms,
        RuleKind.SHARE: rule.flag in facts.flags,
        RuleKind.FLAG: rule.flag in facts.flags,
        RuleKind.INVITED: facts.invited,
    }
    return Checked(rule, met[rule.kind])
