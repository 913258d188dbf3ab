"""Staff's pages about listening that does not count: looked at by some, decided by some, deleted by nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from creators.models import ListenerExclusion
from creators.services.exclusions import exclude_listener
from tests.creators.test_fee_admin import staff
from tests.creators.test_listening import DAY, NOON, hear
from tests.factories.rooms import RoomFactory
from tests.ticketing.test_host_pages import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from rooms.models import Room

__all__ = ["staff"]

pytestmark = pytest.mark.django_db

LIST = "/staff/creators/listenerexclusion/"
ADD = f"{LIST}add/"
DOUBTS = f"{LIST}doubts/"
SAID = {"listener": "@oliver", "reason": "A farm.", "begins_at": "2026-11-20T12:00"}


@pytest.fixture
def client_of_staff(staff: Callable[..., Client]) -> Client:
    return staff("add_listenerexclusion", "view_listenerexclusion")


@pytest.fixture
def exclusion(oliver: User, sam: User) -> ListenerExclusion:
    return exclude_listener(oliver, reason="A farm.", begins_at=NOON, ends_at=None, by=sam)


def test_exclusion_is_decided_and_logged(client_of_staff: Client, oliver: User) -> None:
    answer = client_of_staff.post(ADD, SAID)
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, LIST)
    found = ListenerExclusion.objects.get()
    assert (found.listener, found.reason, found.ends_at) == (oliver, "A farm.", None)
    assert found.decided_by is not None
    assert found.decided_by.handle == "nolwenn"
    assert LogEntry.objects.get().object_id == str(found.pk)
    assert "@oliver" in words(client_of_staff.get(LIST))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"listener": "nobody_here"}, "Nobody has this handle."),
        ({"reason": " "}, "This field is required."),
        ({"ends_at": "2026-11-20T12:00"}, "The end has to be after the beginning."),
        ({"begins_at": "yesterday"}, "Enter a valid date/time."),
    ],
)
def test_what_is_no_decision_is_asked_again(
    client_of_staff: Client, oliver: User, changes: dict[str, str], says: str
) -> None:
    answer = client_of_staff.post(ADD, SAID | changes)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert says in words(answer)
    assert ListenerExclusion.objects.count() == 0


def test_form_begins_with_the_account_that_was_chosen(client_of_staff: Client) -> None:
    answer = client_of_staff.get(ADD, {"listener": "oliver"})
    assert 'value="oliver"' in answer.content.decode()


def test_lifting_asks_why_and_stays(client_of_staff: Client, exclusion: ListenerExclusion) -> None:
    page, lift = f"{LIST}{exclusion.pk}/change/", f"{LIST}{exclusion.pk}/lift/"
    assert "Let it count after all" in words(client_of_staff.get(page))
    assert client_of_staff.post(lift, {"reason": ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert client_of_staff.post(lift, {"reason": "A school."}).status_code == HTTPStatus.FOUND
    found = ListenerExclusion.objects.get()
    assert (found.lifted_reason, found.reason) == ("A school.", "A farm.")
    again = client_of_staff.post(lift, {"reason": "Again."})
    assert (again.status_code, "lifted already" in words(again)) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)
    assert "Let it count after all" not in words(client_of_staff.get(page))


def test_there_is_no_lifting_of_what_does_not_exist(client_of_staff: Client) -> None:
    assert client_of_staff.get(f"{LIST}999/lift/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("codenames", "look", "decide"),
    [
        ((), 403, 403),
        (("view_listenerexclusion",), 200, 403),
        (("change_listenerexclusion", "delete_listenerexclusion", "view_listenerexclusion"), 200, 403),
        (("add_listenerexclusion", "view_listenerexclusion"), 200, 200),
    ],
)
def test_who_may_do_what(
    staff: Callable[..., Client],
    exclusion: ListenerExclusion,
    codenames: tuple[str, ...],
    look: int,
    decide: int,
) -> None:
    client = staff(*codenames)
    assert [client.get(page).status_code for page in (LIST, DOUBTS)] == [look, look]
    pages = (ADD, f"{LIST}{exclusion.pk}/lift/")
    assert [client.get(page).status_code for page in pages] == [decide, decide]
    assert client.post(f"{LIST}{exclusion.pk}/delete/", {"post": "yes"}).status_code in {302, 403}
    client.post(f"{LIST}{exclusion.pk}/change/", {"reason": "Another."})
    assert ListenerExclusion.objects.get().reason == "A farm."


def test_nobody_else_sees_any_of_it(oliver: User, exclusion: ListenerExclusion) -> None:
    client = Client()
    client.force_login(oliver)
    for page in (LIST, ADD, DOUBTS, f"{LIST}{exclusion.pk}/lift/"):
        assert client.get(page).status_code == HTTPStatus.FOUND


def doubtful(person: User, room: Room) -> None:
    person.date_joined = datetime(2026, 1, 1, tzinfo=UTC)
    person.save(update_fields=["date_joined"])
    hear(person, room.public_id, 10)
    hear(person, RoomFactory().public_id, 10)


def test_doubts_of_a_day_are_shown_by_reason_and_account(client_of_staff: Client, oliver: User, room: Room) -> None:
    doubtful(oliver, room)
    answer = client_of_staff.get(DOUBTS, {"day": DAY.isoformat()})
    text = words(answer)
    assert "was in another room, or on a second device, at the same time" in text
    assert "10 min 00" in text
    assert f'href="{ADD}?listener=oliver"' in answer.content.decode()


def test_whoever_may_only_look_gets_no_way_to_exclude(staff: Callable[..., Client], oliver: User, room: Room) -> None:
    doubtful(oliver, room)
    answer = staff("view_listenerexclusion").get(DOUBTS, {"day": DAY.isoformat()})
    assert "@oliver" in words(answer)
    assert ADD not in answer.content.decode()


@pytest.mark.parametrize(("day", "status"), [("2026-11-20", 200), ("", 422), ("soon", 422)])
def test_day_that_is_none_is_asked_again(client_of_staff: Client, day: str, status: int) -> None:
    assert client_of_staff.get(DOUBTS, {"day": day}).status_code == status


def test_without_a_day_it_is_yesterday(client_of_staff: Client) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert f'value="{yesterday}"' in client_of_staff.get(DOUBTS).content.decode()


def test_page_speaks_french(staff: Callable[..., Client], oliver: User, room: Room) -> None:
    doubtful(oliver, room)
    answer: Any = staff("view_listenerexclusion", language="fr").get(DOUBTS, {"day": DAY.isoformat()})
    assert "Comptes les plus douteux" in words(answer)
