"""Being told: the bell that is live, the list, and pushes to a real service worker."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.accounts.push_service import Browser, PushService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page, Worker

pytestmark = pytest.mark.e2e

# Chromium without Google's keys has no push service of its own: the subscription is the test's, the worker is real.
SUBSCRIBES = """subscription => {
    let made = JSON.parse(localStorage.getItem("test.push"));
    const give = () => made && {
        toJSON: () => made, endpoint: made.endpoint,
        unsubscribe: async () => { made = null; localStorage.removeItem("test.push"); return true; },
    };
    PushManager.prototype.getSubscription = async () => give();
    PushManager.prototype.subscribe = async (options) => {
        window.subscribedWith = options;
        made = subscription;
        localStorage.setItem("test.push", JSON.stringify(made));
        return give();
    };
}"""
DEADLINE_SECONDS = 30.0


@pytest.fixture
def service() -> Iterator[PushService]:
    made = PushService()
    yield made
    made.close()


def add_address(page: Page, name: str) -> None:
    """Do what one is told of, whatever one has chosen."""
    page.goto("/accounts/email/")
    page.locator("input[name=email][type=email]").fill(f"{name}{time.time_ns()}@example.org")
    page.locator("button[name=action_add]").click()
    expect(page.locator(".notices")).to_be_visible()


def bell(page: Page) -> Any:
    return page.locator(".top__bell")


def test_bell_rings_in_an_open_window_and_the_list_leads_on(open_page: Callable[..., Page]) -> None:
    page = open_page("grace")
    page.goto("/notifications/")
    if page.get_by_role("button", name="Mark all as read").is_visible():
        page.get_by_role("button", name="Mark all as read").click()
    page.goto("/")
    page.evaluate("window.stayed = true")
    expect(bell(page).locator(".badge")).to_be_hidden()
    other = page.context.new_page()
    add_address(other, "grace")
    page.bring_to_front()

    expect(bell(page).locator(".badge")).to_have_text("1")
    expect(bell(page)).to_have_accessible_name("Notifications 1 not read")
    bell(page).click()
    entry = page.get_by_role("link", name="An e-mail address was added to your account").first
    expect(entry).to_have_accessible_name(re.compile("^Not read:"))
    entry.click()
    expect(page.get_by_role("heading", name="Your addresses", level=1)).to_be_visible()
    expect(bell(page).locator(".badge")).to_be_hidden()
    # Other windows hear of it; nothing was loaded anew.
    expect(bell(other).locator(".badge")).to_be_hidden()
    assert page.evaluate("window.stayed") is True


def test_removing_one_can_be_undone(open_page: Callable[..., Page]) -> None:
    page = open_page("grace")
    add_address(page, "undo")
    page.goto("/notifications/")
    entries = page.locator(".told__item")
    number = entries.count()
    entries.first.get_by_role("button").click()
    expect(page.locator(".told__removed")).to_contain_text("One notification is removed.")
    expect(entries).to_have_count(number - 1)
    page.get_by_role("button", name="Put it back").click()
    expect(entries).to_have_count(number)


def test_refusal_is_explained(open_page: Callable[..., Page]) -> None:
    page = open_page("grace", permissions=[])
    page.goto("/settings/notifications/")
    part = page.locator("[data-push]")
    expect(part).to_contain_text("You have told this browser that we may not.")
    expect(part.locator("li")).to_have_count(2)
    expect(part.get_by_role("button")).to_have_count(0)


def subscribed(page: Page, browser: Browser) -> Page:
    """Let the page's person be told on this device of what happens to their account."""
    page.add_init_script(f"({SUBSCRIBES})({json.dumps(browser.subscription)})")
    page.goto("/settings/notifications/")
    page.get_by_role("button", name="Tell me on this device").click()
    expect(page.get_by_text("Logging out here ends it.")).to_be_visible()
    assert page.evaluate("window.subscribedWith.userVisibleOnly") is True
    page.locator("input[name='security.push']").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notices")).to_have_text("Your choices are saved.")
    return page


def pushed(browser: Browser) -> dict[str, Any]:
    """Wait for what the server sends to the push service, and read it as the browser does."""
    until = time.monotonic() + DEADLINE_SECONDS
    while not browser.received and time.monotonic() < until:
        time.sleep(0.1)
    return browser.read[-1]


def deliver(page: Page, message: dict[str, Any]) -> None:
    """Hand it to the worker, as the browser does with what its push service brings."""
    devtools = page.context.new_cdp_session(page)
    ids: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: ids.extend(one["registrationId"] for one in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    origin = page.evaluate("navigator.serviceWorker.ready.then(() => location.origin)")
    # The ids come as events, when the browser likes.
    for _ in range(200):
        if ids:
            break
        page.wait_for_timeout(50)
    devtools.send(
        "ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": ids[0], "data": json.dumps(message)}
    )


def shown(page: Page) -> list[list[Any]]:
    """Return what the system shows of ours, once it shows something."""
    found: list[list[Any]] = page.evaluate(
        """async () => {
            const registration = await navigator.serviceWorker.ready;
            for (let tries = 0; tries < 100; tries++) {
                const found = await registration.getNotifications();
                if (found.length) return found.map(({ title, tag, data }) => [title, tag, data.link]);
                await new Promise((go) => setTimeout(go, 50));
            }
            return [];
        }"""
    )
    return found


@pytest.mark.parametrize("site", ["open_page", "open_deployed"])
def test_push_reaches_a_real_worker_and_leads_to_its_page(
    site: str, service: PushService, request: pytest.FixtureRequest
) -> None:
    """Under `make run` the worker takes pushes only; with production's files it also keeps the shell."""
    browser = Browser(service)
    page = subscribed(request.getfixturevalue(site)("yara", permissions=["notifications"]), browser)
    add_address(page, "yara")
    message = pushed(browser)
    for _ in range(2):
        deliver(page, message)

    title = "An e-mail address was added to your account"
    assert shown(page) == [[title, message["tag"], message["link"]]]

    page.goto("/")
    page.evaluate("window.stayed = true")
    worker: Worker = page.context.service_workers[0]
    worker.evaluate(
        """async () => {
            const [notification] = await self.registration.getNotifications();
            self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }"""
    )
    expect(page.get_by_role("heading", name="Your addresses", level=1)).to_be_visible()
    assert page.evaluate("window.stayed") is True

    page.goto("/settings/notifications/")
    page.get_by_role("button", name="No more on this device").click()
    expect(page.get_by_role("button", name="Tell me on this device")).to_be_visible()


def test_worker_says_where_its_push_service_wants_it_now(open_page: Callable[..., Page], service: PushService) -> None:
    old, new = Browser(service), Browser(service)
    page = subscribed(open_page("yara", permissions=["notifications"]), old)
    worker: Worker = page.context.service_workers[0]
    with page.context.expect_event("response", lambda answer: "device/renew" in answer.url) as renewed:
        # The push service has ended the subscription and made no other, as it does in Firefox.
        worker.evaluate(
            """subscription => {
                PushManager.prototype.getSubscription = async () => null;
                PushManager.prototype.subscribe = async (options) => {
                    self.subscribedWith = options;
                    return { toJSON: () => subscription };
                };
                self.dispatchEvent(new ExtendableEvent("pushsubscriptionchange"));
            }""",
            new.subscription,
        )
    assert renewed.value.status == 204
    key = page.locator("[data-push]").get_attribute("data-push")
    assert worker.evaluate("self.subscribedWith") == {"userVisibleOnly": True, "applicationServerKey": key}
    add_address(page, "renewed")
    assert pushed(new)["title"] == "An e-mail address was added to your account"
    assert old.received == []
