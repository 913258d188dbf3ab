"""Changing who may do what. Every change is written down: who, when, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.errors import NoSuchFlagError, ReasonMissingError
from accounts.models import Flag, Policy, PolicyChange, PolicyException, PolicyWay
from accounts.policies.eligibility import default_terms
from accounts.policies.rules import Purpose, Terms, Verdict
from config.lib.plain_text import tidy_line

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def lay_down_policies() -> None:
    """Give each purpose that has none the policy of a new installation. Those that are there stay."""
    for purpose in Purpose:
        policy, fresh = Policy.objects.get_or_create(purpose=purpose)
        if fresh:
            _write(policy, default_terms(purpose))


@transaction.atomic
def change_policy(terms: Terms, *, by: User | None) -> bool:
    """Let the purpose's policy say this from now on; return whether that is a change. Raises NoSuchFlagError."""
    Policy.objects.get_or_create(purpose=terms.purpose)
    policy = Policy.objects.select_for_update().get(purpose=terms.purpose)
    before = policy.terms()
    if before == terms:
        return False
    policy.ways.all().delete()
    _write(policy, terms)
    _note(policy, by, {"ways": before.as_json()}, {"ways": terms.as_json()})
    return True


@transaction.atomic
def make_exception(purpose: Purpose, *, person: User, verdict: Verdict, reason: str, by: User | None) -> None:
    """Allow or deny it to one account, whatever the rules say. Raises ReasonMissingError for a no without a reason."""
    reason = tidy_line(reason)
    if verdict is Verdict.DENY and not reason:
        raise ReasonMissingError
    Policy.objects.get_or_create(purpose=purpose)
    policy = Policy.objects.select_for_update().get(purpose=purpose)
    old = policy.exceptions.filter(person=person, verdict=verdict).first()
    before = _exception_as_json(old)
    made, _ = PolicyException.objects.update_or_create(
        policy=policy, person=person, verdict=verdict, defaults={"reason": reason, "made_by": by}
    )
    if before != (after := _exception_as_json(made)):
        _note(policy, by, {"exception": before}, {"exception": after})


@transaction.atomic
def drop_exception(exception: PolicyException, *, by: User | None) -> None:
    """Let the rules count again for this account."""
    policy = Policy.objects.select_for_update().get(pk=exception.policy_id)
    if policy.exceptions.filter(pk=exception.pk).delete()[0]:
        _note(policy, by, {"exception": _exception_as_json(exception)}, {"exception": None})


def note_flag(name: str, *, before: dict[str, Any], after: dict[str, Any], by: User | None) -> None:
    """Write a flag's change into the log of each policy that names it; `flag_as_json` gives both."""
    if before == after:
        return
    for policy in Policy.objects.prefetch_related("ways__share", "ways__flag"):
        if any(rule.flag == name for rule in policy.terms().rules):
            _note(policy, by, {"flag": before}, {"flag": after})


def flag_as_json(flag: Flag) -> dict[str, Any]:
    """Return for whom a flag is on, as the log keeps it: people by number only."""
    return {
        "name": flag.name,
        "everyone": flag.everyone,
        "percent": None if flag.percent is None else float(flag.percent),
        "superusers": flag.superusers,
        "staff": flag.staff,
        "authenticated": flag.authenticated,
        "groups": sorted(flag.groups.values_list("name", flat=True)),
        "people": sorted(flag.users.values_list("public_id", flat=True)),
    }


def _write(policy: Policy, terms: Terms) -> None:
    named = {rule.flag for rule in terms.rules if rule.flag}
    flags = {flag.name: flag for flag in Flag.objects.filter(name__in=named)}
    if missing := named - flags.keys():
        raise NoSuchFlagError(name=min(missing))
    # One by one: their order is that of their numbers.
    for way in terms.ways:
        PolicyWay.of(policy, way, flags).save()


def _note(policy: Policy, by: User | None, before: dict[str, Any], after: dict[str, Any]) -> None:
    PolicyChange.objects.create(policy=policy, by=by, before=before, after=after)


def _exception_as_json(exception: PolicyException | None) -> dict[str, str] | None:
    if exception is None:
        return None
    return {
        "person": exception.person.public_id,
        "verdict": str(exception.verdict),
        "reason": exception.reason,
    }
