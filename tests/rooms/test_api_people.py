"""Partners see who is in a room and whose hand is up, and lead it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.selectors.people import person_card
from accounts.services.block import block
from rooms import presence
from rooms.enums import StageRole
from rooms.models import Ban, RaisedHand, Room, StageInvitation, StageMember
from rooms.services.hands import raise_hand
from rooms.services.removal import ban_person
from tests.factories.people import UserFactory
from tests.rooms.partner import Partner, said

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def as_ines(ines: User) -> Partner:
    return Partner(ines)


def come(monkeypatch: pytest.MonkeyPatch, *people: User) -> None:
    """Let these be connected, in this order; how Redis holds them is presence's own matter."""
    cards = [person_card(person) for person in people]
    ids = {card["id"] for card in cards}
    monkeypatch.setattr(presence, "people_of", lambda _room, *, offset, limit: cards[offset : offset + limit])
    monkeypatch.setattr(presence, "who_is_here", lambda _room, found: ids & set(found))


def shown(partner: Partner, room: Room, query: str = "") -> list[tuple[str, str, bool | None, bool]]:
    body = partner.get(f"{room.public_id}/participants{query}").json()
    return [(one["handle"], one["role"], one["muted"], one["connected"]) for one in body["results"]]


# --- who is there ---


def test_stage_comes_before_the_audience(
    room: Room, oliver: User, yara: User, malo: User, ines: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    StageMember.objects.create(room=room, user=malo, role=StageRole.COHOST, muted=False)
    come(monkeypatch, oliver, ines, yara)
    stage = [("ines", "host", True, True), ("malo", "cohost", False, False)]
    audience = [("oliver", "listener", None, True), ("yara", "listener", None, True)]
    guest = Partner()
    assert shown(guest, room) == stage + audience
    assert shown(guest, room, "?part=stage") == stage
    assert shown(guest, room, "?part=audience") == audience


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_hold_everybody_once(room: Room, ines: User, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    crowd = UserFactory.create_batch(5)
    come(monkeypatch, crowd[0], ines, *crowd[1:])
    partner, found = Partner(), []
    url = f"{room.public_id}/participants?limit={limit}"
    for _ in range(10):
        body = partner.get(url).json()
        found += [one["handle"] for one in body["results"]]
        url = body["next"]
        if url is None:
            break
    assert found == ["ines", *(person.handle for person in crowd)]


@pytest.mark.parametrize("cursor", ["nonsense", "cGxhY2UgLTE", "cGxhY2UgMTIzNDU2Nzg5MDEyMw", "é"])
def test_cursor_that_is_none_of_ours(room: Room, cursor: str) -> None:
    for part in ("participants", "hands"):
        assert said(Partner().get(f"{room.public_id}/{part}?cursor={cursor}")) == (400, "invalid")


def test_those_with_a_block_do_not_see_each_other_in_the_audience(
    room: Room, oliver: User, yara: User, malo: User, as_ines: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    StageMember.objects.create(room=room, user=malo, role=StageRole.COHOST)
    come(monkeypatch, oliver, yara)
    block(oliver, yara)
    block(malo, yara)

    def audience(person: User | None) -> list[str]:
        return [one[0] for one in shown(Partner(person), room, "?part=audience")]

    assert (audience(oliver), audience(yara), audience(None)) == (["oliver"], ["yara"], ["oliver", "yara"])
    # Whoever leads the room has to see whom they lead.
    assert audience(malo) == ["oliver", "yara"]


@pytest.mark.parametrize("part", ["participants", "hands"])
def test_query_count_does_not_grow(room: Room, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = Partner(UserFactory.create())
    crowd = UserFactory.create_batch(3)

    def count(people: list[User]) -> int:
        come(monkeypatch, *people)
        with CaptureQueriesContext(connection) as queries:
            assert len(partner.get(f"{room.public_id}/{part}").json()["results"]) >= len(people)
        return len(queries)

    for person in crowd[:1]:
        RaisedHand.objects.create(room=room, user=person)
    alone = count(crowd[:1])
    for person in crowd[1:]:
        RaisedHand.objects.create(room=room, user=person)
    assert count(crowd) == alone


# --- hands ---


def line(partner: Partner, room: Room) -> list[tuple[int, str, str, bool]]:
    body = partner.get(f"{room.public_id}/hands").json()
    return [(hand["place"], hand["person"]["handle"], hand["reason"], hand["pinned"]) for hand in body["results"]]


def test_hands_from_their_going_up_to_the_stage(
    as_ines: Partner, room: Room, oliver: User, yara: User, maiwenn: User
) -> None:
    for person, reason in ((oliver, "Tides"), (yara, ""), (maiwenn, "Winds")):
        assert said(Partner(person).post(f"{room.public_id}/hands", {"reason": reason})) == (204, None)
    assert line(as_ines, room) == [
        (1, "oliver", "Tides", False),
        (2, "yara", "", False),
        (3, "maiwenn", "Winds", False),
    ]

    assert said(as_ines.patch(f"{room.public_id}/hands/{maiwenn.public_id}", {"place": 1})) == (204, None)
    assert said(as_ines.patch(f"{room.public_id}/hands/{yara.public_id}", {"pinned": True})) == (204, None)
    assert [entry[1] for entry in line(as_ines, room)] == ["yara", "maiwenn", "oliver"]

    assert said(as_ines.post(f"{room.public_id}/hands/{maiwenn.public_id}/accept")) == (204, None)
    assert said(as_ines.delete(f"{room.public_id}/hands/{oliver.public_id}")) == (204, None)
    assert [entry[1] for entry in line(as_ines, room)] == ["yara"]
    assert StageMember.objects.filter(room=room, user=maiwenn, muted=True).exists()

    assert said(as_ines.delete(f"{room.public_id}/hands")) == (204, None)
    assert line(as_ines, room) == []
    assert said(as_ines.post(f"{room.public_id}/hands/restore")) == (204, None)
    assert [entry[1] for entry in line(as_ines, room)] == ["yara"]
    assert said(Partner(yara).delete(f"{room.public_id}/hands/me")) == (204, None)
    assert line(as_ines, room) == []


def test_hands_come_in_pages(as_ines: Partner, room: Room) -> None:
    people = UserFactory.create_batch(3)
    for person in people:
        raise_hand(room.public_id, by=person)
    first = as_ines.get(f"{room.public_id}/hands?limit=2").json()
    second = as_ines.get(first["next"]).json()
    places = [(hand["place"], hand["person"]["id"]) for hand in first["results"] + second["results"]]
    assert places == [(place, person.public_id) for place, person in enumerate(people, start=1)]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("patch", "hands/{oliver}", {"place": 1}, "not_raised"),
        ("patch", "hands/{oliver}", {"place": 0}, "invalid"),
        ("post", "hands/{oliver}/accept", {}, "not_raised"),
        ("post", "hands/restore", {}, "nothing_to_restore"),
        ("patch", "stage/{oliver}", {"role": "cohost"}, "not_on_stage"),
        ("patch", "stage/{oliver}", {"role": "host"}, "invalid"),
        ("delete", "stage/{oliver}", None, "not_on_stage"),
        ("post", "participants/{oliver}/mute", {}, "not_on_stage"),
        ("put", "invitations/{ines}", {}, "already_on_stage"),
        ("put", "offer", {"person": "{oliver}"}, "not_on_stage"),
        ("put", "offer", {}, "invalid"),
        ("put", "bans/{ines}", {}, "forbidden"),
        ("put", "invitations/" + "z" * 14, {}, "not_found"),
    ],
)
def test_what_cannot_be_done_says_why(  # noqa: PLR0917 - fixtures, and one case
    as_ines: Partner, room: Room, oliver: User, ines: User, method: str, path: str, body: Any, code: str
) -> None:
    ids = {"{oliver}": oliver.public_id, "{ines}": ines.public_id}
    path = path.replace("{oliver}", oliver.public_id).replace("{ines}", ines.public_id)
    body = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in (body or {}).items()}
    more = [] if method == "delete" else [body]
    assert said(getattr(as_ines, method)(f"{room.public_id}/{path}", *more))[1] == code


def test_hands_cannot_go_up_while_they_are_locked(as_ines: Partner, room: Room, oliver: User) -> None:
    as_ines.patch(room.public_id, {"hands_locked": True})
    assert said(Partner(oliver).post(f"{room.public_id}/hands")) == (409, "hands_locked")
    as_ines.patch(room.public_id, {"hands_locked": False})
    assert said(Partner(oliver).post(f"{room.public_id}/hands", {"reason": "x" * 140})) == (204, None)
    assert said(Partner(oliver).post(f"{room.public_id}/hands", {"reason": "x" * 141})) == (400, "invalid")


# --- the stage, and who is sent out ---


def test_somebody_is_asked_up_made_cohost_muted_and_moved_down(as_ines: Partner, room: Room, oliver: User) -> None:
    listener, place = Partner(oliver), f"{room.public_id}/stage/{oliver.public_id}"
    assert said(as_ines.put(f"{room.public_id}/invitations/{oliver.public_id}")) == (204, None)
    assert StageInvitation.objects.filter(room=room, user=oliver).exists()
    assert said(listener.post(f"{room.public_id}/invitation/accept")) == (204, None)
    assert listener.get(room.public_id).json()["your_role"] == "speaker"
    assert said(as_ines.patch(place, {"role": "cohost"})) == (204, None)
    StageMember.objects.filter(user=oliver).update(muted=False)
    assert said(as_ines.post(f"{room.public_id}/participants/{oliver.public_id}/mute")) == (204, None)
    member = StageMember.objects.get(room=room, user=oliver)
    assert (member.role, member.muted) == ("cohost", True)
    assert said(listener.delete(f"{room.public_id}/stage/me")) == (204, None)
    assert not StageMember.objects.filter(user=oliver).exists()


def test_room_is_offered_and_taken(as_ines: Partner, room: Room, malo: User) -> None:
    StageMember.objects.create(room=room, user=malo, role=StageRole.COHOST)
    other = Partner(malo)
    for answer in ("decline", "accept"):
        assert said(as_ines.put(f"{room.public_id}/offer", {"person": malo.public_id})) == (204, None)
        assert said(other.post(f"{room.public_id}/offer/{answer}")) == (204, None)
    assert as_ines.get(room.public_id).json()["host"]["handle"] == "malo"
    assert said(as_ines.delete(f"{room.public_id}/offer")) == (403, "forbidden")


def test_whoever_is_banned_is_listed_and_let_in_again(as_ines: Partner, room: Room, oliver: User, yara: User) -> None:
    assert said(as_ines.put(f"{room.public_id}/bans/{oliver.public_id}")) == (204, None)
    assert said(as_ines.put(f"{room.public_id}/bans/{yara.public_id}", {"everywhere": True})) == (204, None)
    assert said(Partner(oliver).get(room.public_id)) == (403, "entry_refused")
    found = as_ines.get(f"{room.public_id}/bans").json()["results"]
    assert [(ban["person"]["handle"], ban["everywhere"]) for ban in found] == [("yara", True), ("oliver", False)]
    for person in (oliver, yara, yara):
        assert said(as_ines.delete(f"{room.public_id}/bans/{person.public_id}")) == (204, None)
    assert not Ban.objects.exists()


def test_cohost_sees_the_bans_of_this_room_alone(room: Room, ines: User, malo: User, oliver: User, yara: User) -> None:
    StageMember.objects.create(room=room, user=malo, role=StageRole.COHOST)
    ban_person(room.public_id, by=ines, person_id=oliver.public_id)
    ban_person(room.public_id, by=ines, person_id=yara.public_id, everywhere=True)
    found = Partner(malo).get(f"{room.public_id}/bans").json()["results"]
    assert [ban["person"]["handle"] for ban in found] == ["oliver"]


def test_whoever_is_removed_may_come_back(as_ines: Partner, room: Room, oliver: User) -> None:
    StageMember.objects.create(room=room, user=oliver, role=StageRole.SPEAKER)
    assert said(as_ines.delete(f"{room.public_id}/participants/{oliver.public_id}")) == (204, None)
    assert not StageMember.objects.filter(user=oliver).exists()
    assert Partner(oliver).get(room.public_id).status_code == 200
