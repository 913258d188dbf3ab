"""What the start says about settings of payments, and the command that plays Stripe's part."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command

from tests.config.test_production import check
from tests.ticketing.connected import account
from ticketing import stripe_gateway as gateway
from ticketing.checks import check_payments
from ticketing.devstripe import controls
from ticketing.devstripe.balance import available
from ticketing.devstripe.events import Manner, manner_of
from ticketing.devstripe.store import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from ticketing.stripe_objects import CheckoutRequest


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"PRODUCTION": True}, ["ticketing.E001"]),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, ["ticketing.E002"]),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, ["ticketing.E002"]),
        ({"DEVSTRIPE": False, "STRIPE_SECRET_KEY": "sk_live_1"}, []),
        ({"DEVSTRIPE": False, "PRODUCTION": True}, []),
        ({"DEVSTRIPE": False, "STRIPE_SECRET_KEY": "pk_live_1"}, ["ticketing.E003"]),
        ({"DEVSTRIPE": False, "STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRET": ""}, ["ticketing.E004"]),
        (
            {"DEVSTRIPE": False, "STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRET_V2": "we_1"},
            ["ticketing.E007"],
        ),
        ({"DEVSTRIPE": False, "STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRET_V2": ""}, []),
        ({"STRIPE_EVENT_HANDLERS": {"charge.refunded": "ticketing.nowhere.handle"}}, ["ticketing.E005"]),
        ({"STRIPE_EVENT_HANDLERS": {"charge.refunded": "ticketing.tasks.handle_event"}}, []),
        ({"TICKET_HOME_COUNTRY": "IE"}, []),
        ({"TICKET_HOME_COUNTRY": "ie"}, ["ticketing.E006"]),
        ({"TICKET_HOME_COUNTRY": ""}, ["ticketing.E006"]),
    ],
)
def test_wrong_settings_are_found(settings: Settings, changed: dict[str, object], found: list[str]) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    assert [problem.id for problem in check_payments(None)] == found


@pytest.mark.parametrize("more", [{}, {"CAUSERIE_ENV": "embedded", "STRIPE_SECRET_KEY": "sk_live_1"}])
def test_devstripe_stops_the_start_where_it_must_not_be(tmp_path: Path, more: dict[str, str]) -> None:
    code, output = check(tmp_path, DEVSTRIPE="1", **more)
    sentence = (
        "django.core.exceptions.ImproperlyConfigured: DEVSTRIPE=1 would let people in for test cards here."
        " Unset it, or STRIPE_SECRET_KEY on a machine of your own."
    )
    assert (code != 0, output.splitlines()[-1]) == (True, sentence)


def test_production_with_a_key_is_clean(tmp_path: Path) -> None:
    code, output = check(tmp_path, STRIPE_SECRET_KEY="sk_live_1", STRIPE_WEBHOOK_SECRET="whsec_1")
    assert (code, output.splitlines()[-1][:40]) == (0, "System check identified no issues (1 sil")


@pytest.mark.parametrize(("key", "leads_to_stripe"), [("sk_test_1", True), ("", False)])
def test_forms_may_lead_to_stripe_only_where_it_is_used(tmp_path: Path, key: str, leads_to_stripe: bool) -> None:
    """Browsers apply `form-action` to where a form's answer redirects, too."""
    program = (
        "from config.settings import CONTENT_SECURITY_POLICY as policy; print(policy['DIRECTIVES']['form-action'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "STRIPE_SECRET_KEY": key},
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    places = ("https://checkout.stripe.com", "https://connect.stripe.com", "https://accounts.stripe.com")
    assert [place in done.stdout for place in places] == [leads_to_stripe] * 3


def test_command_plays_a_dispute(ask: Callable[..., CheckoutRequest], capsys: pytest.CaptureFixture[str]) -> None:
    from tests.ticketing.test_devstripe import pay

    session = gateway.create_checkout(ask(), key="a").id
    pay(session)
    payment = gateway.retrieve_checkout(session).payment_intent or ""
    call_command("devstripe", "dispute", payment)
    dispute = capsys.readouterr().out.strip()
    assert gateway.retrieve_dispute(dispute).status == "needs_response"
    call_command("devstripe", "decide", dispute, "won")
    assert gateway.retrieve_dispute(dispute).status == "won"
    with pytest.raises(CommandError, match="already closed"):
        call_command("devstripe", "decide", dispute, "lost")
    with pytest.raises(CommandError, match="No such charge"):
        call_command("devstripe", "dispute", "pi_none")


def test_command_says_how_events_are_delivered(ask: Callable[..., CheckoutRequest]) -> None:
    call_command("devstripe", "deliver", "--late", "5", "--shuffled", "--twice")
    with opened() as store:
        assert manner_of(store) == Manner(late=5, shuffled=True, times=2)
    call_command("devstripe", "deliver", "--lost")
    session = gateway.create_checkout(ask(), key="a").id
    gateway.expire_checkout(session, key="b")
    event = controls.latest(1)[0][0]
    call_command("devstripe", "deliver")
    call_command("devstripe", "again", event)
    call_command("devstripe", "events", "--count", "1")
    with opened() as store:
        assert manner_of(store) == Manner()


def test_command_lets_an_account_stand_and_money_move() -> None:
    made = account()
    call_command("devstripe", "account", made, "active")
    call_command("devstripe", "balance", "5000", "eur")
    call_command("devstripe", "balance", "-2000", "eur")
    assert gateway.retrieve_account(made).transfers == "active"
    with opened() as store:
        assert available(store, "eur") == 3_000
    with pytest.raises(CommandError, match="No such account"):
        call_command("devstripe", "account", "acct_none", "active")


def test_command_is_refused_without_devstripe(settings: Settings) -> None:
    settings.DEVSTRIPE = False
    with pytest.raises(CommandError, match="devstripe is off here"):
        call_command("devstripe", "events")
