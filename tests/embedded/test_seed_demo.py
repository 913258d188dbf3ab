"""The demo: complete, the same when it is made twice, and never in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from config.embedded.demo import PASSWORD, PEOPLE, ROOMS, SOUNDS, VOICES

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


def demo_rooms() -> list[tuple[str, list[tuple[str, str]], list[str]]]:
    """Return each room's title, stage and queue, as the database has them."""
    from rooms.models import Room

    return [
        (
            room.title,
            list(room.stage.order_by("id").values_list("user__handle", "role")),
            list(room.hands.values_list("user__handle", flat=True)),
        )
        for room in Room.objects.order_by("id")
    ]


@pytest.mark.django_db(transaction=True)
def test_seed_demo_makes_the_cast_and_its_rooms() -> None:
    from allauth.account.models import EmailAddress

    from accounts.models import User

    call_command("seed_demo")

    staff = {person.handle: person.staff for person in (*PEOPLE, *VOICES)}
    assert dict(User.objects.values_list("handle", "is_staff")) == staff
    assert User.objects.get(handle="ines").check_password(PASSWORD)
    main = EmailAddress.objects.filter(primary=True, verified=True)
    assert dict(main.values_list("user__handle", "email")) == dict(User.objects.values_list("handle", "email"))
    assert demo_rooms() == [
        (
            ROOMS[0].title,
            [
                ("ines", "host"),
                ("malo", "cohost"),
                ("maiwenn", "speaker"),
                ("elise", "speaker"),
                ("bastien", "speaker"),
            ],
            ["theo"],
        ),
        (
            ROOMS[1].title,
            [("oliver", "host"), ("grace", "speaker"), ("nora", "speaker"), ("walter", "speaker")],
            ["yara"],
        ),
        (
            ROOMS[2].title,
            [("grace", "host"), ("yara", "speaker"), ("sam", "speaker"), ("hazel", "speaker"), ("ned", "speaker")],
            [],
        ),
    ]


@pytest.mark.django_db(transaction=True)
def test_seed_demo_twice_changes_nothing() -> None:
    call_command("seed_demo")
    first = demo_rooms()

    call_command("seed_demo")

    assert demo_rooms() == first


@pytest.mark.django_db(transaction=True)
def test_seed_demo_brings_voices_into_a_room_from_before_there_were_any() -> None:
    from accounts.models import User
    from rooms.models import StageMember

    call_command("seed_demo")
    complete = demo_rooms()
    StageMember.objects.filter(user__handle__in=[voice.handle for voice in VOICES]).delete()
    User.objects.filter(handle__in=[voice.handle for voice in VOICES]).delete()

    call_command("seed_demo")

    assert demo_rooms() == complete


@pytest.mark.django_db(transaction=True)
def test_nobody_logs_in_as_a_voice() -> None:
    from accounts.models import User

    call_command("seed_demo")

    voices = User.objects.filter(handle__in=[voice.handle for voice in VOICES])
    assert {user.handle: user.has_usable_password() for user in voices} == {voice.handle: False for voice in VOICES}


def test_every_room_has_two_voices_whose_clips_are_there() -> None:
    named = {voice.handle for voice in VOICES}
    said = [turn for room in ROOMS for turn in room.turns]

    assert [len(room.voices) for room in ROOMS] == [2, 2, 2]
    assert {turn.handle for turn in said} == named
    assert [turn.clip for turn in said if not (SOUNDS / f"{turn.clip}.opus").is_file()] == []


@pytest.mark.parametrize("command", ["seed_demo", "speak_demo"])
def test_demo_in_production_is_refused(settings: Settings, command: str) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError) as refused:
        call_command(command)

    assert "nothing in production" in str(refused.value)
