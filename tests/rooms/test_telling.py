"""What rooms let people be told: a room that opens, and being asked on stage."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.models import Follow, Notification, NotificationDelivery, NotificationFanOut, PushSubscription, User
from accounts.notices.kinds import words_of
from accounts.services import fan_out as fanning
from accounts.services.delivering import claim, only_wanted
from accounts.services.fan_out import fan_out
from accounts.services.notifying import notify
from accounts.tasks import tell_everybody
from rooms.errors import TooManyRoomsError
from rooms.services.hands import decline_invitation, invite_to_stage, uninvite
from rooms.services.lifecycle import end_room, open_room

if TYPE_CHECKING:
    from rooms.models import Room

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str, str, str]]:
    rows = Notification.objects.select_related("user", "actor").order_by("user__handle")
    return [(row.user.handle, row.kind, words_of(row).title, words_of(row).text) for row in rows]


def follow_host(room: Room, *people: User) -> None:
    """Past the service, which would tell the host of each."""
    Follow.objects.bulk_create([Follow(follower=person, followed=room.host) for person in people])


def device_of(user: User) -> None:
    PushSubscription.objects.create(user=user, endpoint=f"https://push.example/{user.pk}", p256dh="p", auth="a")


def test_followers_are_told_of_a_room_once(room: Room, oliver: User, yara: User) -> None:
    follow_host(room, oliver, yara)
    tell_everybody()
    tell_everybody()
    title = "Le tour du monde en salons"
    assert told() == [(name, "live", "Inès Moreau has opened a room", title) for name in ("oliver", "yara")]
    assert list(Notification.objects.values_list("link", flat=True)) == [f"/rooms/{room.public_id}/"] * 2


def test_room_that_was_not_opened_is_told_to_nobody(room: Room, oliver: User) -> None:
    with pytest.raises(TooManyRoomsError):
        open_room(room.host, title="Another", language="en")
    assert NotificationFanOut.objects.count() == 1


def test_room_that_has_ended_is_told_to_nobody(room: Room, oliver: User) -> None:
    follow_host(room, oliver)
    end_room(room.public_id, by=room.host)
    tell_everybody()
    assert (told(), NotificationFanOut.objects.filter(done_at=None).count()) == ([], 0)


@pytest.mark.parametrize(("minutes", "number"), [(44, 1), (46, 0)])
def test_room_that_opened_long_ago_is_told_to_nobody(room: Room, oliver: User, minutes: int, number: int) -> None:
    follow_host(room, oliver)
    NotificationFanOut.objects.update(created_at=timezone.now() - timedelta(minutes=minutes))
    tell_everybody()
    assert len(told()) == number


def test_push_of_a_room_that_has_ended_does_not_leave(room: Room, oliver: User) -> None:
    follow_host(room, oliver)
    device_of(oliver)
    tell_everybody()
    end_room(room.public_id, by=room.host)
    from accounts.models import Channel

    assert only_wanted(claim(Channel.PUSH)) == []
    assert NotificationDelivery.objects.get().state == "dropped"


def test_telling_goes_on_where_a_killed_worker_ended(
    room: Room, oliver: User, yara: User, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow_host(room, oliver, yara, sam)
    monkeypatch.setattr(fanning, "ROWS_AT_ONCE", 1)
    telling, calls = notify, []

    def killed_in_the_second(*args: object, **options: object) -> int:
        calls.append(args)
        number = telling(*args, **options)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise KeyboardInterrupt
        return number

    monkeypatch.setattr(fanning, "notify", killed_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        fan_out()
    # The batch in which it died was told to nobody, the one before to one.
    assert (len(told()), fan_out()) == (1, 0)
    NotificationFanOut.objects.update(claimed_until=timezone.now())
    assert (fan_out(), [name for name, *_ in told()]) == (2, ["oliver", "sam", "yara"])
    assert list(NotificationFanOut.objects.values_list("told", flat=True)) == [3]


def test_who_is_asked_on_stage_is_told(room: Room, oliver: User) -> None:
    invite_to_stage(room.public_id, by=room.host, person_id=oliver.public_id)
    # Asked again while the first question stands, nothing happens.
    invite_to_stage(room.public_id, by=room.host, person_id=oliver.public_id)
    assert told() == [("oliver", "invited", "Inès Moreau asks you on stage", "Le tour du monde en salons")]


def test_who_is_asked_again_after_an_answer_is_told_again(room: Room, oliver: User) -> None:
    for _ in range(2):
        invite_to_stage(room.public_id, by=room.host, person_id=oliver.public_id)
        decline_invitation(room.public_id, by=oliver)
    assert len(told()) == 2


def test_push_of_an_invitation_that_was_taken_back_does_not_leave(room: Room, oliver: User) -> None:
    from accounts.models import Channel

    device_of(oliver)
    invite_to_stage(room.public_id, by=room.host, person_id=oliver.public_id)
    uninvite(room.public_id, by=room.host, person_id=oliver.public_id)
    assert only_wanted(claim(Channel.PUSH)) == []
