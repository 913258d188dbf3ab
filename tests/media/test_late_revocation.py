"""Somebody is moved down and brought up again at once, and the relay hears of the first only then."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from config.lib.db import in_pool
from media.enums import MediaState
from media.errors import RelayUnavailableError
from media.models import MediaSession
from media.selectors import publishing_epoch
from media.services import sessions
from media.services.sessions import open_media
from rooms.models import Absence
from rooms.selectors import on_stage_since
from rooms.services import absence, hands, sound, stage
from tests.relay.peers import peer

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from rooms.models import Room
    from tests.media.relays import RelayProcess

pytestmark = pytest.mark.django_db(transaction=True)


def bring_up(room: Room, person: User) -> None:
    hands.raise_hand(room.public_id, by=person)
    hands.accept_hand(room.public_id, by=room.host, person_id=person.public_id)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[Callable[..., None]]:
    """Keep what whoever takes the stage away wants to revoke back; call it to let it happen."""
    waiting: list[Callable[..., None]] = []
    for service in (stage, absence):
        monkeypatch.setattr(
            service,
            "revoke_publishing",
            lambda *args, **keys: waiting.append(partial(sessions.revoke_publishing, *args, **keys)),
        )
    return waiting


async def speaks(room: Room, person: User, one: Any) -> str:
    answer = await in_pool(sound.offer_media)(
        room.public_id, by=person, guest_key="", kind="publish", sdp=await one.offer()
    )
    await one.accept(answer.sdp)
    await one.reaches("connected")
    return answer.media_session


async def state_of(public_id: str) -> MediaState:
    return MediaState((await in_pool(MediaSession.objects.get)(public_id=public_id)).state)


def move_down(room: Room, person: User) -> None:
    stage.remove_from_stage(room.public_id, by=room.host, person_id=person.public_id)


def step_down(room: Room, person: User) -> None:
    stage.leave_stage(room.public_id, by=person)


def stay_away(room: Room, person: User) -> None:
    away = Absence.objects.create(room=room, user=person, since=timezone.now())
    absence.give_up(room.public_id, away)
    away.delete()


@pytest.fixture(params=[move_down, step_down, stay_away], ids=lambda way: way.__name__)
def lose_the_stage(request: pytest.FixtureRequest) -> Callable[[Room, User], None]:
    """Return each way in which somebody loses their place."""
    way: Callable[[Room, User], None] = request.param
    return way


async def speak_and_come_back(
    room: Room, person: User, before: Any, lose_the_stage: Callable[[Room, User], None]
) -> None:
    """Let somebody speak, lose their place and have another one at once, while the revocation is held back."""
    await in_pool(bring_up)(room, person)
    await speaks(room, person, before)
    await in_pool(lose_the_stage)(room, person)
    await in_pool(bring_up)(room, person)


async def test_late_revocation_leaves_the_new_right_alone(
    relay: RelayProcess,
    bridge: None,
    room: Room,
    oliver: User,
    held: list[Callable[..., None]],
    lose_the_stage: Callable[[Room, User], None],
) -> None:
    async with peer("publish") as before, peer("publish") as after:
        await speak_and_come_back(room, oliver, before, lose_the_stage)
        session = await speaks(room, oliver, after)
        await in_pool(held[0])()
        await before.reaches("closed")
        # The relay has done what it was told by now, and still has the new session: it confirms its microphone.
        assert await in_pool(sessions.set_publish_muted)(room.public_id, user=oliver, muted=False)
        assert after.connection.connectionState == "connected"
        assert await state_of(session) != MediaState.GONE
        # The new right can be taken away like the old one.
        await in_pool(lose_the_stage)(room, oliver)
        await in_pool(held[1])()
        await after.reaches("closed")


async def test_late_revocation_ends_the_new_session_without_the_guard(
    relay: RelayProcess,
    bridge: None,
    room: Room,
    oliver: User,
    held: list[Callable[..., None]],
    lose_the_stage: Callable[[Room, User], None],
) -> None:
    """The control: as long as only the moment of revoking counts."""
    async with peer("publish") as before, peer("publish") as after:
        await speak_and_come_back(room, oliver, before, lose_the_stage)
        await speaks(room, oliver, after)
        await in_pool(partial(held[0], since=None))()
        await after.reaches("closed")


async def test_offer_that_was_begun_with_the_old_right_ends_with_it(
    relay: RelayProcess,
    bridge: None,
    room: Room,
    oliver: User,
    held: list[Callable[..., None]],
    lose_the_stage: Callable[[Room, User], None],
) -> None:
    """Whoever looked at the role before it was lost holds an epoch that is over, also after the late revocation."""
    await in_pool(bring_up)(room, oliver)
    since = await in_pool(on_stage_since)(room.public_id, oliver)
    epoch = await in_pool(publishing_epoch)(room.public_id, user=oliver, since=since)
    await in_pool(lose_the_stage)(room, oliver)
    await in_pool(held[0])()
    async with peer("publish") as one:
        with pytest.raises(RelayUnavailableError):
            await in_pool(open_media)(
                room.public_id, user=oliver, guest_key="", kind="publish", sdp=await one.offer(), epoch=epoch
            )
