"""Who is told of what, on which ways and when; and that one event is told once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from accounts.models import (
    Channel,
    Digest,
    Notification,
    NotificationChoice,
    NotificationDelivery,
    NotificationRhythm,
    PushSubscription,
    User,
)
from accounts.notices.kinds import kinds, words_of
from accounts.selectors.notifications import choices_of, end_of_quiet, next_digest, unread_count, wanted_channels
from accounts.services.notification_choices import choose_channels
from accounts.services.notifying import notify, told_of_follower
from accounts.services.security import security_notice
from tests.accounts.clock import NOON
from tests.factories.people import person

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from tests.accounts.clock import Clock

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def deliveries() -> list[tuple[str, str, bool, datetime]]:
    rows = NotificationDelivery.objects.order_by("pk").select_related("notification__user")
    return [(row.notification.user.handle, row.channel, row.gathered, row.due_at) for row in rows]


def device_of(user: User) -> PushSubscription:
    return PushSubscription.objects.create(
        user=user, endpoint=f"https://push.example/{user.pk}", p256dh="p" * 87, auth="a" * 22
    )


def test_notification_is_told_once_whoever_repeats_it(oliver: User, yara: User) -> None:
    told = [
        notify([oliver.pk], kind="followed", key="a"),
        notify([oliver.pk, yara.pk], kind="followed", key="a"),
        notify([oliver.pk], kind="followed", key="b"),
        notify([oliver.pk], kind="live", key="a"),
    ]
    assert told == [1, 1, 1, 1]
    assert (unread_count(oliver), unread_count(yara)) == (3, 1)


def test_repetition_queues_nothing_more(oliver: User) -> None:
    device_of(oliver)
    for _ in range(2):
        notify([oliver.pk], kind="live", key="a")
    assert [(handle, channel) for handle, channel, _gathered, _due in deliveries()] == [("oliver", "push")]


def test_nobody_is_told_of_their_own_doing_or_with_a_closed_account(oliver: User, yara: User) -> None:
    User.objects.filter(pk=yara.pk).update(is_active=False)
    assert notify([oliver.pk, yara.pk], kind="followed", key="a", actor=oliver) == 0
    assert not Notification.objects.exists()


def test_kind_that_nobody_listed_is_an_error(oliver: User) -> None:
    with pytest.raises(KeyError):
        notify([oliver.pk], kind="nonsense", key="a")


def test_follower_is_told_of_by_the_name_of_today(oliver: User, ines: User) -> None:
    told_of_follower(ines, oliver)
    told_of_follower(ines, oliver)
    (row,) = Notification.objects.select_related("actor")
    assert (words_of(row).title, row.link) == ("Inès Moreau follows you", "/@ines/")
    User.objects.filter(pk=ines.pk).update(display_name="Inès M.")
    assert words_of(Notification.objects.select_related("actor").get()).title == "Inès M. follows you"


def test_choice_decides_and_what_is_switched_off_everywhere_leaves_no_row(oliver: User, yara: User) -> None:
    choose_channels(oliver, {"followed": {Channel.MAIL}})
    choose_channels(yara, {"followed": set()})
    assert notify([oliver.pk, yara.pk], kind="followed", key="a") == 1
    row = Notification.objects.get()
    assert (row.user, row.listed, unread_count(oliver)) == (oliver, False, 0)
    assert [delivery[:2] for delivery in deliveries()] == [("oliver", "mail")]


def test_only_what_differs_from_the_default_is_kept(oliver: User) -> None:
    choose_channels(oliver, {"followed": {Channel.MAIL}, "live": {Channel.SITE, Channel.PUSH}})
    kept = NotificationChoice.objects.order_by("kind", "channel").values_list("kind", "channel", "wanted")
    assert list(kept) == [("followed", "mail", True), ("followed", "site", False)]
    choose_channels(oliver, {"followed": {Channel.SITE}})
    assert not NotificationChoice.objects.exists()


def test_safety_cannot_be_switched_off(oliver: User) -> None:
    choose_channels(oliver, {"security": set()})
    NotificationChoice.objects.create(user=oliver, kind="security", channel="mail", wanted=False)
    security_notice(oliver, event="password_changed")
    assert wanted_channels([oliver.pk], kinds()["security"]) == {oliver.pk: {Channel.SITE, Channel.MAIL}}
    assert [delivery[:2] for delivery in deliveries()] == [("oliver", "mail")]


def test_each_change_of_a_password_is_told(oliver: User) -> None:
    for _ in range(2):
        security_notice(oliver, event="password_changed")
    assert unread_count(oliver) == 2


def test_push_waits_for_nobody_without_a_device(oliver: User, yara: User) -> None:
    device_of(yara)
    notify([oliver.pk, yara.pk], kind="live", key="a")
    assert [delivery[:2] for delivery in deliveries()] == [("yara", "push")]


@pytest.mark.parametrize(
    ("begins", "ends", "minutes", "due"),
    [
        # In Paris it is 13:00.
        (time(13), time(14), 0, NOON + timedelta(hours=1)),
        (time(12), time(13), 0, NOON),
        (time(12), time(13), -1, NOON + timedelta(minutes=0)),
        (time(22), time(7), 0, NOON),
        (time(22), time(7), 9 * 60, datetime(2026, 11, 21, 6, tzinfo=UTC)),
        (time(22), time(7), 8 * 60 + 59, NOON + timedelta(minutes=8 * 60 + 59)),
        (time(22), time(7), 12 * 60, datetime(2026, 11, 21, 6, tzinfo=UTC)),
        (time(22), time(7), 18 * 60, datetime(2026, 11, 21, 6, tzinfo=UTC)),
    ],
)
def test_quiet_lasts_until_its_end(begins: time, ends: time, minutes: int, due: datetime) -> None:
    rhythm = NotificationRhythm(quiet_from=begins, quiet_until=ends)
    assert end_of_quiet(NOON + timedelta(minutes=minutes), rhythm, PARIS) == due


def test_quiet_follows_the_person_and_keeps_safety_out(oliver: User, yara: User, clock: Clock) -> None:
    oliver.time_zone = "Asia/Tokyo"
    oliver.save()
    for user in (oliver, yara):
        NotificationRhythm.objects.create(user=user, quiet_from=time(21), quiet_until=time(7), page_zone="Europe/Paris")
        choose_channels(user, {"followed": {Channel.MAIL}})
    # 21:00 in Tokyo, 13:00 in Paris.
    notify([oliver.pk, yara.pk], kind="followed", key="a")
    security_notice(oliver, event="password_changed")
    assert deliveries() == [
        ("oliver", "mail", False, datetime(2026, 11, 20, 22, tzinfo=UTC)),
        ("yara", "mail", False, NOON),
        ("oliver", "mail", False, NOON),
    ]


def test_what_would_be_old_after_the_quiet_is_not_kept_for_then(oliver: User, clock: Clock) -> None:
    device_of(oliver)
    NotificationRhythm.objects.create(user=oliver, quiet_from=time(11), quiet_until=time(12, 45))
    notify([oliver.pk], kind="live", key="at the limit")
    clock.on(seconds=-1)
    notify([oliver.pk], kind="live", key="above")
    assert deliveries() == [("oliver", "push", False, NOON + timedelta(minutes=45))]
    assert unread_count(oliver) == 2


@pytest.mark.parametrize(
    ("moment", "digest", "due"),
    [
        # 8:00 in Paris is 7:00 UTC in winter and 6:00 in summer.
        (NOON, Digest.DAILY, datetime(2026, 11, 21, 7, tzinfo=UTC)),
        (datetime(2026, 11, 20, 6, 59, 59, tzinfo=UTC), Digest.DAILY, datetime(2026, 11, 20, 7, tzinfo=UTC)),
        (datetime(2026, 11, 20, 7, tzinfo=UTC), Digest.DAILY, datetime(2026, 11, 21, 7, tzinfo=UTC)),
        (NOON, Digest.WEEKLY, datetime(2026, 11, 23, 7, tzinfo=UTC)),
        (datetime(2026, 11, 23, 7, tzinfo=UTC), Digest.WEEKLY, datetime(2026, 11, 30, 7, tzinfo=UTC)),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), Digest.DAILY, datetime(2026, 3, 29, 6, tzinfo=UTC)),
    ],
)
def test_digest_leaves_at_eight_oclock(moment: datetime, digest: Digest, due: datetime) -> None:
    assert next_digest(moment, digest, PARIS) == due


def test_digest_gathers_letters_but_neither_pushes_nor_safety(oliver: User, clock: Clock) -> None:
    device_of(oliver)
    NotificationRhythm.objects.create(user=oliver, digest=Digest.DAILY, page_zone="Europe/Paris")
    choose_channels(oliver, {"live": set(Channel)})
    notify([oliver.pk], kind="live", key="a")
    security_notice(oliver, event="password_changed")
    assert deliveries() == [
        ("oliver", "mail", True, datetime(2026, 11, 21, 7, tzinfo=UTC)),
        ("oliver", "push", False, NOON),
        ("oliver", "mail", False, NOON),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_telling_three_asks_the_database_as_often_as_telling_one(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = [person(f"listener{number}") for number in range(count)]
    for user in people:
        device_of(user)
    # The savepoint of notify, people, choices, insert, which are ours, rhythms, devices, deliveries.
    with django_assert_num_queries(9):
        notify([user.pk for user in people], kind="live", key="a")


def test_every_kind_has_what_people_read(oliver: User) -> None:
    of_rooms = ["live", "invited", "reminder", "plans", "pinged", "report_answered", "moderated"]
    of_tickets = ["guest_listed", "receipt", "refund", "ticket", "seat_offered"]
    of_creators = ["payee", "payout", "tip_receipt", "tips", "tip_thanks"]
    of_creators += ["fund_application", "fund_share", "fund_appeal"]
    assert list(kinds()) == ["followed", "security", "restricted", *of_rooms, *of_tickets, *of_creators]
    assert [one["kind"].name for one in choices_of(oliver)] == list(kinds())
    for kind in kinds().values():
        row = Notification(user=oliver, kind=kind.name, key="a", actor=oliver, data={"title": "Chess, out loud"})
        words = words_of(row)
        assert all([kind.label, kind.help, words.title])
        # What staff decided leads nowhere: the reason is in the words themselves.
        assert bool(words.action) is (kind.name not in {"report_answered", "moderated", "restricted"})


@pytest.mark.parametrize(
    "values",
    [{"kind": ""}, {"key": ""}, {"link": "https://elsewhere.example/"}, {"link": "//elsewhere.example/"}],
)
def test_database_refuses_what_is_no_notification(oliver: User, values: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.create(**{"user": oliver, "kind": "live", "key": "a", **values})


@pytest.mark.parametrize(
    "values",
    [
        {"quiet_from": time(22)},
        {"quiet_until": time(7)},
        {"quiet_from": time(7), "quiet_until": time(7)},
        {"digest": "x"},
    ],
)
def test_database_refuses_what_is_no_rhythm(oliver: User, values: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NotificationRhythm.objects.create(user=oliver, **values)
