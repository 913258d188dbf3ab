"""`manage.py speak` as a process, against a real web process and a real relay."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from config.lib.db import in_pool
from media.models import MediaSession, RecordingConsent
from rooms.models import RoomEvent, StageMember
from rooms.services import hands, lifecycle, stage
from rooms.services.recording import start_room_recording
from tests.media.relays import RelayProcess
from tests.relay.peers import peer, use_loopback
from tests.rooms.bots import Bot, tone
from tests.rooms.web import cookie_of, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from rooms.models import Room
    from tests.rooms.web import Web

SECRET = "the secret that this test's relays share"
PATIENCE_SECONDS = 30

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def relay(settings: Settings, tmp_path: Path) -> Iterator[RelayProcess]:
    settings.RELAY_SECRET = SECRET
    made = RelayProcess("relay-1", tmp_path / "relay.log")
    made.start()
    yield made
    made.end()


@pytest.fixture
def site(make_web: Callable[..., Web], relay: RelayProcess) -> Web:
    return make_web(RELAY_SECRET=SECRET)


@pytest.fixture
def start(site: Web, room: Room, tmp_path: Path) -> Iterator[Callable[..., Bot]]:
    """Return what starts a bot in the room."""
    made: list[Bot] = []

    def start_one(*arguments: str) -> Bot:
        made.append(Bot(site, tmp_path / f"bot-{len(made)}.log", room.public_id, *arguments))
        return made[-1]

    yield start_one
    for bot in made:
        bot.end()


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return str(tone(tmp_path / "tone.wav", seconds=0.5))


@pytest.fixture
def speaker(room: Room, oliver: User) -> User:
    """Return Oliver, whom Inès has brought up."""
    hands.raise_hand(room.public_id, by=oliver)
    hands.accept_hand(room.public_id, by=room.host, person_id=oliver.public_id)
    return oliver


def wait_until(condition: Callable[[], bool], bot: Bot) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up, bot.said()
        assert bot.process.poll() is None, bot.said()
        time.sleep(0.05)


def is_speaking(person: User) -> bool:
    """Say whether the person's microphone is open and their sound connected."""
    connected = MediaSession.objects.filter(user=person, kind="publish", state="connected").exists()
    return connected and StageMember.objects.filter(user=person, muted=False).exists()


def microphone_events(room: Room) -> list[bool]:
    return [event.body["muted"] for event in RoomEvent.objects.filter(room=room, type="stage.muted").order_by("seq")]


def last_words(bot: Bot) -> str:
    return bot.said().splitlines()[-1]


def test_bot_plays_once_mutes_leaves_and_ends(start: Callable[..., Bot], room: Room, ines: User, clip: str) -> None:
    bot = start(clip, clip, "--pause", "0.1")

    assert (bot.wait(), bot.said()) == (0, "")

    assert microphone_events(room) == [False, True]
    sessions = list(MediaSession.objects.values_list("user__handle", "kind", "state", "gone_reason"))
    assert sessions == [("ines", "publish", "gone", "closed")]
    assert Session.objects.count() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_bot_that_is_told_to_stop_mutes_and_leaves(
    start: Callable[..., Bot], room: Room, speaker: User, clip: str, number: signal.Signals
) -> None:
    bot = start(clip, "--loop", "--as", "Oliver")
    wait_until(lambda: is_speaking(speaker), bot)

    bot.stop(number)

    assert (bot.wait(5), bot.said()) == (0, "")
    assert microphone_events(room) == [False, True]
    assert list(MediaSession.objects.values_list("state", "gone_reason")) == [("gone", "closed")]
    assert Session.objects.count() == 0


def test_bot_comes_back_after_the_web_process_was_killed(
    start: Callable[..., Bot], site: Web, room: Room, ines: User, clip: str
) -> None:
    bot = start(clip, "--loop")
    wait_until(lambda: is_speaking(ines), bot)

    site.send(signal.SIGKILL)
    site.wait(10)
    site.start()
    site.wait_until_up()

    wait_until(lambda: MediaSession.objects.filter(state="connected").count() == 1 < MediaSession.objects.count(), bot)
    # Nobody muted it, so it has no reason to open its microphone again.
    assert microphone_events(room) == [False]


def test_bot_comes_back_after_the_web_process_said_goodbye(
    start: Callable[..., Bot], site: Web, ines: User, clip: str
) -> None:
    bot = start(clip, "--loop")
    wait_until(lambda: is_speaking(ines), bot)

    site.send(signal.SIGTERM)
    site.wait(10)
    site.start()
    site.wait_until_up()

    wait_until(lambda: MediaSession.objects.count() == 2 and is_speaking(ines), bot)


def test_bot_speaks_through_the_relay_that_comes_back(
    start: Callable[..., Bot], relay: RelayProcess, ines: User, clip: str
) -> None:
    bot = start(clip, "--loop")
    wait_until(lambda: is_speaking(ines), bot)

    relay.send(signal.SIGKILL)
    relay.wait()
    relay.start()
    began = time.monotonic()

    wait_until(lambda: MediaSession.objects.count() >= 2 and is_speaking(ines), bot)
    # It was told; by itself it would have noticed after half a minute.
    assert time.monotonic() - began < 10


def test_muted_bot_gives_up(start: Callable[..., Bot], room: Room, ines: User, speaker: User, clip: str) -> None:
    bot = start(clip, "--loop", "--as", "oliver")
    wait_until(lambda: is_speaking(speaker), bot)

    stage.mute(room.public_id, by=ines, person_id=speaker.public_id)

    assert bot.wait(5) == 1
    assert last_words(bot) == f"CommandError: Somebody has muted oliver in “{room.title}”."
    assert microphone_events(room) == [False, True]


def test_bot_that_was_moved_to_the_audience_gives_up(
    start: Callable[..., Bot], room: Room, ines: User, speaker: User, clip: str
) -> None:
    bot = start(clip, "--loop", "--as", "oliver")
    wait_until(lambda: is_speaking(speaker), bot)

    stage.remove_from_stage(room.public_id, by=ines, person_id=speaker.public_id)

    assert bot.wait(5) == 1
    assert last_words(bot) == f"CommandError: oliver is no longer on the stage of “{room.title}”."


async def test_person_who_speaks_by_the_same_account_has_precedence(
    start: Callable[..., Bot], site: Web, room: Room, ines: User, clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_loopback(monkeypatch)
    bot = start(clip, "--loop")
    await in_pool(wait_until)(lambda: is_speaking(ines), bot)

    async with wire(site, f"/ws/rooms/{room.public_id}/", await in_pool(cookie_of)(ines)) as browser:
        await browser.hello()
        async with peer("publish") as sound:
            answer = await browser.ask("media.offer", kind="publish", sdp=await sound.offer())
            assert answer["type"] == "ok"

            assert await asyncio.to_thread(bot.wait, 5) == 1

    assert last_words(bot) == f"CommandError: Somebody else now speaks as ines in “{room.title}”."


def test_recording_ends_a_bot_that_did_not_consent(
    start: Callable[..., Bot], room: Room, ines: User, speaker: User, clip: str
) -> None:
    bot = start(clip, "--loop", "--as", "oliver")
    wait_until(lambda: is_speaking(speaker), bot)

    start_room_recording(room.public_id, by=ines)

    assert bot.wait(5) == 1
    assert last_words(bot) == f"CommandError: “{room.title}” is recorded: with --consent oliver goes on speaking."


def test_bot_that_consents_opens_its_microphone_again_when_it_is_recorded(
    start: Callable[..., Bot], room: Room, ines: User, speaker: User, clip: str
) -> None:
    bot = start(clip, "--loop", "--as", "oliver", "--consent")
    wait_until(lambda: is_speaking(speaker), bot)

    start_room_recording(room.public_id, by=ines)

    wait_until(lambda: microphone_events(room) == [False, True, False], bot)
    assert RecordingConsent.objects.filter(user=speaker).count() == 1


def test_bot_without_consent_is_told_of_it_in_a_recorded_room(
    start: Callable[..., Bot], room: Room, ines: User, speaker: User, clip: str
) -> None:
    start_room_recording(room.public_id, by=ines)

    bot = start(clip, "--as", "oliver")

    assert bot.wait() == 1
    assert last_words(bot) == "CommandError: This room is recorded: --consent says that the files may be."


def test_bot_ends_with_its_room(start: Callable[..., Bot], room: Room, ines: User, clip: str) -> None:
    bot = start(clip, "--loop")
    wait_until(lambda: is_speaking(ines), bot)

    lifecycle.end_room(room.public_id, by=ines)

    assert bot.wait(5) == 1
    assert last_words(bot) == f"CommandError: “{room.title}” has ended."


def test_bot_waits_for_a_relay(start: Callable[..., Bot], relay: RelayProcess, ines: User, clip: str) -> None:
    relay.send(signal.SIGTERM)
    relay.wait()
    bot = start(clip)
    wait_until(lambda: "relay_unavailable" in bot.said(), bot)

    relay.start()

    assert bot.wait() == 0


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("speak", *arguments)
    return str(refused.value)


def test_room_that_does_not_exist_is_refused(db: None, clip: str) -> None:
    assert refusal("nope", clip) == "There is no room “nope”: give the last part of its address, or all of it."


def test_ended_room_is_refused(room: Room, ines: User, clip: str) -> None:
    lifecycle.end_room(room.public_id, by=ines)

    assert refusal(f"http://127.0.0.1:8000/rooms/{room.public_id}/", clip) == f"“{room.title}” has ended."


def test_unknown_handle_is_refused(room: Room, clip: str) -> None:
    assert refusal(room.public_id, clip, "--as", "nobody") == "Nobody here has the handle nobody."


def test_closed_account_is_refused(room: Room, ines: User, clip: str) -> None:
    ines.is_active = False
    ines.save()

    assert refusal(room.public_id, clip) == "ines cannot log in: the account is closed."


def test_listener_is_told_what_would_let_them_speak(room: Room, yara: User, clip: str) -> None:
    assert refusal(room.public_id, clip, "--as", "yara") == (
        f"yara is not on the stage of “{room.title}” and may not speak. Log in as yara, raise a hand there and let the "
        "host accept it; or name with --as somebody who is on the stage."
    )


@pytest.mark.parametrize("pause", ["-0.1", "3600.1", "nan"])
def test_pause_out_of_bounds_is_refused(room: Room, clip: str, pause: str) -> None:
    assert refusal(room.public_id, clip, f"--pause={pause}") == "--pause is a number of seconds from 0 to 3600."


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "ws://127.0.0.1"])
def test_address_of_no_site_is_refused(room: Room, clip: str, url: str) -> None:
    assert refusal(room.public_id, clip, "--url", url) == f"--url is {url}; it must be like http://127.0.0.1:8000."


def test_site_that_does_not_answer_is_one_sentence(room: Room, tmp_path: Path, clip: str) -> None:
    bot = Bot(None, tmp_path / "bot.log", room.public_id, clip)

    assert bot.wait() == 1
    assert bot.said() == (
        "CommandError: http://127.0.0.1:1 does not answer: start Causerie there, or say with --url where it is.\n"
    )


def test_site_that_goes_by_another_name_is_one_sentence(
    make_web: Callable[..., Web], room: Room, tmp_path: Path, clip: str
) -> None:
    web = make_web(ALLOWED_HOSTS="talk.example.org")

    bot = Bot(web, tmp_path / "bot.log", room.public_id, clip)

    assert bot.wait() == 1
    assert bot.said() == (
        f"CommandError: http://127.0.0.1:{web.port} refuses the connection: it must be one of its ALLOWED_HOSTS.\n"
    )
