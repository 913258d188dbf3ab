"""What somebody is told when Stripe changes whether they can be paid: once for each change, in their language."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.utils import timezone, translation

from accounts.models import Notification
from accounts.notices.kinds import words_of
from accounts.services.letters import send_letters
from creators.models import Payee
from creators.services import payee_telling
from creators.services.payee_looks import look_again
from creators.services.payees import begin
from tests.creators.test_payees import closed, stand

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def payee(oliver: User) -> Payee:
    return begin(oliver, country="FR")


def told() -> list[str]:
    return [row.data["what"] for row in Notification.objects.filter(kind="payee").order_by("pk")]


def test_beginning_tells_nothing(payee: Payee) -> None:
    stand(payee, "document")
    assert told() == []


def test_whoever_can_be_paid_is_told_once(payee: Payee, oliver: User) -> None:
    stand(payee, "active")
    look_again(payee.pk)
    (row,) = Notification.objects.filter(user=oliver)
    assert (words_of(row).title, row.link) == ("You can be paid now", "/earnings/payee/")


@pytest.mark.parametrize(
    ("way", "news"),
    [
        (["review"], []),
        (["review", "document"], ["wanted"]),
        (["review", "active"], ["payable"]),
        (["active", "active"], ["payable"]),
        (["active", "document"], ["payable", "stopped"]),
        (["active", "document", "document"], ["payable", "stopped"]),
        (["active", "document", "active"], ["payable", "stopped", "payable"]),
        (["active", "review"], ["payable", "stopped"]),
        (["active", "review", "document"], ["payable", "stopped", "wanted"]),
        (["active", "later"], ["payable", "wanted"]),
        (["later"], ["payable"]),
        (["active", "refused"], ["payable", "refused"]),
        (["refused", "refused"], ["refused"]),
    ],
)
def test_each_change_is_told_once(payee: Payee, way: list[str], news: list[str]) -> None:
    for standing in way:
        stand(payee, standing)
    assert told() == news


def test_closing_is_told_once(payee: Payee) -> None:
    stand(payee, "active")
    closed(payee)
    look_again(payee.pk)
    assert told() == ["payable", "closed"]


def test_stop_without_a_reason_is_told() -> None:
    before = Payee(account="acct_1", transfers="pending")
    after = Payee(account="acct_1", transfers="restricted")
    assert payee_telling._news(before, after) == ["stopped"]
    assert payee_telling._news(after, after) == []


def test_country_no_longer_reached_is_told_once() -> None:
    before = Payee(account="acct_1", transfers="active")
    after = Payee(account="acct_1", transfers="unsupported")
    assert (payee_telling._news(before, after), payee_telling._news(after, after)) == (["stopped"], [])


def test_nobody_is_told_of_an_erased_account(payee: Payee) -> None:
    Payee.objects.update(person=None)
    stand(payee, "active")
    assert told() == []
    assert Payee.objects.get().may_be_paid


@pytest.mark.parametrize(
    ("what", "language", "lines"),
    [
        ("payable", "en", ["You can be paid now", "What you earn goes to your account at Stripe."]),
        ("payable", "fr", ["Vous pouvez maintenant recevoir vos gains", "compte Stripe"]),
        ("wanted", "en", ["Stripe needs something of you", "by December 24, 2026"]),
        ("wanted", "fr", ["Stripe vous demande quelque chose", "24 décembre 2026"]),
        ("stopped", "en", ["Payments to you are stopped"]),
        ("stopped", "fr", ["Vos versements sont suspendus"]),
        ("refused", "en", ["Stripe refuses to pay you"]),
        ("refused", "fr", ["Stripe refuse de vous verser vos gains"]),
        ("closed", "en", ["Your account at Stripe is closed"]),
        ("closed", "fr", ["Votre compte Stripe est fermé"]),
    ],
)
def test_words_of_each(oliver: User, what: str, language: str, lines: list[str]) -> None:
    row = Notification(user=oliver, kind="payee", data={"what": what, "until": "2026-12-24T12:00:00+00:00"})
    with translation.override(language):
        said = words_of(row)
    whole = f"{said.title} {said.text} {said.action}"
    assert [line for line in lines if line not in whole] == []
    assert said.action


def test_wanted_without_a_day_says_that_money_waits(oliver: User) -> None:
    row = Notification(user=oliver, kind="payee", data={"what": "wanted", "until": ""})
    assert words_of(row).text == "Until Stripe has it, what you earn is kept for you."


def test_letter_leaves_and_names_the_day(payee: Payee, oliver: User) -> None:
    stand(payee, "active")
    before: Any = Payee.objects.get()
    after: Any = Payee.objects.get()
    after.missing, after.deadline = ["identity.individual.phone"], timezone.now() + timedelta(days=9)
    after.revision += 1
    payee_telling.changed(before, after)
    send_letters()
    first, second = mail.outbox
    assert ("You can be paid now" in first.subject, "Stripe needs something of you" in second.subject) == (True, True)
    assert "about money of yours" in second.body
    assert "or payments to you stop" in second.body
