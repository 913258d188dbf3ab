"""What rooms do with media sessions: who may, and what must hold whatever happens meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.lib.errors import ForbiddenError, LoginRequiredError
from media.models import MediaSession
from media.services.sessions import MediaAnswer
from rooms.errors import RoomEndedError
from rooms.services import hands, lifecycle, sound, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Stand where the relay is told things; return what it was told."""
    told: list[tuple[str, Any]] = []

    def open_media(_room: str, **options: Any) -> MediaAnswer:
        told.append(("open", options["muted"]))
        return MediaAnswer(sdp="answer", media_session="s1")

    monkeypatch.setattr(sound, "open_media", open_media)
    monkeypatch.setattr(sound, "close_media", lambda session, **_: told.append(("close", session)))
    monkeypatch.setattr(stage, "set_publish_muted", lambda _room, *, muted, **_: told.append(("muted", muted)))
    return told


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen while the relay is asked for an answer."""
    real: Any = vars(sound)["open_media"]

    def open_media(*arguments: Any, **options: Any) -> MediaAnswer:
        answer: MediaAnswer = real(*arguments, **options)
        happens()
        return answer

    monkeypatch.setattr(sound, "open_media", open_media)


def offer(room: Room, by: User | None, kind: sound.Kind = "publish") -> MediaAnswer:
    return sound.offer_media(room.public_id, by=by, guest_key="g1", kind=kind, sdp="offer")


def speaker(room: Room, person: User) -> User:
    hands.raise_hand(room.public_id, by=person)
    hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id)
    return person


def test_publish_is_for_the_stage(room: Room, oliver: User, relay: list[Any]) -> None:
    with pytest.raises(ForbiddenError):
        offer(room, oliver)
    with pytest.raises(LoginRequiredError):
        offer(room, None)
    assert offer(room, speaker(room, oliver)) == MediaAnswer(sdp="answer", media_session="s1")
    assert relay == [("open", True)]


def test_listen_is_for_everybody(room: Room, oliver: User, relay: list[Any]) -> None:
    offer(room, None, "listen")
    offer(room, oliver, "listen")
    assert relay == [("open", True), ("open", True)]


def test_offer_to_an_ended_room_is_refused(room: Room, ines: User, relay: list[Any]) -> None:
    lifecycle.end_room(room.public_id, by=ines)
    with pytest.raises(RoomEndedError):
        offer(room, ines)
    assert relay == []


def test_room_that_ends_during_an_offer_leaves_no_session(
    room: Room, ines: User, relay: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: lifecycle.end_room(room.public_id, by=ines))
    with pytest.raises(RoomEndedError):
        offer(room, None, "listen")
    assert relay == [("open", True), ("close", "s1")]


def test_speaker_removed_during_an_offer_gets_no_session(
    room: Room, ines: User, oliver: User, relay: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker(room, oliver)
    removed = stage.remove_from_stage
    meanwhile(monkeypatch, lambda: removed(room.public_id, by=ines, person_id=oliver.public_id))
    with pytest.raises(ForbiddenError):
        offer(room, oliver)
    assert relay == [("open", True), ("close", "s1")]


def test_microphone_closed_during_an_offer_is_closed_in_the_relay(
    room: Room, ines: User, oliver: User, relay: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.unmute(room.public_id, by=speaker(room, oliver))
    relay.clear()
    meanwhile(monkeypatch, lambda: stage.mute(room.public_id, by=ines, person_id=oliver.public_id))
    offer(room, oliver)
    assert (relay[0], relay[-1]) == (("open", False), ("muted", True))


def test_relay_is_told_what_the_row_says(
    room: Room, ines: User, oliver: User, relay: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Oliver's "on" reaches the relay after Inès' "off", though it was committed before."""
    speaker(room, oliver)
    first = True

    def told_late(_room: str, *, muted: bool, **_: Any) -> None:
        nonlocal first
        if first:
            first = False
            stage.mute(room.public_id, by=ines, person_id=oliver.public_id)
        relay.append(("muted", muted))

    monkeypatch.setattr(stage, "set_publish_muted", told_late)
    stage.unmute(room.public_id, by=oliver)
    assert relay == [("muted", True), ("muted", False), ("muted", True)]


@pytest.mark.parametrize("how", ["remove", "leave", "end"])
def test_end_of_publishing_outlives_a_crash_after_the_commit(
    room: Room, ines: User, oliver: User, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Whoever must still tell the relay finds it in the row (media.tasks.sweep_media)."""
    speaker(room, oliver)
    session = MediaSession.objects.create(
        room_key=room.public_id, user=oliver, kind="publish", relay="r", relay_incarnation="i", epoch=1
    )

    class CrashError(Exception):
        pass

    def crash(*_: Any, **__: Any) -> None:
        raise CrashError

    monkeypatch.setattr(stage, "revoke_publishing", crash)
    monkeypatch.setattr(lifecycle, "close_room_media", crash)
    deeds: dict[str, Callable[[], object]] = {
        "remove": lambda: stage.remove_from_stage(room.public_id, by=ines, person_id=oliver.public_id),
        "leave": lambda: stage.leave_stage(room.public_id, by=oliver),
        "end": lambda: lifecycle.end_room(room.public_id, by=ines),
    }
    with pytest.raises(CrashError):
        deeds[how]()
    session.refresh_from_db()
    assert (session.state, session.close_pending) == ("gone", True)
