"""Notifications told and sent by two at once, on PostgreSQL."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Channel, Notification, NotificationDelivery
from accounts.services import delivering
from accounts.services.delivering import claim
from accounts.services.notification_choices import choose_channels
from accounts.services.notifying import notify
from tests.concurrency.test_rooms import at_once
from tests.factories.people import UserFactory, person

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def look_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two update only when both have looked at what is due."""
    both_looked = threading.Barrier(2)
    real = QuerySet.update

    def update(self: QuerySet[Any], **values: Any) -> int:
        if self.model is NotificationDelivery:
            both_looked.wait(10)
        return real(self, **values)

    monkeypatch.setattr(QuerySet, "update", update)


def claimed_twice() -> tuple[int, int]:
    """Let two claim the same ten; return how many claims were made, and how many of one that another has as well."""
    people = UserFactory.create_batch(10)
    for user in people:
        choose_channels(user, {"followed": {Channel.MAIL}})
    notify([user.pk for user in people], kind="followed", key="a")
    taken = [delivery.pk for rows in at_once(*[partial(claim, Channel.MAIL)] * 2) for delivery in rows]  # type: ignore[attr-defined]
    return len(taken), len(taken) - len(set(taken))


def test_two_workers_never_claim_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    look_together(monkeypatch)
    assert claimed_twice() == (10, 0)


def test_control_two_workers_claim_the_same_without_the_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    look_together(monkeypatch)
    real = QuerySet.update
    guarded = delivering._due

    def update(self: QuerySet[Any], **values: Any) -> int:
        if "claim" not in values:
            return real(self, **values)
        pks = list(guarded(Channel.MAIL, timezone.now()).values_list("pk", flat=True))
        real(NotificationDelivery.objects.filter(pk__in=pks), **values)
        taken.extend(pks)
        return len(pks)

    taken: list[int] = []
    monkeypatch.setattr(QuerySet, "update", update)
    claimed_twice()
    assert (len(taken), len(set(taken))) == (20, 10)


def told_by_two() -> list[object]:
    user: User = person("oliver")
    return at_once(*[partial(notify, [user.pk], kind="live", key="a")] * 2)


def test_two_who_tell_the_same_tell_it_once() -> None:
    for _ in range(5):
        Notification.objects.all().delete()
        from accounts.models import User

        User.objects.all().delete()
        assert sorted(map(str, told_by_two())) == ["0", "1"]
        assert Notification.objects.count() == 1
