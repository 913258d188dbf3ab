"""Topics: chosen by hosts, shown, followed, kept by staff."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from config.lib.errors import InvalidError, LoginRequiredError, NotFoundError
from rooms.enums import Rhythm
from rooms.models import Room, RoomTopic, Topic, TopicFollow
from rooms.selectors import live_page, room_fields
from rooms.services.lifecycle import end_room, open_room
from rooms.services.planning import edit_room, schedule_room
from rooms.services.series import edit_following, schedule_series
from rooms.services.topics import follow_topic, unfollow_topic
from rooms.topics import listed_topics, topic_choices, topics_of
from tests.factories.rooms import RoomFactory
from tests.factories.topics import topic
from tests.rooms.planned import soon

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _topics(db: None) -> None:
    for slug, french in (("music", "Musique"), ("cinema", "Cinéma"), ("sea", "Mer"), ("sport", "Sport")):
        topic(slug, french=french)


def slugs(room: Room) -> list[str]:
    return [one.slug for one in topics_of(room)]


def test_room_has_up_to_three_topics_in_the_order_they_were_named(yara: User) -> None:
    room = open_room(yara, title="Sea songs", language="en", topics=["sea", "music", "sea", "cinema"])
    assert slugs(room) == ["sea", "music", "cinema"]
    assert room_fields(room)["topics"] == ["sea", "music", "cinema"]


@pytest.mark.parametrize("wanted", [["sea", "music", "cinema", "sport"], ["nothing"], ["sea", ""]])
def test_too_many_and_unknown_topics_are_refused_and_no_room_is_opened(yara: User, wanted: list[str]) -> None:
    with pytest.raises(InvalidError) as refused:
        open_room(yara, title="Sea songs", language="en", topics=wanted)
    assert (set(refused.value.errors), Room.objects.count()) == ({"topics"}, 0)


def test_database_itself_holds_the_limit(yara: User) -> None:
    room = open_room(yara, title="Sea songs", language="en", topics=["sea", "music", "cinema"])
    for place in (2, 3):
        with pytest.raises(IntegrityError), transaction.atomic():
            RoomTopic.objects.create(room=room, topic=topic("sport"), place=place)


def test_topic_that_is_put_away_is_kept_but_not_chosen_anew(yara: User) -> None:
    room = open_room(yara, title="Sea songs", language="en", topics=["sea"])
    Topic.objects.filter(slug="sea").update(is_offered=False)
    edit_room(room.public_id, by=yara, title="Sea songs", description="", topics=["sea", "music"])
    assert slugs(room) == ["sea", "music"]
    edit_room(room.public_id, by=yara, title="Sea songs", description="", topics=["music"])
    with pytest.raises(InvalidError):
        edit_room(room.public_id, by=yara, title="Sea songs", description="", topics=["sea"])
    assert slugs(room) == ["music"]
    assert "sea" not in dict(topic_choices())


def test_editing_without_topics_keeps_them_and_the_same_ones_tell_nothing(yara: User) -> None:
    room = open_room(yara, title="Sea songs", language="en", topics=["sea", "music"])
    edit_room(room.public_id, by=yara, title="Sea songs", description="")
    edit_room(room.public_id, by=yara, title="Sea songs", description="", topics=["music", "sea"])
    room.refresh_from_db()
    assert (slugs(room), room.seq) == (["sea", "music"], 1)


def test_each_room_of_a_series_has_its_topics_also_those_to_come(yara: User) -> None:
    first = schedule_series(
        yara, title="Weekly", language="en", starts_at=soon(days=1), rhythm=Rhythm.WEEKLY, zone="UTC", topics=["sea"]
    )
    rooms = Room.objects.filter(series=first.series)
    assert [slugs(room) for room in rooms] == [["sea"]] * 3
    edit_following(first.public_id, by=yara, title="Weekly", description="", language="en", topics=["music"])
    assert first.series is not None
    assert [slugs(room) for room in rooms] == [["music"]] * 3
    assert list(first.series.topics.values_list("slug", flat=True)) == ["music"]


def test_topic_is_followed_once_and_no_longer(oliver: User) -> None:
    follow_topic("sea", by=oliver)
    follow_topic("sea", by=oliver)
    assert [one["slug"] for one in listed_topics(oliver) if one["followed"]] == ["sea"]
    unfollow_topic("sea", by=oliver)
    unfollow_topic("sea", by=oliver)
    assert TopicFollow.objects.count() == 0
    with pytest.raises(NotFoundError):
        follow_topic("nothing", by=oliver)
    with pytest.raises(LoginRequiredError):
        follow_topic("sea", by=None)


def test_page_of_a_topic_shows_its_rooms_only(client: Client, yara: User, malo: User, ines: User) -> None:
    live = open_room(yara, title="Live at sea", language="en", topics=["sea"])
    schedule_room(malo, title="Planned at sea", language="en", starts_at=soon(days=1), topics=["sea", "music"])
    open_room(ines, title="On land", language="en", topics=["sport"])
    page = client.get("/topics/sea/").text
    found = [title in page for title in ("Live at sea", "Planned at sea", "On land")]
    assert found == [True, True, False]
    end_room(live.public_id, by=yara)
    assert [card["title"] for card in live_page(None, topic=topic("sea")).cards] == []
    assert client.get("/topics/nothing/").status_code == 404


def test_form_creates_and_edits_with_topics(client: Client, yara: User) -> None:
    client.force_login(yara)
    sent = {"title": "Sea songs", "language": "en", "topics": ["sea", "music"]}
    client.post("/rooms/new/", sent)
    room = Room.objects.get()
    assert set(slugs(room)) == {"sea", "music"}
    page = client.get(f"/rooms/{room.public_id}/edit/").text
    assert len(re.findall(r'name="topics"[^>]*checked', page)) == 2
    client.post(f"/rooms/{room.public_id}/edit/", {"title": "Sea songs", "topics": ["cinema"]})
    assert slugs(room) == ["cinema"]
    # A form that did not ask leaves them as they are; one that did and has none ticked takes them away.
    client.post(f"/rooms/{room.public_id}/edit/", {"title": "Sea shanties"})
    assert slugs(room) == ["cinema"]
    assert 'type="hidden" name="topics_shown" value="on"' in page
    client.post(f"/rooms/{room.public_id}/edit/", {"title": "Sea shanties", "topics_shown": "on"})
    assert slugs(room) == []
    answer = client.post(
        f"/rooms/{room.public_id}/edit/", {"title": "x", "topics": ["sea", "music", "cinema", "sport"]}
    )
    assert (answer.status_code, "at most 3 topics" in answer.text) == (422, True)


def test_names_are_in_the_language_of_the_page(client: Client) -> None:
    RoomFactory.create(topics=["cinema"])
    assert "Cinéma" in client.get("/topics/cinema/", headers={"accept-language": "fr"}).text
    assert "Cinéma" not in client.get("/topics/cinema/", headers={"accept-language": "en"}).text


def test_following_by_its_button_and_without_an_account(client: Client, oliver: User) -> None:
    assert client.post("/topics/sea/follow/", {"wanted": "yes"}).url == "/accounts/login/?next=/topics/sea/"  # type: ignore[attr-defined]
    client.force_login(oliver)
    button = client.post("/topics/sea/follow/", {"wanted": "yes"}, headers={"HX-Request": "true"})
    assert ('aria-pressed="true"' in button.text, button["HX-Push-Url"]) == (True, "false")
    back = client.post("/topics/sea/follow/", {"wanted": "no", "next": "https://elsewhere.example/"})
    assert (back.url, TopicFollow.objects.count()) == ("/topics/sea/", 0)  # type: ignore[attr-defined]
