"""Who may, asked of the database: facts, words, refusals, and what a change would do to everybody."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.utils import timezone
from waffle import flag_is_active

from accounts.errors import NoSuchFlagError, NotEligibleError, ReasonMissingError
from accounts.models import Flag, Policy, PolicyChange, PolicyException, PolicyWay, User
from accounts.policies.effects import effect_of
from accounts.policies.eligibility import decide, default_terms, facts_of, platform_of, require, terms_of
from accounts.policies.rules import Facts, Platform, Purpose, Rule, RuleKind, Terms, Verdict, evaluate
from accounts.services.policies import change_policy, drop_exception, lay_down_policies, make_exception
from tests.factories.people import UserFactory, person

if TYPE_CHECKING:
    from pytest_django.fixtures import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db

EMAIL = Rule(RuleKind.VERIFIED_EMAIL)
AGE = Rule(RuleKind.ACCOUNT_AGE, 30)


def host(*ways: tuple[Rule, ...]) -> Terms:
    return Terms(Purpose.HOST, ways)


def make_flag(name: str, **fields: Any) -> Flag:
    made = Flag(name=name, **fields)
    made.save()
    return made


def confirm(user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email.upper(), primary=True, verified=True)


def test_new_installation_is_open_to_all(oliver: User) -> None:
    assert [policy.terms() for policy in Policy.objects.order_by("pk")] == [
        Terms(purpose, ((),)) for purpose in Purpose
    ]
    assert all(decide(oliver, purpose).allowed for purpose in Purpose)


def test_new_installation_with_verification_asks_for_it(settings: Settings, oliver: User) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    Policy.objects.all().delete()
    assert terms_of(Purpose.HOST) == host((EMAIL,))
    lay_down_policies()
    assert [policy.terms() for policy in Policy.objects.order_by("pk")] == [
        default_terms(purpose) for purpose in Purpose
    ]
    assert not decide(oliver, Purpose.HOST).allowed
    confirm(oliver)
    assert decide(oliver, Purpose.HOST).allowed


def test_policies_that_are_there_stay(sam: User) -> None:
    change_policy(host(), by=sam)
    lay_down_policies()
    assert terms_of(Purpose.HOST) == host()


def test_facts_of_a_fresh_account(oliver: User) -> None:
    assert facts_of(oliver, Platform.ANDROID) == Facts(platform=Platform.ANDROID)


def test_facts_know_what_is_in_the_database(oliver: User, sam: User) -> None:
    confirm(oliver)
    User.objects.filter(pk=oliver.pk).update(date_joined=timezone.now() - timedelta(days=30, minutes=1))
    flag = make_flag("test")
    flag.users.add(oliver)
    make_flag("unused", everyone=True)
    change_policy(host((Rule(RuleKind.FLAG, flag="test"),)), by=sam)
    make_exception(Purpose.FUND, person=oliver, verdict=Verdict.ALLOW, reason="", by=sam)
    make_exception(Purpose.SELL, person=oliver, verdict=Verdict.DENY, reason="Sold what was not theirs.", by=sam)
    assert facts_of(oliver, Platform.WEB) == Facts(
        age_days=30,
        verified_email=True,
        flags=frozenset({"test"}),
        allowed=frozenset({Purpose.FUND}),
        denied=frozenset({Purpose.SELL}),
    )


@pytest.mark.parametrize("flags", [1, 3])
def test_decision_costs_the_same_however_many_flags(
    oliver: User, django_assert_num_queries: DjangoAssertNumQueries, flags: int
) -> None:
    names = [make_flag(f"flag{number}").name for number in range(flags)]
    change_policy(host(*((Rule(RuleKind.FLAG, flag=name),) for name in names)), by=None)
    with django_assert_num_queries(7):
        assert decide(oliver, Purpose.HOST).allowed is False


@pytest.mark.parametrize(
    ("said", "platform"),
    [("ios", "ios"), (" Android ", "android"), ("web", "web"), ("", "web"), ("toaster", "web")],
)
def test_platform_is_what_the_client_declares(said: str, platform: str) -> None:
    assert platform_of({"X-Client-Platform": said}) == platform
    assert platform_of({}) == "web"


def test_require_says_what_is_missing(oliver: User) -> None:
    change_policy(host((AGE, EMAIL)), by=None)
    with pytest.raises(NotEligibleError) as caught:
        require(oliver, Purpose.HOST)
    assert str(caught.value) == (
        "You cannot open rooms yet. What is missing: 0 of 30 days with an account, Confirm your e-mail address."
    )
    assert caught.value.members == {
        "purpose": "host",
        "missing": [
            {
                "rule": "account_age",
                "met": False,
                "have": 0,
                "need": 30,
                "text": "0 of 30 days with an account",
                "url": None,
            },
            {
                "rule": "verified_email",
                "met": False,
                "have": None,
                "need": None,
                "text": "Confirm your e-mail address",
                "url": "/accounts/email/",
            },
        ],
    }


def test_require_tells_nobody_the_reason_of_staff(oliver: User, sam: User) -> None:
    make_exception(Purpose.HOST, person=oliver, verdict=Verdict.DENY, reason="Shouts.", by=sam)
    with pytest.raises(NotEligibleError) as caught:
        require(oliver, Purpose.HOST)
    assert (str(caught.value), caught.value.members) == (
        "Your account may not open rooms here.",
        {"purpose": "host", "missing": []},
    )


def test_require_says_that_it_is_closed_to_all(oliver: User) -> None:
    change_policy(host(), by=None)
    with pytest.raises(NotEligibleError) as caught:
        require(oliver, Purpose.HOST)
    assert str(caught.value) == "Nobody can open rooms here just now."


def test_change_is_written_down(sam: User) -> None:
    assert change_policy(host((AGE,), (EMAIL,)), by=sam) is True
    assert change_policy(host((AGE,), (EMAIL,)), by=sam) is False
    assert list(PolicyChange.objects.values_list("policy__purpose", "by", "before", "after")) == [
        (
            "host",
            sam.pk,
            {"ways": [[]]},
            {"ways": [[{"rule": "account_age", "least": 30}], [{"rule": "verified_email"}]]},
        )
    ]


def test_each_rule_comes_back_as_it_was_written() -> None:
    make_flag("few")
    make_flag("share", percent=20)
    ways = (
        (Rule(RuleKind.FOLLOWERS, 600), AGE, EMAIL, Rule(RuleKind.SECOND_FACTOR), Rule(RuleKind.INVITED)),
        (Rule(RuleKind.PLATFORM, platforms=frozenset({Platform.IOS, Platform.WEB})),),
        (Rule(RuleKind.SHARE, flag="share"), Rule(RuleKind.FLAG, flag="few")),
        (),
    )
    change_policy(host(*ways), by=None)
    assert terms_of(Purpose.HOST) == host(*ways)


def test_flag_that_is_not_there_is_refused() -> None:
    with pytest.raises(NoSuchFlagError, match="no flag “nowhere”"):
        change_policy(host((Rule(RuleKind.FLAG, flag="nowhere"),)), by=None)
    assert terms_of(Purpose.HOST) == host(())


def test_exceptions_are_written_down_and_taken_back(oliver: User, sam: User) -> None:
    change_policy(host(), by=None)
    PolicyChange.objects.all().delete()
    make_exception(Purpose.HOST, person=oliver, verdict=Verdict.ALLOW, reason="", by=sam)
    make_exception(Purpose.HOST, person=oliver, verdict=Verdict.ALLOW, reason="", by=sam)
    assert decide(oliver, Purpose.HOST).allowed
    make_exception(Purpose.HOST, person=oliver, verdict=Verdict.DENY, reason="No.", by=sam)
    assert not decide(oliver, Purpose.HOST).allowed
    for exception in PolicyException.objects.order_by("pk"):
        drop_exception(exception, by=sam)
    yes = {"exception": {"person": oliver.public_id, "verdict": "allow", "reason": ""}}
    no = {"exception": {"person": oliver.public_id, "verdict": "deny", "reason": "No."}}
    none = {"exception": None}
    assert list(PolicyChange.objects.order_by("pk").values_list("by", "before", "after")) == [
        (sam.pk, none, yes),
        (sam.pk, none, no),
        (sam.pk, yes, none),
        (sam.pk, no, none),
    ]


@pytest.mark.parametrize("reason", ["", "  ", "\u200b"])
def test_no_needs_a_reason(oliver: User, reason: str) -> None:
    with pytest.raises(ReasonMissingError):
        make_exception(Purpose.HOST, person=oliver, verdict=Verdict.DENY, reason=reason, by=None)


def test_database_holds_the_limits(oliver: User) -> None:
    policy = Policy.objects.get(purpose="host")
    wrong: list[Any] = [
        Policy(purpose="fly"),
        PolicyWay(policy=policy, followers=0),
        PolicyWay(policy=policy, age_days=36_501),
        PolicyException(policy=policy, person=oliver, verdict="deny"),
        PolicyException(policy=policy, person=oliver, verdict="perhaps"),
        Flag(name="too many", percent=Decimal("100.1")),
    ]
    for row in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_share_of_waffle_is_settled_by_the_account(oliver: User) -> None:
    people = [oliver, *UserFactory.create_batch(30)]
    request = RequestFactory().get("/")

    def on() -> set[int]:
        found = set()
        for one in people:
            request.user = one
            if flag_is_active(request, "share"):
                found.add(one.pk)
        return found

    flag = make_flag("share", percent=30, superusers=False)
    flag.flush()
    some = on()
    assert (on(), some < {one.pk for one in people}, bool(some)) == (some, True, True)
    flag.percent = Decimal(60)
    flag.save()
    flag.flush()
    assert on() > some
    assert not hasattr(request, "waffles")


def various_people() -> list[User]:
    """Return accounts that differ in all that rules look at."""
    people = []
    for number in range(24):
        one = person(f"various{number}", is_staff=number % 11 == 0, is_superuser=number % 7 == 0)
        if number % 2:
            confirm(one)
        User.objects.filter(pk=one.pk).update(date_joined=timezone.now() - timedelta(days=number * 5))
        people.append(User.objects.get(pk=one.pk))
    return people


FLAGS: list[dict[str, Any]] = [
    {"percent": 40, "superusers": False},
    {"percent": 40},
    {"staff": True, "superusers": False},
    {"authenticated": True},
    {"everyone": False, "authenticated": True},
    {"everyone": True},
    {},
]


@pytest.mark.parametrize("flag", FLAGS)
def test_query_facts_and_waffle_agree_about_flags(flag: dict[str, Any]) -> None:
    people = various_people()
    made = make_flag("tested", **flag)
    group = Group.objects.create(name="testers")
    made.groups.add(group)
    made.users.add(people[3])
    people[5].groups.add(group)
    terms = host((Rule(RuleKind.FLAG, flag="tested"),))
    change_policy(terms, by=None)
    by_facts = [evaluate(terms, facts_of(one, Platform.WEB)).allowed for one in people]
    made.flush()
    assert by_facts == [bool(Flag.get("tested").is_active_for_user(one)) for one in people]
    assert effect_of(host(), terms).platforms[0].after == sum(by_facts)


def test_effect_is_what_happens_to_each_account(sam: User) -> None:
    people = [*various_people(), sam]
    make_flag("share", percent=50, superusers=False)
    make_exception(Purpose.HOST, person=people[1], verdict=Verdict.DENY, reason="No.", by=sam)
    make_exception(Purpose.HOST, person=people[2], verdict=Verdict.ALLOW, reason="", by=sam)
    old = host((EMAIL,))
    new = host(
        (AGE, Rule(RuleKind.SHARE, flag="share")),
        (EMAIL, Rule(RuleKind.PLATFORM, platforms=frozenset({Platform.IOS}))),
    )
    change_policy(new, by=None)
    effect = effect_of(old, new)
    assert effect.accounts == len(people)
    gained, lost = set(), set()
    for count in effect.platforms:
        assert count.platform is not None
        facts = {one: facts_of(one, count.platform) for one in people}
        was = {one for one in people if evaluate(old, facts[one]).allowed}
        will = {one for one in people if evaluate(new, facts[one]).allowed}
        assert count[1:] == (len(was), len(will), len(will - was), len(was - will))
        gained |= will - was
        lost |= was - will
    assert [count.platform for count in effect.platforms] == list(Platform)
    assert (set(effect.losing), set(effect.gaining)) == (lost, gained)
    assert dict(effect.rules)[EMAIL] == 12


@pytest.mark.usefixtures("oliver")
def test_effect_leaves_closed_accounts_out() -> None:
    person("closed", is_active=False)
    assert effect_of(host(()), host()).platforms[0][1:] == (1, 0, 0, 1)


def test_effect_shows_twenty_at_most() -> None:
    UserFactory.create_batch(21)
    effect = effect_of(host(()), host())
    assert (len(effect.losing), effect.gaining, effect.platforms[0].lose) == (20, [], 21)


@pytest.mark.parametrize(("lost", "asks"), [(0, False), (1, False), (2, True)])
def test_effect_locks_out_above_a_tenth(lost: int, asks: bool) -> None:
    people = UserFactory.create_batch(10)
    for one in people[lost:]:
        confirm(one)
    assert effect_of(host(()), host((EMAIL,))).locks_out is asks
