"""Who may do what, asked of the database: `decide` for pages, `require` for services.

The rules themselves are in rules.py. All that is known of an account comes through `facts_of`; effects.py counts
everybody by the same expressions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.utils import timezone

from accounts.enums import Feature
from accounts.errors import NotEligibleError
from accounts.models import Flag, Invitation, Policy, PolicyException, User
from accounts.policies.rules import Decision, Facts, Platform, Purpose, Rule, RuleKind, Terms, Verdict, Way, evaluate
from accounts.policies.shares import share_query
from accounts.policies.words import refusal, rule_lines
from accounts.selectors.restrictions import check_open, is_closed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models.expressions import Combinable

PLATFORM_HEADER = "X-Client-Platform"

__all__ = ["decide", "evaluate", "facts_of", "platform_called", "platform_of", "require", "terms_of"]


def platform_of(headers: Mapping[str, str]) -> Platform:
    """Return what the client declares in its headers."""
    return platform_called(headers.get(PLATFORM_HEADER, ""))


def platform_called(name: str) -> Platform:
    """Return the platform of that name; whoever says nothing that we know is a browser."""
    said = name.strip().lower()
    return Platform(said) if said in Platform.values else Platform.WEB


def require(user: User, purpose: Purpose, platform: Platform = Platform.WEB) -> None:
    """Raise NotEligibleError, which lists what is missing, unless the account may.

    Raises FeatureClosedError if staff have closed that for the account.
    """
    if purpose == Purpose.HOST:
        check_open(user, Feature.HOST)
    decision = decide(user, purpose, platform)
    if not decision.allowed:
        missing = [line.as_json() for line in rule_lines(decision.nearest)]
        raise NotEligibleError(refusal(decision), members={"purpose": purpose.value, "missing": missing})


def decide(user: User, purpose: Purpose, platform: Platform = Platform.WEB) -> Decision:
    """Return whether the account may, with each rule and whether it is met."""
    return evaluate(terms_of(purpose), facts_of(user, platform))


def decisions(user: User, platform: Platform) -> list[Decision]:
    """Return the same for each purpose."""
    facts = facts_of(user, platform)
    known = {policy.purpose: policy.terms() for policy in _policies()}
    return [evaluate(known.get(purpose) or default_terms(purpose), facts) for purpose in Purpose]


def terms_of(purpose: Purpose) -> Terms:
    """Return what the purpose's policy says now."""
    policy = _policies().filter(purpose=purpose).first()
    return policy.terms() if policy else default_terms(purpose)


def default_terms(purpose: Purpose) -> Terms:
    """Return what a new installation begins with: open to all, with a confirmed address where it asks for that."""
    confirmed = settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"
    way: Way = (Rule(RuleKind.VERIFIED_EMAIL),) if confirmed else ()
    return Terms(purpose, (way,))


def facts_of(user: User, platform: Platform) -> Facts:
    """Return what is known of the account, as it is in the database now."""
    flags = {f"flag_{flag.pk}": flag for flag in flags_in_use()}
    on = {column: _as_column(flag_query(flag)) for column, flag in flags.items()}
    known: dict[str, Any] = (
        User.objects.annotate(
            followers=follower_count(),
            verified=_as_column(verified_email()),
            second=_as_column(second_factor()),
            by_invitation=_as_column(invited()),
            **on,
        )
        .values("date_joined", "followers", "verified", "second", "by_invitation", *on)
        .get(pk=user.pk)
    )
    exceptions = PolicyException.objects.filter(person=user).values_list("policy__purpose", "verdict")
    return Facts(
        followers=known["followers"],
        age_days=max(0, (timezone.now() - known["date_joined"]).days),
        verified_email=known["verified"],
        second_factor=known["second"],
        invited=known["by_invitation"],
        platform=platform,
        flags=frozenset(flag.name for column, flag in flags.items() if known[column]),
        allowed=frozenset(Purpose(purpose) for purpose, verdict in exceptions if verdict == Verdict.ALLOW),
        denied=frozenset(Purpose(purpose) for purpose, verdict in exceptions if verdict == Verdict.DENY)
        | ({Purpose.HOST} if is_closed(user, Feature.HOST) else frozenset()),
    )


# --- the same facts, as expressions over accounts ---


def follower_count() -> Combinable:
    """Return how many follow an account."""
    return F("follower_count")


def verified_email() -> Q:
    """Return who has confirmed their main address; the same as selectors.has_confirmed_address."""
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True, email__iexact=OuterRef("email"))
    return Q(Exists(confirmed))


def second_factor() -> Q:
    """Return who has a second factor: recovery codes alone are none."""
    authenticators = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return Q(pk__in=authenticators.values("user"))


def invited() -> Q:
    """Return who came by invitation."""
    return Q(pk__in=Invitation.objects.filter(redeemed_by__isnull=False).values("redeemed_by"))


def flag_query(flag: Flag) -> Q | bool:
    """Return for whom the flag is on; the same as Flag.is_active_for_user."""
    if flag.everyone is not None:
        return flag.everyone
    if flag.authenticated:
        return True
    on = Q(pk__in=flag.users.through.objects.filter(flag=flag).values("user"))
    on |= Q(pk__in=User.groups.through.objects.filter(group__in=flag.groups.values("pk")).values("user"))
    if flag.staff:
        on |= Q(is_staff=True)
    if flag.superusers:
        on |= Q(is_superuser=True)
    return on if flag.percent is None else on | share_query(flag.name, flag.percent)


def flags_in_use() -> list[Flag]:
    """Return the flags that any policy names."""
    named = Q(pk__in=Policy.objects.values("ways__share")) | Q(pk__in=Policy.objects.values("ways__flag"))
    return list(Flag.objects.filter(named).order_by("pk"))


def _policies() -> QuerySet[Policy]:
    return Policy.objects.prefetch_related("ways__share", "ways__flag")


def _as_column(query: Q | bool) -> Combinable:  # noqa: FBT001 - what is the same for all is no query
    return Value(query) if isinstance(query, bool) else ExpressionWrapper(query, output_field=BooleanField())
