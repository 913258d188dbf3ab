"""Pushes: encrypted for one browser, sent once, retried, and never into the network that we stand in."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from py_vapid import Vapid02

from accounts.errors import BadSubscriptionError
from accounts.models import NotificationDelivery, PushSubscription, User
from accounts.notices import push_endpoints
from accounts.notices.push_endpoints import BadEndpointError, check_endpoint, is_public
from accounts.notices.push_keys import new_private_key, public_key
from accounts.services import pushing
from accounts.services.delivering import note_reached
from accounts.services.devices import DEVICE_COOKIE, DEVICES_PER_PERSON, subscribe_device
from accounts.services.notification_choices import choose_channels
from accounts.services.notifying import notify, told_of_follower
from accounts.services.pushing import send_pushes
from accounts.tasks import send_push
from tests.accounts.mails import WorkerKilledError
from tests.accounts.push_service import Browser, PushService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import Settings

    from tests.accounts.clock import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    settings.PUSH_PRIVATE_ENDPOINTS = True
    made = PushService()
    yield made
    made.close()


@pytest.fixture
def reader(oliver: User, clock: Clock) -> User:
    """Return Oliver, who wants to be told on his devices who follows him."""
    from accounts.models import Channel

    choose_channels(oliver, {"followed": set(Channel)})
    return oliver


def device_of(user: User, service: PushService) -> Browser:
    browser = Browser(service)
    subscribe_device(user, endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth)
    return browser


def states() -> list[tuple[str, int]]:
    rows = NotificationDelivery.objects.filter(channel="push").order_by("pk")
    return list(rows.values_list("state", "attempts"))


def test_push_says_it_in_the_persons_language_to_each_device_once(
    reader: User, ines: User, service: PushService, clock: Clock
) -> None:
    User.objects.filter(pk=reader.pk).update(language="fr")
    browsers = [device_of(reader, service) for _ in range(2)]
    told_of_follower(ines, reader)
    row = reader.notifications.get()
    assert [send_pushes(), send_pushes()] == [1, 0]
    message = {
        "title": "Inès Moreau vous suit",
        "text": "",
        "link": f"/notifications/{row.public_id}/",
        "about": "/@ines/",
        "tag": row.public_id,
        "lang": "fr",
        "at": int(clock.moment.timestamp() * 1000),
        "unread": 1,
    }
    assert [browser.read for browser in browsers] == [[message], [message]]
    assert states() == [("sent", 1)]


def test_push_has_the_headers_that_services_ask_for(
    reader: User, ines: User, service: PushService, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUSH_CONTACT = "mailto:causerie@example.org"
    browser = device_of(reader, service)
    told_of_follower(ines, reader)
    notify([reader.pk], kind="live", key="a")
    # There is no such room.
    monkeypatch.setattr(pushing, "only_wanted", list)
    clock.on(minutes=15)
    send_pushes()
    found = [one.headers for one in sorted(browser.received, key=lambda one: one.headers["urgency"])]
    assert [(head["ttl"], head["urgency"], len(head["topic"])) for head in found] == [
        (str(30 * 60), "high", 32),
        (str(7 * 86400), "normal", 32),
    ]
    assert {head["content-encoding"] for head in found} == {"aes128gcm"}
    claims = claims_of(found[0]["authorization"])
    assert (claims["aud"], claims["sub"]) == (service.url, "mailto:causerie@example.org")


def claims_of(authorization: str) -> dict[str, Any]:
    """Read a header as a push service does: the signature must be of the key that is named beside it (RFC 8292)."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, parts["k"]) == ("vapid", public_key())
    assert Vapid02.verify(authorization)
    payload = parts["t"].split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


@pytest.mark.parametrize("status", [404, 410])
def test_device_that_is_gone_is_forgotten(reader: User, ines: User, service: PushService, status: int) -> None:
    gone, stays = device_of(reader, service), device_of(reader, service)
    service.answers[gone.path] = [(status, {})]
    told_of_follower(ines, reader)
    send_pushes()
    assert list(PushSubscription.objects.values_list("endpoint", flat=True)) == [stays.endpoint]
    assert (len(stays.read), states()) == (1, [("sent", 1)])


def test_push_to_nobody_but_gone_devices_ends(reader: User, ines: User, service: PushService) -> None:
    gone = device_of(reader, service)
    service.answers[gone.path] = [(410, {})]
    told_of_follower(ines, reader)
    send_pushes()
    assert (PushSubscription.objects.count(), states()) == (0, [("dropped", 1)])


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (500, {}, 30),
        (503, {"Retry-After": "90"}, 90),
        (429, {"Retry-After": "7"}, 30),
        (429, {"Retry-After": "9999999999"}, 3600),
        (429, {"Retry-After": "soon"}, 30),
        (429, {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}, 3600),
    ],
)
def test_service_that_is_busy_is_asked_later_and_no_device_hears_it_twice(
    reader: User, service: PushService, clock: Clock, status: int, headers: dict[str, str], seconds: int
) -> None:
    busy, free = device_of(reader, service), device_of(reader, service)
    service.answers[busy.path] = [(status, headers)]
    notify([reader.pk], kind="followed", key="a")
    send_pushes()
    clock.on(seconds=seconds - 1)
    assert (send_pushes(), states()) == (0, [("waiting", 1)])
    clock.on(seconds=1)
    send_pushes()
    assert (len(busy.received), len(free.received), states()) == (2, 1, [("sent", 2)])


def test_service_that_is_away_is_asked_later(reader: User, ines: User, service: PushService, clock: Clock) -> None:
    browser = device_of(reader, service)
    PushSubscription.objects.update(endpoint="http://127.0.0.1:9/push")
    told_of_follower(ines, reader)
    send_push()
    assert states() == [("waiting", 1)]
    PushSubscription.objects.update(endpoint=browser.endpoint)
    clock.on(seconds=30)
    send_push()
    assert (len(browser.read), states()) == (1, [("sent", 2)])


@pytest.mark.parametrize("status", [400, 403, 413, 301])
def test_service_that_refuses_is_not_asked_again(reader: User, ines: User, service: PushService, status: int) -> None:
    browser = device_of(reader, service)
    service.answers[browser.path] = [(status, {"Location": f"{service.url}/elsewhere"})]
    told_of_follower(ines, reader)
    send_pushes()
    assert (len(service.received), PushSubscription.objects.count(), states()) == (1, 1, [("failed", 1)])


def test_worker_killed_in_the_middle_tells_nobody_twice_who_has_it_confirmed(
    reader: User, ines: User, service: PushService, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    browsers = [device_of(reader, service) for _ in range(2)]
    told_of_follower(ines, reader)
    noted: list[object] = []

    def killed_after_one(*args: Any) -> None:
        if noted:
            raise WorkerKilledError
        noted.append(args)
        note_reached(*args)

    monkeypatch.setattr(pushing, "note_reached", killed_after_one)
    with pytest.raises(WorkerKilledError):
        send_pushes()
    monkeypatch.setattr(pushing, "note_reached", note_reached)
    clock.on(minutes=5)
    send_pushes()
    # The second one's service had said yes, but that was not written down: under its topic it takes the first's place.
    assert [len(browser.received) for browser in browsers] == [1, 2]
    assert len({one.headers["topic"] for one in browsers[1].received}) == 1


def test_long_words_fit(reader: User, ines: User, service: PushService) -> None:
    browser = device_of(reader, service)
    User.objects.filter(pk=ines.pk).update(display_name="語" * 60)
    notify([reader.pk], kind="followed", key="a", actor=ines, link="/" + "x" * 299)
    send_pushes()
    assert browser.read[0]["title"] == f"{'語' * 60} follows you"
    assert len(browser.received[0].body) <= 4096


def test_browser_that_another_person_used_is_theirs_no_more(oliver: User, yara: User, service: PushService) -> None:
    browser = device_of(oliver, service)
    subscribe_device(yara, endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth)
    assert list(PushSubscription.objects.values_list("user__handle", flat=True)) == ["yara"]


@pytest.mark.parametrize("number", [DEVICES_PER_PERSON, DEVICES_PER_PERSON + 1])
def test_person_has_so_many_devices(oliver: User, yara: User, service: PushService, number: int) -> None:
    device_of(yara, service)
    browsers = [device_of(oliver, service) for _ in range(number)]
    kept = PushSubscription.objects.filter(user=oliver).order_by("pk").values_list("endpoint", flat=True)
    assert list(kept) == [browser.endpoint for browser in browsers[-DEVICES_PER_PERSON:]]
    assert PushSubscription.objects.filter(user=yara).exists()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/a",
        "https://push.example.org:8443/a",
        "https://user@push.example.org/a",
        "https://localhost/a",
        "https://redis/a",
        "https://127.0.0.1/a",
        "https://10.0.0.1/a",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/a",
        "https://[::ffff:10.0.0.1]/a",
        "https://[64:ff9b::a00:1]/a",
        "https://[fd00::1]/a",
        "https://push.example.org/a b",
        "https://push.example.org/a\r\nX: y",
        "https://push.example.org:99999/a",
        "ftp://push.example.org/a",
        "//push.example.org/a",
        "",
    ],
)
def test_address_that_is_no_push_services_is_refused(oliver: User, endpoint: str) -> None:
    keys = Browser.__new__(Browser)
    keys._key, keys._secret = ec.generate_private_key(ec.SECP256R1()), b"s" * 16
    with pytest.raises(BadSubscriptionError):
        subscribe_device(oliver, endpoint=endpoint, p256dh=keys.p256dh, auth=keys.auth)
    assert not PushSubscription.objects.exists()


def test_address_of_a_push_service_is_taken() -> None:
    for endpoint in (
        "https://fcm.googleapis.com/fcm/send/abc:APA91b_-",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QABC?x=1",
    ):
        check_endpoint(endpoint)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:4001:80b::200a", True),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("0.0.0.0", False),  # noqa: S104 (it is what must be refused)
        ("224.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:0a00:0001::", False),
        ("fe80::1", False),
    ],
)
def test_public_is_what_everybody_reaches(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_name_that_leads_into_our_network_gets_nothing(
    reader: User, ines: User, service: PushService, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = device_of(reader, service)
    settings.PUSH_PRIVATE_ENDPOINTS = False
    PushSubscription.objects.update(endpoint="https://push.example.org/a")
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", (address, port)) for address in ("8.8.8.8", "127.0.0.1")]

    told_of_follower(ines, reader)
    with monkeypatch.context() as patched:
        patched.setattr("socket.getaddrinfo", resolve)
        with pytest.raises(BadEndpointError):
            push_endpoints.post("https://push.example.org/a", b"", {})
    monkeypatch.setattr(push_endpoints, "_resolve", lambda host, port: resolve(host, port) and _refused())
    send_pushes()
    assert (asked, browser.received, states()) == (["push.example.org"] * 2, [], [("dropped", 1)])


def _refused() -> str:
    raise BadEndpointError


ADDRESS = "/notifications/device/"


def test_browser_subscribes_and_is_forgotten_at_log_out(oliver: User, service: PushService) -> None:
    client, other = Client(), Client()
    one, two = Browser(service), Browser(service)
    for browser, subscription in ((client, one), (other, two)):
        browser.force_login(oliver)
        answer = browser.post(ADDRESS, subscription.subscription, content_type="application/json")
        cookie = answer.cookies["device"]
        assert (answer.status_code, cookie["httponly"], cookie["samesite"]) == (204, True, "Lax")
    client.post(reverse("account_logout"))
    assert list(PushSubscription.objects.values_list("endpoint", flat=True)) == [two.endpoint]
    answer = other.delete(ADDRESS, two.subscription, content_type="application/json")
    assert (answer.status_code, answer.cookies["device"].value, PushSubscription.objects.count()) == (204, "", 0)


def test_nobody_forgets_anothers_device(oliver: User, yara: User, service: PushService) -> None:
    browser = device_of(yara, service)
    client = Client()
    client.force_login(oliver)
    client.delete(ADDRESS, browser.subscription, content_type="application/json")
    client.cookies["device"] = PushSubscription.objects.get().public_id
    client.post(reverse("account_logout"))
    assert PushSubscription.objects.count() == 1


@pytest.mark.parametrize("body", ["", "[]", "null", "{}", '{"endpoint": 1, "keys": {"p256dh": 2, "auth": 3}}', "\x00"])
def test_what_is_no_subscription_is_refused(client: Client, oliver: User, body: str) -> None:
    client.force_login(oliver)
    answer = client.post(ADDRESS, body, content_type="application/json", headers={"accept": "application/json"})
    assert answer.status_code == 422


def test_device_needs_an_account_and_a_page_of_ours(service: PushService, oliver: User) -> None:
    subscription = Browser(service).subscription
    assert Client().post(ADDRESS, subscription, content_type="application/json").status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(oliver)
    assert strict.post(ADDRESS, subscription, content_type="application/json").status_code == 403


def test_pair_of_keys_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("make_push_keys")
    private, public = (line.partition("=")[2] for line in capsys.readouterr().out.splitlines())
    assert public_key(private) == public
    assert len({new_private_key(), private}) == 2


def test_installation_without_a_key_pushes_nothing(reader: User, ines: User, settings: Settings) -> None:
    PushSubscription.objects.create(user=reader, endpoint="https://push.example/a", p256dh="p", auth="a")
    told_of_follower(ines, reader)
    settings.VAPID_PRIVATE_KEY = ""
    assert (send_pushes(), states()) == (0, [("waiting", 0)])


def test_push_that_is_too_late_does_not_leave(reader: User, service: PushService, clock: Clock) -> None:
    browser = device_of(reader, service)
    notify([reader.pk], kind="live", key="a")
    clock.on(minutes=45, seconds=1)
    send_pushes()
    assert (browser.received, states()) == ([], [("dropped", 1)])


def renewed(client: Client, browser: Browser, content_type: str = "application/json") -> int:
    address = reverse("accounts:notification-device-renew")
    return client.post(address, json.dumps(browser.subscription), content_type=content_type).status_code


def subscribed_client(user: User, browser: Browser) -> Client:
    """Return that browser as it is after somebody switched it on: with the cookie that names it. It checks tokens."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    found = subscribe_device(user, endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth)
    client.cookies[DEVICE_COOKIE] = found.public_id
    return client


def endpoints() -> list[tuple[str, str]]:
    return list(PushSubscription.objects.order_by("pk").values_list("user__handle", "endpoint"))


def test_browser_that_got_another_address_is_told_there(oliver: User, service: PushService) -> None:
    old, new = Browser(service), Browser(service)
    client = subscribed_client(oliver, old)
    assert renewed(client, new) == 204
    assert endpoints() == [("oliver", new.endpoint)]
    # The worker says it once more, because it saw no answer.
    assert (renewed(client, new), endpoints()) == (204, [("oliver", new.endpoint)])


def test_address_of_another_person_moves_with_its_browser(oliver: User, yara: User, service: PushService) -> None:
    old, new = Browser(service), Browser(service)
    subscribe_device(yara, endpoint=new.endpoint, p256dh=new.p256dh, auth=new.auth)
    assert renewed(subscribed_client(oliver, old), new) == 204
    assert endpoints() == [("oliver", new.endpoint)]


def test_browser_of_somebody_else_or_of_nobody_is_not_renewed(oliver: User, yara: User, service: PushService) -> None:
    old, new = Browser(service), Browser(service)
    device = subscribed_client(oliver, old).cookies[DEVICE_COOKIE].value
    stranger, guest = Client(), Client()
    stranger.force_login(yara)
    assert renewed(stranger, new) == 404
    stranger.cookies[DEVICE_COOKIE] = guest.cookies[DEVICE_COOKIE] = device
    assert (renewed(stranger, new), renewed(guest, new)) == (404, 302)
    assert endpoints() == [("oliver", old.endpoint)]


def test_form_of_another_site_renews_nothing(oliver: User, service: PushService) -> None:
    """A form can send text, but cannot say that it is JSON without this site being asked first."""
    old, new = Browser(service), Browser(service)
    assert renewed(subscribed_client(oliver, old), new, "text/plain") == 422
    assert endpoints() == [("oliver", old.endpoint)]
