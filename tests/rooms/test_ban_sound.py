"""Banned while speaking, with a real relay: nobody hears them a second later, and they hear nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.lib.db import in_pool
from rooms.errors import EntryRefusedError
from rooms.services import hands, sound, stage
from rooms.services.removal import ban_person, remove_person
from tests.relay.peers import until
from tests.relay.tones import Ear, Tone
from tests.rooms.test_microphones import bridge, connected, relay  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from typing import Any

    from accounts.models import User
    from rooms.models import Room
    from tests.media.relays import RelayProcess

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SILENT_WITHIN = 1.0


@pytest.mark.parametrize("do", [ban_person, remove_person])
async def test_sound_of_whoever_is_sent_out_stops_within_a_second(
    relay: RelayProcess,  # noqa: F811 - the fixture
    room: Room,
    ines: User,
    oliver: User,
    do: Any,
) -> None:
    def up() -> None:
        hands.raise_hand(room.public_id, by=oliver)
        hands.accept_hand(room.public_id, by=ines, person_id=oliver.public_id)
        stage.unmute(room.public_id, by=oliver)

    await in_pool(up)()
    async with (
        bridge(),
        connected(room, oliver, Tone(880)) as speaker,
        connected(room, oliver) as listening,
        connected(room, None) as guest,
    ):
        ear = Ear(guest.getTransceivers()[0].receiver.track)
        await until(lambda: ear.hears(880), "880 Hz")
        await in_pool(do)(room.public_id, by=ines, person_id=oliver.public_id)
        await until(ear.hears_nothing, "silence", SILENT_WITHIN)
        both = (speaker, listening)
        await until(lambda: {one.connectionState for one in both} == {"closed"}, "closed connections", SILENT_WITHIN)
        if do is ban_person:
            for kind in ("publish", "listen"):
                with pytest.raises(EntryRefusedError):
                    await in_pool(sound.offer_media)(
                        room.public_id, by=oliver, guest_key="", kind=kind, sdp=listening.localDescription.sdp
                    )
        ear.close()
