"""Sending somebody out, and keeping them out: at once, everywhere, whatever is lost on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from config.lib.db import in_pool
from config.lib.errors import ForbiddenError
from media.models import MediaSession
from rooms import events
from rooms.enums import AdmissionKind, EntryRule, StageRole
from rooms.errors import EntryRefusedError
from rooms.events import change_room
from rooms.models import Admission, Ban, RaisedHand, Removal, Room, RoomEvent, StageMember
from rooms.selectors import room_to_enter
from rooms.services import hands, removal
from rooms.services.blocks import FINISH_SECONDS
from rooms.services.entry import admit, set_entry
from rooms.services.removal import ban_person, finish_removals, lift_ban, remove_person
from rooms.services.stage import bring_up
from tests.factories.rooms import RoomFactory
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User
    from tests.rooms.web import Web

pytestmark = pytest.mark.django_db(transaction=True)
OK = {"type": "ok", "id": "c1"}


def up(room: Room, person: User, role: StageRole = StageRole.SPEAKER) -> None:
    with change_room(room.public_id, by=person) as change:
        bring_up(change, person, role=role)


def session(room: Room, person: User, kind: str) -> MediaSession:
    return MediaSession.objects.create(
        room_key=room.public_id, user=person, kind=kind, relay="r", relay_incarnation="a", epoch=0
    )


@pytest.fixture
def stage_of_three(room: Room, malo: User, oliver: User) -> Room:
    """Return Inès's room with Malo as co-host and Oliver as speaker, who both send and hear sound."""
    up(room, malo, StageRole.COHOST)
    up(room, oliver)
    for person in (malo, oliver):
        for kind in ("publish", "listen"):
            session(room, person, kind)
    return room


@pytest.mark.parametrize("do", [remove_person, ban_person])
@pytest.mark.parametrize("by", ["host", "cohost"])
def test_whoever_is_sent_out_is_on_no_stage_and_in_no_sound(
    stage_of_three: Room, malo: User, oliver: User, do: Any, by: str
) -> None:
    do(
        stage_of_three.public_id,
        by=malo if by == "cohost" else stage_of_three.host,
        person_id=oliver.public_id,
    )
    assert not StageMember.objects.filter(user=oliver).exists()
    theirs = MediaSession.objects.filter(user=oliver).values_list("state", "gone_reason", "close_pending")
    assert list(theirs) == [("gone", "revoked", True)] * 2
    assert set(MediaSession.objects.filter(user=malo).values_list("state", flat=True)) == {"opening"}
    last = RoomEvent.objects.filter(room=stage_of_three).order_by("seq").last()
    assert last is not None
    assert (last.type, last.body) == ("stage.left", {"id": oliver.public_id})


def test_whoever_was_removed_may_come_back_and_whoever_is_banned_may_not(room: Room, oliver: User) -> None:
    remove_person(room.public_id, by=room.host, person_id=oliver.public_id)
    assert room_to_enter(oliver, room.public_id) == room
    hands.raise_hand(room.public_id, by=oliver)
    ban_person(room.public_id, by=room.host, person_id=oliver.public_id)
    assert RaisedHand.objects.count() == 0
    with pytest.raises(EntryRefusedError):
        room_to_enter(oliver, room.public_id)
    with pytest.raises(EntryRefusedError):
        hands.raise_hand(room.public_id, by=oliver)
    with pytest.raises(EntryRefusedError):
        hands.invite_to_stage(room.public_id, by=room.host, person_id=oliver.public_id)
    lift_ban(room.public_id, by=room.host, person_id=oliver.public_id)
    assert room_to_enter(oliver, room.public_id) == room


def test_ban_twice_is_one(room: Room, oliver: User) -> None:
    for everywhere in (False, False, True, True):
        ban_person(room.public_id, by=room.host, person_id=oliver.public_id, everywhere=everywhere)
    assert list(Ban.objects.order_by("pk").values_list("room", "host")) == [
        (room.pk, room.host_id),
        (None, room.host_id),
    ]
    lift_ban(room.public_id, by=room.host, person_id=oliver.public_id)
    assert not Ban.objects.exists()


def test_ban_from_all_rooms_of_a_host_holds_in_each_and_in_nobody_elses(
    room: Room, oliver: User, yara: User, settings: Any
) -> None:
    settings.ROOM_LIVE_PER_HOST_LIMIT = 2
    second, elsewhere = RoomFactory.create(host=room.host), RoomFactory.create(host=yara)
    for one in (second, elsewhere):
        up(one, oliver)
    ban_person(room.public_id, by=room.host, person_id=oliver.public_id, everywhere=True)
    assert [member.room for member in StageMember.objects.filter(user=oliver)] == [elsewhere]
    later = RoomFactory.create
    settings.ROOM_LIVE_PER_HOST_LIMIT = 3
    for one in (room, second, later(host=room.host)):
        with pytest.raises(EntryRefusedError):
            room_to_enter(oliver, one.public_id)
    assert room_to_enter(oliver, elsewhere.public_id) == elsewhere


def test_nobody_sends_out_an_equal_or_somebody_above(stage_of_three: Room, malo: User, oliver: User) -> None:
    room_id = stage_of_three.public_id
    for do in (remove_person, ban_person):
        for by, to in ((malo, stage_of_three.host), (malo, malo), (oliver, malo), (stage_of_three.host,) * 2):
            with pytest.raises(ForbiddenError):
                do(room_id, by=by, person_id=to.public_id)
    with pytest.raises(ForbiddenError):
        ban_person(room_id, by=malo, person_id=oliver.public_id, everywhere=True)
    with pytest.raises(ForbiddenError):
        remove_person(room_id, by=None, person_id=stage_of_three.host.public_id, staff=True)


def test_cohost_does_not_lift_what_the_host_said_of_all_rooms(stage_of_three: Room, malo: User, oliver: User) -> None:
    room_id = stage_of_three.public_id
    ban_person(room_id, by=stage_of_three.host, person_id=oliver.public_id, everywhere=True)
    lift_ban(room_id, by=malo, person_id=oliver.public_id)
    assert Ban.objects.count() == 1


def test_having_been_there_counts_no_more_once_one_was_sent_out(room: Room, oliver: User, yara: User) -> None:
    for person in (oliver, yara):
        admit(room, person, kind=AdmissionKind.PRESENT)
    admit(room, oliver, kind=AdmissionKind.INVITED)
    set_entry(room.public_id, by=room.host, rule=EntryRule.INVITED, guests_listen=False)
    for person in (oliver, yara):
        remove_person(room.public_id, by=room.host, person_id=person.public_id)
    assert list(Admission.objects.filter(revoked_at=None).values_list("user", "kind")) == [(oliver.pk, "invited")]
    assert room_to_enter(oliver, room.public_id) == room
    with pytest.raises(EntryRefusedError):
        room_to_enter(yara, room.public_id)


# --- what a dead process or a lost message left ---


def test_what_a_dead_process_left_of_a_ban_is_finished(room: Room, oliver: User) -> None:
    hands.raise_hand(room.public_id, by=oliver)
    Ban.objects.create(host=room.host, user=oliver)
    found = finish_removals([room.public_id])
    assert found[room.public_id].banned == [oliver.public_id]
    assert not RaisedHand.objects.exists()
    seq = Room.objects.get(pk=room.pk).seq
    finish_removals([room.public_id])
    assert Room.objects.get(pk=room.pk).seq == seq


@pytest.mark.parametrize(("age", "looked_at"), [(FINISH_SECONDS - 5, True), (FINISH_SECONDS + 1, False)])
def test_removal_is_looked_at_for_a_while(room: Room, oliver: User, age: int, looked_at: bool) -> None:
    ago = timezone.now() - timedelta(seconds=age)
    row = Removal.objects.create(room=room, user=oliver, created_at=ago)
    found = finish_removals([room.public_id])
    assert {one: outside.removed for one, outside in found.items()} == (
        {room.public_id: {oliver.public_id: row.pk}} if looked_at else {}
    )


@pytest.mark.postgres
@pytest.mark.parametrize("command", ["person.remove", "person.ban"])
async def test_sockets_in_all_processes_close_at_once(
    running_webs: tuple[Web, Web], room: Room, oliver: User, yara: User, command: str
) -> None:
    web, other_web = running_webs
    path = f"/ws/rooms/{room.public_id}/"
    cookies = [await in_pool(cookie_of)(person) for person in (room.host, oliver, yara)]
    async with (
        wire(web, path, cookies[0]) as host,
        wire(web, path, cookies[1]) as one,
        wire(other_web, path, cookies[1]) as two,
        wire(other_web, path, cookies[2]) as bystander,
    ):
        for socket in (host, one, two, bystander):
            await socket.hello()
        assert await host.ask(command, person=oliver.public_id) == OK
        assert (await one.closed(), await two.closed()) == (4403, 4403)
        assert await bystander.ask("hand.raise") == OK
        async with wire(web, path, cookies[1]) as again:
            if command == "person.ban":
                assert (await again.closed(), again.frames) == (4403, [])
                assert await host.ask("person.unban", person=oliver.public_id) == OK
            else:
                assert (await again.hello())["type"] == "snapshot"
                # Nobody who came back is sent out by what was told of the time before.
                assert await again.ask("hand.raise") == OK


@pytest.mark.postgres
@pytest.mark.parametrize("do", [remove_person, ban_person])
async def test_socket_closes_though_no_message_came(
    web: Web, room: Room, oliver: User, monkeypatch: pytest.MonkeyPatch, do: Any
) -> None:
    path, cookie = f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(oliver)
    async with wire(web, path, cookie) as socket:
        await socket.hello()
        for module in (removal, events):
            monkeypatch.setattr(module, "publish", lambda *_: None)
        await in_pool(do)(room.public_id, by=room.host, person_id=oliver.public_id)
        assert await socket.closed() == 4403
    if do is remove_person:
        async with wire(web, path, cookie) as again:
            await again.hello()
            # Two rounds of the repair, which still knows of the removal, let them stay.
            for _ in range(2):
                await again.hear("pulse")
            assert await again.ask("hand.raise") == OK


# --- the host's list ---


def test_host_lifts_bans_from_the_list(room: Room, oliver: User, yara: User, client: Client) -> None:
    ban_person(room.public_id, by=room.host, person_id=oliver.public_id)
    ban_person(room.public_id, by=room.host, person_id=yara.public_id, everywhere=True)
    client.force_login(room.host)
    page = client.get("/rooms/bans/").text
    assert "Oliver Hart" in page
    assert f"From “{room.title}”" in page or "De «" in page
    client.post("/rooms/bans/", {"ban": Ban.objects.get(user=oliver).public_id})
    assert [ban.user for ban in Ban.objects.all()] == [yara]


def test_nobody_lifts_bans_of_somebody_else(room: Room, oliver: User, yara: User, client: Client) -> None:
    ban_person(room.public_id, by=room.host, person_id=oliver.public_id)
    for person in (oliver, yara):
        client.force_login(person)
        assert "Oliver Hart" not in client.get("/rooms/bans/").text.split('class="people"')[1]
        client.post("/rooms/bans/", {"ban": Ban.objects.get().public_id})
    assert Ban.objects.count() == 1


def test_list_of_bans_costs_as_many_queries_for_three_as_for_one(
    room: Room, oliver: User, yara: User, malo: User, client: Client
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(room.host)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get("/rooms/bans/")
        return len(found)

    ban_person(room.public_id, by=room.host, person_id=oliver.public_id)
    queries()
    one = queries()
    for person in (yara, malo):
        ban_person(room.public_id, by=room.host, person_id=person.public_id)
    assert queries() == one
