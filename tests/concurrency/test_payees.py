"""Two tabs in which somebody begins to be paid, and two who look at Stripe, on PostgreSQL. Each guard has a control."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as site

from accounts.models import Notification
from config.lib.public_id import new_public_id
from creators.models import Payee
from creators.services import payee_looks, payees
from creators.services.payee_looks import look_again
from creators.services.payees import begin
from tests.concurrency.test_orders import meeting
from tests.concurrency.test_rooms import at_once
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import accounts, controls

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from accounts.models import User
    from ticketing.stripe_objects import ConnectedAccount

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def devstripe(settings: Settings, tmp_path: Path) -> None:
    settings.DEVSTRIPE, settings.STRIPE_SECRET_KEY = True, ""
    settings.DEVSTRIPE_FILE = tmp_path / "devstripe.sqlite3"


def made_by_two_tabs(person: User) -> tuple[int, set[str]]:
    """Return how many accounts Stripe has made, and which ones the tabs go on with."""
    answers = at_once(*[partial(begin, person, country="FR")] * 2)
    with closing(sqlite3.connect(site.DEVSTRIPE_FILE)) as rows:
        (made,) = rows.execute("SELECT count(*) FROM objects WHERE kind = ?", (accounts.ACCOUNT,)).fetchone()
    return made, {answer.account if isinstance(answer, Payee) else repr(answer) for answer in answers}


def test_two_tabs_make_one_account(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting(monkeypatch, gateway, "create_account")
    made, gone_on_with = made_by_two_tabs(ines)
    assert (made, gone_on_with, Payee.objects.count()) == (1, {Payee.objects.get().account}, 1)


def test_control_two_tabs_make_two_accounts_without_the_rows_key(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting(monkeypatch, gateway, "create_account")
    monkeypatch.setattr(payees, "_key", lambda _payee, _request: new_public_id())
    assert made_by_two_tabs(ines)[0] == 2


def test_control_one_account_is_overwritten_without_the_lock(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """With two keys and without a lock the tabs go on with different accounts: the second writes over the first."""
    meeting(monkeypatch, gateway, "create_account")
    monkeypatch.setattr(payees, "_key", lambda _payee, _request: new_public_id())
    read = threading.Barrier(2)
    real, calls = payees._locked, threading.local()

    def unlocked(person_key: str) -> Payee:
        calls.number = getattr(calls, "number", 0) + 1
        # The first is that of the choice.
        if calls.number == 1:
            return real(person_key)
        found = Payee.objects.get(person_key=person_key)
        read.wait(20)
        return found

    monkeypatch.setattr(payees, "_locked", unlocked)
    assert len(made_by_two_tabs(ines)[1]) == 2


def test_the_first_account_stays_with_the_lock(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting(monkeypatch, gateway, "create_account")
    monkeypatch.setattr(payees, "_key", lambda _payee, _request: new_public_id())
    assert made_by_two_tabs(ines)[1] == {Payee.objects.get().account}


def looked_at_by_two(payee: Payee, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let Stripe say yes, and two ask at once; return what the person is told."""
    controls.stand(payee.account, "active")
    meeting_once(monkeypatch)
    at_once(*[partial(look_again, payee.pk)] * 2)
    return [row.data["what"] for row in Notification.objects.filter(kind="payee")]


def meeting_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both have Stripe's first answer before either writes; who asks again does not wait."""
    there, real, asked = threading.Barrier(2), gateway.retrieve_account, threading.local()

    def retrieve(account: str) -> ConnectedAccount:
        said = real(account)
        if not hasattr(asked, "before"):
            asked.before = True
            there.wait(20)
        return said

    monkeypatch.setattr(gateway, "retrieve_account", retrieve)


def test_two_who_look_tell_once(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payee = begin(ines, country="FR")
    assert looked_at_by_two(payee, monkeypatch) == ["payable"]


def test_control_two_who_look_tell_twice_without_the_revision(ines: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payee = begin(ines, country="FR")

    def writes(seen: Payee, found: Any) -> bool:
        """Write whatever has happened since."""
        seen.revision = Payee.objects.get(pk=seen.pk).revision
        return real(seen, found)

    real, between = payee_looks._write, threading.Lock()

    def one_after_the_other(seen: Payee, found: Any) -> bool:
        with between:
            return writes(seen, found)

    monkeypatch.setattr(payee_looks, "_write", one_after_the_other)
    assert looked_at_by_two(payee, monkeypatch) == ["payable", "payable"]
