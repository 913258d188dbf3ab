"""What the database itself refuses of a media session."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from media.models import MediaSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "dancing"}, "media_session_state_known"),
        ({"kind": "dance"}, "media_session_kind_known"),
        ({"guest_key": ""}, "media_session_person_or_guest"),
        ({"kind": "publish"}, "media_session_guest_listens"),
        ({"state": "connected"}, "media_session_connected_has_time"),
        ({"state": "gone", "gone_reason": "left"}, "media_session_gone_has_time_and_reason"),
        ({"state": "gone", "gone_at": LATER}, "media_session_gone_has_time_and_reason"),
        ({"gone_at": LATER}, "media_session_live_has_no_end"),
        ({"gone_reason": "left"}, "media_session_live_has_no_end"),
        (
            {"state": "gone", "gone_reason": "left", "gone_at": NOW, "created_at": LATER},
            "media_session_gone_after_created",
        ),
        ({"close_pending": True}, "media_session_pending_only_gone"),
    ],
)
def test_impossible_session_is_refused(
    make_session: Callable[..., MediaSession], fields: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_session(**fields)


def test_person_and_guest_at_once_is_refused(make_session: Callable[..., MediaSession], maiwenn: User) -> None:
    with pytest.raises(IntegrityError, match="media_session_person_or_guest"), transaction.atomic():
        make_session(user=maiwenn, guest_key="g1")


# SQLite names the columns of a unique constraint in its message, PostgreSQL the constraint.
def test_one_live_session_per_room_person_and_kind(make_session: Callable[..., MediaSession], maiwenn: User) -> None:
    first = make_session(user=maiwenn)
    make_session(user=maiwenn, kind="publish")
    make_session(user=maiwenn, room_key="r2")
    with (
        pytest.raises(IntegrityError, match=r"media_session_one_live_per_person|user_id, media_mediasession\.kind"),
        transaction.atomic(),
    ):
        make_session(user=maiwenn)
    MediaSession.objects.filter(pk=first.pk).update(state="gone", gone_at=timezone.now(), gone_reason="left")
    assert make_session(user=maiwenn).is_live


def test_one_live_session_per_room_and_guest(make_session: Callable[..., MediaSession]) -> None:
    make_session(guest_key="g1")
    make_session(guest_key="g2")
    with (
        pytest.raises(IntegrityError, match=r"media_session_one_live_per_guest|guest_key, media_mediasession\.kind"),
        transaction.atomic(),
    ):
        make_session(guest_key="g1")
