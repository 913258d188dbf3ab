"""Tips in the room from whose page they came: told once, named to nobody if so wished, removed, renamed, erased."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.exports import parts_of
from config.lib.errors import ForbiddenError, NotFoundError
from creators.models import Tip
from creators.services.erasing_tips import erase_from_tips
from creators.services.giving import begin_tip
from creators.services.tip_checkout import look
from creators.services.tips_shown import remove_words, show_late, show_tip
from creators.tip_checks import findings
from rooms.enums import ChatPace
from rooms.errors import ChatClosedError, EntryRefusedError
from rooms.models import RoomEvent
from rooms.selectors import room_snapshot
from rooms.services.chat import set_chat
from rooms.services.erasing import erase_from_rooms
from rooms.services.lifecycle import end_room
from rooms.services.people import person_changed
from rooms.services.removal import ban_person
from rooms.services.tips import remove_tip_words
from rooms.state import TIPS_SHOWN
from tests.factories.people import UserFactory
from tests.factories.rooms import RoomFactory
from tests.factories.tips import begun_tip, euros, given_tip, pay_tip, taking

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db


def shown(room: Room) -> list[dict[str, Any]]:
    return [dict(tip) for tip in room_snapshot(room.public_id)[1]["tips"]]


def told(room: Room) -> list[dict[str, Any]]:
    events = RoomEvent.objects.filter(room=room, type="tip.put").order_by("seq")
    return [event.body["tip"] for event in events]


def tip_in(room: Room, giver: User, **fields: Any) -> Tip:
    return given_tip(giver, room.host, room_id=room.public_id, **fields)


def test_room_is_told_once(room: Room, oliver: User) -> None:
    tip = tip_in(room, oliver, message="Merci")
    assert not show_tip(tip.pk)
    assert show_late() == 0
    look(tip.pk)
    [entry] = shown(room)
    assert told(room) == [entry]
    assert (entry["person"]["name"], entry["to"]["name"]) == ("Oliver Hart", "Inès Moreau")
    assert (entry["amount"], entry["currency"], entry["text"], entry["removed"]) == (500, "eur", "Merci", False)


def test_who_stays_unnamed_is_named_to_nobody(room: Room, oliver: User) -> None:
    tip_in(room, oliver, message="Merci", anonymous=True)
    assert [entry["person"] for entry in (*shown(room), *told(room))] == [None, None]
    body = RoomEvent.objects.get(type="tip.put").body
    assert oliver.public_id not in str(body)


def test_tip_from_a_profile_is_in_no_room(room: Room, oliver: User) -> None:
    given_tip(oliver, room.host)
    assert shown(room) == []


def test_tip_for_a_replay_is_of_the_room_and_not_told(room: Room, oliver: User) -> None:
    end_room(room.public_id, by=room.host)
    tip = tip_in(room, oliver)
    assert (tip.room, tip.seq) == (room, None)
    assert told(room) == []


def test_tip_that_was_paid_after_the_end_is_not_told(room: Room, oliver: User) -> None:
    tip = begun_tip(oliver, room.host, room_id=room.public_id)
    end_room(room.public_id, by=room.host)
    pay_tip(tip)
    look(tip.pk)
    assert told(room) == []


@pytest.mark.parametrize(("minutes", "number"), [(4, 1), (6, 0)])
def test_room_that_could_not_be_told_is_told_later(
    room: Room, oliver: User, monkeypatch: pytest.MonkeyPatch, minutes: int, number: int
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("creators.services.tip_checkout.try_to_show", lambda _: False)
        tip_in(room, oliver)
    Tip.objects.update(paid_at=timezone.now() - timedelta(minutes=minutes))
    assert show_late() == number
    assert len(told(room)) == number


def test_somebody_elses_room_is_left_out(ines: User, malo: User, oliver: User) -> None:
    room = RoomFactory.create(host=malo)
    assert given_tip(oliver, ines, room_id=room.public_id).room is None
    assert given_tip(oliver, ines, room_id="nonsense").room is None


def test_whoever_may_not_enter_gives_nothing_there(room: Room, oliver: User) -> None:
    ban_person(room.public_id, by=room.host, person_id=oliver.public_id)
    with pytest.raises((EntryRefusedError, NotFoundError)):
        begin_tip(oliver, taking(room.host), amount=euros(500), room_id=room.public_id)


def test_closed_chat_takes_a_tip_without_words(room: Room, oliver: User) -> None:
    set_chat(room.public_id, by=room.host, open=False, slow=ChatPace.FREE)
    with pytest.raises(ChatClosedError):
        begin_tip(oliver, taking(room.host), amount=euros(500), message="Merci", room_id=room.public_id)
    tip_in(room, oliver)
    assert len(shown(room)) == 1


@pytest.mark.parametrize("number", [TIPS_SHOWN - 1, TIPS_SHOWN, TIPS_SHOWN + 1])
def test_last_ones_are_in_the_state(settings: Settings, room: Room, oliver: User, number: int) -> None:
    settings.TIP_DAY_COUNT = 100
    tips = [tip_in(room, oliver, minor=100).public_id for _ in range(number)]
    assert [entry["id"] for entry in shown(room)] == tips[-TIPS_SHOWN:]


def test_host_takes_the_words_away(room: Room, oliver: User) -> None:
    tip = tip_in(room, oliver, message="Navet")
    with pytest.raises(ForbiddenError):
        remove_tip_words(room.public_id, by=oliver, tip_id=tip.public_id)
    for _ in range(2):
        remove_tip_words(room.public_id, by=room.host, tip_id=tip.public_id)
    assert [(entry["text"], entry["removed"]) for entry in shown(room)] == [("", True)]
    # Neither the first event nor the second has them.
    assert [entry["text"] for entry in told(room)] == ["", ""]


def test_no_tip_of_the_room(room: Room, oliver: User) -> None:
    other = given_tip(oliver, room.host)
    for name in (other.public_id, "nothing"):
        with pytest.raises(NotFoundError):
            remove_tip_words(room.public_id, by=room.host, tip_id=name)


@pytest.mark.parametrize("in_room", [True, False])
def test_words_are_taken_away_by_giver_or_staff(room: Room, oliver: User, in_room: bool) -> None:
    tip = given_tip(oliver, room.host, message="Navet", room_id=room.public_id if in_room else "")
    remove_words(tip.pk)
    tip.refresh_from_db()
    assert tip.words == ""
    assert "Navet" not in str(told(room))


def test_name_follows(room: Room, oliver: User) -> None:
    tip_in(room, oliver)
    oliver.display_name = "Olivier"
    oliver.save()
    person_changed(oliver)
    assert RoomEvent.objects.filter(room=room, type="person.changed").count() == 1
    assert [entry["person"]["name"] for entry in shown(room)] == ["Olivier"]


def test_name_of_who_stays_unnamed_is_told_nowhere(room: Room, oliver: User) -> None:
    tip_in(room, oliver, anonymous=True)
    person_changed(oliver)
    assert not RoomEvent.objects.filter(room=room, type="person.changed").exists()


@pytest.mark.parametrize("anonymous", [True, False])
def test_erased_giver_leaves_the_money(room: Room, oliver: User, anonymous: bool) -> None:
    tip = tip_in(room, oliver, message="Merci", anonymous=anonymous)
    erase_from_tips(oliver)
    erase_from_rooms(oliver)
    tip.refresh_from_db()
    assert (tip.giver, tip.message, tip.charged) == (None, "", 500)
    assert [(entry["person"], entry["text"]) for entry in shown(room)] == [(None, "")]
    assert "Merci" not in str(told(room))
    assert oliver.public_id not in str(told(room))
    assert list(findings()) == []


def test_erased_recipient_leaves_the_money(room: Room, oliver: User) -> None:
    host = room.host
    tip = tip_in(room, oliver, message="Merci")
    erase_from_tips(host)
    tip.refresh_from_db()
    assert (tip.recipient, tip.recipient_key, tip.message) == (None, host.public_id, "")
    assert list(findings()) == []
    call_command("check_ledger")


def test_copy_of_ones_data(room: Room, oliver: User) -> None:
    tip_in(room, oliver, message="Merci", anonymous=True)
    tip_in(room, UserFactory.create(handle="named"))
    [given] = [part.data for part in parts_of(oliver) if part.path == "tips.json"]
    [received] = [part.data for part in parts_of(room.host) if part.path == "tips.json"]
    assert [(tip["message"], tip["recipient__handle"]) for tip in given["given"]] == [("Merci", "ines")]
    assert (given["received"], given["wanted"], received["wanted"]) == ([], None, True)
    assert [(tip["giver"], tip["amount"]) for tip in received["received"]] == [(None, 500), ("named", 500)]
