"""How rooms are put into words and pictures: the templates' own tags."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils import timezone

from accounts.selectors.people import person_card
from rooms.templatetags.rooms import faces, heads, names, open_for
from tests.factories.people import person

if TYPE_CHECKING:
    from rooms.selectors import RoomCard

pytestmark = pytest.mark.django_db


def test_every_icon_that_a_template_draws_is_in_the_sprite() -> None:
    sprite = finders.find("site/icons.svg")
    assert isinstance(sprite, str)
    drawn = {
        name
        for template in Path(settings.BASE_DIR, "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([a-z-]+)"', template.read_text())
    }
    assert drawn - set(re.findall(r'id="i-([a-z-]+)"', Path(sprite).read_text())) == set()


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(0), "just opened"),
        (timedelta(seconds=59), "just opened"),
        (timedelta(seconds=60), "for 1 min"),
        (timedelta(minutes=59, seconds=59), "for 59 min"),
        (timedelta(hours=1), "for 1 h 00"),
        (timedelta(hours=25, minutes=7), "for 25 h 07"),
    ],
)
def test_open_for_says_minutes_then_hours(ago: timedelta, words: str) -> None:
    assert open_for(timezone.now() - ago) == words


def card_of(people: int, *, connected: int = 0, guests: int = 0) -> RoomCard:
    stage = [person_card(person(f"on_stage_{number}")) for number in range(people)]
    return {
        "id": "room",
        "title": "T",
        "description": "",
        "language": "en",
        "started_at": timezone.now(),
        "recording": False,
        "price": "",
        "topics": [],
        "people": connected,
        "guests": guests,
        "host": stage[0],
        "followed": False,
        "stage": stage,
    }


@pytest.mark.parametrize(
    ("connected", "guests", "words"),
    [(0, 0, "nobody here just now"), (1, 0, "1 here"), (0, 1, "1 here"), (2, 3, "5 here")],
)
def test_heads_counts_people_and_guests(connected: int, guests: int, words: str) -> None:
    assert heads(card_of(1, connected=connected, guests=guests)) == words


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (1, "On_stage_0"),
        (3, "On_stage_0, On_stage_1, On_stage_2"),
        (4, "On_stage_0, On_stage_1, On_stage_2 and 1 other"),
        (13, "On_stage_0, On_stage_1, On_stage_2 and 10 others"),
    ],
)
def test_names_lists_three_and_counts_the_rest(people: int, words: str) -> None:
    assert names(card_of(people)) == words


@pytest.mark.parametrize(("people", "others", "rest"), [(1, 0, 0), (5, 4, 0), (6, 4, 1), (13, 4, 8)])
def test_faces_shows_the_host_and_four_more(people: int, others: int, rest: int) -> None:
    card = card_of(people)

    assert faces(card) == {"others": card["stage"][1 : 1 + others], "rest": rest}
