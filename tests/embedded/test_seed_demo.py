"""The demo: complete, the same when it is made twice, and never in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from config.embedded.demo import PASSWORD, PEOPLE, ROOMS

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

    staff = {person.handle: person.staff for person in PEOPLE}
    assert dict(User.objects.values_list("handle", "is_staff")) == staff
    assert User.objects.get(handle="ines").check_password(PASSWORD)
    main = EmailAddress.objects.filter(primary=True, verified=True)
    assert dict(main.values_list("user__handle", "email")) == dict(User.objects.values_list("handle", "email"))
    assert demo_rooms() == [
        (ROOMS[0].title, [("ines", "host"), ("malo", "cohost"), ("maiwenn", "speaker")], ["theo"]),
        (ROOMS[1].title, [("oliver", "host"), ("grace", "speaker")], ["yara"]),
        (ROOMS[2].title, [("grace", "host"), ("yara", "speaker"), ("sam", "speaker")], []),
    ]


@pytest.mark.django_db(transaction=True)
def test_seed_demo_twice_changes_nothing() -> None:
    call_command("seed_demo")
    first = demo_rooms()

    call_command("seed_demo")

    assert demo_rooms() == first


def test_seed_demo_in_production_is_refused(settings: Settings) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError) as refused:
        call_command("seed_demo")

    assert "nothing in production" in str(refused.value)
