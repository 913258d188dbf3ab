"""What comes in at the webhook's address: Stripe's events once each, and everything else refused without a trace."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from django.urls import reverse

from tests.ticketing.conftest import SECRET
from ticketing.models import StripeEvent, StripeEventState
from ticketing.tasks import handle_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

    from tests.ticketing.conftest import Handler

    Post = Callable[[bytes, str], int]

pytestmark = pytest.mark.django_db


def event(**changed: Any) -> bytes:
    """Return the body of an event that a Checkout was paid."""
    whole = {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "created": 1_763_640_000,
        "livemode": False,
        "data": {"object": {"id": "cs_test_1", "object": "checkout.session"}},
    }
    return json.dumps(whole | changed).encode()


def signed(body: bytes, *, secret: str = SECRET, age: float = 0) -> str:
    made: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(time.time() - age))
    return made


def stored() -> list[tuple[str, str, str, str]]:
    return list(StripeEvent.objects.order_by("pk").values_list("pk", "type", "object_id", "state"))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the events for which jobs were started."""
    jobs: list[str] = []
    monkeypatch.setattr(handle_event, "apply_async", lambda args, **_options: jobs.extend(args))
    return jobs


def test_event_is_stored_and_a_job_started(
    post_event: Post,
    handler: Handler,
    started: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    body = event()
    with django_capture_on_commit_callbacks(execute=True):
        assert post_event(body, signed(body)) == 200
    found = StripeEvent.objects.get()
    assert (stored(), found.payload, found.livemode, found.processed_at, found.attempts) == (
        [("evt_1", "checkout.session.completed", "cs_test_1", "waiting")],
        body.decode(),
        False,
        None,
        0,
    )
    # Nothing is handled while Stripe waits for an answer.
    assert (started, handler.calls) == (["evt_1"], [])


def test_event_that_comes_again_is_stored_once(
    post_event: Post,
    handler: Handler,
    started: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    body = event()
    with django_capture_on_commit_callbacks(execute=True):
        assert [post_event(body, signed(body)) for _ in range(3)] == [200] * 3
    assert (len(stored()), started) == (1, ["evt_1"])


def test_replayed_event_changes_nothing_that_was_done(post_event: Post, handler: Handler) -> None:
    body = event()
    post_event(body, signed(body))
    handle_event("evt_1")
    before = StripeEvent.objects.values().get()
    assert post_event(body, signed(body)) == 200
    handle_event("evt_1")
    assert (StripeEvent.objects.values().get(), len(handler.calls)) == (before, 1)


def test_unknown_type_is_stored_and_ignored(
    post_event: Post,
    handler: Handler,
    started: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    body = event(type="invoice.created")
    with django_capture_on_commit_callbacks(execute=True):
        assert post_event(body, signed(body)) == 200
    assert (stored(), started) == ([("evt_1", "invoice.created", "cs_test_1", "ignored")], [])
    assert StripeEvent.objects.get().processed_at is not None


def test_object_without_an_id_is_no_trouble(post_event: Post) -> None:
    body = event(type="balance.available", data={"object": {"object": "balance"}})
    assert (post_event(body, signed(body)), stored()) == (200, [("evt_1", "balance.available", "", "ignored")])


def test_nul_and_emoji_in_an_event_are_kept(post_event: Post) -> None:
    body = event(data={"object": {"id": "cs_test_1", "name": "\x00 ⛵"}})
    assert post_event(body, signed(body)) == 200
    assert StripeEvent.objects.get().payload == body.decode()


def test_without_a_broker_the_event_is_kept_and_taken(
    post_event: Post,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def no_broker(*args: Any, **options: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(handle_event, "apply_async", no_broker)
    body = event()
    with django_capture_on_commit_callbacks(execute=True):
        assert post_event(body, signed(body)) == 200
    assert stored()[0][3] == "waiting"


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("none", lambda _body: ""),
        ("garbage", lambda _body: "t=1,v1"),
        ("no time", lambda body: signed(body).split(",")[1]),
        ("another secret", lambda body: signed(body, secret="whsec_other")),
        ("another body", lambda body: signed(body + b" ")),
        ("too old", lambda body: signed(body, age=302)),
        ("another scheme", lambda body: signed(body).replace("v1=", "v0=")),
        ("a huge time", lambda _body: f"t={'9' * 400},v1=00"),
    ],
)
def test_wrong_signature_is_refused(post_event: Post, name: str, signature: Callable[[bytes], str]) -> None:
    body = event()
    assert (post_event(body, signature(body)), stored()) == (400, [])


def test_event_just_within_its_time_is_taken(post_event: Post) -> None:
    body = event()
    assert post_event(body, signed(body, age=295)) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b'"evt_1"',
        b"null",
        b"{}",
        event(object="v2.core.event"),
        event(id=""),
        event(id=3),
        event(id="e" * 256),
        event(type=None),
        event(livemode="no"),
        event(data=None),
        event(data={"object": "cs_test_1"}),
        event(data={"object": {"id": {"a": 1}}}),
        event(created="soon"),
        event(created=10**30),
        b'{"object":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_signed_nonsense_is_refused(post_event: Post, body: bytes) -> None:
    assert (post_event(body, signed(body)), stored()) == (400, [])


def test_body_that_is_no_text_is_refused(post_event: Post) -> None:
    assert (post_event(b"\xff\xfe", signed(event())), stored()) == (400, [])


@pytest.mark.parametrize(
    ("key", "livemode"), [("", True), ("sk_test_1", True), ("sk_live_1", False), ("rk_live_1", False)]
)
def test_wrong_mode_is_refused(settings: Settings, post_event: Post, key: str, livemode: bool) -> None:
    settings.STRIPE_SECRET_KEY, settings.DEVSTRIPE = key, not key
    body = event(livemode=livemode)
    assert (post_event(body, signed(body)), stored()) == (400, [])


def test_live_event_is_taken_with_a_live_key(settings: Settings, post_event: Post) -> None:
    settings.STRIPE_SECRET_KEY, settings.DEVSTRIPE = "sk_live_1", False
    body = event(livemode=True)
    assert (post_event(body, signed(body)), StripeEvent.objects.get().livemode) == (200, True)


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_event_may_be_so_large(settings: Settings, post_event: Post, more: int, status: int) -> None:
    body = event()
    settings.STRIPE_WEBHOOK_BYTES = len(body) - more
    assert (post_event(body, signed(body)), len(stored())) == (status, 1 - more)


def test_body_above_what_django_takes_is_refused(settings: Settings, post_event: Post) -> None:
    settings.STRIPE_WEBHOOK_BYTES = 10_000_000
    body = b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    assert (post_event(body, ""), stored()) == (413, [])


@pytest.mark.parametrize("length", ["9" * 18, "9" * 19, "9" * 5_000])
def test_announced_length_is_believed_however_long_the_number(client: Client, length: str) -> None:
    address, headers = reverse("ticketing:stripe-webhook"), {"Content-Length": length}
    answer = client.post(address, event(), content_type="application/json", headers=headers)
    assert (answer.status_code, stored()) == (413, [])


def test_form_is_refused(client: Client) -> None:
    address = reverse("ticketing:stripe-webhook")
    answers = [
        client.post(address, {"a": "1"}),
        client.post(address, "a=1", content_type="application/x-www-form-urlencoded"),
    ]
    assert ([answer.status_code for answer in answers], stored()) == ([400, 400], [])


def test_empty_secret_verifies_nothing(settings: Settings, post_event: Post) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    body = event()
    assert (post_event(body, signed(body, secret="")), stored()) == (400, [])


def test_address_takes_posts_only_and_is_closed_without_payments(client: Client, settings: Settings) -> None:
    address = reverse("ticketing:stripe-webhook")
    assert [client.get(address).status_code, client.put(address).status_code] == [405, 405]
    settings.DEVSTRIPE = False
    assert client.post(address, event(), content_type="application/json").status_code == 404


def test_state_and_time_are_constraints() -> None:
    assert [state.value for state in StripeEventState] == ["waiting", "done", "ignored", "failed"]
    assert sorted(constraint.name for constraint in StripeEvent._meta.constraints) == [
        "ticketing_stripeevent_claimed_waiting",
        "ticketing_stripeevent_named",
        "ticketing_stripeevent_processed",
    ]
