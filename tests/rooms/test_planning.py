"""The life of a planned room: every way from one state to the next, and none that there is not."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Notification, NotificationFanOut
from accounts.selectors.people import person_card
from accounts.services.block import block
from config.lib.errors import ForbiddenError, InvalidError, LoginRequiredError, NotFoundError
from rooms.enums import CancelReason, RoomState
from rooms.errors import (
    RoomBegunError,
    RoomEndedError,
    RoomNotLiveError,
    TooManyPlannedError,
    TooManyRoomsError,
)
from rooms.models import Room
from rooms.selectors import events_after, iso, room_snapshot
from rooms.services import hands, planning, recording, sound
from rooms.services.lifecycle import end_room, open_room
from rooms.services.planning import cancel_room, edit_room, open_lobby, reschedule_room, schedule_room, start_room
from rooms.state import apply
from rooms.tasks import sweep_plans
from tests.rooms.planned import pass_by, planned, soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db


def state_of(room: Room) -> str:
    room.refresh_from_db()
    return room.state


def told_states(room: Room) -> list[str]:
    """Return the state of the room after each of its events."""
    events: list[Any] = events_after(room.public_id, 0)
    return [event["room"]["state"] if "room" in event else event["type"] for event in events]


def check_events(room: Room) -> None:
    """The events of the room lead to what a fresh snapshot has."""
    start: Any = {}
    assert (Room.objects.get(pk=room.pk).seq, reduce(apply, events_after(room.public_id, 0), start)) == room_snapshot(
        room.public_id
    )


def test_scheduled_room_has_its_host_on_the_stage_and_numbered_events(ines: User) -> None:
    starts_at = soon(hours=5)
    room = schedule_room(ines, title=" Échecs  ", description="à voix haute", language="fr", starts_at=starts_at)
    seq, state = room_snapshot(room.public_id)
    assert (seq, state) == (
        1,
        {
            "room": {
                "id": room.public_id,
                "title": "Échecs",
                "description": "à voix haute",
                "language": "fr",
                "state": "scheduled",
                "starts_at": iso(starts_at),
                "started_at": None,
                "ended_at": None,
                "recording": False,
                "recording_trouble": False,
                "hands_locked": False,
                "stage_locked": False,
                "speak_rule": "everyone",
                "offered_to": None,
                "host_awaited_until": None,
                "closing_at": None,
                "entry_rule": "everyone",
                "guests_listen": True,
                "chat_open": True,
                "chat_slow": 0,
                "topics": [],
            },
            "stage": [{"person": person_card(ines), "role": "host", "muted": True}],
            "hands": [],
            "invited": [],
            "chat": [],
            "board": [],
            "tips": [],
        },
    )
    check_events(room)


def test_planned_room_goes_through_its_lobby_to_its_end(ines: User) -> None:
    room = planned(ines)
    open_lobby(room.public_id, by=ines)
    start_room(room.public_id, by=ines)
    end_room(room.public_id, by=ines)
    assert told_states(room) == ["scheduled", "open", "live", "room.ended"]
    check_events(room)
    room.refresh_from_db()
    assert (room.state, room.live_at is not None, room.ended_at is not None) == (RoomState.ENDED, True, True)
    _, state = room_snapshot(room.public_id)
    assert room.live_at is not None
    assert state["room"]["started_at"] == iso(room.live_at)


def test_planned_room_may_begin_without_a_lobby(ines: User) -> None:
    room = planned(ines)
    start_room(room.public_id, by=ines)
    assert told_states(room) == ["scheduled", "live"]


def test_what_is_so_already_changes_nothing(ines: User) -> None:
    room = planned(ines)
    open_lobby(room.public_id, by=ines)
    open_lobby(room.public_id, by=ines)
    start_room(room.public_id, by=ines)
    start_room(room.public_id, by=ines)
    open_lobby(room.public_id, by=ines)
    assert told_states(room) == ["scheduled", "open", "live"]
    other = planned(ines)
    assert [cancel_room(other.public_id, by=ines) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(("seconds", "fits"), [(-1, False), (0, False), (60, True)])
def test_time_is_still_to_come(ines: User, monkeypatch: pytest.MonkeyPatch, seconds: int, fits: bool) -> None:
    now = timezone.now()
    monkeypatch.setattr("rooms.services.planning.timezone.now", lambda: now)
    starts_at = now + timedelta(seconds=seconds)
    if fits:
        assert planned(ines, starts_at=starts_at).starts_at == starts_at
    else:
        with pytest.raises(InvalidError) as refused:
            planned(ines, starts_at=starts_at)
        assert refused.value.errors == {"starts_at": "Choose a time that is still to come."}


@pytest.mark.parametrize(("seconds", "fits"), [(-1, True), (0, True), (1, False)])
def test_room_is_planned_so_many_days_ahead(
    ines: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, seconds: int, fits: bool
) -> None:
    settings.ROOM_PLAN_DAYS = 30
    now = timezone.now()
    monkeypatch.setattr("rooms.services.planning.timezone.now", lambda: now)
    starts_at = now + timedelta(days=30, seconds=seconds)
    if fits:
        assert planned(ines, starts_at=starts_at).starts_at == starts_at
    else:
        with pytest.raises(InvalidError) as refused:
            planned(ines, starts_at=starts_at)
        assert refused.value.errors == {"starts_at": "A room can be planned up to 30 days ahead."}
        assert Room.objects.count() == 0


def test_host_has_a_limit_of_planned_rooms(ines: User, settings: Settings) -> None:
    settings.ROOM_PLANNED_PER_HOST_LIMIT = 2
    first = planned(ines)
    planned(ines)
    with pytest.raises(TooManyPlannedError):
        planned(ines)
    cancel_room(first.public_id, by=ines)
    planned(ines)


def test_one_room_of_a_host_runs_at_a_time(ines: User) -> None:
    first, second = planned(ines), planned(ines)
    open_lobby(first.public_id, by=ines)
    for begin in (open_lobby, start_room):
        with pytest.raises(TooManyRoomsError):
            begin(second.public_id, by=ines)
    with pytest.raises(TooManyRoomsError):
        open_room(ines, title="At once", language="en")
    start_room(first.public_id, by=ines)
    end_room(first.public_id, by=ines)
    start_room(second.public_id, by=ines)
    assert state_of(second) == RoomState.LIVE


@pytest.mark.parametrize(
    "deed",
    [
        lambda room, by: open_lobby(room, by=by),
        lambda room, by: start_room(room, by=by),
        lambda room, by: cancel_room(room, by=by),
        lambda room, by: reschedule_room(room, by=by, starts_at=soon(days=2)),
        lambda room, by: edit_room(room, by=by, title="Mine", description=""),
    ],
    ids=["open", "start", "cancel", "reschedule", "edit"],
)
def test_life_of_a_room_is_its_hosts(ines: User, oliver: User, yara: User, deed: Callable[..., object]) -> None:
    room = planned(ines)
    block(ines, yara)
    before = room_snapshot(room.public_id)
    for person, error in ((oliver, ForbiddenError), (None, LoginRequiredError), (yara, NotFoundError)):
        with pytest.raises(error):
            deed(room.public_id, person)
    assert room_snapshot(room.public_id) == before


def test_nothing_but_its_end_leads_out_of_a_live_room(room: Room, ines: User) -> None:
    with pytest.raises(RoomBegunError):
        cancel_room(room.public_id, by=ines)
    with pytest.raises(RoomBegunError):
        reschedule_room(room.public_id, by=ines, starts_at=soon(days=1))


def test_nothing_leads_out_of_a_cancelled_room(ines: User) -> None:
    room = planned(ines)
    cancel_room(room.public_id, by=ines)
    for deed in (open_lobby, start_room):
        with pytest.raises(RoomEndedError):
            deed(room.public_id, by=ines)
    with pytest.raises(RoomEndedError):
        reschedule_room(room.public_id, by=ines, starts_at=soon(days=1))
    with pytest.raises(RoomEndedError):
        edit_room(room.public_id, by=ines, title="x", description="")
    assert end_room(room.public_id, by=ines) is False


@pytest.mark.parametrize("lobby", [False, True])
def test_nothing_happens_in_a_room_that_has_not_begun(ines: User, oliver: User, lobby: bool) -> None:
    room = planned(ines)
    if lobby:
        open_lobby(room.public_id, by=ines)
    key = room.public_id
    deeds: list[Callable[[], object]] = [
        lambda: hands.raise_hand(key, by=oliver),
        lambda: hands.invite_to_stage(key, by=ines, person_id=oliver.public_id),
        lambda: recording.start_room_recording(key, by=ines),
        lambda: sound.offer_media(key, by=ines, guest_key="", kind="publish", sdp="v=0"),
        lambda: sound.offer_media(key, by=oliver, guest_key="", kind="listen", sdp="v=0"),
        lambda: end_room(key, by=ines),
    ]
    for deed in deeds:
        with pytest.raises(RoomNotLiveError):
            deed()


def test_rescheduled_room_is_told_to_the_page_and_closes_its_lobby(ines: User) -> None:
    room = planned(ines)
    open_lobby(room.public_id, by=ines)
    later = soon(days=3)
    reschedule_room(room.public_id, by=ines, starts_at=later)
    reschedule_room(room.public_id, by=ines, starts_at=later)
    assert told_states(room) == ["scheduled", "open", "scheduled"]
    check_events(room)
    room.refresh_from_db()
    assert (room.starts_at, room.revision) == (later, 1)
    with pytest.raises(InvalidError):
        reschedule_room(room.public_id, by=ines, starts_at=soon(days=40))


def test_words_change_while_planned_and_live_but_the_language_only_before(ines: User) -> None:
    room = planned(ines)
    edit_room(room.public_id, by=ines, title="Schach", description="laut", language="fr")
    start_room(room.public_id, by=ines)
    edit_room(room.public_id, by=ines, title="Échecs", description="à voix haute")
    with pytest.raises(RoomBegunError):
        edit_room(room.public_id, by=ines, title="Chess", description="", language="en")
    _, state = room_snapshot(room.public_id)
    fields = state["room"]
    assert (fields["title"], fields["description"], fields["language"]) == ("Échecs", "à voix haute", "fr")
    check_events(room)
    with pytest.raises(InvalidError):
        edit_room(room.public_id, by=ines, title="x" * 101, description="")


def test_followers_are_told_when_it_goes_live_and_not_before(ines: User) -> None:
    room = planned(ines)
    open_lobby(room.public_id, by=ines)
    assert NotificationFanOut.objects.count() == 0
    start_room(room.public_id, by=ines)
    assert list(NotificationFanOut.objects.values_list("kind", "key")) == [("live", room.public_id)]


@pytest.mark.parametrize(("minutes", "kept"), [(29, True), (30, False), (31, False)])
@pytest.mark.parametrize("lobby", [False, True])
def test_room_whose_host_never_comes_is_cancelled(
    ines: User, settings: Settings, minutes: int, kept: bool, lobby: bool
) -> None:
    settings.ROOM_NO_SHOW_MINUTES = 30
    room = planned(ines, starts_at=soon(hours=1))
    if lobby:
        open_lobby(room.public_id, by=ines)
    assert room.starts_at is not None
    pass_by(seconds=(room.starts_at - timezone.now()).total_seconds() + minutes * 60)
    sweep_plans()
    room.refresh_from_db()
    assert (not room.is_over, room.cancel_reason) == ((True, "") if kept else (False, CancelReason.NO_SHOW))
    assert told_states(room)[-1] == room.state


def test_room_that_was_put_off_meanwhile_is_not_overdue(ines: User) -> None:
    room = planned(ines)
    pass_by(days=2)
    late = planning.overdue_rooms()
    reschedule_room(room.public_id, by=ines, starts_at=soon(days=1))
    assert late == [room.public_id]
    assert planning.cancel_overdue(room.public_id) is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "scheduled", "starts_at": None},
        {"state": "open", "starts_at": None},
        {"live_at": timezone.now()},
        {"state": "live"},
        {"state": "live", "starts_at": None, "live_at": timezone.now()},
        {"state": "ended", "ended_at": timezone.now()},
        {"state": "cancelled", "cancel_reason": "host"},
        {"state": "cancelled", "ended_at": timezone.now()},
        {"cancel_reason": "host"},
        {"ended_at": timezone.now()},
        {"state": "paused"},
        {"occurrence": None, "series": 1},
    ],
)
def test_database_refuses_a_state_without_its_times(ines: User, wrong: dict[str, Any]) -> None:
    room = planned(ines)
    with pytest.raises(IntegrityError), transaction.atomic():
        Room.objects.filter(pk=room.pk).update(**wrong)


def test_nobody_is_told_of_a_plan(ines: User) -> None:
    planned(ines)
    assert Notification.objects.count() == 0
