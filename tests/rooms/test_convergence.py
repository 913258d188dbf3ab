"""Whatever members do and networks lose, every client ends with the state of a fresh snapshot."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.lib.db import in_pool
from config.lib.errors import DomainError
from rooms import events
from rooms.enums import StageRole
from rooms.events import change_room
from rooms.hub.room import HubRoom
from rooms.selectors import current_seqs, room_snapshot
from rooms.services import hands, lifecycle, recording, stage
from rooms.services.succession import await_host, make_host
from tests.factories.people import UserFactory
from tests.rooms.sockets import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from rooms.models import Room

# Who does what to whom: people by their place in a list.
Script = list[tuple[str, int, int]]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

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
    "end": lambda room, by, _: lifecycle.end_room(room, by=by),
}


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
        st.sampled_from([*sorted(DEEDS)] * 3 + ["reconnect"] * 6 + ["pulse"] * 4).filter(lambda deed: deed != "end"),
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
        await in_pool(DEEDS["end"])(room.public_id, people[0], people[0])
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
@given(script=steps, seed=st.integers(0, 2**32), end=st.booleans())
def test_every_client_ends_with_a_fresh_snapshot(
    monkeypatch: pytest.MonkeyPatch, script: Script, seed: int, end: bool
) -> None:
    faults = random.Random(seed)
    line = Lossy(faults)
    people = UserFactory.create_batch(PEOPLE)
    room = lifecycle.open_room(people[0], title="T", language="en")
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
