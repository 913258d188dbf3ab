"""Addresses of the rooms' pages."""

from __future__ import annotations

from django.urls import path

from rooms.views import creating, hallway, replays, room

app_name = "rooms"
urlpatterns = [
    path("", hallway.hallway, name="hallway"),
    path("rooms/new/", creating.create, name="create"),
    path("rooms/<str:public_id>/", room.room, name="room"),
    path("rooms/<str:public_id>/people/", room.people, name="people"),
    path("rooms/<str:public_id>/replays/", replays.replays, name="replays"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/sound.ogg", replays.replay_sound, name="replay-sound"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/retry/", replays.replay_retry, name="replay-retry"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/delete/", replays.replay_delete, name="replay-delete"),
]
