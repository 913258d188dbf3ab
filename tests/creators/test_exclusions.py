"""Staff's decisions that a listener does not count: written down with their reason, lifted, never deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from creators.errors import ExclusionEndsFirstError, ExclusionLiftedError, ExclusionReasonError
from creators.exclusion_privacy import exclusion_parts
from creators.models import ListenerExclusion
from creators.services.exclusions import erase_from_exclusions, exclude_listener, lift_exclusion

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def excluded(listener: User, by: User, **changes: Any) -> ListenerExclusion:
    said: dict[str, Any] = {"reason": "  A farm of\nphones ", "begins_at": NOW, "ends_at": None}
    return exclude_listener(listener, **(said | changes), by=by)


def test_decision_says_who_why_and_when(oliver: User, sam: User) -> None:
    found = excluded(oliver, sam, ends_at=NOW + timedelta(days=1))
    found.refresh_from_db()
    assert (found.listener, found.reason, found.decided_by) == (oliver, "A farm of phones", sam)
    assert (found.begins_at, found.ends_at, found.lifted_at) == (NOW, NOW + timedelta(days=1), None)


@pytest.mark.parametrize("reason", ["", "  \n", "\u200b"])
def test_no_decision_without_a_reason(oliver: User, sam: User, reason: str) -> None:
    with pytest.raises(ExclusionReasonError):
        excluded(oliver, sam, reason=reason)
    found = excluded(oliver, sam)
    with pytest.raises(ExclusionReasonError):
        lift_exclusion(found, reason=reason, by=sam)
    assert ListenerExclusion.objects.get().lifted_at is None


@pytest.mark.parametrize(("lasts", "is_refused"), [(-1, True), (0, True), (1, False)])
def test_end_is_after_the_beginning(oliver: User, sam: User, lasts: int, is_refused: bool) -> None:
    end = NOW + timedelta(microseconds=lasts)
    if is_refused:
        with pytest.raises(ExclusionEndsFirstError):
            excluded(oliver, sam, ends_at=end)
    else:
        excluded(oliver, sam, ends_at=end)
    assert ListenerExclusion.objects.count() == (not is_refused)


def test_lifting_is_written_down_once(oliver: User, sam: User, ines: User) -> None:
    found = excluded(oliver, sam)
    lift_exclusion(found, reason="A school.", by=sam)
    with pytest.raises(ExclusionLiftedError):
        lift_exclusion(found, reason="Again.", by=ines)
    found.refresh_from_db()
    assert (found.lifted_by, found.lifted_reason, found.reason) == (sam, "A school.", "A farm of phones")
    assert found.lifted_at is not None


def test_listener_finds_it_in_the_copy_of_their_data_without_who_decided(oliver: User, sam: User) -> None:
    excluded(oliver, sam)
    (part,) = exclusion_parts(oliver)
    assert [each["reason"] for each in part.data] == ["A farm of phones"]
    assert "sam" not in str(part.data)
    (none,) = exclusion_parts(sam)
    assert none.data == []


@pytest.mark.parametrize("lift", [False, True])
def test_erased_listener_leaves_a_decision_about_nobody(oliver: User, sam: User, lift: bool) -> None:
    found = excluded(oliver, sam)
    if lift:
        lift_exclusion(found, reason="Olivers school", by=sam)
    erase_from_exclusions(oliver)
    found.refresh_from_db()
    assert (found.listener, found.reason, found.lifted_reason, found.decided_by) == (None, "", "", sam)
    assert (found.lifted_at is not None) is lift


def test_erased_staff_leave_their_decisions(oliver: User, sam: User) -> None:
    found = excluded(oliver, sam)
    lift_exclusion(found, reason="A school.", by=sam)
    erase_from_exclusions(sam)
    found.refresh_from_db()
    assert (found.listener, found.decided_by, found.lifted_by, found.reason) == (oliver, None, None, "A farm of phones")


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"reason": ""}, "creators_exclusion_has_reason"),
        ({"ends_at": NOW}, "creators_exclusion_ends_later"),
        ({"lifted_at": NOW}, "creators_exclusion_lifted_with_reason"),
        ({"lifted_reason": "Why not."}, "creators_exclusion_lifted_with_reason"),
    ],
)
def test_impossible_row_is_refused(oliver: User, changes: dict[str, Any], constraint: str) -> None:
    row: dict[str, Any] = {"listener": oliver, "reason": "A farm.", "begins_at": NOW}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ListenerExclusion.objects.create(**(row | changes))
