"""What a reader is told of rules: each in words, and where one goes to meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.policies.rules import Platform, Purpose, RuleKind
from config.lib.formats import number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.policies.effects import Effect
    from accounts.policies.rules import Checked, Decision, Rule


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as a page and the API show it; `href` is empty where there is nothing to do about it."""

    checked: Checked
    text: str
    href: str = ""

    @property
    def met(self) -> bool:
        return self.checked.met

    def as_json(self) -> dict[str, Any]:
        checked = self.checked
        return {
            "rule": checked.rule.kind.value,
            "met": checked.met,
            "have": checked.have,
            "need": checked.need,
            "text": self.text,
            "url": self.href or None,
        }


def rule_lines(rules: Iterable[Checked]) -> list[RuleLine]:
    """Return each rule in words; only what is missing leads somewhere."""
    return [RuleLine(rule, _text(rule), "" if rule.met else _href(rule.rule.kind)) for rule in rules]


class Refusal:
    """A no, for a page: the sentence, and each way in with its rules."""

    def __init__(self, decision: Decision) -> None:
        self.headline = _headline(decision)
        self.ways = [] if decision.denied else [rule_lines(way) for way in decision.ways]


def refusal(decision: Decision) -> str:
    """Return in a sentence or two why an account may not."""
    headline = _headline(decision)
    missing = ", ".join(line.text for line in rule_lines(decision.nearest))
    return headline + (" " + _("What is missing: %(rules)s.") % {"rules": missing} if missing else "")


def _headline(decision: Decision) -> str:
    if decision.denied:
        return {
            Purpose.HOST: _("Your account may not open rooms here."),
            Purpose.SELL: _("Your account may not sell tickets here."),
            Purpose.RECORD: _("Your account may not record rooms here."),
            Purpose.FUND: _("Your account may not apply to the fund."),
        }[decision.purpose]
    if not decision.ways:
        return {
            Purpose.HOST: _("Nobody can open rooms here just now."),
            Purpose.SELL: _("Nobody can sell tickets here just now."),
            Purpose.RECORD: _("Nobody can record rooms here just now."),
            Purpose.FUND: _("Nobody can apply to the fund just now."),
        }[decision.purpose]
    return {
        Purpose.HOST: _("You cannot open rooms yet."),
        Purpose.SELL: _("You cannot sell tickets yet."),
        Purpose.RECORD: _("You cannot record rooms yet."),
        Purpose.FUND: _("You cannot apply to the fund yet."),
    }[decision.purpose]


def _text(checked: Checked) -> str:
    rule, met = checked.rule, checked.met
    if checked.need is not None:
        return _counted(rule.kind, checked.have or 0, checked.need, met=met)
    if rule.kind is RuleKind.PLATFORM:
        return _("On %(platforms)s") % {"platforms": platform_names(rule)}
    texts = {
        RuleKind.VERIFIED_EMAIL: (_("Your e-mail address is confirmed"), _("Confirm your e-mail address")),
        RuleKind.SECOND_FACTOR: (_("You log in with a second factor"), _("Set up a second factor for logging in")),
        RuleKind.INVITED: (_("You came by invitation"), _("For accounts that came by invitation")),
        RuleKind.SHARE: (
            _("Your account is among those it is open to"),
            _("Opened account by account; yours is not among them yet"),
        ),
        RuleKind.FLAG: (_("You are in the group that tries it out"), _("For the group that tries it out")),
    }
    return texts[rule.kind][0 if met else 1]


def _counted(kind: RuleKind, have: int, need: int, *, met: bool) -> str:
    """Return how far somebody is; whoever is there reads only what they have."""
    values = {"have": number(have), "need": number(need)}
    if kind is RuleKind.FOLLOWERS:
        if met:
            return ngettext("%(have)s follower", "%(have)s followers", have) % values
        return ngettext("%(have)s of %(need)s follower", "%(have)s of %(need)s followers", need) % values
    if met:
        return ngettext("%(have)s day with an account", "%(have)s days with an account", have) % values
    text = ngettext("%(have)s of %(need)s day with an account", "%(have)s of %(need)s days with an account", need)
    return text % values


def platform_names(rule: Rule) -> str:
    """Return the platforms of a rule, always in the same order."""
    return ", ".join(str(platform.label) for platform in Platform if platform in rule.platforms)


def rule_name(rule: Rule) -> str:
    """Return the rule as staff read it: what it asks for, of nobody in particular."""
    label = str(rule.kind.label)
    if rule.least:
        return f"{number(rule.least)} {label}"
    return f"{label}: {rule.flag or platform_names(rule)}" if rule.flag or rule.platforms else label


def _href(kind: RuleKind) -> str:
    name = {RuleKind.VERIFIED_EMAIL: "account_email", RuleKind.SECOND_FACTOR: "mfa_index"}.get(kind)
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        # Second factors are an app that an installation may lack.
        return ""


def effect_lines(effect: Effect) -> list[str]:
    """Return what a change would do, a sentence a platform."""
    return [
        _(
            "%(platform)s: %(before)s of %(all)s accounts may now, %(after)s afterwards; "
            "%(gain)s gain it, %(lose)s lose it."
        )
        % {
            "platform": tally.platform.label if tally.platform else _("On every platform"),
            "all": number(effect.accounts),
            **{name: number(getattr(tally, name)) for name in ("before", "after", "gain", "lose")},
        }
        for tally in effect.platforms
    ]
