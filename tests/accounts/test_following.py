"""Following: what it changes, what it refuses, and that the counters say what the rows say."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.errors import NotOneselfError, TooManyFollowedError, TooManyFollowsError, YouBlockedError
from accounts.models import Block, Follow, User
from accounts.selectors.following import followed_by, followed_ids, followers_of, is_following, wrong_counts
from accounts.services.follow import FollowState, follow, unfollow
from config.lib.errors import NotFoundError
from tests.factories.people import UserFactory

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True)
told: list[tuple[str, str, bool]] = []


def hear(follower: User, followed: User) -> None:
    """Be a handler of PERSON_FOLLOWED_HANDLERS."""
    told.append((follower.handle, followed.handle, transaction.get_connection().in_atomic_block))


def counts(person: User) -> tuple[int, int]:
    return User.objects.values_list("follower_count", "following_count").get(pk=person.pk)


def test_follow_and_unfollow_are_counted_once_each(oliver: User, yara: User) -> None:
    assert follow(oliver, yara) == follow(oliver, yara) == FollowState(following=True, follower_count=1)
    assert (counts(oliver), counts(yara)) == ((0, 1), (1, 0))
    assert (is_following(oliver, yara), is_following(yara, oliver), is_following(None, yara)) == (True, False, False)
    assert set(followed_ids(oliver)) == {yara.pk}
    assert unfollow(oliver, yara) == unfollow(oliver, yara) == FollowState(following=False, follower_count=0)
    assert (counts(oliver), counts(yara)) == ((0, 0), (0, 0))
    assert wrong_counts() == []


def test_nobody_follows_themselves(oliver: User) -> None:
    with pytest.raises(NotOneselfError):
        follow(oliver, oliver)
    assert unfollow(oliver, oliver) == FollowState(following=False, follower_count=0)
    with pytest.raises(IntegrityError, match="accounts_follow_not_oneself"):
        Follow.objects.create(follower=oliver, followed=oliver)


def test_closed_account_cannot_be_followed_but_left(oliver: User, yara: User) -> None:
    follow(oliver, yara)
    User.objects.filter(pk=yara.pk).update(is_active=False)
    assert unfollow(oliver, yara) == FollowState(following=False, follower_count=0)
    with pytest.raises(NotFoundError):
        follow(oliver, yara)
    assert counts(oliver) == (0, 0)


def test_block_prevents_following_both_ways(oliver: User, yara: User) -> None:
    Block.objects.create(blocker=yara, blocked=oliver)
    with pytest.raises(NotFoundError):
        follow(oliver, yara)
    with pytest.raises(YouBlockedError):
        follow(yara, oliver)
    assert not Follow.objects.exists()


def test_followed_people_below_at_and_above_the_limit(oliver: User, settings: Settings) -> None:
    settings.FOLLOWED_LIMIT = 2
    first, second, third = UserFactory.create_batch(3)
    for person in (first, second, second):
        follow(oliver, person)
    with pytest.raises(TooManyFollowedError):
        follow(oliver, third)
    unfollow(oliver, first)
    assert follow(oliver, third).following
    assert counts(oliver) == (0, 2)


def test_follows_of_an_hour_below_at_and_above_the_limit(oliver: User, settings: Settings) -> None:
    settings.FOLLOWS_PER_HOUR = 2
    first, second = UserFactory.create_batch(2)
    follow(oliver, first)
    # Whom one follows already costs nothing; going back and forth does.
    follow(oliver, first)
    unfollow(oliver, first)
    follow(oliver, first)
    with pytest.raises(TooManyFollowsError):
        follow(oliver, second)
    follow(oliver, first)
    assert counts(oliver) == (0, 1)


def test_handler_hears_of_a_new_follow_once_inside_the_transaction(
    oliver: User, yara: User, settings: Settings
) -> None:
    settings.PERSON_FOLLOWED_HANDLERS = [f"{__name__}.hear"]
    told.clear()
    follow(oliver, yara)
    follow(oliver, yara)
    unfollow(oliver, yara)
    assert told == [("oliver", "yara", True)]


def test_lists_have_the_latest_first_and_say_whom_one_follows(oliver: User, yara: User, malo: User, ines: User) -> None:
    for person in (yara, malo, ines):
        follow(person, oliver)
    follow(yara, malo)
    seen = [(row.follower.handle, row.you_follow) for row in followers_of(oliver, yara)]
    assert seen == [("ines", False), ("malo", True), ("yara", False)]
    assert [row.followed.handle for row in followed_by(yara, None)] == ["malo", "oliver"]


def test_lists_leave_out_closed_accounts_and_those_hidden_from_the_reader(
    oliver: User, yara: User, malo: User, ines: User
) -> None:
    for person in (yara, malo, ines):
        follow(person, oliver)
    User.objects.filter(pk=ines.pk).update(is_active=False)
    Block.objects.create(blocker=malo, blocked=yara)
    assert [row.follower.handle for row in followers_of(oliver, yara)] == ["yara"]
    assert [row.follower.handle for row in followers_of(oliver, malo)] == ["malo"]
    assert [row.follower.handle for row in followers_of(oliver, None)] == ["malo", "yara"]


def test_saving_a_person_who_was_read_before_keeps_the_counters(oliver: User, yara: User) -> None:
    read_before = User.objects.get(pk=yara.pk)
    follow(oliver, yara)
    read_before.display_name = "Yara"
    read_before.save()
    renamed = User.objects.get(pk=yara.pk)
    assert (renamed.display_name, renamed.follower_count) == ("Yara", 1)


def test_wrong_counters_are_found_and_repaired(oliver: User, yara: User) -> None:
    follow(oliver, yara)
    out = StringIO()
    call_command("check_follow_counts", stdout=out)
    assert out.getvalue() == "All counters are right.\n"
    User.objects.filter(pk=yara.pk).update(follower_count=5)
    with pytest.raises(CommandError, match=r"^1 people have wrong counters"):
        call_command("check_follow_counts", stdout=out)
    assert wrong_counts() == [(yara.public_id, (5, 1), (0, 0))]
    call_command("check_follow_counts", "--repair", stdout=out)
    assert wrong_counts() == []
