"""What people are told of a decision: a statement of reasons in plain words (Regulation (EU) 2022/2065, article 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Channel
from accounts.notices.kinds import Kind, Words
from rooms.enums import ReportDecision, ReportKind
from rooms.models import Report

if TYPE_CHECKING:
    from accounts.models import Notification


def _report_of(notification: Notification) -> Report | None:
    return Report.objects.filter(public_id=notification.data.get("report", "")).first()


def _answered(notification: Notification) -> Words:
    """To who reported: what came of it."""
    report = _report_of(notification)
    if report is None:
        return Words(_("We have looked at what you told us"))
    outcome = {
        ReportDecision.DISMISS: _("We found nothing against our rules, and changed nothing."),
        ReportDecision.WARN: _("We have warned the person."),
        ReportDecision.UNSAY: _("We have removed the message."),
        ReportDecision.REMOVE: _("We have removed the person from the room."),
        ReportDecision.END_ROOM: _("We have ended the room."),
        ReportDecision.CLOSE_ACCOUNT: _("We have closed the account."),
    }[ReportDecision(report.decision)]
    title = _("We have looked at what you told us about “%(what)s”") % {"what": _named(report)}
    return Words(title, f"{outcome} {report.reason}")


def _moderated(notification: Notification) -> Words:
    """To whom it is about: what was decided, why, and how to object. Never who reported."""
    report = _report_of(notification)
    if report is None:
        return Words(_("Staff have decided something about your account"))
    title = {
        ReportDecision.WARN: _("Staff warn you"),
        ReportDecision.UNSAY: _("Staff have removed a message of yours"),
        ReportDecision.REMOVE: _("Staff have removed you from a room"),
        ReportDecision.END_ROOM: _("Staff have ended your room"),
        ReportDecision.CLOSE_ACCOUNT: _("Staff have closed your account"),
    }.get(ReportDecision(report.decision), _("Staff have decided something about your account"))
    where = _("Room: “%(title)s”. Reported as: %(category)s.") % {
        "title": report.snapshot.get("room", {}).get("title", ""),
        "category": report.get_category_display(),
    }
    by_people = _("People, not a program, decided it. To object, write to those who run this site.")
    return Words(title, f"{where} {report.reason} {by_people}")


def _named(report: Report) -> str:
    if report.kind in (ReportKind.PERSON, ReportKind.MESSAGE):
        return str(report.snapshot.get("person", {}).get("name", ""))
    return str(report.snapshot.get("room", {}).get("title", ""))


REPORT_ANSWERED = Kind(
    name="report_answered",
    label=gettext_lazy("What came of a report of yours"),
    help=gettext_lazy("Staff have looked at what you told them."),
    render=_answered,
    icon="shield",
)
MODERATED = Kind(
    name="moderated",
    label=gettext_lazy("Staff decide something about you"),
    help=gettext_lazy("With the reason. It always comes."),
    render=_moderated,
    channels=frozenset({Channel.SITE, Channel.MAIL}),
    forced=frozenset({Channel.SITE, Channel.MAIL}),
    icon="shield",
)
