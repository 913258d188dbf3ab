"""The two databases that a ledger may be kept in, devstripe in a file of its own, and what tests of payments repeat."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils import timezone

from tests.ticketing.connected import account
from ticketing.stripe_objects import CheckoutItem, CheckoutRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.test import Client
    from pytest import FixtureRequest  # noqa: PT013 - annotations only
    from pytest_django.fixtures import Settings

SECRET = "whsec_of_the_tests"
SECRET_V2 = "whsec_of_the_tests_too"


@pytest.fixture(autouse=True)
def devstripe(settings: Settings, tmp_path: Path) -> Path:
    """Let each test begin with an empty devstripe, whatever key is in the environment."""
    settings.DEVSTRIPE = True
    settings.STRIPE_SECRET_KEY = ""
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    settings.STRIPE_WEBHOOK_SECRET_V2 = SECRET_V2
    settings.DEVSTRIPE_FILE = tmp_path / "devstripe.sqlite3"
    return tmp_path / "devstripe.sqlite3"


@pytest.fixture(params=["devstripe", pytest.param("sandbox", marks=pytest.mark.stripe_sandbox)])
def either_stripe(request: pytest.FixtureRequest, settings: Settings) -> str:
    """Run a test against devstripe and, with a key of a sandbox in the environment, against Stripe."""
    if request.param == "sandbox":
        key = os.environ.get("STRIPE_TEST_SECRET_KEY", "")
        if "_test_" not in key:
            pytest.skip("STRIPE_TEST_SECRET_KEY holds no test key")
        settings.DEVSTRIPE = False
        settings.STRIPE_SECRET_KEY = key
    return str(request.param)


@pytest.fixture
def payee(either_stripe: str) -> str:
    """Return an account to which transfers may go; at Stripe one that somebody has onboarded before."""
    if either_stripe == "devstripe":
        return account("active")
    named = os.environ.get("STRIPE_TEST_ACCOUNT", "")
    if not named:
        pytest.skip("STRIPE_TEST_ACCOUNT names no onboarded account of the sandbox")
    return named


@pytest.fixture
def ask() -> Callable[..., CheckoutRequest]:
    """Return how a Checkout of 12 euros is asked for; named fields replace its own."""

    def asked(*, amount: int = 1_200, currency: str = "eur", **fields: object) -> CheckoutRequest:
        usual: dict[str, object] = {
            "item": CheckoutItem("Le tour du monde", amount, currency, "A seat"),
            "reference": "order_1",
            "success_url": "https://causerie.example.org/orders/order_1/?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://causerie.example.org/orders/order_1/",
            "expires_at": timezone.now() + timedelta(minutes=31),
            "transfer_group": "room_1",
            "metadata": {"order": "order_1"},
        }
        return CheckoutRequest(**(usual | fields))  # type: ignore[arg-type]

    return asked


class Handler:
    """Stands at `tests_handlers.handle` for as long as a test lasts, and notes what it was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.does: Callable[[], object] = lambda: None

    def handle(self, kind: str, about: str) -> None:
        self.calls.append((kind, about))
        self.does()


@pytest.fixture
def handler(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Handler:
    """Let events of a Checkout that was paid or expired be handled by what this returns."""
    made = Handler()
    monkeypatch.setitem(sys.modules, "tests_handlers", cast("ModuleType", made))
    path = "tests_handlers.handle"
    settings.STRIPE_EVENT_HANDLERS = {"checkout.session.completed": path, "checkout.session.expired": path}
    return made


@pytest.fixture
def post_event(client: Client) -> Callable[[bytes, str], int]:
    """Return how devstripe's events reach the site's endpoint in a test: through the test client."""

    def post(body: bytes, signature: str) -> int:
        answer = client.post(
            reverse("ticketing:stripe-webhook"),
            body,
            content_type="application/json",
            headers={"Stripe-Signature": signature},
        )
        return answer.status_code

    return post


@pytest.fixture(params=["default", "sqlite"])
def database(request: FixtureRequest, db: None) -> Iterator[BaseDatabaseWrapper]:
    """Return the run's database, and then one in SQLite with the ledger's own migration."""
    if request.param == "default":
        yield connections["default"]
        return
    options = {"init_command": "PRAGMA recursive_triggers=ON;"}
    own = connections["default"].settings_dict | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": options,
    }
    connections.databases["sqlite"] = own
    connection = connections["sqlite"]
    # At once: Django's tests open connections only to the databases that they began with.
    connection.connect()
    MigrationExecutor(connection).migrate([("ticketing", "0001_ledger")])
    yield connection
    connection.close()
    del connections["sqlite"], connections.databases["sqlite"]
