"""Who may enter: every rule, for everybody who stands differently to the host, at every door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from accounts.models import Block
from accounts.services.follow import follow
from config.lib.db import in_pool
from config.lib.errors import DomainError, ForbiddenError, LoginRequiredError
from media.errors import RelayUnavailableError
from rooms.entering import decisions_for
from rooms.entry_rules import ASKS, Facts, Need, decide
from rooms.enums import AdmissionKind, EntryRule, StageRole
from rooms.errors import EntryRefusedError
from rooms.events import change_room
from rooms.models import Admission, Ban, Room, RoomEvent
from rooms.replays import recent_replays
from rooms.selectors import hallway_for, hosted_live_rooms, listed_rooms, room_for, room_state, room_to_enter
from rooms.services import lifecycle, sound
from rooms.services.entry import admit, set_entry, withdraw
from rooms.services.stage import bring_up
from rooms.services.telling import MAY_FOLLOWERS_ENTER
from tests.factories.rooms import RoomFactory
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from tests.rooms.web import Web

JSON = {"Accept": "application/json"}
RULES = list(EntryRule)
# How somebody stands to the host or the room -> which rules let them in.
LETS_IN: dict[str, set[EntryRule]] = {
    "guest": {EntryRule.EVERYONE},
    "stranger": {EntryRule.EVERYONE},
    "follower": {EntryRule.EVERYONE, EntryRule.FOLLOWERS},
    "followed": {EntryRule.EVERYONE, EntryRule.FOLLOWED},
    "mutual": {EntryRule.EVERYONE, EntryRule.FOLLOWERS, EntryRule.FOLLOWED, EntryRule.MUTUALS},
    "invited": set(RULES),
    "ticket holder": set(RULES),
    "speaker": set(RULES),
    "host": set(RULES),
    "banned mutual": set(),
    "banned from all": set(),
    "former ticket holder": {EntryRule.EVERYONE},
}

pytestmark = pytest.mark.django_db(transaction=True)


def stand(relation: str, host: User, person: User, room: Room) -> User | None:
    """Bring a person into this relation to the host; return who comes to the door."""
    if "follower" in relation or "mutual" in relation:
        follow(person, host)
    if relation == "followed" or "mutual" in relation:
        follow(host, person)
    if relation == "invited":
        admit(room, person, granted_by=host)
    if "ticket" in relation:
        admit(room, person, kind=AdmissionKind.TICKET)
    if relation == "former ticket holder":
        withdraw(room, person, kind=AdmissionKind.TICKET)
    if relation == "speaker":
        with change_room(room.public_id, by=person) as change:
            bring_up(change, person, role=StageRole.SPEAKER)
    if relation.startswith("banned"):
        Ban.objects.create(host=host, room=None if relation == "banned from all" else room, user=person)
    return {"guest": None, "host": host}.get(relation, person)


def with_rule(room: Room, rule: EntryRule) -> Room:
    set_entry(room.public_id, by=room.host, rule=rule, guests_listen=True)
    room.refresh_from_db()
    return room


def forget_who_was_inside(room: Room) -> None:
    """Let nobody in because their last socket was still open when the rule changed."""
    Admission.objects.filter(room=room, kind=AdmissionKind.PRESENT).delete()


def client_of(person: User | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def through_page(room: Room, person: User | None) -> bool:
    return client_of(person).get(f"/rooms/{room.public_id}/").status_code == 200


def through_json(room: Room, person: User | None) -> bool:
    return client_of(person).get(f"/rooms/{room.public_id}/", headers=JSON).status_code == 200


def through_people(room: Room, person: User | None) -> bool:
    return client_of(person).get(f"/rooms/{room.public_id}/people/").status_code == 200


def through_replays(room: Room, person: User | None) -> bool:
    return client_of(person).get(f"/rooms/{room.public_id}/replays/").status_code == 200


def through_api(room: Room, person: User | None) -> bool:
    found = client_of(person).get(f"/api/v1/spaces/{room.public_id}").status_code == 200
    listed = client_of(person).get("/api/v1/spaces").json()["results"]
    assert [one["id"] for one in listed] == ([room.public_id] if found else [])
    return found


def through_hallway(room: Room, person: User | None) -> bool:
    listed = [card["id"] for card in hallway_for(person)]
    assert [card["id"] for card in hosted_live_rooms(person, room.host)] == listed
    return listed == [room.public_id]


def through_media(room: Room, person: User | None) -> bool:
    try:
        sound.offer_media(room.public_id, by=person, guest_key="g", kind="listen", sdp="v=0\r\n")
    except RelayUnavailableError:
        return True
    except EntryRefusedError:
        return False
    raise AssertionError


def through_ping(room: Room, person: User | None) -> bool:
    if person is None:
        return True
    return decisions_for(room, [person])[person.pk].allowed


DOORS: dict[str, Callable[[Room, User | None], bool]] = {
    "page": through_page,
    "json": through_json,
    "people": through_people,
    "replays": through_replays,
    "api": through_api,
    "hallway": through_hallway,
    "media": through_media,
}


@pytest.mark.parametrize("relation", LETS_IN)
def test_every_door_keeps_every_rule(room: Room, oliver: User, relation: str) -> None:
    person = stand(relation, room.host, oliver, room)
    for rule in RULES:
        with_rule(room, rule)
        may = rule in LETS_IN[relation]
        assert {name: door(room, person) for name, door in DOORS.items()} == dict.fromkeys(DOORS, may), rule
        if person is not None:
            assert decisions_for(room, [person])[person.pk].allowed == may


@pytest.mark.parametrize("relation", ["guest", "stranger", "mutual", "host", "banned mutual"])
def test_replays_keep_every_rule(room: Room, oliver: User, relation: str) -> None:
    person = stand(relation, room.host, oliver, room)
    for rule in RULES:
        with_rule(room, rule)
        assert room in listed_rooms(None if person is None else person) or rule not in LETS_IN[relation]
    lifecycle.end_room(room.public_id, by=room.host)
    assert through_page(room, person) == (EntryRule.TICKET in LETS_IN[relation])
    assert recent_replays(person) == []


@pytest.mark.postgres
@pytest.mark.parametrize("relation", LETS_IN)
async def test_socket_keeps_every_rule(web: Web, room: Room, oliver: User, relation: str) -> None:
    person = await in_pool(stand)(relation, room.host, oliver, room)
    cookie = await in_pool(cookie_of)(person) if person else ""
    for rule in RULES:
        await in_pool(with_rule)(room, rule)
        await in_pool(forget_who_was_inside)(room)
        async with wire(web, f"/ws/rooms/{room.public_id}/", cookie) as socket:
            if rule in LETS_IN[relation]:
                assert (await socket.hello())["type"] == "snapshot"
            else:
                assert (await socket.closed(), socket.frames) == (4403 if person else 4401, [])


def test_rules_ask_for_what_meets_them() -> None:
    for rule, needs in ASKS.items():
        nobody = decide(rule, Facts(), guests_listen=False)
        assert (nobody.allowed, nobody.missing) == (not needs, needs)
        guest = decide(rule, Facts(guest=True), guests_listen=False)
        assert (guest.allowed, guest.missing) == (False, (Need.LOG_IN, *needs))
    assert {rule for rule, tells in MAY_FOLLOWERS_ENTER.items() if tells} == {EntryRule.EVERYONE, EntryRule.FOLLOWERS}


# --- what the door says ---


@pytest.mark.parametrize(
    ("rule", "relation", "said"),
    [
        (EntryRule.FOLLOWERS, "stranger", "Follow Inès Moreau to enter."),
        (EntryRule.FOLLOWED, "stranger", "Once Inès Moreau follows you, you can come in."),
        (EntryRule.MUTUALS, "stranger", "Follow Inès Moreau. Once Inès Moreau follows you too, you can come in."),
        (EntryRule.MUTUALS, "follower", "Once Inès Moreau follows you, you can come in."),
        (EntryRule.MUTUALS, "followed", "Follow Inès Moreau to enter."),
        (EntryRule.INVITED, "stranger", "Ask Inès Moreau to invite you."),
        (EntryRule.TICKET, "stranger", "Only people with a ticket may enter."),
        (EntryRule.FOLLOWERS, "guest", "Log in, and we look whether you may."),
        (EntryRule.EVERYONE, "banned mutual", "You may not enter this room."),
    ],
)
def test_door_says_what_would_let_somebody_in(
    room: Room, oliver: User, rule: EntryRule, relation: str, said: str
) -> None:
    person = stand(relation, room.host, oliver, room)
    with_rule(room, rule)
    answer = client_of(person).get(f"/rooms/{room.public_id}/")
    assert answer.status_code == 403
    assert said in answer.text


def test_door_leads_in_by_a_follow(room: Room, oliver: User) -> None:
    with_rule(room, EntryRule.FOLLOWERS)
    client = client_of(oliver)
    address = f"/rooms/{room.public_id}/"
    assert f'action="/@{room.host.handle}/follow/"' in client.get(address).text
    answer = client.post(f"/@{room.host.handle}/follow/", {"next": address})
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert client.get(address).status_code == 200


def test_door_tells_nothing_of_what_is_inside(room: Room, oliver: User, yara: User) -> None:
    room.description = "A secret description"
    room.save()
    with_rule(room, EntryRule.INVITED)
    client = client_of(oliver)
    address = f"/rooms/{room.public_id}/"

    def seen() -> str:
        import re

        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"', "", client.get(address).text)

    empty = seen()
    with change_room(room.public_id, by=yara) as change:
        bring_up(change, yara)
    assert seen() == empty
    assert "secret" not in empty
    assert "Yara" not in empty
    lifecycle.end_room(room.public_id, by=room.host)
    assert seen() == empty


def test_api_says_which_rule_and_what_is_missing(room: Room, oliver: User) -> None:
    with_rule(room, EntryRule.MUTUALS)
    follow(oliver, room.host)
    answer = client_of(oliver).get(f"/api/v1/spaces/{room.public_id}")
    body = answer.json()
    assert (answer.status_code, body["code"], body["rule"], body["needs"]) == (
        403,
        "entry_refused",
        "mutuals",
        ["followed_by_host"],
    )
    assert room.title not in answer.text


def test_block_hides_a_room_whatever_its_rule_says(room: Room, oliver: User) -> None:
    admit(room, oliver)
    with_rule(room, EntryRule.INVITED)
    Block.objects.create(blocker=oliver, blocked=room.host)
    assert client_of(oliver).get(f"/rooms/{room.public_id}/").status_code == 404


# --- changing it ---


def test_change_of_the_rule_is_told_with_the_room(room: Room) -> None:
    with_rule(room, EntryRule.FOLLOWERS)
    last = RoomEvent.objects.filter(room=room).order_by("seq").last()
    assert last is not None
    assert last.type == "room.changed"
    assert last.body["room"] == room_state(room)["room"]
    assert (last.body["room"]["entry_rule"], last.body["room"]["guests_listen"]) == ("followers", False)


def test_same_rule_again_is_no_event(room: Room) -> None:
    before = RoomEvent.objects.count()
    with_rule(room, EntryRule.EVERYONE)
    assert RoomEvent.objects.count() == before


def test_only_the_host_changes_the_rule(room: Room, oliver: User, malo: User) -> None:
    with change_room(room.public_id, by=malo) as change:
        bring_up(change, malo, role=StageRole.COHOST)
    for person in (oliver, malo):
        with pytest.raises(ForbiddenError):
            set_entry(room.public_id, by=person, rule=EntryRule.INVITED, guests_listen=False)
    with pytest.raises(LoginRequiredError):
        set_entry(room.public_id, by=None, rule=EntryRule.INVITED, guests_listen=False)


@pytest.mark.postgres
async def test_whoever_is_inside_stays_and_may_come_back(web: Web, room: Room, oliver: User, yara: User) -> None:
    path = f"/ws/rooms/{room.public_id}/"
    cookie = await in_pool(cookie_of)(oliver)
    async with wire(web, path, cookie) as inside:
        await inside.hello()
        await inside.hear("pulse", lambda frame: frame["audience"]["people"] == 1)
        await in_pool(with_rule)(room, EntryRule.INVITED)
        await inside.hear("events")
        assert (await inside.ask("hand.raise"))["type"] == "ok"
    async with wire(web, path, cookie) as again:
        assert (await again.hello())["type"] == "snapshot"
    assert await in_pool(list)(Admission.objects.values_list("user", "kind")) == [(oliver.pk, "present")]
    with pytest.raises(EntryRefusedError):
        await in_pool(room_to_enter)(yara, room.public_id)


@pytest.mark.postgres
async def test_guests_have_to_go_when_they_may_no_longer_listen(
    web: Web, other_web: Web, room: Room, oliver: User
) -> None:
    path = f"/ws/rooms/{room.public_id}/"
    async with (
        wire(web, path) as guest,
        wire(other_web, path) as other,
        wire(web, path, await in_pool(cookie_of)(oliver)) as person,
    ):
        for socket in (guest, other, person):
            await socket.hello()
        await in_pool(set_entry)(room.public_id, by=room.host, rule=EntryRule.EVERYONE, guests_listen=False)
        assert (await guest.closed(), await other.closed()) == (4401, 4401)
        assert (await person.ask("hand.raise"))["type"] == "ok"
    async with wire(web, path) as late:
        assert await late.closed() == 4401
    await in_pool(set_entry)(room.public_id, by=room.host, rule=EntryRule.EVERYONE, guests_listen=True)
    async with wire(web, path) as back:
        assert (await back.hello())["type"] == "snapshot"


def test_sound_of_guests_ends_when_they_may_no_longer_listen(room: Room, oliver: User) -> None:
    from media.models import MediaSession

    common: dict[str, Any] = {"room_key": room.public_id, "relay": "r", "relay_incarnation": "a", "epoch": 0}
    MediaSession.objects.create(kind="listen", guest_key="g", **common)
    MediaSession.objects.create(kind="listen", user=oliver, **common)
    set_entry(room.public_id, by=room.host, rule=EntryRule.EVERYONE, guests_listen=False)
    found = MediaSession.objects.order_by("pk").values_list("state", "gone_reason", "close_pending")
    assert list(found) == [("gone", "revoked", True), ("opening", "", False)]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != EntryRule.EVERYONE])
def test_guests_listen_only_where_everyone_may_enter(room: Room, rule: EntryRule) -> None:
    assert with_rule(room, rule).guests_listen is False


def test_room_is_opened_with_a_rule(ines: User, oliver: User, client: Client) -> None:
    client.force_login(ines)
    fields = {"title": "Ours", "language": "fr", "entry_rule": "invited"}
    answer = client.post("/rooms/new/", fields)
    room = Room.objects.get()
    assert (answer.status_code, room.entry_rule, room.guests_listen) == (302, "invited", False)
    with pytest.raises(DomainError):
        room_to_enter(oliver, room.public_id)
    assert room_for(oliver, room.public_id) == room


def test_hallway_costs_as_many_queries_for_three_rooms_as_for_one(
    room: Room, oliver: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        hallway_for(oliver)
    for _ in range(2):
        with_rule(RoomFactory.create(), EntryRule.INVITED)
        RoomFactory.create()
    with django_assert_num_queries(4):
        assert len(hallway_for(oliver)) == 3


def test_api_opens_a_room_with_a_rule(ines: User) -> None:
    client = client_of(ines)
    fields = {"title": "Ours", "language": "fr", "entry_rule": "followers", "guests_listen": True}
    answer = client.post(
        "/api/v1/spaces", fields, content_type="application/json", headers={"Origin": "http://testserver"}
    )
    body = answer.json()
    assert (answer.status_code, body["entry_rule"], body["guests_listen"]) == (201, "followers", False)
    wrong = client.post("/api/v1/spaces", {**fields, "entry_rule": "ticket"}, content_type="application/json")
    assert wrong.status_code == 400
