"""What staff close for somebody: each feature says so, ends what is going on, and opens again by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Feature
from accounts.errors import FeatureClosedError, NotEligibleError
from accounts.models import Notification, Restriction
from accounts.notices.kinds import words_of
from accounts.policies.eligibility import decide
from accounts.policies.rules import Platform, Purpose
from accounts.selectors.restrictions import check_open
from accounts.services.restrictions import lift, restrict
from config.lib.errors import DomainError, ForbiddenError, InvalidError
from rooms.enums import ReportCategory, Rhythm, RoomState, StageRole
from rooms.errors import CannotSpeakError
from rooms.models import RaisedHand, Report, Room, RoomSeries, StageInvitation, StageMember
from rooms.selectors import room_snapshot, room_state
from rooms.services import chat, hands, lifecycle, planning, series, stage
from rooms.services.board import put_note
from rooms.services.handover import offer_room, take_room
from rooms.services.reports import report_room
from tests.rooms.partner import SPACES, Partner
from tests.rooms.planned import planned, soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]

REASON = "Threats in a room on Tuesday."


@pytest.fixture
def close(sam: User) -> Callable[..., Restriction]:
    def closing(person: User, feature: Feature, until: datetime | None = None) -> Restriction:
        return restrict(person, feature=feature, reason=REASON, until=until, by=sam)

    return closing


def deeds(room: Room, person: User) -> dict[str, tuple[Feature, Callable[[], Any]]]:
    """Return what somebody may do in this room of somebody else and elsewhere, and which feature it is part of."""
    new: dict[str, Any] = {"title": "Sea and weather", "language": "en"}
    own = planned(person)
    return {
        "open_room": (Feature.HOST, lambda: lifecycle.open_room(person, **new)),
        "schedule_room": (Feature.HOST, lambda: planning.schedule_room(person, **new, starts_at=soon(days=1))),
        "schedule_series": (
            Feature.HOST,
            lambda: series.schedule_series(person, rhythm=Rhythm.WEEKLY, zone="UTC", **new, starts_at=soon(days=1)),
        ),
        "open_lobby": (Feature.HOST, lambda: planning.open_lobby(own.public_id, by=person)),
        "start_room": (Feature.HOST, lambda: planning.start_room(own.public_id, by=person)),
        "raise_hand": (Feature.SPEAK, lambda: hands.raise_hand(room.public_id, by=person)),
        "say": (Feature.CHAT, lambda: chat.say(room.public_id, by=person, text="Bonsoir", key="k1")),
        "report": (
            Feature.REPORT,
            lambda: report_room(room.public_id, by=person, category=ReportCategory.SPAM),
        ),
    }


@pytest.mark.parametrize("feature", Feature)
def test_what_is_closed_is_refused_and_nothing_else(
    room: Room, oliver: User, close: Callable[..., Restriction], feature: Feature
) -> None:
    wanted = deeds(room, oliver)
    close(oliver, feature)
    found = {}
    for name, (_, deed) in wanted.items():
        if name == "start_room" and feature != Feature.HOST:
            running = Room.objects.filter(host=oliver, state=RoomState.LIVE)
            running.update(state=RoomState.ENDED, ended_at=timezone.now())
        try:
            deed()
        except FeatureClosedError as error:
            found[name] = error.members["feature"]
        except DomainError as error:
            found[name] = error.code
    told = {name: feature.value for name, (of, _) in wanted.items() if of == feature}
    assert {name: code for name, code in found.items() if code != "too_many_rooms"} == told


def test_host_who_may_not_write_hangs_nothing_up(room: Room, ines: User, close: Callable[..., Restriction]) -> None:
    close(ines, Feature.CHAT)
    with pytest.raises(FeatureClosedError):
        put_note(room.public_id, by=ines, text="Tomorrow again")


def test_refusal_says_why_until_when_and_where_to_object(oliver: User, close: Callable[..., Restriction]) -> None:
    until = timezone.now().replace(microsecond=0) + timedelta(days=3)
    oliver.time_zone = "Asia/Tokyo"
    oliver.save()
    close(oliver, Feature.HOST, until)
    answer = Partner(oliver).post(SPACES, {"title": "Sea and weather", "language": "en"})
    body = answer.json()
    assert (answer.status_code, body["code"], body["feature"], body["until"], body["reason"]) == (
        403,
        "feature_closed",
        "host",
        until.isoformat(),
        REASON,
    )
    assert body["detail"].startswith("Staff have closed hosting rooms for you until ")
    assert body["detail"].endswith(f"{REASON} To object, write to those who run this site.")


@pytest.mark.parametrize("feature", Feature)
def test_time_that_is_over_opens_by_itself(oliver: User, close: Callable[..., Restriction], feature: Feature) -> None:
    row = close(oliver, feature, timezone.now() + timedelta(hours=1))
    with pytest.raises(FeatureClosedError):
        check_open(oliver, feature)
    now = timezone.now()
    Restriction.objects.filter(pk=row.pk).update(created_at=now - timedelta(hours=1), until=now)
    check_open(oliver, feature)


def test_account_that_may_not_host_is_not_eligible(oliver: User, close: Callable[..., Restriction]) -> None:
    assert decide(oliver, Purpose.HOST, Platform.WEB).allowed
    row = close(oliver, Feature.HOST)
    assert not decide(oliver, Purpose.HOST, Platform.WEB).allowed
    lift(row, by=row.made_by or oliver)
    assert decide(oliver, Purpose.HOST, Platform.WEB).allowed
    assert NotEligibleError.code != FeatureClosedError.code


def test_room_is_not_taken_over_by_whoever_may_not_host(
    room: Room, ines: User, malo: User, close: Callable[..., Restriction]
) -> None:
    StageMember.objects.create(room=room, user=malo, role=StageRole.COHOST)
    offer_room(room.public_id, by=ines, person_id=malo.public_id)
    close(malo, Feature.HOST)
    with pytest.raises(FeatureClosedError):
        take_room(room.public_id, by=malo)


def test_series_of_whoever_may_not_host_ends(oliver: User, close: Callable[..., Restriction]) -> None:
    series.schedule_series(
        oliver, rhythm=Rhythm.WEEKLY, zone="UTC", title="Tides", language="en", starts_at=soon(days=1)
    )
    close(oliver, Feature.HOST)
    assert RoomSeries.objects.get().ended_at is not None


def test_whoever_may_not_speak_leaves_stage_and_queues(
    room: Room, ines: User, oliver: User, yara: User, close: Callable[..., Restriction]
) -> None:
    StageMember.objects.create(room=room, user=oliver, role=StageRole.SPEAKER, muted=False)
    hands.raise_hand(room.public_id, by=yara)
    hands.invite_to_stage(room.public_id, by=ines, person_id=(asked := planned_person()).public_id)
    for person in (oliver, yara, asked):
        close(person, Feature.SPEAK)
    rows = (StageMember, RaisedHand, StageInvitation)
    assert [list(model.objects.filter(room=room).values_list("user__handle", flat=True)) for model in rows] == [
        ["ines"],
        [],
        [],
    ]
    room.refresh_from_db()
    assert room_snapshot(room.public_id) == (room.seq, room_state(room))
    for deed in (hands.accept_hand, hands.invite_to_stage):
        with pytest.raises(DomainError) as refused:
            deed(room.public_id, by=ines, person_id=oliver.public_id)
        # A host learns that they cannot come, not why.
        assert refused.value.code in {CannotSpeakError.code, "not_raised"}


def planned_person() -> User:
    from tests.factories.people import UserFactory

    made: User = UserFactory.create()
    return made


def test_host_who_may_not_speak_keeps_the_room_in_silence(
    room: Room, ines: User, close: Callable[..., Restriction]
) -> None:
    StageMember.objects.filter(user=ines).update(muted=False)
    close(ines, Feature.SPEAK)
    assert StageMember.objects.get(user=ines).muted
    with pytest.raises(FeatureClosedError):
        stage.unmute(room.public_id, by=ines)
    assert not StageMember.objects.filter(user=ines, muted=False).exists()


def test_person_is_told_when_it_closes_and_when_it_opens(oliver: User, close: Callable[..., Restriction]) -> None:
    row = close(oliver, Feature.REPORT)
    assert row.made_by is not None
    assert lift(row, by=row.made_by)
    assert not lift(row, by=row.made_by)
    told = [words_of(one) for one in Notification.objects.filter(user=oliver).order_by("pk")]
    assert [words.title for words in told] == ["Staff have closed reporting for you", "You may report again"]
    assert told[0].text.startswith(REASON)


def test_closing_it_again_takes_the_place_of_the_first(oliver: User, close: Callable[..., Restriction]) -> None:
    first = close(oliver, Feature.HOST)
    second = close(oliver, Feature.HOST, timezone.now() + timedelta(days=1))
    first.refresh_from_db()
    assert (first.holds, second.holds) == (False, True)


@pytest.mark.parametrize(
    ("reason", "seconds", "field"),
    [("", 60, "reason"), ("x" * 501, 60, "reason"), ("x", 0, "until"), ("x", -1, "until")],
)
def test_restriction_that_cannot_be(oliver: User, sam: User, reason: str, seconds: int, field: str) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    with pytest.raises(InvalidError) as refused:
        restrict(oliver, feature=Feature.HOST, reason=reason, until=until, by=sam)
    assert list(refused.value.errors) == [field]
    with pytest.raises(ForbiddenError):
        restrict(sam, feature=Feature.HOST, reason="x", until=None, by=sam)


# --- staff's page ---


@pytest.fixture
def as_sam(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


ADD, LIST = "admin:accounts_restriction_add", "admin:accounts_restriction_changelist"


def test_staff_close_and_open_a_feature(as_sam: Client, oliver: User, sam: User) -> None:
    chosen = {"action": "close_feature", "_selected_action": [oliver.pk]}
    sent = as_sam.post(reverse("admin:accounts_user_changelist"), chosen)
    assert sent["Location"] == f"{reverse(ADD)}?user={oliver.pk}"
    assert as_sam.get(sent["Location"]).status_code == 200
    form = {"user": oliver.pk, "feature": "speak", "reason": REASON, "until_0": "", "until_1": ""}
    assert as_sam.post(reverse(ADD), form).status_code == 302
    row = Restriction.objects.get()
    assert (row.user, row.feature, row.reason, row.until, row.made_by) == (oliver, "speak", REASON, None, sam)
    assert as_sam.get(reverse(LIST), {"state": "closed"}).status_code == 200
    as_sam.post(reverse(LIST), {"action": "open_again", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert (row.holds, row.lifted_by) == (False, sam)


def test_staff_read_beside_the_field_what_cannot_be(as_sam: Client, sam: User, oliver: User) -> None:
    form = {"feature": "speak", "reason": REASON, "until_0": "2020-01-01", "until_1": "10:00"}
    assert "still to come" in as_sam.post(reverse(ADD), {**form, "user": oliver.pk}).content.decode()
    assert "member of staff" in as_sam.post(reverse(ADD), {**form, "user": sam.pk}).content.decode()
    assert not Restriction.objects.exists()


def test_nobody_else_closes_anything(client: Client, malo: User, oliver: User) -> None:
    malo.is_staff = True
    malo.save()
    client.force_login(malo)
    form = {"user": oliver.pk, "feature": "speak", "reason": REASON}
    assert client.post(reverse(ADD), form).status_code == 403
    assert not Report.objects.exists()
    assert not Restriction.objects.exists()
