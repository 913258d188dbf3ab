"""The demo: complete, the same when it is made twice, and never in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from config.embedded.demo import CROWD, PASSWORD, PEOPLE, PLANS, REPLAYS, ROOMS, SALES, SOUNDS, VOICES
from tests.factories.topics import topic

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def recordings(settings: Settings, tmp_path: Path) -> Path:
    """Keep the demo's replays in a folder of this test's own."""
    settings.RECORDINGS_DIR = tmp_path / "recordings"
    return tmp_path / "recordings"


@pytest.fixture(autouse=True)
def _devstripe(settings: Settings, tmp_path: Path) -> None:
    settings.DEVSTRIPE, settings.STRIPE_SECRET_KEY = True, ""
    settings.DEVSTRIPE_FILE = tmp_path / "devstripe.sqlite3"


@pytest.fixture(autouse=True)
def _topics(request: pytest.FixtureRequest) -> None:
    """Bring back what the demo's rooms are about: tests that empty the tables emptied that one too."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("transactional_db")
        for slug in {slug for seeds in (ROOMS, REPLAYS, PLANS) for seed in seeds for slug in seed.topics}:
            topic(slug)


def demo_rooms() -> list[tuple[str, list[tuple[str, str]], list[str]]]:
    """Return each live room's title, stage and queue, as the database has them."""
    from rooms.models import Room

    return [
        (
            room.title,
            list(room.stage.order_by("id").values_list("user__handle", "role")),
            list(room.hands.values_list("user__handle", flat=True)),
        )
        for room in Room.objects.filter(state="live").order_by("created_at")
    ]


@pytest.mark.django_db(transaction=True)
def test_seed_demo_makes_the_cast() -> None:
    from allauth.account.models import EmailAddress

    from accounts.models import User

    call_command("seed_demo")

    staff = {person.handle: person.staff for person in (*PEOPLE, *VOICES, *CROWD)}
    assert dict(User.objects.values_list("handle", "is_staff")) == staff
    assert User.objects.get(handle="ines").check_password(PASSWORD)
    main = EmailAddress.objects.filter(primary=True, verified=True)
    assert dict(main.values_list("user__handle", "email")) == dict(User.objects.values_list("handle", "email"))


@pytest.mark.django_db(transaction=True)
def test_no_two_people_of_the_demo_look_the_same() -> None:
    from accounts.models import User
    from accounts.selectors.people import portrait_number

    call_command("seed_demo")

    drawn = {user.handle: portrait_number(user.public_id) for user in User.objects.all()}
    assert drawn == {person.handle: person.portrait for person in (*PEOPLE, *VOICES, *CROWD)}
    assert len(set(drawn.values())) == len(drawn)


@pytest.mark.django_db(transaction=True)
def test_seed_demo_opens_rooms_of_every_size() -> None:
    call_command("seed_demo")

    rooms = demo_rooms()

    assert [title for title, _stage, _hands in rooms] == [room.title for room in ROOMS]
    assert [len(stage) for _title, stage, _hands in rooms] == [2, 1, 7, 13, 5, 4, 5]
    assert [len(hands) for _title, _stage, hands in rooms] == [0, 0, 4, 0, 0, 1, 1]
    assert rooms[-1] == (
        "Nos villes la nuit",
        [("ines", "host"), ("malo", "cohost"), ("maiwenn", "speaker"), ("elise", "speaker"), ("bastien", "speaker")],
        ["desmond"],
    )


@pytest.mark.django_db(transaction=True)
def test_one_room_of_the_demo_is_recorded() -> None:
    from rooms.models import Room

    call_command("seed_demo")

    recorded = list(Room.objects.filter(recording=True).values_list("title", flat=True))
    assert recorded == [room.title for room in ROOMS if room.recorded]
    assert len(recorded) == 1


@pytest.mark.django_db(transaction=True)
def test_replays_of_the_demo_can_be_heard() -> None:
    import av

    from media.models import Recording
    from media.recorded import replay_file
    from rooms.models import Room

    call_command("seed_demo")

    for wanted in REPLAYS:
        room = Room.objects.get(title=wanted.title)
        replay = Recording.objects.get(room_key=room.public_id)
        path = replay_file(replay)
        assert path is not None
        with av.open(str(path)) as file:
            heard = sum(frame.samples for frame in file.decode(audio=0)) / 48_000
        # Each clip begins with a moment that decoders drop (RFC 7845, pre-skip); here only the first one does.
        assert heard == pytest.approx(replay.duration_ms / 1000, abs=0.1)
        assert heard > 30
        assert (room.state, max(replay.peaks), len(replay.heard)) == ("ended", 100, 2)


@pytest.mark.django_db(transaction=True)
def test_demo_sells_seats_and_its_books_are_right() -> None:
    from django.utils import timezone

    from ticketing.ledger_checks import findings
    from ticketing.models import Offer, Ticket

    call_command("seed_demo")

    sold = {plan.title: (plan.price, plan.seats, len(plan.bought_by)) for plan in PLANS if plan.price}
    sold |= {sale.title: (sale.price, 50, len(sale.bought_by)) for sale in SALES}
    offers = Offer.objects.values_list("room__title", "amount", "capacity", "taken")
    assert {title: (amount, seats, taken) for title, amount, seats, taken in offers} == sold
    assert {(len(plan.bought_by), plan.seats) for plan in PLANS if plan.price} == {(3, 40), (2, 2)}
    assert Ticket.objects.count() == 20
    assert findings(timezone.now()) == []


@pytest.mark.django_db(transaction=True)
def test_somebody_of_the_demo_has_earned_was_paid_and_waits_for_more() -> None:
    from django.utils import timezone

    from accounts.models import User
    from creators.selectors.income import Grain, by_room, income_of
    from creators.selectors.positions import position_of

    call_command("seed_demo")

    person = User.objects.get(handle=SALES[0].host)
    cells = income_of(person, timezone.now(), grain=Grain.MONTH).within("eur")
    found = position_of(person, "eur", cells)
    assert len(by_room(cells, "eur")) == len(SALES)
    assert len({cell.day for cell in cells}) > 3
    assert found.expected > found.on_the_way
    assert found.owed > found.on_the_way
    assert (found.paid_out > found.owed, found.on_the_way.minor, found.debt.minor) == (True, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_demo_sells_nothing_where_cards_would_be_real(settings: Settings) -> None:
    from ticketing.models import Offer

    settings.DEVSTRIPE, settings.STRIPE_SECRET_KEY = False, "sk_live_whatever"

    call_command("seed_demo")

    assert not Offer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_replay_that_somebody_deleted_stays_away() -> None:
    from media.models import Recording

    call_command("seed_demo")
    Recording.objects.filter(state="ready").delete()

    call_command("seed_demo")

    assert Recording.objects.filter(state="ready").count() == 0


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
def test_nobody_logs_in_as_a_voice_or_one_of_the_crowd() -> None:
    from accounts.models import User

    call_command("seed_demo")

    able = {user.handle for user in User.objects.all() if user.has_usable_password()}
    assert able == {person.handle for person in PEOPLE}


def test_voices_talk_in_the_three_rooms_that_the_hallway_shows_first() -> None:
    said = [turn for room in ROOMS for turn in room.turns]

    assert [len(room.voices) for room in ROOMS] == [0, 0, 0, 0, 2, 2, 2]
    assert {turn.handle for turn in said} == {voice.handle for voice in VOICES}
    assert [turn.clip for turn in said if not (SOUNDS / f"{turn.clip}.opus").is_file()] == []


def test_nobody_is_held_present_whom_somebody_may_log_in_as() -> None:
    company = [handle for room in ROOMS for handle in room.company]

    assert set(company) <= {person.handle for person in CROWD}
    # One place at a time, as with people.
    assert len(company) == len(set(company))


@pytest.mark.parametrize("command", ["seed_demo", "speak_demo"])
def test_demo_in_production_is_refused(settings: Settings, command: str) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError) as refused:
        call_command(command)

    assert "nothing in production" in str(refused.value)
