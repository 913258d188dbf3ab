"""The writes that several processes try at once, the sweep, and what is told to higher apps."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Thread
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils import timezone

from media.enums import MediaKind, MediaState
from media.errors import TooManySessionsError
from media.models import MediaSession
from media.services import sessions, states
from media.services.closing import retry_closes
from media.services.states import lose_relay, record_connected, record_gone
from media.tasks import sweep_media

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User

    MakeSession = Callable[..., MediaSession]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in a thread each, started together, and return what each gave or raised."""
    results: list[Any] = [None] * len(calls)
    start = Barrier(len(calls))

    def run(number: int) -> None:
        start.wait(5)
        try:
            results[number] = calls[number]()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("event", ["connected", "gone", "relay_lost"])
def test_two_bridges_with_one_event_write_once(
    make_session: MakeSession, gone: list[tuple[str, str]], event: str
) -> None:
    for number in range(5):
        session = make_session(guest_key=f"g{number}")

        def write(public_id: str = session.public_id) -> int:
            if event == "connected":
                return record_connected(public_id, incarnation="i1")
            if event == "gone":
                return record_gone(public_id, incarnation="i1", reason="left")
            return lose_relay("i1")

        assert sorted(at_once(write, write)) == [0, 1]
    assert len(gone) == (0 if event == "connected" else 5)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_two_bridges_without_the_condition_both_write(make_session: MakeSession) -> None:
    session = make_session()
    both_have_looked = Barrier(2)

    def write() -> bool:
        row = MediaSession.objects.get(pk=session.pk)
        if row.state == MediaState.GONE:
            return False
        both_have_looked.wait(5)
        return MediaSession.objects.filter(pk=row.pk).update(state="gone", gone_at=timezone.now(), gone_reason="x") == 1

    assert at_once(write, write) == [True, True]


def listening(user: User | None, room: str, guest: str = "") -> MediaSession:
    return MediaSession(
        room_key=room, user=user, guest_key=guest, kind=MediaKind.LISTEN, relay="a", relay_incarnation="i", epoch=0
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("live", "allowed"), [(-2, True), (-1, True), (0, False)])
def test_live_sessions_of_one_person_below_at_and_above_the_limit(
    make_session: MakeSession, maiwenn: User, live: int, allowed: bool
) -> None:
    for number in range(sessions.LIVE_PER_PERSON_LIMIT + live):
        make_session(user=maiwenn, room_key=f"other{number}")
    if allowed:
        sessions._take_place(listening(maiwenn, "r1"))
    else:
        with pytest.raises(TooManySessionsError):
            sessions._take_place(listening(maiwenn, "r1"))
        # What takes the place of another is not one more.
        sessions._take_place(listening(maiwenn, "other0"))


def race_for_the_last_place(monkeypatch: pytest.MonkeyPatch, make_session: MakeSession, user: User) -> list[Any]:
    for number in range(sessions.LIVE_PER_PERSON_LIMIT - 1):
        make_session(user=user, room_key=f"other{number}")
    both_have_counted = Barrier(2)
    save = MediaSession.save

    def meet_and_save(*args: Any, **kwargs: Any) -> None:
        with contextlib.suppress(BrokenBarrierError):
            both_have_counted.wait(1)
        save(*args, **kwargs)

    monkeypatch.setattr(MediaSession, "save", meet_and_save)
    calls = [lambda room=room: sessions._take_place(listening(user, room)) for room in ("r1", "r2")]
    results = at_once(*calls)
    return [type(result) for result in results]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_requests_for_the_last_place_give_one(
    monkeypatch: pytest.MonkeyPatch, make_session: MakeSession, maiwenn: User
) -> None:
    results = race_for_the_last_place(monkeypatch, make_session, maiwenn)
    assert sorted(result.__name__ for result in results) == ["TooManySessionsError", "tuple"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_two_requests_without_the_lock_both_get_the_last_place(
    monkeypatch: pytest.MonkeyPatch, make_session: MakeSession, maiwenn: User
) -> None:
    monkeypatch.setattr(sessions, "_lock_person", lambda _user: None)
    assert race_for_the_last_place(monkeypatch, make_session, maiwenn) == [tuple, tuple]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_requests_of_one_guest_leave_one_live() -> None:
    for number in range(5):
        calls = [lambda n=number: sessions._take_place(listening(None, "r1", f"g{n}")) for _ in range(2)]
        assert all(isinstance(result, tuple) for result in at_once(*calls))
    assert MediaSession.objects.filter(state="opening").count() == 5
    assert MediaSession.objects.filter(gone_reason="replaced").count() == 5


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "state"), [(59, "opening"), (60, "gone"), (61, "gone")])
def test_sweep_of_opening_below_at_and_above_its_time(make_session: MakeSession, seconds: int, state: str) -> None:
    session = make_session(created_at=timezone.now() - timedelta(seconds=seconds))
    states.end_stale_openings()
    session.refresh_from_db()
    assert session.state == state


@pytest.mark.django_db
@pytest.mark.parametrize(("settled", "state"), [(0, "gone"), (10**9, "connected")])
def test_sweep_of_a_silent_relay_only_when_redis_has_settled(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch, settled: int, state: str
) -> None:
    monkeypatch.setattr("media.tasks.REDIS_SETTLED_SECONDS", settled)
    session = make_session(state="connected", connected_at=timezone.now())
    sweep_media()
    session.refresh_from_db()
    assert (session.state, session.gone_reason) == (state, "relay_lost" if state == "gone" else "")


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "pending"), [(3590, True), (3600, False), (3610, False)])
def test_retry_of_closing_below_at_and_above_its_time(make_session: MakeSession, seconds: int, pending: bool) -> None:
    then = timezone.now() - timedelta(seconds=seconds)
    session = make_session(state="gone", gone_at=then, created_at=then, gone_reason="closed", close_pending=True)
    retry_closes()
    session.refresh_from_db()
    assert session.close_pending is pending
