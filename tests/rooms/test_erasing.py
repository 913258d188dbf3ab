"""Closing an account takes somebody out of every room at once; erasing it leaves no trace of them anywhere."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone
from PIL import Image

from accounts.exports import parts_of
from accounts.models import AccountDeletion, DataExport, FormerHandle, ProfileLink, User, WaitingEntry
from accounts.selectors.following import wrong_counts
from accounts.services.consents import give_consent
from accounts.services.deletion import close_account, erase
from accounts.services.exporting import request_export, write_export
from accounts.services.follow import follow
from accounts.services.picture import change_picture
from accounts.tasks import tidy_up
from media.enums import MediaKind, MediaState
from media.models import ListeningReceipt, MediaSession
from rooms.enums import StageRole
from rooms.events import change_room
from rooms.link_pictures import keep_picture
from rooms.models import (
    Admission,
    Attendance,
    Ban,
    BoardItem,
    CalendarFeed,
    LoweredHand,
    RaisedHand,
    Report,
    Room,
    RoomAlarm,
    RoomEvent,
    RoomReminder,
    RoomSeries,
    StageInvitation,
    StageMember,
)
from rooms.selectors import room_snapshot
from rooms.services.alarms import remind_me
from rooms.services.attendance import note_attendance
from rooms.services.board import put_link, put_note, remove_item
from rooms.services.chat import remove_message, say
from rooms.services.entry import admit
from rooms.services.feeds import feed_of
from rooms.services.handover import offer_room
from rooms.services.hands import invite_to_stage, raise_hand
from rooms.services.lifecycle import end_room
from rooms.services.ping import ping
from rooms.services.planning import cancel_room
from rooms.services.queue import clear_hands, restore_hands
from rooms.services.removal import ban_person, lift_ban
from rooms.services.reports import report_person
from rooms.services.stage import bring_up
from rooms.services.words import refuse_words
from rooms.tasks import sweep_plans
from tests.factories.rooms import RoomFactory
from tests.rooms.planned import planned
from tests.rooms.test_series import weekly

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folders(settings: Settings, tmp_path: Path) -> None:
    settings.RECORDINGS_DIR = tmp_path / "recordings"
    settings.EXPORTS_DIR = tmp_path / "exports"
    settings.MEDIA_ROOT = tmp_path / "uploads"


def erase_now(person: User) -> None:
    deletion = close_account(person)
    ago = timezone.now() - timedelta(days=15)
    AccountDeletion.objects.filter(pk=deletion.pk).update(requested_at=ago, due_at=ago + timedelta(days=14))
    erase(deletion.pk)


def put_on_stage(room: Room, *people: User) -> None:
    for person in people:
        with change_room(room.public_id, by=person) as change:
            bring_up(change, person, role=StageRole.SPEAKER)


def plan_ahead(person: User, other: User) -> None:
    """Let somebody have planned rooms, wait for one of somebody else, and have a calendar."""
    weekly(person, title="Unmistakable every week")
    remind_me(planned(other).public_id, by=person)
    feed_of(person)


def do_all_on_stage(room: Room, person: User) -> None:
    """Let somebody appear in each table and each kind of event that a queue and a stage have."""
    for reason in ("Unmistakable at first", "Unmistakable then"):
        raise_hand(room.public_id, by=person, reason=reason)
    for deed in (clear_hands, restore_hands, clear_hands):
        deed(room.public_id, by=room.host)
    put_on_stage(room, person)
    offer_room(room.public_id, by=room.host, person_id=person.public_id)


def write_beside(yara: User, oliver: User, own: Room, other: Room, picture: bytes) -> None:
    """Let Yara write and hang things up in her own room and another, and some of it be taken away again."""
    note_attendance({other.public_id: [yara.public_id], own.public_id: [yara.public_id]}, timezone.now())
    message = say(other.public_id, by=yara, text="Unmistakable, I said", key="a")
    remove_message(other.public_id, by=oliver, message_id=message)
    for key in ("b", "c"):
        say(other.public_id, by=yara, text="Unmistakable, I said", key=key)
    with change_room(other.public_id, by=oliver) as change:
        StageMember.objects.filter(room=change.room, user=yara).update(role=StageRole.COHOST)
    put_note(other.public_id, by=yara, text="An Unmistakable note")
    remove_item(other.public_id, by=yara, item_id=put_link(other.public_id, by=yara, url="https://yara.example.org/x"))
    put_link(own.public_id, by=yara, url="https://yara.example.org/y")
    BoardItem.objects.filter(room=own).update(picture=keep_picture(picture))
    refuse_words(yara, ["Unmistakable"])


def traces_of(*words: str) -> list[str]:
    """Return the tables of the database in which any of these words stands, in whichever column."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for word in words:
                cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text ILIKE %s', [f"%{word}%"])  # noqa: S608
                if cursor.fetchone() != (0,):
                    found.append(f"{word} in {table}")
    return found


def test_whoever_closes_the_account_is_in_no_room(ines: User, oliver: User, yara: User, room: Room) -> None:
    other = RoomFactory(host=oliver)
    third = RoomFactory(host=yara)
    put_on_stage(other, ines)
    raise_hand(third.public_id, by=ines)

    close_account(ines)

    room.refresh_from_db()
    assert room.is_live is False
    assert not StageMember.objects.filter(user=ines, room__in=[other, third]).exists()
    assert not RaisedHand.objects.filter(user=ines).exists()
    assert [event.type for event in RoomEvent.objects.filter(room=other).order_by("seq")][-1] == "stage.left"


def test_planned_rooms_of_whoever_closes_the_account_are_cancelled(ines: User) -> None:
    weekly(ines)
    close_account(ines)
    sweep_plans()
    assert set(Room.objects.values_list("state", flat=True)) == {"cancelled"}


def test_invitation_of_whoever_closes_the_account_is_declined(ines: User, oliver: User) -> None:
    other = RoomFactory(host=oliver)
    invite_to_stage(other.public_id, by=oliver, person_id=ines.public_id)
    close_account(ines)
    assert not StageInvitation.objects.exists()


def test_sound_of_whoever_closes_the_account_ends(ines: User, oliver: User) -> None:
    session = MediaSession.objects.create(
        room_key="r1", user=ines, kind=MediaKind.LISTEN, relay="r", relay_incarnation="i1", epoch=0
    )
    close_account(ines)
    session.refresh_from_db()
    assert session.state == MediaState.GONE


def stand_at_doors(own: Room, other: Room, third: User) -> None:
    """Let the two hosts ask, let in, ban and report each other and somebody else."""
    yara, oliver = own.host, other.host
    ping(own.public_id, by=yara, person_id=oliver.public_id)
    admit(other, yara, granted_by=oliver)
    admit(other, third, granted_by=yara)
    ban_person(other.public_id, by=oliver, person_id=yara.public_id, everywhere=True)
    lift_ban(other.public_id, by=oliver, person_id=yara.public_id)
    ban_person(own.public_id, by=yara, person_id=third.public_id, everywhere=True)
    report_person(other.public_id, by=yara, person_id=oliver.public_id, category="other", note="Unmistakable too")
    report_person(other.public_id, by=oliver, person_id=yara.public_id, category="other")
    report_person(own.public_id, by=oliver, person_id=third.public_id, category="other")


def assert_doors_forgot(host: User, third: User) -> None:
    assert [report.person for report in Report.objects.order_by("pk")] == [host, third]
    assert [(row.user, row.granted_by) for row in Admission.objects.all()] == [(third, None)]
    assert not Ban.objects.exists()


def fill_profile(yara: User) -> bytes:
    """Give Yara a name, words, a link, a picture, an address and a consent; return the picture as it was sent."""
    yara.display_name, yara.bio = "Yara Unmistakable", "Unmistakable is what I am"
    yara.save()
    ProfileLink.objects.create(person=yara, position=0, url="https://yara.example.org")
    FormerHandle.objects.create(person=yara, handle="yara_before")
    picture = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(picture, "PNG")
    change_picture(yara, sent=io.BytesIO(picture.getvalue()))
    EmailAddress.objects.create(user=yara, email="yara@example.org", primary=True, verified=True)
    give_consent(yara, kind="letters", words="1")
    yara.refresh_from_db()
    return picture.getvalue()


@pytest.mark.postgres
def test_nothing_is_left_of_an_erased_account(yara: User, oliver: User, malo: User, tmp_path: Path) -> None:
    picture = fill_profile(yara)
    own = RoomFactory(host=yara, title="Unmistakable words")
    other = RoomFactory(host=oliver)
    do_all_on_stage(other, yara)
    ListeningReceipt.objects.create(
        session_key="s", relay_incarnation="i", room_key=other.public_id, user=yara, delivered_ms=9, confirmed_ms=5
    )
    plan_ahead(yara, oliver)
    follow(yara, oliver)
    follow(oliver, yara)
    write_beside(yara, oliver, own, other, picture)
    stand_at_doors(own, other, malo)
    WaitingEntry.objects.create(email="yara@example.org", language="en")
    record = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=oliver, content_type=record, object_id=str(yara.pk), object_repr="Yara Unmistakable", action_flag=2
    )
    write_export(request_export(yara).public_id)
    words = ("yara@example", "Unmistakable", '"handle": "yara"')
    assert traces_of(*words)
    kept = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()}
    assert kept == {"exports", "uploads"}

    erase_now(yara)

    assert traces_of(*words, "yara") == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not Room.objects.filter(pk=own.pk).exists()
    assert not any(kept.objects.exists() for kept in (Attendance, RoomSeries, RoomReminder, CalendarFeed))
    assert not Attendance.objects.filter(user=yara).exists()
    assert_doors_forgot(oliver, malo)
    receipt = ListeningReceipt.objects.get()
    assert (receipt.user, receipt.confirmed_ms) == (None, 5)
    assert DataExport.objects.count() == 0
    assert wrong_counts() == []
    oliver.refresh_from_db()
    assert (oliver.follower_count, oliver.following_count) == (0, 0)
    _seq, state = room_snapshot(other.public_id)
    said = [(entry["text"], entry["removed"]) for entry in state["chat"]]
    assert ([entry["person"]["handle"] for entry in state["stage"]], said, state["board"]) == (
        ["oliver"],
        [("", True)] * 3,
        [],
    )


def test_rooms_of_others_keep_their_events_with_nobody_in_the_place(yara: User, oliver: User) -> None:
    other = RoomFactory(host=oliver)
    put_on_stage(other, yara)
    before = list(RoomEvent.objects.filter(room=other).values_list("seq", "type"))
    erase_now(yara)
    after = RoomEvent.objects.filter(room=other).order_by("seq")
    assert [(event.seq, event.type) for event in after][: len(before)] == before
    joined = after.get(type="stage.joined")
    assert joined.body["person"]["handle"] == f"gone_{yara.public_id}"
    assert joined.body["person"]["name"] == "Deleted account"


def test_copy_lists_rooms_hosted_and_visited(ines: User, room: Room, oliver: User) -> None:
    other = RoomFactory(host=oliver, title="Elsewhere")
    note_attendance({other.public_id: [ines.public_id]}, timezone.now())
    raise_hand(other.public_id, by=ines, reason="Elsewhere too")
    found: dict[str, Any] = {part.path: part.data for part in parts_of(ines)}
    assert [entry["title"] for entry in found["rooms.json"]["hosted"]] == [room.title]
    assert [entry["room__title"] for entry in found["rooms.json"]["visited"]] == ["Elsewhere"]
    assert [entry["reason"] for entry in found["rooms.json"]["hands"]] == ["Elsewhere too"]


def test_hands_that_were_lowered_are_forgotten_when_they_cannot_come_back(room: Room, ines: User, oliver: User) -> None:
    raise_hand(room.public_id, by=oliver, reason="Vans")
    clear_hands(room.public_id, by=ines)
    tidy_up()
    assert LoweredHand.objects.count() == 1
    LoweredHand.objects.update(lowered_at=timezone.now() - timedelta(minutes=1))
    tidy_up()
    assert not LoweredHand.objects.exists()


def test_copy_lists_what_somebody_told_staff_and_whom_they_do_not_let_in(
    ines: User, room: Room, oliver: User, yara: User
) -> None:
    admit(RoomFactory(host=oliver), ines)
    ban_person(room.public_id, by=ines, person_id=yara.public_id)
    report_person(room.public_id, by=ines, person_id=yara.public_id, category="spam", note="She sells.")
    found: dict[str, Any] = {part.path: part.data for part in parts_of(ines)}
    data = found["rooms.json"]
    assert [(entry["kind"], entry["revoked_at"]) for entry in data["let_in"]] == [("invited", None)]
    assert [(entry["user__handle"], entry["room__public_id"]) for entry in data["not_let_in"]] == [
        ("yara", room.public_id)
    ]
    assert [(entry["category"], entry["note"]) for entry in data["reported"]] == [("spam", "She sells.")]


@pytest.mark.parametrize(("days", "kept"), [(29, True), (31, False)])
def test_events_are_forgotten_after_their_time(room: Room, ines: User, days: int, kept: bool) -> None:
    end_room(room.public_id, by=ines)
    ended_at = timezone.now() - timedelta(days=days)
    Room.objects.filter(pk=room.pk).update(created_at=ended_at, ended_at=ended_at)
    tidy_up()
    assert RoomEvent.objects.filter(room=room).exists() is kept


@pytest.mark.parametrize(("days", "kept"), [(29, True), (31, False)])
def test_who_waited_is_forgotten_after_that_time(oliver: User, yara: User, days: int, kept: bool) -> None:
    room = planned(oliver)
    remind_me(room.public_id, by=yara)
    cancel_room(room.public_id, by=oliver)
    then = timezone.now() - timedelta(days=days)
    Room.objects.filter(pk=room.pk).update(created_at=then, ended_at=then)
    tidy_up()
    assert [RoomReminder.objects.exists(), RoomAlarm.objects.exists()] == [kept, kept]


@pytest.mark.parametrize(("days", "kept"), [(364, True), (366, False)])
def test_attendance_is_forgotten_after_its_time(room: Room, oliver: User, days: int, kept: bool) -> None:
    note_attendance({room.public_id: [oliver.public_id]}, timezone.now() - timedelta(days=days))
    tidy_up()
    assert Attendance.objects.exists() is kept


def test_events_of_a_live_room_are_never_forgotten(room: Room) -> None:
    Room.objects.filter(pk=room.pk).update(created_at=timezone.now() - timedelta(days=99))
    tidy_up()
    assert RoomEvent.objects.filter(room=room).count() == 1
