"""Addresses of the rooms' pages."""

from __future__ import annotations

from django.urls import path

from rooms import views

app_name = "rooms"
urlpatterns = [
    path("", views.hallway, name="hallway"),
    path("rooms/new/", views.create, name="create"),
    path("rooms/<str:public_id>/", views.room, name="room"),
    path("rooms/<str:public_id>/people/", views.people, name="people"),
    path("rooms/<str:public_id>/replays/", views.replays, name="replays"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/sound.ogg", views.replay_sound, name="replay-sound"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/retry/", views.replay_retry, name="replay-retry"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/delete/", views.replay_delete, name="replay-delete"),
]
