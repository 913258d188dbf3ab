"""Addresses of the rooms' pages."""

from __future__ import annotations

from django.urls import path

from rooms.views import (
    bans,
    beside,
    calendars,
    creating,
    hallway,
    ping,
    planning,
    replays,
    report,
    room,
    search,
    sharing,
    stats,
    topics,
)

app_name = "rooms"
urlpatterns = [
    path("", hallway.hallway, name="hallway"),
    path("hallway/order/", hallway.order, name="order"),
    path("search/", search.search, name="search"),
    path("topics/", topics.topics, name="topics"),
    path("topics/<slug:slug>/", topics.topic, name="topic"),
    path("topics/<slug:slug>/follow/", topics.follow, name="topic-follow"),
    path("rooms/new/", creating.create, name="create"),
    path("rooms/planned/", calendars.plans, name="planned"),
    path("rooms/planned/calendar/", calendars.renew, name="feed-renew"),
    path("calendar/<str:token>.ics", calendars.feed, name="feed"),
    path("rooms/bans/", bans.bans, name="bans"),
    path("rooms/words/", beside.words, name="words"),
    path("stats/", stats.overview, name="stats-overview"),
    path("stats/rooms.csv", stats.overview_file, name="stats-overview-file"),
    path("rooms/<str:public_id>/", room.room, name="room"),
    path("rooms/<str:public_id>/stats/", stats.stats, name="stats"),
    path("rooms/<str:public_id>/stats/<str:table>.csv", stats.stats_file, name="stats-file"),
    path("rooms/<str:public_id>/open/", planning.open_doors, name="open"),
    path("rooms/<str:public_id>/start/", planning.start, name="start"),
    path("rooms/<str:public_id>/remind/", planning.remind, name="remind"),
    path("rooms/<str:public_id>/edit/", planning.edit, name="edit"),
    path("rooms/<str:public_id>/cancel/", planning.cancel, name="cancel"),
    path("rooms/<str:public_id>/room.ics", calendars.room_file, name="calendar"),
    path("rooms/<str:public_id>/share.png", sharing.picture, name="share-picture"),
    path("rooms/<str:public_id>/people/", room.people, name="people"),
    path("rooms/<str:public_id>/ping/", ping.people_to_ping, name="ping"),
    path("rooms/<str:public_id>/report/", report.report, name="report"),
    path("rooms/<str:public_id>/chat/", beside.chat, name="chat"),
    path("rooms/<str:public_id>/board/<str:item_id>/<str:name>.webp", beside.picture, name="board-picture"),
    path("rooms/<str:public_id>/replays/", replays.replays, name="replays"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/sound.ogg", replays.replay_sound, name="replay-sound"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/retry/", replays.replay_retry, name="replay-retry"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/heard/", replays.replay_heard, name="replay-heard"),
    path("rooms/<str:public_id>/replays/<str:recording_id>/delete/", replays.replay_delete, name="replay-delete"),
]
