"""Staff's view of rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from rooms.models import ChatMessage, RaisedHand, Room
from rooms.services.chat import say
from rooms.services.lifecycle import end_room, open_room
from tests.rooms.planned import planned

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

LIST = "/staff/rooms/room/"


@pytest.fixture
def staff_browser() -> Callable[..., Client]:
    """Return browsers of staff with the named permissions."""

    def make(*codenames: str) -> Client:
        person = User.objects.create_user("nolwenn", "nolwenn@example.org", is_staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(person)
        return client

    return make


@pytest.fixture
def make_room() -> Callable[[str], Room]:
    def make(handle: str) -> Room:
        host = User.objects.create_user(handle, f"{handle}@example.org")
        return open_room(host, title=f"With {handle}", language="en")

    return make


def end(client: Client, *rooms: Room) -> Any:
    return client.post(LIST, {"action": "end_now", "_selected_action": [room.pk for room in rooms]})


def test_end_now_ends_the_live_and_reports_the_others(
    staff_browser: Callable[..., Client], make_room: Callable[[str], Room]
) -> None:
    client = staff_browser("view_room", "change_room")
    live, over, left_alone = make_room("maiwenn"), make_room("yann"), make_room("soizic")
    end_room(over.public_id, by=over.host)

    response = end(client, live, over)

    assert response.status_code == 302
    told = [(message.level_tag, message.message) for message in get_messages(response.wsgi_request)]
    assert told == [("success", "1 room has ended."), ("info", "1 room was over already.")]
    states = dict(Room.objects.values_list("public_id", "state"))
    assert states == {live.public_id: "ended", over.public_id: "ended", left_alone.public_id: "live"}
    logged = list(LogEntry.objects.values_list("user__handle", "object_id", "action_flag", "change_message"))
    assert logged == [("nolwenn", str(live.pk), CHANGE, "Ended by staff.")]


def test_end_now_cancels_what_has_not_begun(staff_browser: Callable[..., Client], oliver: User) -> None:
    client = staff_browser("view_room", "change_room")
    room = planned(oliver)
    end(client, room)
    room.refresh_from_db()
    assert (room.state, room.cancel_reason) == ("cancelled", "staff")


def test_end_now_needs_the_permission_to_change(
    staff_browser: Callable[..., Client], make_room: Callable[[str], Room]
) -> None:
    client = staff_browser("view_room")
    room = make_room("maiwenn")
    assert "end_now" not in client.get(LIST).content.decode()
    end(client, room)
    room.refresh_from_db()
    assert room.is_live


def test_room_is_shown_with_its_stage_and_hands_and_cannot_be_changed(
    staff_browser: Callable[..., Client], make_room: Callable[[str], Room]
) -> None:
    client = staff_browser("view_room", "change_room", "view_stagemember", "view_raisedhand")
    room = make_room("maiwenn")
    yann = User.objects.create_user("yann", "yann@example.org", display_name="Yann Le Bihan")
    RaisedHand.objects.create(room=room, user=yann)

    page = client.get(f"{LIST}{room.pk}/change/")
    assert page.status_code == 200
    assert "Yann Le Bihan" in page.content.decode()

    answer = client.post(f"{LIST}{room.pk}/change/", {"title": "Changed", "state": "ended"})
    assert answer.status_code == 403
    room.refresh_from_db()
    assert (room.title, room.state) == ("With maiwenn", "live")


@pytest.mark.parametrize("path", [f"{LIST}add/", f"{LIST}%d/delete/"])
def test_rooms_are_neither_added_nor_deleted(
    staff_browser: Callable[..., Client], make_room: Callable[[str], Room], path: str
) -> None:
    client = staff_browser("add_room", "delete_room", "change_room", "view_room")
    room = make_room("maiwenn")
    assert client.get(path % room.pk if "%" in path else path).status_code == 403


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"state__exact": "live"}, ["With soizic", "With maiwenn"]),
        ({"state__exact": "ended"}, ["With yann"]),
        ({"q": "MAIWENN"}, ["With maiwenn"]),
    ],
)
def test_list_filters_and_searches(
    staff_browser: Callable[..., Client], make_room: Callable[[str], Room], query: dict[str, str], titles: list[str]
) -> None:
    client = staff_browser("view_room")
    rooms = [make_room(handle) for handle in ("maiwenn", "yann", "soizic")]
    end_room(rooms[1].public_id, by=rooms[1].host)
    assert [room.title for room in client.get(LIST, query).context["cl"].result_list] == titles


def test_list_query_count_does_not_grow(staff_browser: Callable[..., Client], make_room: Callable[[str], Room]) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        return len(queries)

    client = staff_browser("view_room")
    make_room("maiwenn")
    alone = count()
    make_room("yann")
    make_room("soizic")
    assert count() == alone


def test_words_are_removed_by_staff_with_the_permission(
    staff_browser: Callable[..., Client], make_room: Callable[[str], Room]
) -> None:
    room = make_room("malo")
    message = say(room.public_id, by=room.host, text="Unmistakable", key="a")
    row = ChatMessage.objects.get(public_id=message)
    browser = staff_browser("view_chatmessage", "change_chatmessage")
    assert "Unmistakable" in browser.get("/staff/rooms/chatmessage/").content.decode()
    browser.post("/staff/rooms/chatmessage/", {"action": "remove_words", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert (row.text, row.removed_at is None) == ("", False)
    assert browser.get("/staff/rooms/chatmessage/add/").status_code == 403


def test_words_are_not_removed_without_the_permission(
    staff_browser: Callable[..., Client], make_room: Callable[[str], Room]
) -> None:
    room = make_room("malo")
    message = say(room.public_id, by=room.host, text="Unmistakable", key="a")
    row = ChatMessage.objects.get(public_id=message)
    staff_browser("view_chatmessage").post(
        "/staff/rooms/chatmessage/", {"action": "remove_words", "_selected_action": [row.pk]}
    )
    row.refresh_from_db()
    assert row.text == "Unmistakable"
