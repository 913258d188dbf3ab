"""Letters of what happened: none is lost while mail is down or a worker dies, none comes twice once confirmed."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.models import Channel, DeliveryState, Digest, Notification, NotificationDelivery, NotificationRhythm, User
from accounts.services import delivering
from accounts.services.letters import LINES_AT_MOST, send_letters
from accounts.services.notification_choices import choose_channels, unsubscribe
from accounts.services.notifying import notify, told_of_follower
from accounts.services.security import security_notice
from accounts.tasks import send_mail
from tests.accounts.mails import WorkerKilledError, refusal
from tests.factories.people import person

if TYPE_CHECKING:
    from tests.accounts.clock import Clock
    from tests.accounts.mails import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(oliver: User, mail_server: type[Server], clock: Clock) -> User:
    """Return Oliver, who wants letters and has confirmed his address."""
    EmailAddress.objects.create(user=oliver, email=oliver.email, verified=True, primary=True)
    choose_channels(oliver, {"followed": {Channel.SITE, Channel.MAIL}})
    return oliver


def states() -> list[tuple[str, int]]:
    return list(NotificationDelivery.objects.order_by("pk").values_list("state", "attempts"))


def subjects() -> list[str]:
    return [str(letter.subject) for letter in mail.outbox]


def test_letter_leaves_once(reader: User, ines: User, clock: Clock) -> None:
    told_of_follower(ines, reader)
    assert [send_letters(), send_letters()] == [1, 0]
    clock.on(days=2)
    send_mail()
    assert (subjects(), states()) == (["Inès Moreau follows you"], [("sent", 1)])


def test_letter_says_who_where_and_how_to_end_it(reader: User, ines: User) -> None:
    reader.language = "fr"
    reader.save()
    told_of_follower(ines, reader)
    send_letters()
    (letter,) = mail.outbox
    assert isinstance(letter, EmailMultiAlternatives)
    row = Notification.objects.get()
    (html, _kind), headers = letter.alternatives[0], letter.extra_headers
    link = f"http://127.0.0.1:8000/notifications/{row.public_id}/"
    assert (letter.to, '<html lang="fr">' in str(html), link in str(html), link in str(letter.body)) == (
        [reader.email],
        True,
        True,
        True,
    )
    unsubscribe_link = headers.pop("List-Unsubscribe")
    assert headers == {
        "Auto-Submitted": "auto-generated",
        "Message-ID": f"<{row.public_id}.one@127.0.0.1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert unsubscribe_link.startswith("<http://127.0.0.1:8000/unsubscribe/")
    assert unsubscribe_link.strip("<>") in str(letter.body)


def test_safetys_letter_cannot_be_ended_and_goes_to_the_old_address(reader: User) -> None:
    security_notice(reader, event="email_changed", address="old@example.org")
    send_letters()
    (letter,) = mail.outbox
    assert (letter.to, "List-Unsubscribe" in letter.extra_headers) == (["old@example.org"], False)


def test_address_that_nobody_confirmed_gets_no_letters_but_safetys(
    yara: User, ines: User, mail_server: type[Server]
) -> None:
    choose_channels(yara, {"followed": {Channel.MAIL}})
    told_of_follower(ines, yara)
    security_notice(yara, event="password_changed")
    send_letters()
    assert (subjects(), states()) == (["Your password was changed"], [("dropped", 1), ("sent", 1)])


def test_mail_that_is_down_loses_nothing(
    reader: User, ines: User, malo: User, mail_server: type[Server], clock: Clock
) -> None:
    mail_server.away = True
    told_of_follower(ines, reader)
    told_of_follower(malo, reader)
    pauses = []
    for _ in range(9):
        before = timezone.now()
        send_mail()
        due = NotificationDelivery.objects.earliest("due_at").due_at
        pauses.append((due - before).total_seconds())
        # Not a moment sooner.
        clock.moment = due - timedelta(microseconds=1)
        assert send_letters() == 0
        clock.moment = due
    assert pauses == [30, 60, 120, 300, 600, 1200, 3600, 3600, 3600]
    mail_server.away = False
    send_mail()
    assert subjects() == ["Inès Moreau follows you", "Malo Kerbrat follows you"]
    assert states() == [("sent", 10), ("sent", 10)]


@pytest.mark.parametrize(("attempts", "state"), [(76, "waiting"), (77, "failed")])
def test_attempts_end_after_days(
    reader: User, ines: User, mail_server: type[Server], attempts: int, state: str
) -> None:
    mail_server.away = True
    told_of_follower(ines, reader)
    NotificationDelivery.objects.update(attempts=attempts)
    send_letters()
    assert states() == [(state, attempts + 1)]


def test_server_that_hangs_up_in_the_middle_gets_the_rest_later(
    reader: User, ines: User, malo: User, maiwenn: User, mail_server: type[Server], clock: Clock
) -> None:
    for follower in (ines, malo, maiwenn):
        told_of_follower(follower, reader)
    mail_server.troubles = [None, smtplib.SMTPServerDisconnected()]
    send_letters()
    assert (len(subjects()), states()) == (1, [("sent", 1), ("waiting", 1), ("waiting", 1)])
    clock.on(seconds=30)
    send_letters()
    assert (len(set(subjects())), states()) == (3, [("sent", 1), ("sent", 2), ("sent", 2)])


@pytest.mark.parametrize(("code", "state"), [(550, "failed"), (452, "waiting")])
def test_mailbox_that_there_is_not_is_not_tried_again(
    reader: User, ines: User, malo: User, mail_server: type[Server], code: int, state: str
) -> None:
    told_of_follower(ines, reader)
    told_of_follower(malo, reader)
    mail_server.troubles = [refusal(code)]
    send_letters()
    assert (subjects(), states()) == (["Malo Kerbrat follows you"], [(state, 1), ("sent", 1)])


def test_worker_killed_before_sending_sends_when_its_lease_is_over(
    reader: User, ines: User, mail_server: type[Server], clock: Clock
) -> None:
    told_of_follower(ines, reader)
    mail_server.troubles = [WorkerKilledError()]
    with pytest.raises(WorkerKilledError):
        send_letters()
    clock.on(seconds=299)
    assert (send_letters(), subjects()) == (0, [])
    clock.on(seconds=1)
    assert (send_letters(), subjects()) == (1, ["Inès Moreau follows you"])


def test_worker_killed_after_a_letter_was_confirmed_does_not_send_that_again(
    reader: User, ines: User, malo: User, mail_server: type[Server], clock: Clock
) -> None:
    told_of_follower(ines, reader)
    told_of_follower(malo, reader)
    mail_server.troubles = [None, WorkerKilledError()]
    with pytest.raises(WorkerKilledError):
        send_letters()
    clock.on(minutes=5)
    send_mail()
    assert subjects() == ["Inès Moreau follows you", "Malo Kerbrat follows you"]


def test_nothing_is_begun_when_the_lease_is_nearly_over(
    reader: User, ines: User, malo: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_of_follower(ines, reader)
    told_of_follower(malo, reader)
    monkeypatch.setattr(delivering, "LEASE", delivering.MARGIN + timedelta(seconds=1))
    ending = delivering.end

    def slow_end(*args: object) -> bool:
        clock.on(seconds=1)
        return ending(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("accounts.services.letters.end", slow_end)
    send_letters()
    assert (len(subjects()), states()) == (1, [("sent", 1), ("waiting", 0)])
    send_letters()
    assert states() == [("sent", 1), ("sent", 1)]


def test_late_word_of_a_worker_whose_lease_ran_out_counts_no_more(reader: User, ines: User, clock: Clock) -> None:
    told_of_follower(ines, reader)
    (first,) = delivering.claim(Channel.MAIL)
    clock.on(minutes=5)
    (second,) = delivering.claim(Channel.MAIL)
    assert [delivering.end(first, DeliveryState.FAILED), delivering.end(second, DeliveryState.SENT)] == [False, True]


def test_claim_takes_no_more_than_it_can_do(reader: User) -> None:
    for number in range(delivering.BATCH + 1):
        told_of_follower(person(f"fan{number}"), reader)
    assert [len(delivering.claim(Channel.MAIL)) for _ in range(3)] == [50, 1, 0]


def test_letter_that_cannot_be_written_does_not_keep_the_others(reader: User, ines: User, malo: User) -> None:
    told_of_follower(ines, reader)
    told_of_follower(malo, reader)
    Notification.objects.filter(actor=ines).update(data={"address": "two\nlines@example.org"})
    send_letters()
    assert (subjects(), states()) == (["Malo Kerbrat follows you"], [("waiting", 1), ("sent", 1)])


def test_who_unsubscribes_gets_no_letter_that_waits(reader: User, ines: User, mail_server: type[Server]) -> None:
    told_of_follower(ines, reader)
    unsubscribe(reader, "followed")
    send_mail()
    assert (subjects(), states()) == ([], [("dropped", 1)])


def test_closed_account_gets_no_letter_that_waits(reader: User, ines: User) -> None:
    told_of_follower(ines, reader)
    User.objects.filter(pk=reader.pk).update(is_active=False)
    send_mail()
    assert states() == [("dropped", 1)]


def gather(reader: User, number: int) -> None:
    NotificationRhythm.objects.create(user=reader, digest=Digest.DAILY)
    for one in range(number):
        told_of_follower(person(f"fan{one}"), reader)


def test_digest_is_one_letter_with_everything(reader: User, clock: Clock) -> None:
    gather(reader, 3)
    assert send_letters() == 0
    clock.on(days=1)
    # A fourth is not due before tomorrow.
    told_of_follower(person("fan3"), reader)
    send_mail()
    assert subjects() == ["3 things happened on Causerie"]
    letter = str(mail.outbox[0].body)
    assert [f"Fan{number} follows you" in letter for number in range(4)] == [True, True, True, False]
    assert states() == [("sent", 1)] * 3 + [("waiting", 0)]


def test_digest_leaves_out_what_was_seen_on_the_site(reader: User, clock: Clock) -> None:
    gather(reader, 2)
    Notification.objects.filter(actor__handle="fan0").update(seen_at=timezone.now())
    clock.on(days=1)
    send_mail()
    assert (subjects(), states()) == (["1 thing happened on Causerie"], [("dropped", 1), ("sent", 1)])


def test_digest_with_nothing_new_does_not_come(reader: User, clock: Clock) -> None:
    gather(reader, 1)
    Notification.objects.update(seen_at=timezone.now())
    clock.on(days=1)
    send_mail()
    assert (subjects(), states()) == ([], [("dropped", 1)])


@pytest.mark.parametrize(
    ("number", "more"), [(LINES_AT_MOST, ""), (LINES_AT_MOST + 1, "And 1 more."), (60, "And 40 more.")]
)
def test_digest_of_very_much_is_one_letter_of_some_lines(reader: User, clock: Clock, number: int, more: str) -> None:
    gather(reader, number)
    clock.on(days=1)
    assert send_letters() == number
    body = str(mail.outbox[0].body)
    assert (len(mail.outbox), body.count("follows you"), more in body, "more." in body) == (
        1,
        LINES_AT_MOST,
        True,
        bool(more),
    )


def test_digests_of_two_are_two_letters(reader: User, yara: User, clock: Clock) -> None:
    gather(reader, 1)
    EmailAddress.objects.create(user=yara, email=yara.email, verified=True, primary=True)
    choose_channels(yara, {"followed": {Channel.MAIL}})
    NotificationRhythm.objects.create(user=yara, digest=Digest.DAILY)
    notify([yara.pk], kind="followed", key="x")
    clock.on(days=1)
    send_mail()
    assert sorted(letter.to[0] for letter in mail.outbox) == ["oliver@example.org", "yara@example.org"]
