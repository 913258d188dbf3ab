"""Events of /v2, which only name their object and are signed with a secret of their own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.ticketing.conftest import SECRET, SECRET_V2
from tests.ticketing.connected import account
from tests.ticketing.test_webhook import event, signed, stored
from ticketing import stripe_gateway as gateway
from ticketing.devstripe import accounts, controls, delivery
from ticketing.devstripe.store import opened
from ticketing.errors import PaymentMissingError
from ticketing.models import StripeEvent
from ticketing.stripe_gateway.client import client
from ticketing.tasks import handle_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from tests.ticketing.conftest import Handler

    Post = Callable[[bytes, str], int]

pytestmark = pytest.mark.django_db

KIND = accounts.CAPABILITY


def thin(**changed: Any) -> bytes:
    """Return the body of an event that an account's capability changed."""
    whole = {
        "id": "evt_test_1",
        "object": "v2.core.event",
        "type": KIND,
        "created": "2026-11-20T12:00:00.123Z",
        "livemode": False,
        "context": None,
        "reason": None,
        "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"},
    }
    return json.dumps(whole | changed).encode()


def signed_thin(body: bytes, **how: Any) -> str:
    return signed(body, **({"secret": SECRET_V2} | how))


@pytest.fixture
def thin_handler(handler: Handler, settings: Settings) -> Handler:
    """Let changes of capabilities be handled by what this returns."""
    settings.STRIPE_EVENT_HANDLERS |= {KIND: "tests_handlers.handle"}
    return handler


def test_event_is_stored_and_handled_by_what_it_names(post_event: Post, thin_handler: Handler) -> None:
    body = thin()
    assert post_event(body, signed_thin(body)) == 200
    found = StripeEvent.objects.get()
    assert (stored(), found.payload, found.livemode, found.created_at) == (
        [("evt_test_1", KIND, "acct_1", "waiting")],
        body.decode(),
        False,
        datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC),
    )
    handle_event("evt_test_1")
    assert (thin_handler.calls, stored()[0][3]) == ([(KIND, "acct_1")], "done")


def test_event_that_comes_again_is_stored_and_handled_once(post_event: Post, thin_handler: Handler) -> None:
    body = thin()
    for _ in range(3):
        assert post_event(body, signed_thin(body)) == 200
        handle_event("evt_test_1")
    assert (len(stored()), len(thin_handler.calls)) == (1, 1)


def test_unknown_type_is_stored_and_ignored(post_event: Post, thin_handler: Handler) -> None:
    body = thin(type="v2.core.account[something].new")
    assert (post_event(body, signed_thin(body)), stored()[0][1:]) == (
        200,
        ("v2.core.account[something].new", "acct_1", "ignored"),
    )


@pytest.mark.parametrize("related", [None, {}])
def test_event_that_names_nothing_is_no_trouble(post_event: Post, related: Any) -> None:
    body = thin(type="v2.core.account_link.returned", related_object=related)
    assert (post_event(body, signed_thin(body)), stored()[0][2]) == (200, "")


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("none", lambda _body: ""),
        ("garbage", lambda _body: "t=1,v1"),
        ("the snapshots' secret", lambda body: signed(body, secret=SECRET)),
        ("another secret", lambda body: signed_thin(body, secret="whsec_other")),
        ("another body", lambda body: signed_thin(body + b" ")),
        ("too old", lambda body: signed_thin(body, age=302)),
    ],
)
def test_wrong_signature_is_refused(post_event: Post, name: str, signature: Callable[[bytes], str]) -> None:
    body = thin()
    assert (post_event(body, signature(body)), stored()) == (400, [])


def test_event_just_within_its_time_is_taken(post_event: Post) -> None:
    body = thin()
    assert post_event(body, signed_thin(body, age=295)) == 200


def test_snapshot_signed_as_a_thin_event_is_refused(post_event: Post) -> None:
    body = event()
    assert (post_event(body, signed_thin(body)), stored()) == (400, [])


def test_one_secret_may_stand_for_both(settings: Settings, post_event: Post) -> None:
    """As `stripe listen` has it."""
    settings.STRIPE_WEBHOOK_SECRET_V2 = SECRET
    for body in (event(), thin()):
        assert post_event(body, signed(body)) == 200
    assert len(stored()) == 2


def test_empty_secret_verifies_nothing(settings: Settings, post_event: Post) -> None:
    settings.STRIPE_WEBHOOK_SECRET_V2 = ""
    body = thin()
    for secret in ("", SECRET_V2):
        assert (post_event(body, signed(body, secret=secret)), stored()) == (400, [])


@pytest.mark.parametrize(
    "body",
    [
        thin(object="v2.core.account"),
        thin(object=["event"]),
        thin(id=""),
        thin(id="e" * 256),
        thin(type=None),
        thin(type="t" * 256),
        thin(livemode="no"),
        thin(livemode=None),
        thin(created=1_763_640_000),
        thin(created="soon"),
        thin(created="2026-11-20T12:00:00"),
        thin(related_object="acct_1"),
        thin(related_object={"id": 3}),
        thin(related_object={"id": "a" * 256}),
        b"[]",
        b"{}",
    ],
)
def test_signed_nonsense_is_refused(post_event: Post, body: bytes) -> None:
    assert (post_event(body, signed_thin(body)), stored()) == (400, [])


def test_longest_names_are_kept(post_event: Post) -> None:
    body = thin(id="e" * 255, type="t" * 255, related_object={"id": "a" * 255})
    assert (post_event(body, signed_thin(body)), stored()) == (200, [("e" * 255, "t" * 255, "a" * 255, "ignored")])


def test_live_event_is_refused_by_a_test_site(post_event: Post) -> None:
    body = thin(livemode=True)
    assert (post_event(body, signed_thin(body)), stored()) == (400, [])


def test_devstripe_delivers_both_kinds(post_event: Post, thin_handler: Handler) -> None:
    made = account("active")
    controls.send_again(controls.latest(1)[0][0])
    # Made, something else is wanted of it, its capability, and that once more.
    assert delivery.deliver_due(post_event) == 4
    assert sorted(kind for _event, kind, _about, _state in stored()) == sorted(
        ["v2.core.account.created", accounts.REQUIREMENTS, accounts.CAPABILITY]
    )
    assert {about for _event, _kind, about, _state in stored()} == {made}


def test_sdk_reads_what_devstripe_sends() -> None:
    made = account("active")
    came: list[tuple[bytes, str]] = []

    def take(body: bytes, signature: str) -> int:
        came.append((body, signature))
        return 200

    delivery.deliver_due(take)
    found: list[Any] = [client().parse_event_notification(body, said, SECRET_V2) for body, said in came]
    assert [(each.type, each.related_object.id) for each in found] == [
        ("v2.core.account.created", made),
        (accounts.REQUIREMENTS, made),
        (accounts.CAPABILITY, made),
    ]
    # None of them is of a type that the SDK does not know.
    assert [type(each).LOOKUP_TYPE for each in found] == [each.type for each in found]
    with pytest.raises(stripe.SignatureVerificationError):
        client().parse_event_notification(*came[0], SECRET)


def test_account_is_asked_whatever_an_event_says(post_event: Post) -> None:
    """It is a hint: late, it tells of what is no longer so."""
    made = account("active")
    controls.stand(made, "refused")
    delivery.deliver_due(post_event)
    assert gateway.retrieve_account(made).transfers == "rejected"
    with opened() as store:
        assert store.rows.execute("SELECT count(*) FROM deliveries WHERE due IS NOT NULL").fetchone() == (0,)


def test_thin_event_is_none_of_v1() -> None:
    account()
    with pytest.raises(PaymentMissingError):
        gateway.retrieve_event(controls.latest(1)[0][0])
