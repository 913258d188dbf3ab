"""What rows say of recordings, what relays are told of it, and how a replay is made whatever dies meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from config.lib.db import in_pool
from media import tasks
from media.enums import MediaKind, RecordingState
from media.errors import RelayUnavailableError
from media.mixing import Mixed
from media.models import MediaSession, Recording, RecordingConsent
from media.recorded import due_replays, ended_recording, folder_of, replay_file, replays_of
from media.relay.messages import Done, Record, RefusalCode, Refused, StopRecording
from media.services import recordings, replays
from media.services.recordings import (
    add_consent,
    has_consented,
    keep_recordings,
    open_recording,
    prepare_relay,
    stop_recording,
    tell_recorders,
    tell_stopped,
)
from media.services.replays import delete_recording, prepare_replay, release_expired, retry_replay
from tests.factories.sound import near, opus, rtp, sound_of, spans, tone
from tests.media.test_mix import write
from tests.rooms.web import database_url
from tests.servers.embedded import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from media.relay.messages import Command, Reply

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
troubles: list[tuple[str, bool]] = []


def note_trouble(room_key: str, trouble: bool) -> None:
    """What RECORDING_TROUBLE_HANDLERS names in tests."""
    troubles.append((room_key, trouble))


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.RECORDINGS_DIR = tmp_path
    settings.RECORDING_TROUBLE_HANDLERS = [f"{note_trouble.__module__}.{note_trouble.__qualname__}"]
    troubles.clear()


class Relays:
    """Stand where relays are asked: what they were told, and what they answer (None: nothing)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Command]] = []
        self.replies: dict[str, Reply | None] = {}

    def request(self, incarnation: str, command: Command, **_: Any) -> Reply:
        self.told.append((incarnation, command))
        reply = self.replies.get(incarnation, Done())
        if reply is None:
            raise RelayUnavailableError
        return reply


@pytest.fixture
def relays(monkeypatch: pytest.MonkeyPatch) -> Relays:
    found = Relays()
    living = [type("Beat", (), {"incarnation": name}) for name in ("i1", "i2", "i3")]
    monkeypatch.setattr("media.gateway.request", found.request)
    monkeypatch.setattr(recordings, "live_relays", lambda: living)
    return found


def publishing(user: User, incarnation: str = "i1", **fields: Any) -> MediaSession:
    return MediaSession.objects.create(
        room_key="r1",
        user=user,
        kind=MediaKind.PUBLISH,
        relay=f"relay of {incarnation}",
        relay_incarnation=incarnation,
        epoch=0,
        **fields,
    )


def stopped(**fields: Any) -> Recording:
    now = timezone.now()
    usual = {"state": RecordingState.STOPPED, "started_at": now - timedelta(minutes=1), "stopped_at": now}
    return Recording.objects.create(room_key="r1", **(usual | fields))


def test_whoever_begins_agrees_and_others_are_asked(ines: User, oliver: User) -> None:
    assert add_consent("r1", user=oliver, words="1") is False
    recording = open_recording("r1", by=ines, words="1")
    assert (has_consented("r1", user=ines), has_consented("r1", user=oliver)) == (True, False)
    assert add_consent("r1", user=oliver, words="1") is True
    assert add_consent("r1", user=oliver, words="2") is True
    assert [(consent.user.handle, consent.words) for consent in recording.consents.order_by("pk")] == [
        ("ines", "1"), ("oliver", "1"),
    ]  # fmt: skip
    stop_recording("r1")
    assert has_consented("r1", user=oliver) is False


def test_a_room_has_one_open_recording(ines: User) -> None:
    open_recording("r1", by=ines, words="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        open_recording("r1", by=ines, words="1")
    stop_recording("r1")
    open_recording("r1", by=ines, words="1")


def test_relays_are_told_who_agreed_and_speaks_there(
    relays: Relays, ines: User, oliver: User, yara: User, malo: User
) -> None:
    """Oliver has not agreed; Malo has, but has left."""
    recording = open_recording("r1", by=ines, words="1")
    for user in (yara, malo):
        add_consent("r1", user=user, words="1")
    publishing(ines)
    publishing(oliver, "i2")
    publishing(yara, "i2")
    tell_recorders("r1")
    command = Record(room="r1", recording=recording.public_id, persons=[ines.public_id, yara.public_id])
    assert relays.told == [("i1", command), ("i2", command)]
    relays.told.clear()
    prepare_relay("r1", "i3")
    assert relays.told == [("i3", command)]
    relays.told.clear()
    for room in ("other",):
        tell_recorders(room)
        prepare_relay(room, "i1")
    assert relays.told == []


def test_trouble_of_a_relay_is_told_once_and_so_is_its_end(relays: Relays, ines: User, oliver: User) -> None:
    open_recording("r1", by=ines, words="1")
    publishing(ines)
    publishing(oliver, "i2")
    for reply in (Done(), Refused(code=RefusalCode.FAILED), Refused(code=RefusalCode.FAILED), None, Done(), Done()):
        relays.replies["i2"] = reply
        keep_recordings()
    assert troubles == [("r1", True), ("r1", False)]


def test_what_shall_be_recorded_is_repeated_by_the_sweep(relays: Relays, ines: User) -> None:
    recording = open_recording("r1", by=ines, words="1")
    publishing(ines)
    relays.replies["i1"] = None
    tell_recorders("r1")
    tasks.sweep_recordings()
    command = Record(room="r1", recording=recording.public_id, persons=[ines.public_id])
    assert relays.told == [("i1", command)] * 2


def test_stop_is_repeated_until_every_relay_that_writes_has_confirmed(
    relays: Relays, ines: User, oliver: User, yara: User
) -> None:
    """Yara's relay lost her before it began; Oliver's is silent, Inès' has lost her since."""
    before = timezone.now() - timedelta(minutes=1)
    over: dict[str, Any] = {"state": "gone", "gone_reason": "left", "created_at": before}
    publishing(yara, "i3", gone_at=before, **over)
    recording = open_recording("r1", by=ines, words="1")
    publishing(ines, gone_at=timezone.now(), **over)
    publishing(oliver, "i2")
    relays.replies["i2"] = None
    found = stop_recording("r1")
    assert found == recording
    tell_stopped(found)
    command = StopRecording(room="r1", recording=recording.public_id)
    assert relays.told == [("i1", command), ("i2", command)]
    assert Recording.objects.get().stop_pending is True
    relays.replies["i2"] = Done()
    keep_recordings()
    assert Recording.objects.get().stop_pending is False
    relays.told.clear()
    keep_recordings()
    assert relays.told == []


@pytest.mark.parametrize(("seconds", "pending"), [(3599, True), (3600, False), (3601, False)])
def test_relay_that_is_gone_for_good_is_given_up(relays: Relays, ines: User, seconds: int, pending: bool) -> None:
    began = timezone.now() - timedelta(seconds=seconds)
    stopped(started_at=began, stopped_at=began, stop_pending=True)
    publishing(ines, created_at=began)
    relays.replies["i1"] = None
    keep_recordings()
    assert Recording.objects.get().stop_pending is pending


@pytest.mark.parametrize(
    ("seconds", "pending", "due"), [(0, False, True), (19, True, False), (20, True, True), (21, True, True)]
)
def test_replay_waits_for_relays_below_at_and_above_its_time(seconds: int, pending: bool, due: bool) -> None:
    at = timezone.now() - timedelta(seconds=seconds)
    recording = stopped(started_at=at, stopped_at=at, stop_pending=pending)
    assert due_replays() == ([recording.public_id] if due else [])


async def speak(root: Path, recording: str) -> None:
    """Let the relay's writer leave what a recording's folder holds."""
    folder = await write(root, [("ada", rtp(opus(tone(440, 2))))])
    folder.parent.rename(root / recording)


@pytest.mark.django_db(transaction=True)
async def test_replay_is_made_and_kept(tmp_path: Path, ines: User, oliver: User) -> None:
    recording = await in_pool(stopped)()
    said = [(person.public_id, rtp(opus(tone(hertz, 1)), ssrc=hertz)) for person, hertz in ((ines, 440), (oliver, 880))]
    (await write(tmp_path, said)).parent.rename(tmp_path / recording.public_id)

    def make() -> None:
        tasks.make_replay(recording.public_id)
        tasks.make_replay(recording.public_id)
        recording.refresh_from_db()
        path = replay_file(recording)
        assert path is not None
        assert spans(sound_of(path), 880) == near((0, 1))
        assert (recording.state, recording.progress, recording.attempts, recording.claim) == ("ready", 100, 1, "")
        assert (recording.duration_ms, recording.size) == (2000, path.stat().st_size)
        # Ten bars a second: they talk in the first one.
        assert [peak > 0 for peak in recording.peaks] == [True] * 10 + [False] * 10
        (card,) = replays_of("r1")
        assert {person["handle"] for person in card["heard"]} == {"ines", "oliver"}
        assert card == {
            "heard": card["heard"],
            "id": recording.public_id,
            "state": "ready",
            "progress": 100,
            "error": "",
            "began": recording.started_at,
            "duration_ms": 2000,
            "peaks": recording.peaks,
        }

    await in_pool(make)()


@pytest.mark.parametrize("pending", [True, False])
def test_replay_ends_at_the_stop_also_if_a_relay_went_on(monkeypatch: pytest.MonkeyPatch, pending: bool) -> None:
    """Whoever has confirmed may have been told late."""
    recording = stopped(stop_pending=pending)
    asked: list[float] = []

    def mix(*_: Any, until: float, **__: Any) -> Mixed:
        asked.append(until)
        return Mixed(begins=0, duration_ms=1, size=5)

    monkeypatch.setattr(replays, "mix", mix)
    prepare_replay(recording.public_id)
    assert recording.stopped_at is not None
    assert asked == [recording.stopped_at.timestamp()]


def test_recording_that_is_deleted_before_its_job_begins_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recording = stopped()
    claim = replays._claim

    def claim_and_delete(public_id: str) -> str | None:
        found = claim(public_id)
        delete_recording(recording)
        return found

    monkeypatch.setattr(replays, "_claim", claim_and_delete)
    prepare_replay(recording.public_id)
    assert (Recording.objects.count(), list(tmp_path.iterdir())) == (0, [])


def test_nothing_recorded_is_the_end_of_it(tmp_path: Path) -> None:
    recording = stopped()
    prepare_replay(recording.public_id)
    recording.refresh_from_db()
    assert (recording.state, recording.error, recording.attempts) == ("failed", "nothing_recorded", 1)
    assert replay_file(recording) is None


def failing(error: Exception) -> Callable[..., Mixed]:
    def mix(*_: Any, **__: Any) -> Mixed:
        raise error

    return mix


def test_failure_is_tried_three_times_and_then_kept_until_the_host_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = stopped()
    monkeypatch.setattr(replays, "mix", failing(PermissionError()))
    states = []
    for _ in range(4):
        prepare_replay(recording.public_id)
        recording.refresh_from_db()
        states.append((recording.state, recording.error, recording.attempts))
    assert states == [
        ("stopped", "", 1),
        ("stopped", "", 2),
        ("failed", "PermissionError", 3),
        ("failed", "PermissionError", 3),
    ]
    assert (retry_replay(recording), retry_replay(recording)) == (True, False)
    recording.refresh_from_db()
    assert (recording.state, recording.error, recording.attempts) == ("stopped", "", 0)


def test_bug_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = stopped()
    monkeypatch.setattr(replays, "mix", failing(ZeroDivisionError()))
    prepare_replay(recording.public_id)
    recording.refresh_from_db()
    assert (recording.state, recording.error) == ("failed", "broken")


@pytest.mark.parametrize(("seconds", "state"), [(1, "mixing"), (0, "stopped"), (-1, "stopped")])
def test_claim_is_taken_back_above_at_and_below_its_end(seconds: int, state: str) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    recording = stopped(state="mixing", claim="somebody", claimed_until=until, attempts=1, progress=30)
    release_expired()
    recording.refresh_from_db()
    assert (recording.state, recording.progress) == (state, 30 if state == "mixing" else 0)


@pytest.mark.parametrize("renewed", [True, False])
def test_claim_that_is_renewed_while_it_is_taken_back_is_kept(monkeypatch: pytest.MonkeyPatch, renewed: bool) -> None:
    recording = stopped(state="mixing", claim="slow", claimed_until=timezone.now(), attempts=1)
    give_up = replays._give_up

    def late(*args: Any, **options: Any) -> bool:
        if renewed:
            Recording.objects.update(claimed_until=timezone.now() + timedelta(seconds=60))
        return give_up(*args, **options)

    monkeypatch.setattr(replays, "_give_up", late)
    release_expired()
    recording.refresh_from_db()
    assert (recording.state, recording.claim) == (("mixing", "slow") if renewed else ("stopped", ""))


def test_claim_that_expired_too_often_is_a_failure() -> None:
    recording = stopped(state="mixing", claim="c", claimed_until=timezone.now(), attempts=replays.ATTEMPTS)
    release_expired()
    recording.refresh_from_db()
    assert (recording.state, recording.error) == ("failed", "interrupted")


def test_whoever_lost_the_claim_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recording = stopped()
    (tmp_path / recording.public_id).mkdir()

    def slow(_: Path, target: Path, **__: Any) -> Mixed:
        Recording.objects.update(claim="another")
        target.write_bytes(b"sound")
        return Mixed(begins=0, duration_ms=1, size=5)

    monkeypatch.setattr(replays, "mix", slow)
    prepare_replay(recording.public_id)
    recording.refresh_from_db()
    assert (recording.state, recording.claim) == ("mixing", "another")
    assert list((tmp_path / recording.public_id).iterdir()) == []


def test_progress_ends_with_the_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "PROGRESS_SECONDS", 0)
    now = timezone.now()
    recording = stopped(state="mixing", claim="mine", claimed_until=now)
    progress = replays._Progress("mine")
    progress(0.404)
    recording.refresh_from_db()
    assert recording.progress == 40
    assert recording.claimed_until is not None
    assert recording.claimed_until > now + timedelta(seconds=50)
    Recording.objects.update(claim="another")
    with pytest.raises(replays.LostClaimError):
        progress(0.5)


def claims_at_once(public_id: str, claim: Callable[[str], str | None]) -> list[str | None]:
    found: list[str | None] = []
    start = Barrier(2)

    def run() -> None:
        start.wait(5)
        try:
            found.append(claim(public_id))
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return found


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_jobs_that_claim_at_once_are_one() -> None:
    for _ in range(5):
        found = claims_at_once(stopped().public_id, replays._claim)
        assert sorted(claim is None for claim in found) == [False, True]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_two_jobs_that_look_first_both_claim() -> None:
    both_have_looked = Barrier(2)

    def claim(public_id: str) -> str | None:
        if not Recording.objects.filter(public_id=public_id, state="stopped").exists():
            return None
        both_have_looked.wait(5)
        Recording.objects.filter(public_id=public_id).update(state="mixing", claim="c", claimed_until=timezone.now())
        return "mine"

    assert claims_at_once(stopped().public_id, claim) == ["mine", "mine"]


def test_deleting_takes_the_files_and_the_row(tmp_path: Path, ines: User) -> None:
    recording = stopped()
    RecordingConsent.objects.create(recording=recording, user=ines, words="1")
    parts = tmp_path / recording.public_id / "parts"
    parts.mkdir(parents=True)
    (parts / "ada.1.1.ogg").write_bytes(b"sound")
    delete_recording(recording)
    assert (list(tmp_path.iterdir()), Recording.objects.count(), RecordingConsent.objects.count()) == ([], 0, 0)
    # One whose files are gone already.
    delete_recording(stopped())
    assert Recording.objects.count() == 0


@pytest.mark.parametrize(("reply", "living", "kept"), [(None, True, 1), (None, False, 0), (Done(), True, 0)])
def test_recording_that_a_living_relay_may_still_write_is_not_deleted(
    relays: Relays, monkeypatch: pytest.MonkeyPatch, ines: User, reply: Reply | None, living: bool, kept: int
) -> None:
    recording = stopped(stop_pending=True)
    folder_of(recording.public_id).mkdir()
    publishing(ines)
    relays.replies["i1"] = reply
    if not living:
        monkeypatch.setattr(recordings, "live_relays", list)
    with pytest.raises(RelayUnavailableError) if kept else nullcontext():
        delete_recording(recording)
    assert (Recording.objects.count(), folder_of(recording.public_id).exists()) == (kept, bool(kept))


def test_recording_that_runs_is_no_replay(ines: User) -> None:
    recording = open_recording("r1", by=ines, words="1")
    assert (replays_of("r1"), ended_recording("r1", recording.public_id)) == ([], None)
    stop_recording("r1")
    assert ended_recording("r1", recording.public_id) == recording
    assert ended_recording("r2", recording.public_id) is None
    assert ended_recording("r1", "x\0") is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
async def test_job_killed_in_the_middle_is_done_again_by_another(tmp_path: Path, settings: Settings) -> None:
    recording = await in_pool(stopped)()
    await write(tmp_path, [("ada", rtp(opus(tone(440, 30)) * 60))])
    (tmp_path / "R1").rename(tmp_path / recording.public_id)
    await in_pool(kill_and_repeat)(recording, tmp_path)


def kill_and_repeat(recording: Recording, folder: Path) -> None:
    own = {"DATABASE_URL": database_url(), "RECORDINGS_DIR": str(folder), "LOG_FORMAT": "json"}
    make = f"from media.services.replays import prepare_replay; prepare_replay({recording.public_id!r})"
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", make]
    job = subprocess.Popen(command, cwd=ROOT, env=os.environ | own)

    def progress() -> int:
        recording.refresh_from_db()
        return recording.progress

    wait_until(lambda: progress() > 0 or job.poll() is not None, 60)
    job.send_signal(signal.SIGKILL)
    job.wait(timeout=10)
    recording.refresh_from_db()
    assert (recording.state, recording.attempts) == ("mixing", 1)
    left = folder / recording.public_id
    assert len(list(left.glob("*.part"))) == 1

    release_expired()
    prepare_replay(recording.public_id)
    recording.refresh_from_db()
    assert recording.state == "mixing"
    Recording.objects.update(claimed_until=timezone.now())
    release_expired()
    prepare_replay(recording.public_id)
    recording.refresh_from_db()
    assert (recording.state, recording.attempts) == ("ready", 2)
    assert sorted(path.name for path in left.iterdir()) == sorted(["parts", recording.file])
