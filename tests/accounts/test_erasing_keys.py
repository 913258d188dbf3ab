"""What programs and staff left of somebody goes with the account, and is in the copy before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.enums import Feature, TokenScope
from accounts.exports import parts_of
from accounts.models import AccountDeletion, ApiToken, IdempotentAnswer, Restriction
from accounts.services.deletion import close_account, erase
from accounts.services.restrictions import restrict
from accounts.services.tokens import make_token

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_keys_answers_and_restrictions_are_told_and_erased(yara: User, sam: User) -> None:
    made = make_token(yara, name="Planner", scope=TokenScope.READ, days=1)
    IdempotentAnswer.objects.create(user=yara, key="one", digest="d" * 64, status=201, body="{}")
    restrict(yara, feature=Feature.HOST, reason="Because.", until=None, by=sam)
    account: dict[str, Any] = {part.path: part.data for part in parts_of(yara)}["account.json"]
    assert [entry["name"] for entry in account["api_keys"]] == ["Planner"]
    assert [entry["reason"] for entry in account["closed_features"]] == ["Because."]
    assert made.token.digest not in str(account)

    deletion = close_account(yara)
    past = timezone.now() - timedelta(days=20)
    AccountDeletion.objects.update(requested_at=past, due_at=past + timedelta(days=1))
    erase(deletion.pk)
    assert not any(model.objects.exists() for model in (ApiToken, IdempotentAnswer, Restriction))
