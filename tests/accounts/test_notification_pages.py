"""The list of what one was told, the bell, and the choice of what one wants to be told."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification, NotificationChoice, NotificationRhythm, User
from accounts.notices.unsubscribing import EVERYTHING, unsubscribe_token
from accounts.services.notification_list import forget_old
from accounts.services.notifying import notify, told_of_follower
from accounts.services.security import security_notice
from accounts.views.notifications import ON_A_PAGE
from config.lib.formats import day
from tests.factories.people import person

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db
LIST = "/notifications/"
SETTINGS = "/settings/notifications/"


@pytest.fixture
def mine(client: Client, oliver: User) -> Client:
    client.force_login(oliver)
    return client


def fans(user: User, number: int) -> None:
    for one in range(number):
        told_of_follower(person(f"fan{one}"), user)


def titles(page: str) -> list[str]:
    found = re.findall(r'<span class="told__title" dir="auto">(.*?)</span>\s*<span class="told__when"', page, re.DOTALL)
    return [" ".join(re.sub(r"<.*?>", " ", title).split()) for title in found]


def bell(page: str) -> list[str]:
    return re.findall(r'data-bell="(\d+)"', page)


def test_list_shows_newest_first_by_day(mine: Client, oliver: User) -> None:
    fans(oliver, 3)
    now = timezone.now()
    for handle, days in (("fan0", 40), ("fan1", 1)):
        Notification.objects.filter(actor__handle=handle).update(created_at=now - timedelta(days=days))
    Notification.objects.filter(actor__handle="fan1").update(read_at=now)
    page = mine.get(LIST).content.decode()
    assert titles(page) == ["Not read: Fan2 follows you", "Fan1 follows you", "Not read: Fan0 follows you"]
    headings = re.findall(r'class="told__day" id="day-\d">(.*?)</h2>', page)
    assert headings == ["Today", "Yesterday", day(now - timedelta(days=40))]


def test_list_that_is_empty_says_what_would_be_there(mine: Client, yara: User) -> None:
    fans(yara, 1)
    page = mine.get(LIST).content.decode()
    assert ("Nothing has happened yet" in page, "Mark all as read" in page, bell(page)) == (True, False, ["0", "0"])


def test_list_needs_an_account(client: Client) -> None:
    assert client.get(LIST)["Location"] == "/accounts/login/?next=/notifications/"


@pytest.mark.parametrize("number", [ON_A_PAGE, ON_A_PAGE + 1])
def test_list_has_pages(mine: Client, oliver: User, number: int) -> None:
    fans(oliver, number)
    first, second = (mine.get(LIST, {"page": page}).content.decode() for page in (1, 2))
    # A page that there is not shows the last one.
    assert (len(titles(first)), len(titles(second))) == (ON_A_PAGE, number - ON_A_PAGE or ON_A_PAGE)
    assert ("Page 1 of 2" in first) is (number > ON_A_PAGE)


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_database_the_same_for_one_and_three(
    mine: Client, oliver: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fans(oliver, count)
    # Session, person, how many, the rows, unread, seen.
    with django_assert_num_queries(6):
        mine.get(LIST)
    with django_assert_num_queries(5):
        mine.get(LIST)


def test_seen_is_not_read(mine: Client, oliver: User) -> None:
    fans(oliver, 2)
    mine.get(LIST)
    assert bell(mine.get("/").content.decode()) == ["2", "2"]
    assert Notification.objects.filter(seen_at=None).count() == 0


@pytest.mark.parametrize(("number", "shown"), [(99, "99"), (100, "99+")])
def test_bell_counts_so_far(mine: Client, oliver: User, number: int, shown: str) -> None:
    Notification.objects.bulk_create(Notification(user=oliver, kind="followed", key=str(one)) for one in range(number))
    page = mine.get("/").content.decode()
    assert re.findall(r'data-slot="number" aria-hidden="true">\s*(\S+)\s*<', page) == [shown, shown]


def test_opening_one_reads_it_and_leads_on(mine: Client, oliver: User) -> None:
    fans(oliver, 2)
    row = Notification.objects.get(actor__handle="fan0")
    answer = mine.get(reverse("accounts:notification", args=[row.public_id]))
    assert (answer.status_code, answer["Location"]) == (302, "/@fan0/")
    assert bell(mine.get("/").content.decode()) == ["1", "1"]


def test_nobody_reaches_anothers(mine: Client, yara: User) -> None:
    fans(yara, 1)
    row = Notification.objects.get()
    for name in ("notification", "notification-remove", "notification-restore"):
        for public_id in (row.public_id, "1" * 14, "x\x00"):
            address = reverse(f"accounts:{name}", args=[public_id])
            answer = mine.get(address) if name == "notification" else mine.post(address)
            assert answer.status_code == 404
    row.refresh_from_db()
    assert (row.read_at, row.removed_at) == (None, None)


def test_all_are_called_read(mine: Client, oliver: User, yara: User) -> None:
    fans(oliver, 2)
    told_of_follower(oliver, yara)
    assert mine.post(reverse("accounts:notifications-read"))["Location"] == LIST
    assert list(Notification.objects.filter(read_at=None).values_list("user__handle", flat=True)) == ["yara"]


def test_one_is_removed_and_put_back(mine: Client, oliver: User) -> None:
    fans(oliver, 1)
    row = Notification.objects.get()
    there = mine.post(reverse("accounts:notification-remove", args=[row.public_id]), {"page": "1"})["Location"]
    page = mine.get(there).content.decode()
    assert (there, titles(page), bell(page)) == (f"/notifications/?removed={row.public_id}", [], ["0", "0"])
    (undo,) = re.findall(r'action="(/notifications/\w+/restore/)"', page)
    assert mine.post(undo, {"page": "2"})["Location"] == "/notifications/?page=2"
    assert titles(mine.get(LIST).content.decode()) == ["Not read: Fan0 follows you"]
    # An old address offers nothing.
    assert "restore" not in mine.get(there).content.decode()


def test_removed_one_is_not_told_again(mine: Client, oliver: User, ines: User) -> None:
    told_of_follower(ines, oliver)
    mine.post(reverse("accounts:notification-remove", args=[Notification.objects.get().public_id]))
    told_of_follower(ines, oliver)
    assert titles(mine.get(LIST).content.decode()) == []


def test_kind_that_is_gone_is_not_shown(mine: Client, oliver: User) -> None:
    Notification.objects.create(user=oliver, kind="carrier pigeon", key="a")
    page = mine.get(LIST).content.decode()
    assert (titles(page), bell(page)) == ([], ["0", "0"])


def test_name_in_the_list_is_text(mine: Client, oliver: User, ines: User) -> None:
    User.objects.filter(pk=ines.pk).update(display_name="<b onclick=x>I</b>")
    told_of_follower(ines, oliver)
    page = mine.get(LIST).content.decode()
    assert ("&lt;b onclick=x&gt;I&lt;/b&gt; follows you" in page, "<b onclick" in page) == (True, False)


@pytest.mark.parametrize(("days", "left"), [(89, 1), (91, 0)])
def test_old_ones_are_forgotten(oliver: User, days: int, left: int) -> None:
    notify([oliver.pk], kind="followed", key="a")
    Notification.objects.update(created_at=timezone.now() - timedelta(days=days))
    assert (forget_old(), Notification.objects.count()) == (1 - left, left)


def test_password_that_changes_is_told(mine: Client, oliver: User) -> None:
    form = {"oldpassword": "causerie", "password1": "correct horse battery", "password2": "correct horse battery"}
    mine.post(reverse("account_change_password"), form)
    page = mine.get(LIST).content.decode()
    assert "Your password was changed" in page


# What planned rooms tell, as it is unless somebody says otherwise.
# What is told of money and tickets always comes.
OF_MONEY = ("receipt", "refund", "ticket", "payee", "tip_receipt", "fund_application", "fund_appeal")
TICKETS = {"guest_listed", "seat_offered", "payout", "tips", "fund_share"}
MONEY_SWITCHES = [f"{kind}.{channel}" for kind in OF_MONEY for channel in ("site", "mail")]
EVERY_LETTER = {
    "followed",
    "live",
    "security",
    "reminder",
    "plans",
    "moderated",
    "restricted",
    *TICKETS,
    *OF_MONEY,
}
PLANNED = {f"{kind}.{channel}": "on" for kind in ("reminder", "plans") for channel in ("site", "mail", "push")}
CHOICES = PLANNED | {
    "followed.mail": "on",
    "live.site": "on",
    "invited.site": "on",
    "invited.push": "on",
    "digest": "off",
}


def test_choices_are_kept_without_a_script(mine: Client, oliver: User) -> None:
    form = CHOICES | {"quiet": "on", "quiet_from": "22:30", "quiet_until": "06:45", "digest": "weekly"}
    assert mine.post(SETTINGS, form)["Location"] == SETTINGS
    kept = NotificationChoice.objects.order_by("kind", "channel").values_list("kind", "channel", "wanted")
    assert list(kept) == [
        ("followed", "mail", True),
        ("followed", "site", False),
        ("fund_share", "mail", False),
        ("fund_share", "site", False),
        ("guest_listed", "mail", False),
        ("guest_listed", "push", False),
        ("guest_listed", "site", False),
        ("live", "push", False),
        ("payout", "mail", False),
        ("payout", "site", False),
        ("pinged", "push", False),
        ("pinged", "site", False),
        ("report_answered", "site", False),
        ("seat_offered", "mail", False),
        ("seat_offered", "push", False),
        ("seat_offered", "site", False),
        ("tip_thanks", "site", False),
        ("tips", "mail", False),
        ("tips", "site", False),
    ]
    rhythm = NotificationRhythm.objects.get()
    assert (rhythm.quiet_from, rhythm.quiet_until, rhythm.digest) == (time(22, 30), time(6, 45), "weekly")
    page = mine.get(SETTINGS).content.decode()
    checked = re.findall(r'name="(\w+\.\w+)"\s+checked', page)
    first = ["followed.mail", "security.site", "security.mail", "restricted.site", "restricted.mail"]
    first += ["live.site", "invited.site", "invited.push"]
    assert checked == [*first, *PLANNED, "moderated.site", "moderated.mail", *MONEY_SWITCHES]


def test_hours_go_by_the_zone_of_the_page(mine: Client, oliver: User) -> None:
    mine.cookies["time_zone"] = "Asia/Tokyo"
    mine.post(SETTINGS, CHOICES | {"quiet": "on", "quiet_from": "22:00", "quiet_until": "07:00"})
    assert NotificationRhythm.objects.get().page_zone == "Asia/Tokyo"
    assert "By the clock of Asia/Tokyo." in mine.get(SETTINGS).content.decode()


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "begin and end at the same time"),
        ({"quiet_from": "22:00", "quiet_until": ""}, "Choose a time, or switch the hours of quiet off."),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "Enter a valid time."),
    ],
)
def test_wrong_hours_lose_nothing(mine: Client, hours: dict[str, str], sentence: str) -> None:
    answer = mine.post(SETTINGS, CHOICES | {"quiet": "on"} | hours)
    page = answer.content.decode()
    assert (answer.status_code, sentence in page) == (422, True)
    assert 'name="followed.mail"\n         checked' in page or re.search(r'name="followed.mail"\s+checked', page)
    assert (NotificationChoice.objects.count(), NotificationRhythm.objects.count()) == (0, 0)


def test_hours_that_are_off_may_be_anything(mine: Client) -> None:
    assert mine.post(SETTINGS, CHOICES | {"quiet_from": "", "quiet_until": "07:00"}).status_code == 302
    assert NotificationRhythm.objects.get().quiet_from is None


def test_page_says_that_the_address_is_not_confirmed(mine: Client) -> None:
    assert "Mail comes once your address is confirmed." in mine.get(SETTINGS).content.decode()


@pytest.fixture
def stranger() -> Client:
    """Return the browser of somebody who is not logged in, and sends no token against forgery."""
    return Client(enforce_csrf_checks=True)


def mailed(user: User) -> set[str]:
    from accounts.models import Channel
    from accounts.selectors.notifications import choices_of

    return {one["kind"].name for one in choices_of(user) if Channel.MAIL in one["wanted"]}


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("followed", {"live", "security", "reminder", "plans", "moderated", "restricted", *TICKETS, *OF_MONEY}),
        (EVERYTHING, {"security", "moderated", "restricted", *OF_MONEY}),
        ("live", {"followed", "security", "reminder", "plans", "moderated", "restricted", *TICKETS, *OF_MONEY}),
    ],
)
def test_one_press_ends_letters_and_another_brings_them_back(
    stranger: Client, oliver: User, kind: str, left: set[str]
) -> None:
    for name in ("followed", "live"):
        NotificationChoice.objects.create(user=oliver, kind=name, channel="mail", wanted=True)
    link = reverse("accounts:unsubscribe", args=[unsubscribe_token(oliver, kind)])
    # Programs that look at every link in a letter end nothing.
    assert stranger.get(link).status_code == 200
    assert mailed(oliver) == EVERY_LETTER
    # As RFC 8058 has mail programs do it, twice.
    page = stranger.post(link, {"List-Unsubscribe": "One-Click"})
    assert (page.status_code, mailed(oliver)) == (200, left)
    assert stranger.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    (undo,) = re.findall(r'name="undo" value="(.*?)"', page.content.decode())
    assert stranger.post(link, {"undo": undo}).status_code == 200
    assert mailed(oliver) == EVERY_LETTER


def test_link_of_one_undoes_nothing_of_another(stranger: Client, oliver: User, yara: User) -> None:
    NotificationChoice.objects.create(user=oliver, kind="live", channel="mail", wanted=True)
    links = [reverse("accounts:unsubscribe", args=[unsubscribe_token(user, "live")]) for user in (oliver, yara)]
    (undo,) = re.findall(r'name="undo" value="(.*?)"', stranger.post(links[0]).content.decode())
    assert stranger.post(links[1], {"undo": undo}).status_code == 404
    assert stranger.post(links[0], {"undo": "nonsense"}).status_code == 404
    left = EVERY_LETTER - {"followed", "live"}
    assert (mailed(oliver), mailed(yara)) == (left, left)


def test_link_that_is_not_ours_ends_nothing(stranger: Client, oliver: User, settings: Settings) -> None:
    token = unsubscribe_token(oliver, "live")
    person_id, _, rest = token.partition(".")
    for wrong in (token[:-1], token.replace("live", "followed"), f"{person_id}x.{rest}", "nonsense"):
        assert stranger.post(reverse("accounts:unsubscribe", args=[wrong])).status_code == 404
    User.objects.filter(pk=oliver.pk).update(is_active=False)
    assert stranger.get(reverse("accounts:unsubscribe", args=[token])).status_code == 404


def test_safetys_letters_have_no_end(oliver: User) -> None:
    security_notice(oliver, event="password_changed")
    token = unsubscribe_token(oliver, "security")
    assert Client().post(reverse("accounts:unsubscribe", args=[token])).status_code == 200
    assert mailed(oliver) == EVERY_LETTER - {"followed", "live"}
