"""Words that a host refuses: which are the same, and how the list is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.lib.errors import InvalidError
from rooms.models import RefusedWord
from rooms.selectors import refused_words
from rooms.services.words import check_words, refuse_words
from rooms.words import fold, holds_any

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room


@pytest.mark.parametrize(
    ("word", "text", "held"),
    [
        ("zut", "Zut alors", True),
        ("zut", "ZÛT!", True),
        ("Zût", "zut", True),
        ("zut", "(zut)", True),
        ("zut", "l’zut", True),
        ("zut", "zut_zut", True),
        ("zut", "zuteur", False),
        ("zut", "azut", False),
        ("zut", "z u t", False),
        ("zut", "z\u00adut", True),
        ("zut", "zu\u200bt", True),
        ("zut", "𝓏𝓊𝓉", True),
        ("zut", "ｚｕｔ", True),
        ("straße", "STRASSE", True),
        ("cœur", "Cœur", True),
        ("ёлка", "елка", True),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", True),
        ("ışık", "IŞIK", False),
        ("istanbul", "İstanbul", True),
        ("כלב", "כֶּלֶב", True),
        ("كلب", "كَلْب", True),
        ("कुत्ता", "वह कुत्ता है", True),
        ("कुत्ता", "कुत", False),
        ("馬鹿", "あの馬鹿者", True),
        ("馬鹿", "馬と鹿", False),
        ("ควาย", "ไอ้ควายเอ๊ย", True),
        ("개새끼", "이 개새끼 뭐야", True),
        ("bad word", "a bad, word", True),
        ("bad word", "a badword", False),
        ("💩", "💩", False),
    ],
)
def test_word_is_found_whole_whatever_its_case_and_accents(word: str, text: str, held: bool) -> None:
    assert holds_any(text, [fold(word)]) is held


def test_nothing_is_found_with_an_empty_list() -> None:
    assert holds_any("anything", []) is False
    assert holds_any("anything", [""]) is False


@pytest.mark.django_db
def test_list_is_kept_as_written_each_word_once(ines: User, oliver: User) -> None:
    refuse_words(ines, ["Zût", " zut ", "", "!!!", "bad   word", "Flûte"])
    refuse_words(oliver, ["other"])
    assert refused_words(ines) == ["Zût", "bad word", "Flûte"]
    refuse_words(ines, ["Flûte"])
    assert (refused_words(ines), refused_words(oliver)) == (["Flûte"], ["other"])


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "fits"), [(2, True), (3, True), (4, False)])
def test_list_has_a_length(ines: User, settings: Settings, number: int, fits: bool) -> None:
    settings.ROOM_WORDS_LIMIT = 3
    words = [f"w{index}" for index in range(number)]
    if fits:
        refuse_words(ines, words)
        assert refused_words(ines) == words
    else:
        with pytest.raises(InvalidError):
            refuse_words(ines, words)
        assert refused_words(ines) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("length", "fits"), [(49, True), (50, True), (51, False)])
def test_word_has_a_length(ines: User, length: int, fits: bool) -> None:
    # Each of these becomes 18 letters when it is folded: the most that Unicode knows.
    word = "\ufdfa" * length
    if fits:
        refuse_words(ines, [word])
        assert refused_words(ines) == [word]
    else:
        with pytest.raises(InvalidError):
            refuse_words(ines, [word])


@pytest.mark.django_db
def test_words_count_in_the_rooms_of_their_host_only(room: Room, oliver: User) -> None:
    refuse_words(oliver, ["zut"])
    check_words(room, "zut")
    assert RefusedWord.objects.count() == 1


@pytest.mark.django_db
def test_page_keeps_the_list_for_its_owner(client: Client, ines: User, oliver: User, settings: Settings) -> None:
    assert client.get("/rooms/words/").status_code == 302
    client.force_login(ines)
    assert client.post("/rooms/words/", {"words": "Zut\r\nflûte\r\n"}).status_code == 302
    assert refused_words(ines) == ["Zut", "flûte"]
    assert "Zut\nflûte</textarea>" in client.get("/rooms/words/").content.decode()
    settings.ROOM_WORDS_LIMIT = 1
    refused = client.post("/rooms/words/", {"words": "a\nb"})
    assert (refused.status_code, refused_words(ines)) == (422, ["Zut", "flûte"])
    client.force_login(oliver)
    assert "flûte" not in client.get("/rooms/words/").content.decode()
