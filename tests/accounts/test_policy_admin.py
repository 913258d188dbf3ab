"""Staff's pages about policies: what a change would do is seen before it is saved."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Flag, Policy, PolicyChange, PolicyException, PolicyWay
from accounts.policies.eligibility import terms_of
from accounts.policies.rules import Platform, Purpose, Rule, RuleKind, Terms, Verdict
from accounts.services.policies import change_policy, make_exception
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db

LIST = "/staff/accounts/policy/"
EMAIL = Rule(RuleKind.VERIFIED_EMAIL)
AGE = Rule(RuleKind.ACCOUNT_AGE, 30)


def host(*ways: tuple[Rule, ...]) -> Terms:
    return Terms(Purpose.HOST, ways)


@pytest.fixture
def staff(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


def address() -> str:
    return f"{LIST}{Policy.objects.get(purpose='host').pk}/change/"


def sent(*ways: dict[str, Any], keep: bool = False) -> dict[str, Any]:
    """Return the form with these ways instead of those that are there, or after them."""
    there = list(PolicyWay.objects.filter(policy__purpose="host"))
    form: dict[str, Any] = {"ways-TOTAL_FORMS": len(there) + len(ways), "ways-INITIAL_FORMS": len(there)}
    for number, row in enumerate(there):
        form |= {f"ways-{number}-id": row.pk} | ({} if keep else {f"ways-{number}-DELETE": "on"})
    for number, way in enumerate(ways, start=len(there)):
        form |= {f"ways-{number}-{name}": value for name, value in way.items()}
    return form


def test_list_says_who_may(staff: Client) -> None:
    change_policy(host((AGE, EMAIL), (Rule(RuleKind.INVITED),)), by=None)
    change_policy(Terms(Purpose.FUND), by=None)
    page = staff.get(LIST).content.decode()
    assert "30 days with an account + confirmed e-mail address or came by invitation" in page
    assert ">nobody<" in page
    assert page.count(">everybody<") == 2


def test_preview_shows_the_effect_and_saves_nothing(staff: Client) -> None:
    UserFactory.create_batch(3)
    answer = staff.post(address(), sent({"age_days": "30"}) | {"_preview": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "On every platform: 4 of 4 accounts may now, 0 afterwards; 0 gain it, 4 lose it." in page
    assert "30 days with an account: met by 0 of 4" in page
    assert 'name="sure"' not in page
    assert "errornote" not in page
    assert 'value="30"' in page
    assert (terms_of(Purpose.HOST), PolicyChange.objects.count()) == (host(()), 0)


def test_locking_out_many_is_asked_once_more(staff: Client, sam: User) -> None:
    form = sent({"age_days": "30"})
    page = staff.post(address(), form).content.decode()
    assert terms_of(Purpose.HOST) == host(())
    seal = re.search(r'name="sure" value="([0-9a-f]+)"', page)
    assert seal
    other = staff.post(address(), sent({"age_days": "31"}) | {"sure": seal[1]})
    assert (other.status_code, terms_of(Purpose.HOST)) == (200, host(()))
    answer = staff.post(address(), form | {"sure": seal[1]})
    assert (answer.status_code, terms_of(Purpose.HOST)) == (302, host((AGE,)))
    assert list(PolicyChange.objects.values_list("by", flat=True)) == [sam.pk]


def test_change_that_locks_nobody_out_is_saved_at_once(staff: Client) -> None:
    change_policy(host((AGE,)), by=None)
    answer = staff.post(address(), sent({"verified_email": "on"}, keep=True) | {"ways-0-age_days": "30"})
    assert (answer.status_code, terms_of(Purpose.HOST)) == (302, host((AGE,), (EMAIL,)))


def test_empty_way_opens_to_everybody(staff: Client) -> None:
    change_policy(host(), by=None)
    answer = staff.post(address(), sent({}))
    assert (answer.status_code, terms_of(Purpose.HOST)) == (302, host(()))


@pytest.mark.parametrize(("followers", "fits"), [("0", False), ("1", True), ("100000000", True), ("100000001", False)])
def test_number_of_followers_has_limits(staff: Client, followers: str, fits: bool) -> None:
    change_policy(host(), by=None)
    answer = staff.post(address(), sent({"followers": followers}))
    assert answer.status_code == (302 if fits else 200)
    expected = host((Rule(RuleKind.FOLLOWERS, int(followers)),)) if fits else host()
    assert terms_of(Purpose.HOST) == expected


def test_form_costs_two_queries_per_flag_list_at_most(staff: Client) -> None:
    page = staff.get(address())
    assert page.status_code == 200
    assert re.findall(r"\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page.content.decode()) == []


def test_staff_without_the_permission_change_nothing(client: Client, oliver: User) -> None:
    oliver.is_staff = True
    oliver.save()
    client.force_login(oliver)
    assert client.post(address(), sent({})).status_code == 403
    assert client.get(f"{LIST}presets/").status_code == 403
    assert client.post(f"{LIST}presets/", {"preset": "everyone"}).status_code == 403


def test_exception_is_made_and_taken_back(staff: Client, sam: User, oliver: User) -> None:
    policy = Policy.objects.get(purpose="host")
    form = {"policy": policy.pk, "person": oliver.pk, "verdict": "deny", "reason": ""}
    answer = staff.post("/staff/accounts/policyexception/add/", form)
    assert "Say why: a no needs a reason. Only staff see it." in answer.content.decode()
    answer = staff.post("/staff/accounts/policyexception/add/", form | {"reason": "Shouts."})
    made = PolicyException.objects.get()
    assert (answer.status_code, made.made_by, made.reason) == (302, sam, "Shouts.")
    staff.post(f"/staff/accounts/policyexception/{made.pk}/delete/", {"post": "yes"})
    assert (PolicyException.objects.count(), PolicyChange.objects.count()) == (0, 2)


def test_change_of_a_flag_is_in_the_log_of_its_policy(staff: Client, sam: User) -> None:
    flag = Flag(name="share", percent=20, superusers=False)
    flag.save()
    change_policy(host((Rule(RuleKind.SHARE, flag="share"),)), by=None)
    PolicyChange.objects.all().delete()
    answer = staff.post(f"/staff/accounts/flag/{flag.pk}/change/", {"percent": "40", "everyone": "unknown", "note": ""})
    assert answer.status_code == 302
    change = PolicyChange.objects.get()
    assert (change.by, change.before["flag"]["percent"], change.after["flag"]["percent"]) == (sam, 20.0, 40.0)


def test_flag_that_a_policy_names_stays(staff: Client) -> None:
    flag = Flag(name="share", percent=20)
    flag.save()
    change_policy(host((Rule(RuleKind.SHARE, flag="share"),)), by=None)
    staff.post(f"/staff/accounts/flag/{flag.pk}/delete/", {"post": "yes"})
    assert Flag.objects.count() == 1


IOS = Rule(RuleKind.PLATFORM, platforms=frozenset({Platform.IOS}))
ROLL_OUT = [
    ("ios-test", host((IOS, Rule(RuleKind.FLAG, flag="hosting-test")))),
    ("android-joins", host((IOS,))),
    ("followers-600", host((Rule(RuleKind.FOLLOWERS, 600),))),
    ("everyone", host(())),
]


@pytest.mark.usefixtures("oliver")
def test_presets_replay_the_roll_out(staff: Client) -> None:
    for name, terms in ROLL_OUT:
        assert staff.get(f"{LIST}presets/").status_code == 200
        answer = staff.post(f"{LIST}presets/", {"preset": name})
        assert (answer.status_code, terms_of(Purpose.HOST)) == (302, terms)
    assert [change.after["ways"] for change in PolicyChange.objects.order_by("pk")] == [
        terms.as_json() for _, terms in ROLL_OUT
    ]


def test_preset_that_is_none_changes_nothing(staff: Client) -> None:
    assert staff.post(f"{LIST}presets/", {"preset": "nobody"}).status_code == 200
    assert PolicyChange.objects.count() == 0


def preset(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("policy_preset", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("oliver", "yara")
def test_command_says_what_it_does_first() -> None:
    effect = [
        "Web: 2 of 2 accounts may now, 0 afterwards; 0 gain it, 2 lose it.",
        "iOS: 2 of 2 accounts may now, 2 afterwards; 0 gain it, 0 lose it.",
        "Android: 2 of 2 accounts may now, 0 afterwards; 0 gain it, 2 lose it.",
    ]
    assert preset("android-joins", "--dry-run") == [*effect, "Nothing was changed."]
    assert terms_of(Purpose.HOST) == host(())
    assert preset("android-joins") == [*effect, "Hosting is now: android-joins."]
    assert terms_of(Purpose.HOST) == host((IOS,))
    assert preset("android-joins")[-1] == "Hosting was android-joins already."


def test_command_makes_the_flag_of_the_testers() -> None:
    preset("ios-test", "--flag", "friends", "--dry-run")
    assert Flag.objects.count() == 0
    preset("ios-test", "--flag", "friends")
    assert list(Flag.objects.values_list("name", "superusers", "everyone")) == [("friends", False, None)]


def test_command_knows_no_other_name() -> None:
    with pytest.raises(CommandError):
        preset("nobody")


def test_log_is_only_read(staff: Client, oliver: User, sam: User) -> None:
    make_exception(Purpose.HOST, person=oliver, verdict=Verdict.ALLOW, reason="", by=sam)
    change = PolicyChange.objects.get()
    assert staff.get("/staff/accounts/policychange/").status_code == 200
    assert staff.get("/staff/accounts/policychange/add/").status_code == 403
    assert staff.post(f"/staff/accounts/policychange/{change.pk}/delete/", {"post": "yes"}).status_code == 403
