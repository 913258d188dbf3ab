"""Following, muting and blocking by the pages: what each shows to whom, with and without htmx."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from accounts.models import Block, Follow, Mute, User
from accounts.selectors.following import PEOPLE_PAGE, Standing, standing_between
from accounts.services.block import block, mute, unblock
from accounts.services.follow import follow
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def as_oliver(client: Client, oliver: User) -> Client:
    client.force_login(oliver)
    return client


def pressed(page: str, person: User) -> list[str]:
    """Return whether each button to follow this person is pressed."""
    buttons = rf'id="follow-{person.public_id}-button"\s+type="submit"\s+aria-pressed="(\w+)"'
    return re.findall(buttons, page)


def without(page: bytes, *addresses: str) -> str:
    """Return a page as text without what differs between two requests."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.decode())
    for address in addresses:
        text = text.replace(address, "")
    return text


def test_follow_and_unfollow_without_script(as_oliver: Client, oliver: User, yara: User) -> None:
    page = as_oliver.get("/@yara/")
    assert pressed(page.text, yara) == ["false"]
    page = as_oliver.post("/@yara/follow/", follow=True)
    assert (page.redirect_chain, pressed(page.text, yara)) == ([("/@yara/", 302)], ["true"])
    assert "<strong>1</strong> follower" in page.text
    page = as_oliver.post("/@yara/unfollow/", follow=True)
    assert (pressed(page.text, yara), Follow.objects.count()) == (["false"], 0)
    assert "You no longer follow Yara Nasser." in page.text


def test_follow_with_htmx_answers_with_the_button_and_the_count(as_oliver: Client, yara: User) -> None:
    answer = as_oliver.post("/@yara/follow/", {"counted": "1"}, headers=HTMX)
    assert (answer.status_code, pressed(answer.text, yara)) == (200, ["true"])
    assert "<strong>1</strong> follower" in answer.text
    assert ("HX-Trigger" in answer, answer["HX-Push-Url"]) == (False, "false")
    answer = as_oliver.post("/@yara/unfollow/", headers=HTMX)
    assert pressed(answer.text, yara) == ["false"]
    assert "follower-count" not in answer.text
    assert json.loads(answer["HX-Trigger"]) == {"said": {"text": "You no longer follow Yara Nasser.", "undo": True}}


def test_follow_that_is_refused_shows_what_is_true_and_says_why(
    as_oliver: Client, yara: User, settings: Settings
) -> None:
    settings.FOLLOWS_PER_HOUR = 0
    answer = as_oliver.post("/@yara/follow/", headers=HTMX)
    said = "You have followed many people within an hour. Go on a little later."
    assert (answer.status_code, pressed(answer.text, yara)) == (200, ["false"])
    assert json.loads(answer["HX-Trigger"]) == {"said": {"text": said, "undo": False}}
    assert said in as_oliver.post("/@yara/follow/", follow=True).text


def test_guest_is_led_to_the_login(client: Client, yara: User) -> None:
    assert 'href="/accounts/login/?next=/%40yara/"' in client.get("/@yara/").text
    for path in ("/@yara/follow/", "/@yara/unfollow/", "/@yara/mute/"):
        assert client.post(path).status_code == 401
    for path in ("/@yara/block/", "/settings/blocked/", "/settings/muted/"):
        assert client.get(path).status_code == 302


@pytest.mark.parametrize("action", ["follow", "unfollow", "mute"])
def test_action_by_a_link_is_refused(as_oliver: Client, yara: User, action: str) -> None:
    assert as_oliver.get(f"/@yara/{action}/").status_code == 405


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_way_back_stays_here(as_oliver: Client, yara: User, address: str) -> None:
    assert as_oliver.post("/@yara/follow/", {"next": address})["Location"] == "/@yara/"
    assert (
        as_oliver.post("/@yara/follow/", {"next": "/@yara/followers/?page=2"})["Location"] == "/@yara/followers/?page=2"
    )


def test_profile_marks_who_follows_you(as_oliver: Client, oliver: User, yara: User) -> None:
    assert "Follows you" not in as_oliver.get("/@yara/").text
    follow(yara, oliver)
    assert "Follows you" in as_oliver.get("/@yara/").text
    assert standing_between(oliver, yara) == Standing(follows_you=True)
    assert standing_between(None, yara) == Standing()


def test_own_page_has_no_button_and_both_counts(as_oliver: Client, oliver: User, yara: User) -> None:
    follow(yara, oliver)
    page = as_oliver.get("/@oliver/").text
    assert pressed(page, oliver) == []
    assert "about-person" not in page
    assert ("<strong>1</strong> follower" in page, "follows <strong>0</strong>" in page) == (True, True)


@pytest.mark.parametrize("path", ["/@yara/followers/", "/@yara/following/", "/settings/blocked/", "/settings/muted/"])
def test_list_costs_as_many_queries_with_one_as_with_three(
    as_oliver: Client, oliver: User, yara: User, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def add() -> None:
        person = UserFactory.create()
        Follow.objects.create(follower=person, followed=yara)
        Follow.objects.create(follower=yara, followed=person)
        Block.objects.create(blocker=oliver, blocked=UserFactory.create())
        Mute.objects.create(muter=oliver, muted=UserFactory.create())

    add()
    # Session, person, bell; on lists of others the person, the blocks between, how it stands; the count and the page.
    queries = 5 if path.startswith("/settings/") else 8
    with django_assert_num_queries(queries):
        as_oliver.get(path)
    add()
    add()
    with django_assert_num_queries(queries):
        page = as_oliver.get(path)
    assert page.text.count('<li class="person">') == 3


def test_followers_are_paged_below_at_and_above_the_size(client: Client, yara: User) -> None:
    def pages() -> list[int]:
        seen = [client.get(f"/@yara/followers/?page={number}") for number in (1, 2)]
        return [page.text.count('<li class="person">') for page in seen] + ['rel="next"' in seen[0].text]

    fans = UserFactory.create_batch(PEOPLE_PAGE + 1)
    Follow.objects.bulk_create(Follow(follower=fan, followed=yara) for fan in fans[:-2])
    # A page that is not there is the last one.
    assert pages() == [59, 59, False]
    Follow.objects.create(follower=fans[-2], followed=yara)
    assert pages() == [60, 60, False]
    Follow.objects.create(follower=fans[-1], followed=yara)
    assert pages() == [60, 1, True]


def test_lists_show_buttons_that_lead_back_to_them(as_oliver: Client, oliver: User, yara: User, malo: User) -> None:
    for person in (malo, oliver):
        follow(person, yara)
    follow(oliver, malo)
    page = as_oliver.get("/@yara/followers/").text
    assert (pressed(page, malo), pressed(page, oliver)) == (["true"], [])
    assert 'name="next" value="/@yara/followers/"' in page


@pytest.mark.parametrize("path", ["/@oliver/followers/", "/@oliver/following/"])
def test_empty_lists_say_so(as_oliver: Client, client: Client, path: str) -> None:
    assert 'class="empty"' in as_oliver.get(path).text
    assert 'class="empty"' in Client().get(path).text


PATHS = ("", "followers/", "following/", "block/")


def test_blocked_person_finds_the_same_page_as_for_nobody(
    as_oliver: Client, oliver: User, yara: User, make_browser: Callable[[], Client]
) -> None:
    block(yara, oliver)
    for path in PATHS:
        nobody, blocked = as_oliver.get(f"/@nobody/{path}"), as_oliver.get(f"/@yara/{path}")
        assert (nobody.status_code, blocked.status_code) == (404, 404)
        assert without(nobody.content, "nobody") == without(blocked.content, "yara")
    for action in ("follow", "unfollow", "mute", "block"):
        nobody, blocked = as_oliver.post(f"/@nobody/{action}/"), as_oliver.post(f"/@yara/{action}/")
        assert (nobody.status_code, blocked.status_code) == (404, 404)
    # Also with the handle written otherwise, which leads everybody else to the page.
    assert as_oliver.get("/@YARA/").status_code == 404
    assert make_browser().get("/@yara/").status_code == 200


def test_blocker_sees_that_they_blocked_and_can_undo_it(as_oliver: Client, oliver: User, yara: User) -> None:
    follow(oliver, yara)
    follow(yara, oliver)
    page = as_oliver.get("/@yara/block/")
    assert (page.status_code, "Block Yara Nasser?" in page.text) == (200, True)
    page = as_oliver.post("/@yara/block/", follow=True)
    assert ("You have blocked Yara Nasser" in page.text, Follow.objects.count()) == (True, 0)
    assert pressed(page.text, yara) == []
    for path in ("/@yara/followers/", "/@yara/following/"):
        assert as_oliver.get(path).status_code == 404
    page = as_oliver.post("/settings/blocked/", {"person": yara.public_id}, follow=True)
    assert (page.redirect_chain, Block.objects.count()) == ([("/@yara/", 302)], 0)
    assert pressed(page.text, yara) == ["false"]
    # Once more, from another tab.
    again = as_oliver.post("/settings/blocked/", {"person": yara.public_id})
    assert (again.status_code, again["Location"]) == (302, "/settings/blocked/")


def test_mute_changes_nothing_that_others_see(as_oliver: Client, oliver: User, yara: User) -> None:
    follow(yara, oliver)
    browser = Client()
    browser.force_login(yara)
    before = without(browser.get("/@oliver/").content)
    page = as_oliver.post("/@yara/mute/", follow=True)
    assert ("You have muted Yara Nasser. Only you know." in page.text, "Muted by you" in page.text) == (True, True)
    assert without(browser.get("/@oliver/").content) == before
    page = as_oliver.post("/settings/muted/", {"person": yara.public_id}, follow=True)
    assert ("You have unmuted Yara Nasser." in page.text, Mute.objects.count()) == (True, 0)


def test_own_lists_show_closed_accounts_too_and_nobody_elses(
    as_oliver: Client, oliver: User, yara: User, malo: User
) -> None:
    block(oliver, yara)
    mute(oliver, yara)
    block(malo, oliver)
    User.objects.filter(pk=yara.pk).update(is_active=False)
    for path in ("/settings/blocked/", "/settings/muted/"):
        page = as_oliver.get(path).text
        assert (page.count('<li class="person">'), "Yara Nasser" in page, "Malo" in page) == (1, True, False)
        assert (
            as_oliver.post(path, {"person": yara.public_id, "next": path}, follow=True).text.count("person__who") == 0
        )


@pytest.mark.parametrize("given", [{}, {"person": ""}, {"person": "x" * 14}])
def test_undo_of_nothing_shows_the_list(as_oliver: Client, given: dict[str, str]) -> None:
    for path in ("/settings/blocked/", "/settings/muted/"):
        answer = as_oliver.post(path, given)
        assert (answer.status_code, answer["Location"]) == (302, path)


@pytest.mark.parametrize("action", ["block", "mute"])
def test_nobody_blocks_or_mutes_themselves(as_oliver: Client, action: str) -> None:
    assert "That is you. Choose somebody else." in as_oliver.post(f"/@oliver/{action}/", follow=True).text
    assert (Block.objects.count(), Mute.objects.count()) == (0, 0)


@pytest.mark.parametrize(("service", "model"), [(block, Block), (mute, Mute)])
def test_hidden_people_below_at_and_above_the_limit(
    oliver: User, settings: Settings, service: Callable[[User, User], None], model: type[Block | Mute]
) -> None:
    from accounts.errors import TooManyHiddenError

    settings.HIDDEN_LIMIT = 2
    first, second, third = UserFactory.create_batch(3)
    for person in (first, second, second):
        service(oliver, person)
    with pytest.raises(TooManyHiddenError):
        service(oliver, third)
    assert model.objects.count() == 2


told: list[tuple[str, str, bool]] = []


def hear(blocker: User, blocked: User, now: bool) -> None:  # a handler of BLOCK_HANDLERS
    told.append((blocker.handle, blocked.handle, now))


def break_down(blocker: User, blocked: User, now: bool) -> None:
    raise ValueError


def test_handlers_hear_of_a_block_once_after_the_commit(oliver: User, yara: User, settings: Settings) -> None:
    settings.BLOCK_HANDLERS = [f"{__name__}.break_down", f"{__name__}.hear"]
    told.clear()
    for _ in range(2):
        block(oliver, yara)
    for _ in range(2):
        unblock(oliver, yara)
    assert told == [("oliver", "yara", True), ("oliver", "yara", False)]


def test_unblocking_brings_no_follow_back(oliver: User, yara: User) -> None:
    follow(oliver, yara)
    block(yara, oliver)
    unblock(yara, oliver)
    assert (Follow.objects.count(), standing_between(oliver, yara)) == (0, Standing())
