"""Makes rooms, the way people do: through the service."""

from __future__ import annotations

from typing import Any

import factory

from rooms.models import Room
from rooms.services.lifecycle import open_room
from tests.factories.people import UserFactory


class RoomFactory(factory.django.DjangoModelFactory[Room]):
    """A live room with its host on the stage."""

    class Meta:
        model = Room

    host = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda number: f"Room {number}")
    description = ""
    language = "en"

    @classmethod
    def _create(cls, _model: type[Room], *_args: Any, **fields: Any) -> Room:
        return open_room(fields.pop("host"), **fields)
