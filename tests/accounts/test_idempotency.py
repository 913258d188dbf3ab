"""A call with an Idempotency-Key is done once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from accounts.models import IdempotentAnswer
from accounts.tasks import tidy_up
from rooms.models import Room
from rooms.services.lifecycle import end_room
from tests.rooms.partner import SPACES, Partner, said
from tests.rooms.planned import soon

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]


def plan(title: str = "Sea and weather") -> dict[str, str]:
    return {"title": title, "language": "en", "starts_at": soon(days=1).isoformat()}


def test_same_call_with_the_same_key_is_answered_alike_and_done_once(ines: User) -> None:
    partner, body = Partner(ines), plan()
    first = partner.post(SPACES, body, idempotency_key="one")
    again = partner.post(SPACES, dict(reversed(body.items())), idempotency_key="one")
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert (first.get("Idempotent-Replayed"), again.get("Idempotent-Replayed")) == (None, "true")
    assert Room.objects.count() == 1


def test_answer_stays_what_it_was(ines: User) -> None:
    partner, body = Partner(ines), {"title": "Sea and weather", "language": "en"}
    first = partner.post(SPACES, body, idempotency_key="one")
    end_room(first.json()["id"], by=ines)
    assert partner.post(SPACES, body, idempotency_key="one").json() == first.json()


def test_another_call_with_the_same_key_is_refused(ines: User) -> None:
    partner = Partner(ines)
    partner.post(SPACES, plan(), idempotency_key="one")
    assert said(partner.post(SPACES, plan("Another"), idempotency_key="one")) == (422, "idempotency_mismatch")
    assert partner.post(SPACES, plan("Another"), idempotency_key="other").status_code == 201
    assert Room.objects.count() == 2


def test_keys_are_each_person_s_own(ines: User, malo: User) -> None:
    body = plan()
    ids = {Partner(person).post(SPACES, body, idempotency_key="one").json()["id"] for person in (ines, malo)}
    assert len(ids) == 2


def test_call_that_was_refused_is_tried_anew(ines: User) -> None:
    partner, body = Partner(ines), {"title": "Sea and weather", "language": "en"}
    open_now = partner.post(SPACES, body, idempotency_key="one").json()["id"]
    assert said(partner.post(SPACES, body, idempotency_key="two")) == (409, "too_many_rooms")
    assert IdempotentAnswer.objects.count() == 1
    end_room(open_now, by=ines)
    assert partner.post(SPACES, body, idempotency_key="two").status_code == 201


@pytest.mark.parametrize(("length", "status"), [(0, 400), (1, 201), (255, 201), (256, 400)])
def test_length_of_a_key(ines: User, length: int, status: int) -> None:
    assert Partner(ines).post(SPACES, plan(), idempotency_key="k" * length).status_code == status


def test_key_is_kept_for_a_day(ines: User) -> None:
    partner, body = Partner(ines), plan()
    partner.post(SPACES, body, idempotency_key="one")
    day = timedelta(days=1)
    IdempotentAnswer.objects.update(created_at=timezone.now() - day + timedelta(minutes=1))
    tidy_up()
    assert partner.post(SPACES, body, idempotency_key="one")["Idempotent-Replayed"] == "true"
    IdempotentAnswer.objects.update(created_at=timezone.now() - day)
    assert partner.post(SPACES, body, idempotency_key="one").get("Idempotent-Replayed") is None
    assert Room.objects.count() == 2
    IdempotentAnswer.objects.update(created_at=timezone.now() - day)
    tidy_up()
    assert not IdempotentAnswer.objects.exists()
