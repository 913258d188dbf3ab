"""Recording a room: nobody is recorded who has not agreed, and everybody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from django.db import IntegrityError, connections, transaction
from django.urls import reverse
from django.utils import timezone

from config.lib.db import in_pool
from config.lib.errors import ForbiddenError, LoginRequiredError, NotFoundError
from media.models import MediaSession, Recording, RecordingConsent
from media.recorded import folder_of
from media.relay.messages import Done, Record, StopRecording
from rooms.enums import StageRole
from rooms.errors import ConsentNeededError, RoomEndedError
from rooms.models import Room
from rooms.selectors import events_after, room_snapshot
from rooms.services import hands, lifecycle, recording, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from media.relay.messages import Command, Reply

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Command]]:
    """Stand where relays are asked; return what they were told."""
    found: list[tuple[str, Command]] = []

    def request(incarnation: str, command: Command, **_: Any) -> Reply:
        found.append((incarnation, command))
        return Done()

    monkeypatch.setattr("media.gateway.request", request)
    return found


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand where the relay is told of microphones; return whose it was told of."""
    found: list[str] = []

    def set_publish_muted(_: str, *, user: User, muted: bool) -> None:
        found.append(f"{user.handle} {'off' if muted else 'on'}")

    monkeypatch.setattr(stage, "set_publish_muted", set_publish_muted)
    return found


def bring_up(room: Room, *people: User) -> None:
    for person in people:
        hands.raise_hand(room.public_id, by=person)
        hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id)


def publish(room: Room, person: User, incarnation: str = "i1") -> None:
    MediaSession.objects.create(
        room_key=room.public_id, user=person, kind="publish", relay="r", relay_incarnation=incarnation, epoch=0
    )


def start(room: Room, by: User | None = None) -> None:
    recording.start_room_recording(room.public_id, by=by or room.host)


def stop(room: Room) -> None:
    recording.stop_room_recording(room.public_id, by=room.host)


def told_events(room: Room) -> list[dict[str, Any]]:
    return [{k: v for k, v in event.items() if k not in {"seq", "at"}} for event in events_after(room.public_id, 0)]


def unmuted(room: Room) -> list[str]:
    return [entry["person"]["handle"] for entry in room_snapshot(room.public_id)[1]["stage"] if not entry["muted"]]


def test_starting_mutes_everybody_but_the_host_who_agrees_by_it(
    room: Room, ines: User, oliver: User, yara: User, silent: list[str]
) -> None:
    bring_up(room, oliver, yara)
    stage.unmute(room.public_id, by=ines)
    stage.unmute(room.public_id, by=oliver)
    silent.clear()
    seen = len(told_events(room))
    start(room)
    assert told_events(room)[seen:] == [
        {"type": "stage.muted", "id": oliver.public_id, "muted": True, "by": ines.public_id},
        {"type": "recording.started"},
    ]
    assert (unmuted(room), silent) == (["ines"], ["oliver off"])
    found = RecordingConsent.objects.get()
    assert (found.user, found.words, found.recording.started_by) == (ines, stage.CONSENT_WORDS, ines)
    assert room_snapshot(room.public_id)[1]["room"]["recording"] is True


def test_microphones_stay_to_be_told_if_the_process_dies_after_the_commit(
    room: Room, ines: User, oliver: User, yara: User, told: list[tuple[str, Command]], silent: list[str]
) -> None:
    bring_up(room, oliver, yara)
    for person in (ines, oliver, yara):
        publish(room, person)
    stage.unmute(room.public_id, by=ines)
    stage.unmute(room.public_id, by=oliver)
    MediaSession.objects.update(mute_pending=False)
    start(room)
    rows = MediaSession.objects.order_by("pk").values_list("user__handle", "muted", "mute_pending")
    assert list(rows) == [("ines", False, False), ("oliver", True, True), ("yara", True, False)]
    stage.unmute(room.public_id, by=oliver, consent=True)
    stage.mute(room.public_id, by=ines)
    assert list(rows.all()) == [("ines", True, True), ("oliver", False, True), ("yara", True, False)]


def test_starting_and_stopping_twice_is_once(room: Room) -> None:
    for _ in range(2):
        start(room)
    for _ in range(2):
        stop(room)
    assert [event["type"] for event in told_events(room)] == ["room.opened", "recording.started", "recording.stopped"]
    assert [found.state for found in Recording.objects.all()] == ["stopped"]


@pytest.mark.parametrize("who", ["guest", "listener", "speaker", "cohost"])
def test_only_the_host_records(room: Room, ines: User, oliver: User, malo: User, yara: User, who: str) -> None:
    bring_up(room, oliver, malo)
    stage.change_role(room.public_id, by=ines, person_id=malo.public_id, role=StageRole.COHOST)
    person = {"guest": None, "listener": yara, "speaker": oliver, "cohost": malo}[who]
    error = LoginRequiredError if person is None else ForbiddenError
    with pytest.raises(error):
        recording.start_room_recording(room.public_id, by=person)
    start(room)
    with pytest.raises(error):
        recording.stop_room_recording(room.public_id, by=person)
    assert Room.objects.get().recording is True


def test_unmute_needs_consent_while_recorded_and_keeps_it(room: Room, oliver: User, silent: list[str]) -> None:
    bring_up(room, oliver)
    start(room)
    with pytest.raises(ConsentNeededError):
        stage.unmute(room.public_id, by=oliver)
    assert (unmuted(room), silent, RecordingConsent.objects.filter(user=oliver).count()) == ([], [], 0)
    stage.unmute(room.public_id, by=oliver, consent=True)
    stage.mute(room.public_id, by=oliver)
    stage.unmute(room.public_id, by=oliver)
    assert (unmuted(room), silent) == (["oliver"], ["oliver on", "oliver off", "oliver on"])
    assert RecordingConsent.objects.filter(user=oliver).count() == 1


def test_consent_holds_for_one_recording_only(room: Room, ines: User, oliver: User) -> None:
    bring_up(room, oliver)
    start(room)
    stage.unmute(room.public_id, by=oliver, consent=True)
    stop(room)
    assert unmuted(room) == ["oliver"]
    start(room)
    assert unmuted(room) == []
    with pytest.raises(ConsentNeededError):
        stage.unmute(room.public_id, by=oliver)
    stage.unmute(room.public_id, by=ines)


def test_unmute_asks_for_nothing_while_nobody_records(room: Room, oliver: User) -> None:
    bring_up(room, oliver)
    stage.unmute(room.public_id, by=oliver, consent=True)
    assert (unmuted(room), RecordingConsent.objects.count()) == (["oliver"], 0)


def test_consent_of_whoever_may_not_speak_is_not_kept(room: Room, oliver: User) -> None:
    start(room)
    with pytest.raises(ForbiddenError):
        stage.unmute(room.public_id, by=oliver, consent=True)
    with pytest.raises(LoginRequiredError):
        stage.unmute(room.public_id, by=None, consent=True)
    assert RecordingConsent.objects.filter(user=oliver).count() == 0


def test_relay_knows_of_the_consent_before_the_microphone_opens(
    room: Room, ines: User, oliver: User, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up(room, oliver)
    publish(room, oliver)
    start(room)
    monkeypatch.setattr(stage, "set_publish_muted", lambda *_, user, muted, **__: told.append((user.handle, muted)))
    stage.unmute(room.public_id, by=oliver, consent=True)
    key = Recording.objects.get().public_id
    assert told == [
        ("i1", Record(room=room.public_id, recording=key, persons=[])),
        ("i1", Record(room=room.public_id, recording=key, persons=[oliver.public_id])),
        ("oliver", False),
    ]


def test_end_of_the_room_ends_its_recording_in_the_same_transaction(
    room: Room, ines: User, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(room)
    publish(room, ines)

    class CrashError(Exception):
        pass

    def crash(*_: Any, **__: Any) -> None:
        raise CrashError

    monkeypatch.setattr(lifecycle, "close_room_media", crash)
    with pytest.raises(CrashError):
        lifecycle.end_room(room.public_id, by=ines)
    assert [event["type"] for event in told_events(room)][-2:] == ["recording.stopped", "room.ended"]
    found = Recording.objects.get()
    assert (found.state, found.stop_pending, Room.objects.get().recording) == ("stopped", True, False)


def test_end_of_the_room_lets_relays_close_their_files(room: Room, ines: User, told: list[Any], silent: list[str],
                                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    living = [type("Beat", (), {"incarnation": "i1"})]
    monkeypatch.setattr("media.services.recordings.live_relays", lambda: living)
    start(room)
    publish(room, ines)
    lifecycle.end_room(room.public_id, by=ines)
    found = Recording.objects.get()
    assert told[-1] == ("i1", StopRecording(room=room.public_id, recording=found.public_id))
    assert found.stop_pending is False


def test_room_that_is_over_is_not_recorded(room: Room, ines: User) -> None:
    lifecycle.end_room(room.public_id, by=ines)
    with pytest.raises(RoomEndedError):
        start(room)
    with pytest.raises(IntegrityError), transaction.atomic():
        Room.objects.update(recording=True)


def test_trouble_is_an_event_while_recorded(room: Room, ines: User) -> None:
    recording.trouble_changed(room.public_id, True)
    start(room)
    for trouble in (True, True, False):
        recording.trouble_changed(room.public_id, trouble)
    assert told_events(room)[1:] == [
        {"type": "recording.started"},
        {"type": "recording.trouble", "trouble": True},
        {"type": "recording.trouble", "trouble": False},
    ]
    lifecycle.end_room(room.public_id, by=ines)
    recording.trouble_changed(room.public_id, True)
    assert told_events(room)[-1]["type"] == "room.ended"


def body_of(client: Client, name: str, *args: str) -> str:
    return client.get(reverse(name, args=args), headers=EN).content.decode()


def test_everybody_is_told_before_entry(client: Client, room: Room) -> None:
    mark = 'class="recording"'
    assert mark not in body_of(client, "rooms:hallway")
    # Hidden, for the moment when it begins.
    page = body_of(client, "rooms:room", room.public_id)
    assert "hidden" in page.split(mark)[1].split(">")[0]
    start(room)
    assert mark in body_of(client, "rooms:hallway")
    page = body_of(client, "rooms:room", room.public_id)
    assert "hidden" not in page.split(mark)[1].split(">")[0]


def test_page_asks_for_consent_whoever_has_an_account_and_offers_recording_to_the_host(
    client: Client, room: Room, ines: User, oliver: User
) -> None:
    def offered() -> tuple[bool, bool]:
        page = body_of(client, "rooms:room", room.public_id)
        # Whoever may become the host has the button, but only the host sees it.
        button = page.split('data-slot="record"')
        return 'id="consent"' in page, len(button) > 1 and "hidden" not in button[1].split(">")[0]

    assert offered() == (False, False)
    client.force_login(oliver)
    assert offered() == (True, False)
    client.force_login(ines)
    assert offered() == (True, True)


@pytest.fixture
def replayed(room: Room, ines: User, settings: Settings, tmp_path: Any) -> Callable[..., Recording]:
    """Return what makes a recording of the room, which is over."""
    settings.RECORDINGS_DIR = tmp_path
    lifecycle.end_room(room.public_id, by=ines)

    def make(**fields: Any) -> Recording:
        now = timezone.now()
        usual = {"state": "stopped", "started_at": now, "stopped_at": now}
        found = Recording.objects.create(room_key=room.public_id, **(usual | fields))
        folder_of(found.public_id).mkdir()
        if found.file:
            (folder_of(found.public_id) / found.file).write_bytes(bytes(range(256)) * 4)
        return found

    return make


def test_ended_room_without_a_recording_has_no_replay(client: Client, room: Room, replayed: Any) -> None:
    page = body_of(client, "rooms:room", room.public_id)
    assert ("This room has ended" in page, "replay.js" in page) == (True, False)


def test_replay_page_says_how_far_it_is(client: Client, room: Room, replayed: Any) -> None:
    found = replayed(state="mixing", claim="c", claimed_until=timezone.now(), progress=40)
    assert "The replay is being prepared: 40%" in body_of(client, "rooms:room", room.public_id)
    answer = client.get(reverse("rooms:replays", args=[room.public_id]))
    assert answer.json() == {"replays": [{"id": found.public_id, "state": "mixing", "progress": 40}]}


def test_replay_page_plays_and_names_whom_one_hears(client: Client, room: Room, oliver: User, replayed: Any) -> None:
    found = replayed(state="ready", file="replay-a.ogg", duration_ms=3_723_000, heard=[oliver.public_id, "unknown"])
    page = body_of(client, "rooms:room", room.public_id)
    assert f'src="/rooms/{room.public_id}/replays/{found.public_id}/sound.ogg"' in page
    assert ("Oliver Hart" in page, "1 h 02" in page, "Delete" in page) == (True, True, False)


def test_replay_page_asks_the_database_the_same_for_one_replay_and_three(
    client: Client, room: Room, oliver: User, yara: User, replayed: Any, django_assert_num_queries: Any
) -> None:
    replayed(state="ready", file="replay-a.ogg", heard=[oliver.public_id])
    with django_assert_num_queries(5):
        client.get(reverse("rooms:room", args=[room.public_id]))
    for name in "bc":
        replayed(state="ready", file=f"replay-{name}.ogg", heard=[yara.public_id])
    with django_assert_num_queries(5):
        client.get(reverse("rooms:room", args=[room.public_id]))


@pytest.mark.django_db(transaction=True)
async def test_replay_is_served_in_ranges(async_client: Any, room: Room, replayed: Any) -> None:
    found = await in_pool(replayed)(state="ready", file="replay-a.ogg")
    address = reverse("rooms:replay-sound", args=[room.public_id, found.public_id])
    answer = await async_client.get(address, headers={"range": "bytes=2-4"})
    assert (answer.status_code, answer["Content-Range"], answer["Content-Type"]) == (206, "bytes 2-4/1024", "audio/ogg")
    assert b"".join([chunk async for chunk in answer.streaming_content]) == b"\x02\x03\x04"
    for public_id in ("nothing", room.public_id):
        gone = await async_client.get(reverse("rooms:replay-sound", args=[room.public_id, public_id]))
        assert gone.status_code == 404
    # The test's client leaves open what its views opened.
    await sync_to_async(connections.close_all)()


def test_replay_of_another_room_is_not_found(client: Client, room: Room, oliver: User, replayed: Any) -> None:
    found = replayed(state="ready", file="replay-a.ogg")
    other = lifecycle.open_room(oliver, title="Other", language="en")
    client.force_login(oliver)
    assert client.get(reverse("rooms:replay-sound", args=[other.public_id, found.public_id])).status_code == 404
    deletion = reverse("rooms:replay-delete", args=[other.public_id, found.public_id])
    assert client.post(deletion).status_code == 404
    with pytest.raises(NotFoundError):
        recording.delete_replay(other.public_id, found.public_id, by=oliver)
    assert Recording.objects.count() == 1


def test_host_lets_a_failed_replay_be_made_again(client: Client, room: Room, ines: User, replayed: Any) -> None:
    found = replayed(state="failed", error="PermissionError")
    retry = reverse("rooms:replay-retry", args=[room.public_id, found.public_id])
    assert retry not in body_of(client, "rooms:room", room.public_id)
    client.force_login(ines)
    assert retry in body_of(client, "rooms:room", room.public_id)
    assert client.get(retry).status_code == 405
    assert client.post(retry).status_code == 302
    found.refresh_from_db()
    assert found.state == "stopped"


def test_host_alone_deletes_a_replay(client: Client, room: Room, ines: User, oliver: User, replayed: Any) -> None:
    found = replayed(state="ready", file="replay-a.ogg")
    folder = folder_of(found.public_id)
    deletion = reverse("rooms:replay-delete", args=[room.public_id, found.public_id])
    assert client.post(deletion).status_code == 401
    client.force_login(oliver)
    assert client.post(deletion).status_code == 403
    assert folder.exists()
    client.force_login(ines)
    assert deletion in body_of(client, "rooms:room", room.public_id)
    assert client.post(deletion).status_code == 302
    assert (folder.exists(), Recording.objects.count()) == (False, 0)
