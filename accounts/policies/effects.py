"""What a change of a policy would do to all accounts, before it is saved.

One query groups the open accounts by which rules they meet; who gains and loses follows from the groups. So the figures
are exact, and cost the same however many accounts there are in a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import BooleanField, Count, ExpressionWrapper, Q
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from accounts.models import Flag, PolicyException, User
from accounts.policies.eligibility import flag_query, follower_count, invited, second_factor, verified_email
from accounts.policies.rules import Platform, Rule, RuleKind, Terms, Verdict, may, open_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

EXAMPLES = 20
# A change that takes it from more than this share of those who may is asked about once more.
LOCK_OUT_SHARE = 0.1


class Tally(NamedTuple):
    """How many accounts may on a platform (None: on all alike) before and after, and how many gain and lose it."""

    platform: Platform | None
    before: int
    after: int
    gain: int
    lose: int


@dataclass(frozen=True)
class Effect:
    """What would happen; `rules` has for each rule of the new policy how many accounts meet it."""

    accounts: int
    platforms: list[Tally]
    rules: list[tuple[Rule, int]]
    losing: list[User]
    gaining: list[User]

    @property
    def locks_out(self) -> bool:
        """Say whether on any platform more than a tenth of those who may would lose it."""
        return any(count.lose > count.before * LOCK_OUT_SHARE for count in self.platforms)


class _Group(NamedTuple):
    """Accounts that meet the same rules; `key` finds them again."""

    key: dict[str, bool]
    met: dict[Rule, bool]
    number: int

    def may(self, terms: Terms, platform: Platform) -> bool:
        def is_met(rule: Rule) -> bool:
            return platform in rule.platforms if rule.kind is RuleKind.PLATFORM else self.met[rule]

        return may(denied=self.key["denied"], excepted=self.key["excepted"], met=open_to(terms, is_met))


def effect_of(old: Terms, new: Terms) -> Effect:
    """Return what replacing `old` by `new` does."""
    everybody, groups = _grouped(new, tuple(dict.fromkeys((*old.rules, *new.rules))))
    split = any(rule.kind is RuleKind.PLATFORM for rule in (*old.rules, *new.rules))
    platforms = list(Platform) if split else [Platform.WEB]
    changes: dict[Platform, _Change] = {platform: _change(groups, old, new, platform) for platform in platforms}
    losing = _examples(everybody, [group for change in changes.values() for group in change.lose], EXAMPLES)
    gaining = [group for change in changes.values() for group in change.gain]
    return Effect(
        accounts=sum(group.number for group in groups),
        platforms=[change.counted(platform if split else None) for platform, change in changes.items()],
        rules=[
            (rule, sum(group.number for group in groups if group.met[rule]))
            for rule in new.rules
            if rule.kind is not RuleKind.PLATFORM
        ],
        losing=losing,
        gaining=_examples(everybody, gaining, EXAMPLES - len(losing)),
    )


class _Change(NamedTuple):
    before: list[_Group]
    after: list[_Group]
    gain: list[_Group]
    lose: list[_Group]

    def counted(self, platform: Platform | None) -> Tally:
        return Tally(platform, *(sum(group.number for group in groups) for groups in self))


def _change(groups: list[_Group], old: Terms, new: Terms, platform: Platform) -> _Change:
    judged = [(group, group.may(old, platform), group.may(new, platform)) for group in groups]
    return _Change(
        before=[group for group, was, _ in judged if was],
        after=[group for group, _, will in judged if will],
        gain=[group for group, was, will in judged if will and not was],
        lose=[group for group, was, will in judged if was and not will],
    )


def _grouped(terms: Terms, rules: Iterable[Rule]) -> tuple[QuerySet[User], list[_Group]]:
    """Return the open accounts with a column for each question, and how many there are of each set of answers."""
    flags = {flag.name: flag for flag in Flag.objects.filter(name__in=[rule.flag for rule in rules if rule.flag])}
    queries = {rule: rule_query(rule, flags) for rule in rules if rule.kind is not RuleKind.PLATFORM}
    same = {rule: query for rule, query in queries.items() if isinstance(query, bool)}
    names = {rule: f"meets_{place}" for place, rule in enumerate(queries) if rule not in same}
    exceptions = PolicyException.objects.filter(policy__purpose=terms.purpose)
    columns: dict[str, Q] = {names[rule]: query for rule, query in queries.items() if isinstance(query, Q)} | {
        "denied": Q(pk__in=exceptions.filter(verdict=Verdict.DENY).values("person")),
        "excepted": Q(pk__in=exceptions.filter(verdict=Verdict.ALLOW).values("person")),
    }
    everybody = User.objects.filter(is_active=True).annotate(
        **{name: ExpressionWrapper(query, output_field=BooleanField()) for name, query in columns.items()}
    )
    rows: Iterable[dict[str, Any]] = everybody.order_by().values(*columns).annotate(number=Count("pk"))
    groups = []
    for row in rows:
        number = row.pop("number")
        groups.append(_Group(row, same | {rule: row[name] for rule, name in names.items()}, number))
    return everybody, groups


def rule_query(rule: Rule, flags: dict[str, Flag]) -> Q | bool:
    """Return who meets the rule; one that is the same for all accounts is no query."""
    if rule.kind in {RuleKind.SHARE, RuleKind.FLAG}:
        return flag_query(flags[rule.flag]) if rule.flag in flags else False
    queries: dict[RuleKind, Callable[[], Q | bool]] = {
        RuleKind.FOLLOWERS: lambda: _at_least(rule.least),
        RuleKind.ACCOUNT_AGE: lambda: Q(date_joined__lte=timezone.now() - timedelta(days=rule.least)),
        RuleKind.VERIFIED_EMAIL: verified_email,
        RuleKind.SECOND_FACTOR: second_factor,
        RuleKind.INVITED: invited,
    }
    return queries[rule.kind]()


def _at_least(least: int) -> Q:
    return Q(GreaterThanOrEqual(follower_count(), least))


def _examples(everybody: QuerySet[User], groups: list[_Group], most: int) -> list[User]:
    if not groups or most <= 0:
        return []
    keys = {tuple(sorted(group.key.items())) for group in groups}
    return list(everybody.filter(reduce(or_, (Q(*key) for key in sorted(keys)))).order_by("pk")[:most])
