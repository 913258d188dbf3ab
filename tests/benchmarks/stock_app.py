"""The other side of bench_events: the same room the way Channels' tutorial does it, a group member per consumer."""

from __future__ import annotations

import json
import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
get_asgi_application()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402

from config.lib.handshake import visitor_of  # noqa: E402
from rooms.selectors import events_after, room_snapshot  # noqa: E402
from rooms.services import stage  # noqa: E402

settings.CHANNEL_LAYERS["default"] = {
    "BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {
        # The layer waits in Redis for 5 s at a time, which is also where redis-py 8 gives up unless told otherwise.
        "hosts": [{"address": settings.REDIS_URL, "socket_timeout": None}],
        "capacity": 1000,
        "prefix": "stock",
    },
}


class StockConsumer(AsyncWebsocketConsumer):
    """Greets with the snapshot, does `mic.*`, and sends the event to its group."""

    async def connect(self) -> None:
        self.room_id = self.scope["url_route"]["kwargs"]["room_id"]
        self.visitor = await database_sync_to_async(visitor_of)(self.scope)
        await self.channel_layer.group_add(f"stock.{self.room_id}", self.channel_name)
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        del bytes_data
        command = json.loads(text_data or "")
        if command["type"] == "hello":
            seq, state = await database_sync_to_async(room_snapshot)(self.room_id)
            await self.send(json.dumps({"type": "snapshot", "seq": seq, "state": state}))
            return
        service = stage.mute if command["type"] == "mic.mute" else stage.unmute
        await database_sync_to_async(service)(self.room_id, by=self.visitor.user)
        seq, _ = await database_sync_to_async(room_snapshot)(self.room_id)
        events = await database_sync_to_async(events_after)(self.room_id, seq - 1)
        message = {"type": "room.changed", "text": json.dumps({"type": "events", "events": events})}
        await self.channel_layer.group_send(f"stock.{self.room_id}", message)

    async def room_changed(self, message: dict[str, Any]) -> None:
        await self.send(message["text"])

    async def disconnect(self, code: int) -> None:
        del code
        await self.channel_layer.group_discard(f"stock.{self.room_id}", self.channel_name)


application = ProtocolTypeRouter(
    {"websocket": URLRouter([re_path(r"\Aws/rooms/(?P<room_id>\w+)/\Z", StockConsumer.as_asgi())])}
)
