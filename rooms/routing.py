"""Addresses of the rooms' sockets."""

from __future__ import annotations

from django.urls import re_path

from rooms.consumers import RoomConsumer

websocket_urlpatterns = [
    re_path(r"\Aws/rooms/(?P<room_id>[1-9A-Za-z]{1,32})/\Z", RoomConsumer.as_asgi()),
]
