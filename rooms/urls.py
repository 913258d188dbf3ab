"""Addresses of the rooms' pages."""

from __future__ import annotations

from django.urls import path

from rooms.views import calendars, creating, hallway, planning, replays, room

app_name = "rooms"
urlpatterns = [
    path("", hallway.hallway, name="hallway"),
    path("rooms/new/", creating.create, name="create"),
    path("rooms/planned/", calendars.plans, name="planned"),
    path("rooms/planned/calendar/", calendars.renew, name="feed-renew"),
    path("calendar/<str:token>.ics", calendars.feed, name="feed"),
    path("rooms/<str:public_id>/", room.room, name="room"),
    path("rooms/<str:public_id>/open/", planning.open_doors, name="open"),
    path("rooms/<str:public_id>/start/", planning.start, name="start"),
    path("rooms/<str:public_id>/remind/", planning.remind, name="remind"),
    path("rooms/<str:public_id>/edit/", planning.edit, name="edit"),
    path("rooms/<str:public_id>/cancel/", planning.cancel, name="cancel"),
    path("rooms/<str:public_id>/room.ics", calendars.room_file, name="calendar"),
    path("rooms/<str:public_id>/people/", room.people, name="people"),
    path("rooms/<str:public_id>/replays/", replays.replays, name="replays"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/sound.ogg", replays.replay_sound, name="replay-sound"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/retry/", replays.replay_retry, name="replay-retry"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/delete/", replays.replay_delete, name="replay-delete"),
]
