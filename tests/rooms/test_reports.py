"""Reports: what is told is kept as it was, staff decide, both people read why, and nobody learns who told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import Block, Notification, User
from accounts.notices.kinds import words_of
from accounts.services.deletion import close_account
from accounts.tasks import tidy_up
from config.lib.errors import DomainError, ForbiddenError, InvalidError, LoginRequiredError, NotFoundError
from rooms.enums import ReportDecision
from rooms.errors import DecidedError, TooManyReportsError
from rooms.models import Ban, ChatMessage, Report, Room, StageMember
from rooms.services.chat import remove_message, say
from rooms.services.hands import accept_hand, raise_hand
from rooms.services.lifecycle import end_room
from rooms.services.removal import ban_person
from rooms.services.reports import decide_report, report_message, report_person, report_room
from tests.factories.rooms import RoomFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "/staff/rooms/report/"


@pytest.fixture
def report(room: Room, oliver: User, yara: User) -> Report:
    """Return what Yara told of Oliver, who is on the stage."""
    raise_hand(room.public_id, by=oliver)
    accept_hand(room.public_id, by=room.host, person_id=oliver.public_id)
    return report_person(room.public_id, by=yara, person_id=oliver.public_id, category="harassment", note="He shouts.")


def words() -> dict[tuple[str, str], str]:
    rows = Notification.objects.filter(kind__in=["report_answered", "moderated"]).select_related("user")
    return {(row.user.handle, row.kind): f"{words_of(row).title} | {words_of(row).text}" for row in rows}


def test_report_keeps_what_it_is_about_as_it_was(report: Report, room: Room, oliver: User) -> None:
    oliver.display_name = "Somebody Else"
    oliver.save()
    Room.objects.filter(pk=room.pk).update(title="Another title")
    report.refresh_from_db()
    assert report.snapshot == {
        "room": {"id": room.public_id, "title": room.title, "description": "", "state": "live"},
        "person": {"id": oliver.public_id, "handle": "oliver", "name": "Oliver Hart", "bio": ""},
    }
    assert (report.kind, report.category, report.note, report.seq, report.decision) == (
        "person",
        "harassment",
        "He shouts.",
        3,
        "",
    )


@pytest.mark.parametrize(("length", "fits"), [(0, True), (999, True), (1000, True), (1001, False)])
def test_note_has_at_most_1000_characters(room: Room, yara: User, length: int, fits: bool) -> None:
    tell: Callable[[], object] = lambda: report_room(  # noqa: E731
        room.public_id, by=yara, category="spam", note="x" * length
    )
    if fits:
        tell()
    else:
        with pytest.raises(InvalidError):
            tell()
    assert Report.objects.count() == fits


def test_report_is_counted_for_each_person(room: Room, yara: User, malo: User, settings: Any) -> None:
    settings.ROOM_REPORTS_PER_HOUR = 2
    for _ in range(2):
        report_room(room.public_id, by=yara, category="spam")
    with pytest.raises(TooManyReportsError):
        report_room(room.public_id, by=yara, category="spam")
    report_room(room.public_id, by=malo, category="spam")
    assert Report.objects.count() == 3


def test_report_needs_an_account_a_category_and_somebody_else(room: Room, yara: User) -> None:
    with pytest.raises(LoginRequiredError):
        report_room(room.public_id, by=None, category="spam")
    with pytest.raises(InvalidError):
        report_room(room.public_id, by=yara, category="boring")
    with pytest.raises(ForbiddenError):
        report_room(room.public_id, by=room.host, category="spam")
    Block.objects.create(blocker=room.host, blocked=yara)
    with pytest.raises(NotFoundError):
        report_room(room.public_id, by=yara, category="spam")


def test_whoever_was_banned_may_report_all_the_same(room: Room, yara: User, client: Client) -> None:
    ban_person(room.public_id, by=room.host, person_id=yara.public_id)
    client.force_login(yara)
    address = f"/rooms/{room.public_id}/report/"
    assert client.get(address).status_code == 200
    answer = client.post(address, {"category": "hate", "note": "It was loud."})
    assert (answer.status_code, Report.objects.get().person) == (302, room.host)
    assert client.post(address, {"category": ""}).status_code == 422


# --- decisions ---


def test_dismissal_is_told_to_the_reporter_only(report: Report, sam: User) -> None:
    decide_report(report, by=sam, decision=ReportDecision.DISMISS, reason="He was loud, not rude.")
    assert words() == {
        ("yara", "report_answered"): "We have looked at what you told us about “Oliver Hart” | "
        "We found nothing against our rules, and changed nothing. He was loud, not rude."
    }


@pytest.mark.parametrize(
    ("decision", "title"),
    [
        (ReportDecision.WARN, "Staff warn you"),
        (ReportDecision.REMOVE, "Staff have removed you from a room"),
        (ReportDecision.CLOSE_ACCOUNT, "Staff have closed your account"),
    ],
)
def test_decision_is_done_and_told_with_its_reason_and_without_the_reporter(
    report: Report, sam: User, oliver: User, room: Room, decision: ReportDecision, title: str
) -> None:
    decide_report(report, by=sam, decision=decision, reason="Nobody is shouted at here.")
    told = words()
    assert ("yara", "report_answered") in told
    if decision is not ReportDecision.CLOSE_ACCOUNT:
        mine = told["oliver", "moderated"]
        assert mine.startswith(f"{title} | Room: “{room.title}”. Reported as: Insults or harassment. Nobody is shouted")
        assert "Yara" not in mine
        assert "He shouts" not in mine
    oliver.refresh_from_db()
    assert oliver.is_active is (decision is not ReportDecision.CLOSE_ACCOUNT)
    assert StageMember.objects.filter(user=oliver).exists() is (decision is ReportDecision.WARN)


def test_decision_ends_a_room(room: Room, yara: User, sam: User) -> None:
    told = report_room(room.public_id, by=yara, category="hate")
    decide_report(told, by=sam, decision=ReportDecision.END_ROOM, reason="Hatred has no place here.")
    room.refresh_from_db()
    assert room.is_live is False
    assert set(words()) == {("yara", "report_answered"), ("ines", "moderated")}


def test_report_is_decided_once_and_with_a_reason(report: Report, sam: User) -> None:
    with pytest.raises(InvalidError):
        decide_report(report, by=sam, decision=ReportDecision.WARN, reason=" ")
    decide_report(report, by=sam, decision=ReportDecision.WARN, reason="So.")
    report.refresh_from_db()
    with pytest.raises(DecidedError):
        decide_report(report, by=sam, decision=ReportDecision.CLOSE_ACCOUNT, reason="So.")
    assert Notification.objects.filter(kind="moderated").count() == 1


def test_account_of_staff_is_not_closed_by_a_report(room: Room, yara: User, sam: User) -> None:
    told = report_person(room.public_id, by=yara, person_id=sam.public_id, category="other")
    with pytest.raises(DomainError):
        decide_report(told, by=sam, decision=ReportDecision.CLOSE_ACCOUNT, reason="So.")
    told.refresh_from_db()
    assert (told.decision, Notification.objects.filter(kind="moderated").count()) == ("", 0)


# --- messages ---


@pytest.fixture
def said(room: Room, oliver: User) -> ChatMessage:
    """Return what Oliver wrote."""
    say(room.public_id, by=oliver, text="You are all fools", key="a")
    return ChatMessage.objects.get()


def test_report_of_a_message_keeps_its_words_whatever_becomes_of_them(
    room: Room, said: ChatMessage, oliver: User, yara: User
) -> None:
    told = report_message(room.public_id, by=yara, message_id=said.public_id, category="harassment", note="All day.")
    remove_message(room.public_id, by=oliver, message_id=said.public_id)
    told.refresh_from_db()
    assert (told.kind, told.person, told.target, told.note) == ("message", oliver, said.public_id, "All day.")
    assert told.snapshot["message"] == {
        "id": said.public_id,
        "text": "You are all fools",
        "at": told.snapshot["message"]["at"],
        "removed": False,
    }


def test_message_that_is_gone_can_be_reported_without_its_words(room: Room, said: ChatMessage, yara: User) -> None:
    remove_message(room.public_id, by=room.host, message_id=said.public_id)
    told = report_message(room.public_id, by=yara, message_id=said.public_id, category="hate")
    assert (told.snapshot["message"]["text"], told.snapshot["message"]["removed"]) == ("", True)


def test_message_is_reported_by_others_and_only_in_its_room(
    room: Room, said: ChatMessage, oliver: User, yara: User, malo: User
) -> None:
    other: Room = RoomFactory(host=malo)
    with pytest.raises(ForbiddenError):
        report_message(room.public_id, by=oliver, message_id=said.public_id, category="spam")
    with pytest.raises(LoginRequiredError):
        report_message(room.public_id, by=None, message_id=said.public_id, category="spam")
    for room_id, message in ((other.public_id, said.public_id), (room.public_id, "nothing")):
        with pytest.raises(NotFoundError):
            report_message(room_id, by=yara, message_id=message, category="spam")
    Block.objects.create(blocker=room.host, blocked=yara)
    with pytest.raises(NotFoundError):
        report_message(room.public_id, by=yara, message_id=said.public_id, category="spam")
    assert not Report.objects.exists()


def test_page_shows_the_words_to_whoever_may_enter(room: Room, said: ChatMessage, yara: User, client: Client) -> None:
    address = f"/rooms/{room.public_id}/report/?message={said.public_id}"
    assert client.get(address).status_code == 302
    client.force_login(yara)
    assert "You are all fools" in client.get(address).text
    assert client.get(f"/rooms/{room.public_id}/report/?message=nothing").status_code == 404
    ban_person(room.public_id, by=room.host, person_id=yara.public_id)
    page = client.get(address)
    assert (page.status_code, "You are all fools" in page.text, "Oliver Hart" in page.text) == (200, False, True)
    assert client.post(address, {"category": "hate", "note": ""}).status_code == 302
    assert Report.objects.get().snapshot["message"]["text"] == "You are all fools"


def test_decision_removes_the_message_and_tells_both(
    room: Room, said: ChatMessage, yara: User, sam: User, oliver: User
) -> None:
    told = report_message(room.public_id, by=yara, message_id=said.public_id, category="harassment")
    decide_report(told, by=sam, decision=ReportDecision.UNSAY, reason="Nobody is called names here.")
    said.refresh_from_db()
    assert (said.text, said.removed_at is not None) == ("", True)
    assert words() == {
        ("yara", "report_answered"): "We have looked at what you told us about “Oliver Hart” | "
        "We have removed the message. Nobody is called names here.",
        ("oliver", "moderated"): f"Staff have removed a message of yours | Room: “{room.title}”. "
        "Reported as: Insults or harassment. Nobody is called names here. "
        "People, not a program, decided it. To object, write to those who run this site.",
    }
    # Staff see what was decided about for as long as reports are kept.
    told.refresh_from_db()
    assert told.snapshot["message"]["text"] == "You are all fools"


def test_message_is_removed_also_where_the_room_is_over(room: Room, said: ChatMessage, yara: User, sam: User) -> None:
    told = report_message(room.public_id, by=yara, message_id=said.public_id, category="harassment")
    end_room(room.public_id, by=room.host)
    decide_report(told, by=sam, decision=ReportDecision.UNSAY, reason="So.")
    said.refresh_from_db()
    assert said.text == ""


def test_report_of_something_else_removes_no_message(report: Report, sam: User) -> None:
    with pytest.raises(InvalidError):
        decide_report(report, by=sam, decision=ReportDecision.UNSAY, reason="So.")
    report.refresh_from_db()
    assert report.decision == ""


# --- the queue ---


@pytest.fixture
def staff() -> Callable[..., Client]:
    def make(*codenames: str) -> Client:
        person = User.objects.create_user("nolwenn", "nolwenn@example.org", is_staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(person)
        return client

    return make


def test_queue_lists_what_is_open_and_a_decision_takes_it_out(
    report: Report, staff: Callable[..., Client], oliver: User
) -> None:
    client = staff("view_report", "change_report")
    assert "a person: Oliver Hart" in client.get(QUEUE).text
    page = f"{QUEUE}{report.pk}/change/"
    shown = client.get(page).text
    assert "He shouts." in shown
    answer = client.post(page, {"decision": "remove", "reason": "Nobody is shouted at here."})
    assert answer.status_code == 302
    report.refresh_from_db()
    assert report.decided_by is not None
    assert (report.decision, report.decided_by.handle) == ("remove", "nolwenn")
    assert not StageMember.objects.filter(user=oliver).exists()
    assert "Oliver Hart" not in client.get(QUEUE).text
    assert "Oliver Hart" in client.get(QUEUE, {"state": "decided"}).text
    assert LogEntry.objects.get().get_change_message() == "Decided: remove the person from the room."
    assert client.post(page, {"decision": "dismiss", "reason": "x"}).status_code == 403


def test_queue_shows_a_message_and_offers_to_remove_it(
    room: Room, said: ChatMessage, report: Report, yara: User, staff: Callable[..., Client]
) -> None:
    told = report_message(room.public_id, by=yara, message_id=said.public_id, category="hate")
    client = staff("view_report", "change_report")
    assert "a message: Oliver Hart: “You are all fools”" in client.get(QUEUE).text
    page, other = (f"{QUEUE}{one.pk}/change/" for one in (told, report))
    assert ["unsay" in client.get(one).text for one in (page, other)] == [True, False]
    assert "You are all fools" in client.get(page).text
    assert client.post(other, {"decision": "unsay", "reason": "So."}).status_code == 200
    assert client.post(page, {"decision": "unsay", "reason": "So."}).status_code == 302
    said.refresh_from_db()
    assert said.text == ""


def test_queue_says_what_cannot_be_done(room: Room, yara: User, staff: Callable[..., Client]) -> None:
    told = report_room(room.public_id, by=yara, category="hate")
    client = staff("view_report", "change_report")
    page = f"{QUEUE}{told.pk}/change/"
    answer = client.post(page, {"decision": "remove", "reason": "The host."})
    assert (answer.status_code, "You may not do that here." in answer.text) == (200, True)
    assert client.post(page, {"decision": "", "reason": ""}).status_code == 200
    told.refresh_from_db()
    assert told.decision == ""


def test_queue_needs_its_permission(report: Report, staff: Callable[..., Client]) -> None:
    client = staff("view_report")
    page = f"{QUEUE}{report.pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"decision": "dismiss", "reason": "x"}).status_code == 403


def test_staff_lift_a_ban(room: Room, oliver: User, staff: Callable[..., Client]) -> None:
    ban_person(room.public_id, by=room.host, person_id=oliver.public_id)
    client = staff("view_ban", "change_ban")
    client.post("/staff/rooms/ban/", {"action": "lift", "_selected_action": [Ban.objects.get().pk]})
    assert not Ban.objects.exists()
    assert LogEntry.objects.get().get_change_message() == "Lifted by staff."


def test_staff_remove_somebody_from_a_stage_but_not_its_host(
    report: Report, room: Room, oliver: User, staff: Callable[..., Client]
) -> None:
    client = staff("view_stagemember", "change_room")
    rows = list(StageMember.objects.filter(room=room).values_list("pk", flat=True))
    client.post("/staff/rooms/stagemember/", {"action": "remove_now", "_selected_action": rows})
    assert [member.user for member in StageMember.objects.filter(room=room)] == [room.host]
    assert LogEntry.objects.get().get_change_message() == "oliver removed by staff."


# --- afterwards ---


@pytest.mark.parametrize(("days", "kept"), [(364, True), (366, False)])
def test_decided_reports_are_forgotten_after_their_time(report: Report, sam: User, days: int, kept: bool) -> None:
    decide_report(report, by=sam, decision=ReportDecision.DISMISS, reason="So.")
    Report.objects.update(decided_at=timezone.now() - timedelta(days=days))
    tidy_up()
    assert Report.objects.exists() is kept


def test_open_report_stays_when_its_reporter_closes_the_account(report: Report, yara: User) -> None:
    close_account(yara)
    assert Report.objects.get().reporter == yara
