"""What somebody listens to: nobody's business unless they say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import ListeningShown
from accounts.errors import HandleTakenError
from accounts.services.block import block
from accounts.services.follow import follow
from accounts.services.profile import change_profile
from config.lib.errors import InvalidError
from media.enums import MediaKind, MediaState
from media.models import MediaSession
from rooms.services.lifecycle import end_room

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def listening(room: Room, yara: User) -> MediaSession:
    """Return what Yara hears Inès's room by."""
    return MediaSession.objects.create(
        room_key=room.public_id,
        user=yara,
        kind=MediaKind.LISTEN,
        state=MediaState.CONNECTED,
        connected_at=timezone.now(),
        relay="r",
        relay_incarnation="r1",
        epoch=1,
    )


def shown(person: User, to: User | None) -> list[str]:
    browser = Client()
    if to is not None:
        browser.force_login(to)
    page = browser.get(reverse("accounts:profile", args=[person.handle]))
    return [card["id"] for card in page.context["heard_rooms"]]


def show(person: User, to: str) -> None:
    change_profile(
        person, display_name=person.display_name, handle=person.handle, language="", time_zone="", listening_shown=to
    )
    person.refresh_from_db()


@pytest.mark.usefixtures("listening")
def test_nobody_sees_it_by_default(room: Room, yara: User, oliver: User) -> None:
    follow(yara, oliver)
    follow(oliver, yara)
    assert yara.listening_shown == ListeningShown.NOBODY
    assert [shown(yara, to) for to in (None, oliver, room.host)] == [[], [], []]
    assert shown(yara, yara) == [room.public_id]


@pytest.mark.usefixtures("listening")
def test_only_those_see_it_whom_the_person_follows(room: Room, yara: User, oliver: User, sam: User) -> None:
    show(yara, ListeningShown.FOLLOWED)
    follow(yara, oliver)
    follow(sam, yara)
    assert [shown(yara, to) for to in (None, sam, oliver)] == [[], [], [room.public_id]]


@pytest.mark.usefixtures("listening")
def test_everybody_sees_it_whom_the_room_is_not_hidden_from(room: Room, yara: User, oliver: User, sam: User) -> None:
    show(yara, ListeningShown.EVERYBODY)
    block(room.host, sam)
    assert [shown(yara, to) for to in (None, oliver, sam)] == [[room.public_id], [room.public_id], []]


def test_it_is_over_with_the_sound(listening: MediaSession, room: Room, yara: User) -> None:
    show(yara, ListeningShown.EVERYBODY)
    listening.state, listening.gone_at, listening.gone_reason = MediaState.GONE, timezone.now(), "closed"
    listening.save()
    assert shown(yara, None) == []
    listening.state, listening.gone_at, listening.gone_reason = MediaState.CONNECTED, None, ""
    listening.save()
    end_room(room.public_id, by=room.host)
    assert shown(yara, None) == []


def test_unknown_answer_is_refused_and_nothing_changes(yara: User) -> None:
    with pytest.raises(InvalidError):
        change_profile(
            yara, display_name="Other", handle=yara.handle, language="", time_zone="", listening_shown="friends"
        )
    yara.refresh_from_db()
    assert (yara.display_name != "Other", yara.listening_shown) == (True, ListeningShown.NOBODY)


def test_choice_is_kept_by_the_settings(yara: User) -> None:
    browser = Client()
    browser.force_login(yara)
    form = {"display_name": "Yara", "handle": yara.handle, "language": "", "time_zone": ""}
    browser.post(reverse("accounts:settings"), form | {"listening_shown": "followed"})
    yara.refresh_from_db()
    assert yara.listening_shown == ListeningShown.FOLLOWED
    # Saying nothing changes nothing.
    browser.post(reverse("accounts:settings"), form)
    yara.refresh_from_db()
    assert yara.listening_shown == ListeningShown.FOLLOWED


def test_choice_is_not_kept_with_a_handle_that_is_taken(yara: User, oliver: User) -> None:
    with pytest.raises(HandleTakenError):
        change_profile(
            yara, display_name="", handle=oliver.handle, language="", time_zone="", listening_shown="everybody"
        )
    yara.refresh_from_db()
    assert yara.listening_shown == ListeningShown.NOBODY
