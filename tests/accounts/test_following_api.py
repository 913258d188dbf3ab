"""Following by the API."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from accounts.models import Follow, User
from accounts.services.block import block
from accounts.services.follow import follow
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def partner() -> Client:
    """Return a client at an address of its own: throttles count by address, for all tests together."""
    return Client(REMOTE_ADDR=".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))]))


@pytest.fixture
def as_oliver(partner: Client, oliver: User) -> Client:
    partner.force_login(oliver)
    return partner


def address(person: User | str, what: str = "follow") -> str:
    return f"/api/v1/people/{person if isinstance(person, str) else person.public_id}/{what}"


def test_follow_is_put_read_and_deleted_as_often_as_one_likes(as_oliver: Client, oliver: User, yara: User) -> None:
    no, yes = {"following": False, "follower_count": 0}, {"following": True, "follower_count": 1}
    answers = []
    for method in ("get", "put", "put", "get", "delete", "delete", "get"):
        answer = getattr(as_oliver, method)(address(yara))
        answers.append((answer.status_code, answer.json()))
    assert answers == [(200, said) for said in (no, yes, yes, yes, no, no, no)]


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_guest_is_asked_to_log_in(partner: Client, yara: User, method: str) -> None:
    for person in (yara, "1" * 14):
        answer = getattr(partner, method)(address(person))
        assert (answer.status_code, answer.json()["code"]) == (401, "login_required")


def test_put_without_the_csrf_token_is_refused(oliver: User, yara: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(oliver)
    assert strict.put(address(yara)).status_code == 403
    assert not Follow.objects.exists()


@pytest.mark.parametrize(("method", "what"), [("get", "follow"), ("put", "follow"), ("delete", "follow")])
def test_blocked_person_is_told_what_is_said_of_nobody(
    as_oliver: Client, oliver: User, yara: User, method: str, what: str
) -> None:
    block(yara, oliver)
    nobody, blocked = (getattr(as_oliver, method)(address(one, what)) for one in ("1" * 14, yara))
    assert (nobody.status_code, blocked.status_code) == (404, 404)
    said = blocked.json() | {"instance": ""}
    assert said == nobody.json() | {"instance": ""}


@pytest.mark.parametrize("what", ["followers", "following"])
@pytest.mark.parametrize("by_me", [True, False])
def test_lists_of_somebody_with_a_block_between_are_not_there(
    as_oliver: Client, oliver: User, yara: User, what: str, by_me: bool
) -> None:
    block(*((oliver, yara) if by_me else (yara, oliver)))
    assert as_oliver.get(address(yara, what)).status_code == 404
    assert Client().get(address(yara, what)).status_code == 200


def test_blocker_is_told_to_unblock_first(as_oliver: Client, oliver: User, yara: User) -> None:
    block(oliver, yara)
    answer = as_oliver.put(address(yara))
    assert (answer.status_code, answer.json()["code"]) == (409, "you_blocked")


def test_refusals_have_stable_codes(as_oliver: Client, oliver: User, yara: User, settings: Settings) -> None:
    settings.FOLLOWS_PER_HOUR = 0
    answer = as_oliver.put(address(yara))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_follows")
    answer = as_oliver.put(address(oliver))
    assert (answer.status_code, answer.json()["code"]) == (422, "not_oneself")
    User.objects.filter(pk=yara.pk).update(is_active=False)
    assert as_oliver.put(address(yara)).status_code == 404


def test_lists_are_paged_the_latest_first(partner: Client, oliver: User, yara: User, malo: User) -> None:
    for person in (oliver, malo):
        follow(person, yara)
    first = partner.get(address(yara, "followers"), {"limit": 1}).json()
    malos = {"id": malo.public_id, "handle": "malo", "name": "Malo Kerbrat"}
    assert first["results"] == [malos]
    second = partner.get(first["next"]).json()
    assert ([person["handle"] for person in second["results"]], second["next"]) == (["oliver"], None)
    assert partner.get(address(malo, "following")).json()["results"][0]["handle"] == "yara"


@pytest.mark.parametrize("limit", ["0", "101", "x"])
def test_limit_out_of_bounds_is_refused(partner: Client, yara: User, limit: str) -> None:
    assert partner.get(address(yara, "followers"), {"limit": limit}).status_code == 400


@pytest.mark.parametrize("what", ["followers", "following"])
def test_list_costs_as_many_queries_with_one_as_with_three(
    as_oliver: Client, yara: User, what: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def asked(number: int) -> list[Any]:
        for _ in range(number):
            other = UserFactory.create()
            Follow.objects.create(follower=other, followed=yara)
            Follow.objects.create(follower=yara, followed=other)
        # Session and person; whose list it is, the block of theirs, a block between; the page.
        with django_assert_num_queries(6):
            results: list[Any] = as_oliver.get(address(yara, what)).json()["results"]
        return results

    assert (len(asked(1)), len(asked(2))) == (1, 3)


def test_answers_say_what_is_left_of_the_window(as_oliver: Client, yara: User) -> None:
    assert as_oliver.get(address(yara))["X-RateLimit-Limit"] == "600"
