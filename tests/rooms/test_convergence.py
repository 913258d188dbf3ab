"""Whatever members do and networks lose, every client ends with the state of a fresh snapshot."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.lib.db import in_pool
from config.lib.errors import DomainError
from config.lib.public_id import new_public_id
from creators.models import Tip
from rooms import events
from rooms.enums import ChatPace, EntryRule, SpeakRule, StageRole
from rooms.errors import RoomNotLiveError
from rooms.events import change_room
from rooms.hub.room import HubRoom
from rooms.models import BoardItem, ChatMessage
from rooms.selectors import current_seqs, room_for, room_snapshot
from rooms.services import (
    board,
    chat,
    entry,
    handover,
    hands,
    lifecycle,
    planning,
    queue,
    recording,
    removal,
    speaking,
    stage,
    tips,
)
from rooms.services.people import person_changed
from rooms.services.succession import await_host, make_host
from tests.factories.people import UserFactory
from tests.factories.tips import shown_tip
from tests.rooms.planned import planned, soon
from tests.rooms.sockets import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from rooms.models import Room

# Who does what to whom: people by their place in a list.
Script = list[tuple[str, int, int]]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def last_message(room: str, by: User) -> str:
    """Return the id of somebody's last message; nothing that there is, if they have written none."""
    said = ChatMessage.objects.filter(room__public_id=room, user=by).order_by("seq").last()
    return said.public_id if said else "nothing"


def an_item(room: str, person: User) -> str:
    items = list(BoardItem.objects.filter(room__public_id=room).order_by("seq"))
    return items[person.pk % len(items)].public_id if items else "nothing"


def rename(person: User, name: str) -> None:
    person.display_name = name
    person.save()
    with transaction.atomic():
        person_changed(person)


def tip(room_id: str, by: User, *, unnamed: bool) -> None:
    """Let somebody give the host a tip that was paid already."""
    shown_tip(room_for(None, room_id), by, unnamed=unnamed)


def last_tip(room: str) -> str:
    told = Tip.objects.filter(room__public_id=room, seq__isnull=False).order_by("seq").last()
    return told.public_id if told else "nothing"


DEEDS: dict[str, Callable[[str, User, User], object]] = {
    "raise": lambda room, by, _: hands.raise_hand(room, by=by),
    "lower": lambda room, by, to: hands.lower_hand(room, by=by, person_id=to.public_id),
    "accept": lambda room, by, to: hands.accept_hand(room, by=by, person_id=to.public_id),
    "invite": lambda room, by, to: hands.invite_to_stage(room, by=by, person_id=to.public_id),
    "uninvite": lambda room, by, to: hands.uninvite(room, by=by, person_id=to.public_id),
    "come": lambda room, by, _: hands.accept_invitation(room, by=by),
    "decline": lambda room, by, _: hands.decline_invitation(room, by=by),
    "leave": lambda room, by, _: stage.leave_stage(room, by=by),
    "remove": lambda room, by, to: stage.remove_from_stage(room, by=by, person_id=to.public_id),
    "cohost": lambda room, by, to: stage.change_role(room, by=by, person_id=to.public_id, role=StageRole.COHOST),
    "speaker": lambda room, by, to: stage.change_role(room, by=by, person_id=to.public_id, role=StageRole.SPEAKER),
    "mute": lambda room, by, to: stage.mute(room, by=by, person_id=to.public_id),
    "unmute": lambda room, by, _: stage.unmute(room, by=by),
    "agree": lambda room, by, _: stage.unmute(room, by=by, consent=True),
    "record": lambda room, by, _: recording.start_room_recording(room, by=by),
    "stop": lambda room, by, _: recording.stop_room_recording(room, by=by),
    "trouble": lambda room, by, to: recording.trouble_changed(room, by == to),
    "lobby": lambda room, by, _: planning.open_lobby(room, by=by),
    "start": lambda room, by, _: planning.start_room(room, by=by),
    "move": lambda room, by, _: planning.reschedule_room(room, by=by, starts_at=soon(days=2)),
    "edit": lambda room, by, to: planning.edit_room(room, by=by, title=f"Of {to.handle}", description=""),
    "reason": lambda room, by, to: hands.raise_hand(room, by=by, reason=f"About {to.handle}"),
    "first": lambda room, by, to: queue.move_hand(room, by=by, person_id=to.public_id, place=1),
    "second": lambda room, by, to: queue.move_hand(room, by=by, person_id=to.public_id, place=2),
    "pin": lambda room, by, to: queue.pin_hand(room, by=by, person_id=to.public_id, pinned=True),
    "unpin": lambda room, by, to: queue.pin_hand(room, by=by, person_id=to.public_id, pinned=False),
    "clear": lambda room, by, _: queue.clear_hands(room, by=by),
    "restore": lambda room, by, _: queue.restore_hands(room, by=by),
    "lock hands": lambda room, by, to: speaking.lock_hands(room, by=by, locked=by == to),
    "lock stage": lambda room, by, to: speaking.lock_stage(room, by=by, locked=by == to),
    "rule": lambda room, by, to: speaking.change_speak_rule(room, by=by, rule=list(SpeakRule)[to.pk % 3]),
    "mute all": lambda room, by, _: stage.mute_all(room, by=by),
    "offer": lambda room, by, to: handover.offer_room(room, by=by, person_id=to.public_id),
    "withdraw": lambda room, by, _: handover.withdraw_room(room, by=by),
    "take": lambda room, by, _: handover.take_room(room, by=by),
    "not now": lambda room, by, _: handover.decline_room(room, by=by),
    "close": lambda room, by, to: entry.set_entry(
        room, by=by, rule=EntryRule.INVITED if by == to else EntryRule.EVERYONE, guests_listen=by == to
    ),
    "send out": lambda room, by, to: removal.remove_person(room, by=by, person_id=to.public_id),
    "ban": lambda room, by, to: removal.ban_person(room, by=by, person_id=to.public_id),
    "unban": lambda room, by, to: removal.lift_ban(room, by=by, person_id=to.public_id),
    "say": lambda room, by, _: chat.say(room, by=by, text="Bonsoir", key=new_public_id()),
    "unsay": lambda room, by, to: chat.remove_message(room, by=by, message_id=last_message(room, to)),
    "slow": lambda room, by, to: chat.set_chat(room, by=by, open=by != to, slow=ChatPace.FIVE),
    "note": lambda room, by, to: board.put_note(room, by=by, text=f"Look at {to.pk % 4}"),
    "link": lambda room, by, to: board.put_link(room, by=by, url=f"https://example.org/{to.pk % 4}"),
    "pin item": lambda room, by, to: board.pin_item(room, by=by, item_id=an_item(room, to)),
    "unpin item": lambda room, by, _: board.pin_item(room, by=by, item_id=None),
    "take down": lambda room, by, to: board.remove_item(room, by=by, item_id=an_item(room, to)),
    "put back": lambda room, by, to: board.restore_item(room, by=by, item_id=an_item(room, to)),
    "rename": lambda _, by, to: rename(by, f"{by.handle} {to.pk % 4}"),
    "tip": lambda room, by, to: tip(room, by, unnamed=to.pk % 2 == 0),
    "untip": lambda room, by, _: tips.remove_tip_words(room, by=by, tip_id=last_tip(room)),
    "end": lambda room, by, _: lifecycle.end_room(room, by=by),
}


def end_or_cancel(room_id: str) -> None:
    """Let whoever is the host by now end it."""
    host = room_for(None, room_id).host
    try:
        lifecycle.end_room(room_id, by=host)
    except RoomNotLiveError:
        planning.cancel_room(room_id, by=host)


def succeed(room_id: str, heir: User) -> None:
    """Let somebody be the host, as when the host does not come back."""
    with change_room(room_id, by=None) as change:
        make_host(change, heir)
        await_host(change, until=None, closing_at=timezone.now())


DEEDS["succeed"] = lambda room, _, to: succeed(room, to)
PEOPLE = 4
# The host acts as often as all others together, or little would happen; ending is rare.
steps = st.lists(
    st.tuples(
        st.sampled_from([*sorted(DEEDS)] * 3 + ["reconnect"] * 6 + ["pulse"] * 4),
        st.integers(-PEOPLE, PEOPLE - 1).map(lambda number: max(number, 0)),
        st.integers(0, PEOPLE - 1),
    ),
    min_size=1,
    max_size=30,
)


class Lossy:
    """Stands where `publish` does: keeps what leaves the services and hands it on late, twice, mixed up or never."""

    def __init__(self, faults: random.Random) -> None:
        self.faults = faults
        self.sent: list[list[dict[str, Any]]] = []

    def __call__(self, group: str, message: dict[str, Any]) -> None:
        del group
        # What is no event, such as that somebody was sent out, has a repair of its own.
        if "events" in message:
            self.sent.extend([message["events"]] * self.faults.choice([0, 1, 1, 1, 2]))

    def deliver(self, room: HubRoom) -> None:
        self.faults.shuffle(self.sent)
        while self.sent and self.faults.random() < 0.7:
            room.take(self.sent.pop())


async def play(
    room: Room, people: list[User], script: Script, faults: random.Random, line: Lossy, *, end: bool
) -> None:
    hub_room = HubRoom(room.public_id)
    await hub_room.load()
    clients = [Client(hub_room, faults) for _ in range(3)]
    for client in clients:
        client.connect()
    for deed, by, to in script:
        client = faults.choice(clients)
        if deed == "reconnect":
            if client in hub_room.sockets:
                client.disconnect()
            else:
                client.connect()
        elif deed == "pulse":
            await hub_room.write_to_all(hub_room.pulse())
        else:
            with contextlib.suppress(DomainError):
                await in_pool(DEEDS[deed])(room.public_id, people[by], people[to])
        line.deliver(hub_room)
        await asyncio.sleep(0)
    if end:
        await in_pool(end_or_cancel)(room.public_id)
    await settle(hub_room, clients)
    expected = await in_pool(room_snapshot)(room.public_id)
    assert (hub_room.seq, hub_room.state) == expected
    assert [(client.seq, client.state) for client in clients] == [expected] * len(clients)
    hub_room.close()


async def settle(hub_room: HubRoom, clients: list[Client]) -> None:
    """The networks are well again; one check of numbers and one pulse follow."""
    for client in clients:
        client.faults = None
        if client not in hub_room.sockets:
            client.connect()
    current = (await in_pool(current_seqs)([hub_room.id]))[hub_room.id]
    hub_room.hear_of(current)
    if hub_room._flushing is not None:
        await hub_room._flushing
    await hub_room.write_to_all(hub_room.pulse())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=steps, seed=st.integers(0, 2**32), end=st.booleans(), ahead=st.booleans())
def test_every_client_ends_with_a_fresh_snapshot(
    monkeypatch: pytest.MonkeyPatch, script: Script, seed: int, end: bool, ahead: bool
) -> None:
    faults = random.Random(seed)
    line = Lossy(faults)
    people = UserFactory.create_batch(PEOPLE)
    room = planned(people[0]) if ahead else lifecycle.open_room(people[0], title="T", language="en")
    with monkeypatch.context() as patch:
        patch.setattr(events, "publish", line)
        asyncio.run(play(room, people, script, faults, line, end=end))


def test_client_that_ignores_gaps_does_not_converge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without resync the same client is left behind, so the test above can fail."""
    monkeypatch.setattr(Client, "_resync", lambda _: None)
    failed = 0
    for seed in range(5):
        faults = random.Random(seed)
        line = Lossy(faults)
        people = UserFactory.create_batch(PEOPLE)
        room = lifecycle.open_room(people[0], title="T", language="en")
        script = [("raise", 1, 1), ("accept", 0, 1), ("raise", 2, 2), ("accept", 0, 2), ("unmute", 1, 1)] * 2
        with monkeypatch.context() as patch:
            patch.setattr(events, "publish", line)
            failed += not converges(room, people, script, faults, line)
    assert failed > 0


def converges(room: Room, people: list[User], script: Script, faults: random.Random, line: Lossy) -> bool:
    try:
        asyncio.run(play(room, people, script, faults, line, end=False))
    except AssertionError:
        return False
    return True
